/**
 * A program that never was: what an observer would tell of it, as a function of time. Sixteen processors, 1e6 goroutines, a full channel, a steal now and then.
 *
 * Invariants:
 *   I1  the same stretch of time is told in the same way, however it is cut: parts that are asked for one by one fit together.
 */

import type { Ended, GoroutineDetail, GoroutineRow, Graph } from "#src/trace/rows.ts";
import { LaneMark, type LanesQuery, type StateReply, type Warning } from "#src/web/protocol.ts";

export const PROCS = 16;
const UNITS_A_MS = 10_000;
/** How long a run takes with the pause behind it. */
const SLOT_MS = 5;
const CHAN_RECEIVE = 1;

/** A number that looks random, the same for the same arguments. */
function noise(a: number, b: number): number {
  let x = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return ((x ^ (x >>> 13)) >>> 0) / 2 ** 32;
}

const FUNCTIONS = ["worker", "parse", "accept", "retry", "collect", "main"];

export function nameOf(id: number): string {
  return id === 1 ? "main" : FUNCTIONS[id % (FUNCTIONS.length - 1)]!;
}

interface Written {
  readonly spans: number[][];
  readonly marks: number[][];
}

/** The answer of /api/lanes. `silent` processors did nothing. */
export function lanesReply(query: LanesQuery, now: number, procs: number = PROCS): Buffer {
  const to = Math.min(query.to, now - 30);
  const from = Math.min(query.from, to);
  const pixel = Math.max((query.to - query.from) / query.width, 1e-3);
  const lanes: [kind: number, id: number, Written][] = [];
  for (let id = 0; id < procs; id++) lanes.push([0, id, processor(id, from, to, pixel)]);
  for (const id of query.goroutines ?? []) lanes.push([1, id, goroutine(id, from, to)]);
  const words = lanes.reduce(
    (sum, [, , { spans, marks }]) => sum + 4 + spans.length * 5 + marks.length * 4,
    0,
  );
  const out = Buffer.alloc(32 + words * 4);
  out.write("GLN1", 0, "latin1");
  out.writeUInt32LE(lanes.length, 4);
  out.writeDoubleLE(from, 8);
  out.writeDoubleLE(to, 16);
  out.writeDoubleLE(now, 24);
  let at = 32;
  for (const [kind, id, { spans, marks }] of lanes) {
    for (const word of [kind, id, spans.length, marks.length, ...spans.flat(), ...marks.flat()]) {
      out.writeUInt32LE(word >>> 0, at);
      at += 4;
    }
  }
  return out;
}

function processor(id: number, from: number, to: number, pixel: number): Written {
  const spans: number[][] = [];
  const marks: number[][] = [];
  const units = (ms: number): number => Math.round((Math.min(Math.max(ms, from), to) - from) * UNITS_A_MS);
  const each = Math.max(1, Math.ceil(pixel / SLOT_MS));
  for (let slot = Math.floor(from / SLOT_MS / each) * each; slot * SLOT_MS < to; slot += each) {
    const [begin, full] = [slot * SLOT_MS, each * SLOT_MS];
    const second = Math.floor(begin / 1000);
    const who = 2 + Math.floor(noise(id, slot) * 40);
    const gap = id === 5 && second % 7 === 3;
    // The first processor is always busy.
    const idle = id > 0 && !gap && noise(id + 100, Math.floor(begin / 350)) < 0.25;
    if (noise(id + 200, slot) < 0.004 * each && begin >= from && begin <= to)
      marks.push([units(begin), LaneMark.steal, 1 + (slot % 9), (id + 3) % PROCS]);
    if (idle) continue;
    const end = begin + (gap ? full : full * (0.5 + noise(id + 300, slot) / 2));
    if (end <= from || begin >= to || units(end) <= units(begin)) continue;
    const how = gap ? 7 : slot % 3 === 0 ? 0 : 1;
    const busy = Math.floor(60 + noise(id + 400, slot) * 195);
    spans.push([units(begin), units(end), gap ? 0 : who, gap ? 1 : each, busy | (how << 8)]);
  }
  return { spans, marks };
}

/** Waits 120 ms, is runnable for 20, runs 60; woken each time by the goroutine before it. */
function goroutine(id: number, from: number, to: number): Written {
  const spans: number[][] = [];
  const marks: number[][] = [];
  const units = (ms: number): number => Math.round((Math.min(Math.max(ms, from), to) - from) * UNITS_A_MS);
  for (let turn = Math.floor(from / 200); turn * 200 < to; turn++) {
    const t = turn * 200;
    for (const [begin, end, how] of [
      [t, t + 120, 1],
      [t + 120, t + 140, 2],
      [t + 140, t + 200, 0],
    ] as const) {
      if (end <= from || begin >= to) continue;
      spans.push([units(begin), units(end), id, 1, 255 | (how << 8) | (how === 1 ? CHAN_RECEIVE << 16 : 0)]);
    }
    if (t + 120 >= from && t + 120 <= to)
      marks.push([units(t + 120), LaneMark.woken, id > 2 ? id - 1 : 0, turn % PROCS]);
    if (t + 150 >= from && t + 150 <= to)
      marks.push([units(t + 150), LaneMark.woke, id + 1, (turn + 5) % PROCS]);
  }
  return { spans, marks };
}

export const CYCLE: readonly number[] = [6, 9, 14];

const graph: Graph = {
  nodes: [
    { goid: 6, name: "collect", reason: "sync.Mutex.Lock" },
    { goid: 9, name: "worker", reason: "sync.Mutex.Lock" },
    { goid: 14, name: "retry", reason: "goroutine join" },
    { goid: 20, name: "parse", reason: "chan send" },
    { goid: 21, name: "parse", reason: "chan send" },
  ],
  edges: [
    { from: 6, to: 9, object: "mutex#4", exact: true },
    { from: 9, to: 14, object: "mutex#7", exact: true },
    { from: 14, to: 6, object: "goroutine 6", exact: true },
    { from: 20, to: 6, object: "chan#2", exact: false },
    { from: 21, to: 0, object: "chan#2", exact: false },
  ],
  cycles: [CYCLE],
};

function rowOf(id: number): GoroutineRow {
  const node = graph.nodes.find(({ goid }) => goid === id);
  const states = ["waiting", "waiting", "runnable", "running", "waiting", "syscall"] as const;
  const state = node === undefined ? states[id % states.length]! : "waiting";
  const reason = node?.reason ?? (id % 6 === 4 ? "sleep" : "chan receive");
  return {
    id,
    name: node?.name ?? nameOf(id),
    state,
    reason: state === "waiting" ? reason : state === "syscall" ? "syscall" : "",
    waitedSeconds: state === "waiting" ? (id * 7) % 130 : 0,
    proc: id % PROCS,
    parent: id === 1 ? 0 : 1,
    creator: id === 1 ? "" : "main",
    where: `src/${node?.name ?? nameOf(id)}.ts:${id + 3}`,
    waitsOn:
      graph.edges.find(({ from }) => from === id)?.object ??
      (state === "waiting" && reason !== "sleep" ? "chan#1" : ""),
  };
}

const ROWS = Array.from({ length: 400 }, (_, i) => rowOf(i + 1));

export function detailOf(id: number, now: number): GoroutineDetail | null {
  const row = ROWS.find((one) => one.id === id);
  if (row === undefined) return null;
  return {
    ...row,
    silent: false,
    stack: [
      { fn: row.name, file: `src/${row.name}.ts`, line: id + 3, column: 11 },
      { fn: "loop", file: "src/loop.ts", line: 17, column: 3 },
      { fn: "main", file: "src/main.ts", line: 14, column: 3 },
    ],
    created: id === 1 ? null : { fn: "main", file: "src/main.ts", line: 14, column: 5 },
    holds: CYCLE.includes(id) ? [`mutex#${id}`] : [],
    wokenBy: id > 2 ? id - 1 : 0,
    wokenAt: now - 41,
    ranAt: now - 40,
    ranMs: 2.1,
  };
}

const WARNINGS: readonly Warning[] = [
  {
    level: "alarm",
    text: "goroutines 6, 9 and 14 wait for each other",
    rule: "A circle of locks and joins: none of them can be left. Exact.",
    goroutine: 6,
  },
  {
    level: "hint",
    text: "P1: goroutine 3 (accept) has not yielded for 1.8 s",
    rule: "A slice longer than 100 ms. It may compute on purpose.",
    goroutine: 3,
    proc: 1,
  },
  {
    level: "hint",
    text: "chan#2 has been full for 8 s, 31 senders wait",
    rule: "Full for more than 5 s. The receiver may be slow on purpose.",
    channel: "chan#2",
  },
];

export interface Asked {
  readonly filter: string;
  readonly sort: string;
}

export function stateReply(now: number, asked: Asked, ended: Ended | null, calm: boolean): StateReply {
  const words = asked.filter.split(/\s+/).filter(Boolean);
  const fitting = ROWS.filter((row) =>
    words.every((word) => {
      const [key, value = ""] = word.includes(":") ? word.split(":") : ["", word];
      if (key === "g") return `${row.id}` === value;
      if (key === "state") return row.state === value;
      if (key === "chan") return row.waitsOn === value;
      return `${row.name} ${row.where} ${row.reason}`.includes(value);
    }),
  ).sort((a, b) => (asked.sort === "wait" ? b.waitedSeconds - a.waitedSeconds : a.id - b.id));
  const wave = (i: number): number => Math.round(8 + 8 * Math.sin(now / 900 + i));
  return {
    format: 1,
    now,
    pid: 4242,
    program: "server.ts",
    path: "/srv/shop/server.ts",
    node: "v26.10.0",
    gort: "0.1.0",
    gomaxprocs: PROCS,
    upMs: now + 180_000,
    ended,
    totals: {
      goroutines: 1_000_000,
      created: 1_234_567,
      ended: 234_567,
      running: PROCS,
      runnable: 140 + wave(2),
      waiting: 999_840 - wave(1),
      syscall: 4,
      blocked: {
        "chan receive": 980_000,
        sleep: 12_000,
        "IO wait": 4,
        "sync.Mutex.Lock": 31,
        "goroutine join": 7805,
      },
      timers: 12_003,
      steals: Math.round(now * 8.1),
      longSlices: 3,
      queued: wave(4),
      ticks: Math.round(now * 410 + 900 * Math.sin(now / 1500)),
    },
    procs: Array.from({ length: PROCS }, (_, id) => ({
      id,
      machine: id,
      status: id % 5 === 4 ? ("idle" as const) : ("running" as const),
      running: id % 5 === 4 ? 0 : 2 + id,
      runningName: id % 5 === 4 ? "" : nameOf(2 + id),
      sliceMs: id === 1 ? 1800 : 0,
      runq: wave(id),
      timers: 12,
      ticks: Math.round(now * 25),
      busyMs: now * 0.87,
      stolen: id,
      toldMsAgo: 100,
    })),
    goroutines: fitting.slice(0, 200),
    fitting: words.length === 0 ? 1_000_000 : fitting.length,
    groups: [
      {
        count: 979_000,
        state: "waiting",
        reason: "chan receive",
        name: "worker",
        waitsOn: "chan#1",
        where: "src/worker.ts:6",
        example: 15,
        longestSeconds: 125,
      },
      {
        count: 12_000,
        state: "waiting",
        reason: "sleep",
        name: "retry",
        waitsOn: "",
        where: "src/retry.ts:41",
        example: 18,
        longestSeconds: 4,
      },
      {
        count: 31,
        state: "waiting",
        reason: "chan send",
        name: "parse",
        waitsOn: "chan#2",
        where: "src/parse.ts:88",
        example: 20,
        longestSeconds: 8,
      },
      {
        count: 3,
        state: "waiting",
        reason: "sync.Mutex.Lock",
        name: "collect",
        waitsOn: "mutex#4",
        where: "src/collect.ts:9",
        example: 6,
        longestSeconds: 42,
      },
      {
        count: 140,
        state: "runnable",
        reason: "",
        name: "worker",
        waitsOn: "",
        where: "src/worker.ts:9",
        example: 40,
        longestSeconds: 0,
      },
      {
        count: 16,
        state: "running",
        reason: "",
        name: "parse",
        waitsOn: "",
        where: "",
        example: 3,
        longestSeconds: 0,
      },
    ],
    channels: [
      {
        label: "chan#2",
        kind: "chan",
        proc: 1,
        length: 64,
        capacity: 64,
        closed: false,
        receivers: [],
        receiverCount: 0,
        senders: [20, 21, 22, 23, 24],
        senderCount: 31,
        stuckMs: 8000,
      },
      {
        label: "chan#1",
        kind: "shared chan",
        proc: 0,
        length: 0,
        capacity: 64,
        closed: false,
        receivers: [15, 35, 45, 55, 65],
        receiverCount: 979_000,
        senders: [],
        senderCount: 0,
        stuckMs: 125_000,
      },
      {
        label: "chan#3",
        kind: "chan",
        proc: 2,
        length: 5,
        capacity: 16,
        closed: false,
        receivers: [],
        receiverCount: 0,
        senders: [],
        senderCount: 0,
        stuckMs: 0,
      },
      {
        label: "chan#4",
        kind: "chan",
        proc: 2,
        length: 0,
        capacity: 0,
        closed: true,
        receivers: [],
        receiverCount: 0,
        senders: [],
        senderCount: 0,
        stuckMs: 0,
      },
    ],
    graph: calm ? { nodes: [], edges: [], cycles: [] } : graph,
    warnings: calm ? [] : WARNINGS,
    cost: { ratio: 0.018, budget: 0.03, mode: "bursts", recorded: 0.1, lost: 0 },
  };
}

export const DEADLOCK: Ended = {
  kind: "deadlock",
  code: 2,
  message: "fatal error: all goroutines are asleep - deadlock!",
  dump: [6, 9, 14, 20]
    .map(
      (id) =>
        `goroutine ${id} [${rowOf(id).reason}]:\nmain.${rowOf(id).name}()\n\tsrc/${rowOf(id).name}.ts:${id + 3}\ncreated by main in goroutine 1\n\tsrc/main.ts:14\n`,
    )
    .join("\n"),
};
