/**
 * The rules behind the warnings: each is found when it holds, and not a moment before; only what is exact is an alarm.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowFilter, rowOrder } from "#src/trace/row-filter.ts";
import { type Shown, Warnings } from "#src/web/observer/warnings.ts";
import type { ChannelRow, GoroutineRow, ProcRow, Warning } from "#src/web/protocol.ts";

function proc(id: number, more: Partial<ProcRow> = {}): ProcRow {
  return {
    id,
    machine: id,
    status: "idle",
    running: 0,
    runningName: "",
    sliceMs: 0,
    runq: 0,
    timers: 0,
    ticks: 5,
    busyMs: 0,
    stolen: 0,
    toldMsAgo: 0,
    ...more,
  };
}

function found(warnings: Warnings, shown: Partial<Shown> = {}): Warning[] {
  const all = warnings.found({
    procs: [],
    channels: [],
    graph: { nodes: [], edges: [], cycles: [] },
    cost: { ratio: 0.01, budget: 0.03, mode: "full", recorded: 1, lost: 0 },
    longRuns: [],
    nameOf: (goroutine) => (goroutine === 5 ? "parse" : ""),
    ...shown,
  });
  for (const { rule, text } of all) {
    assert.match(rule, /\.$/);
    assert.doesNotMatch(text, /\n|undefined|NaN/);
  }
  return all;
}

describe("the warnings", () => {
  it("are none when nothing is wrong", () => {
    const warnings = new Warnings();
    warnings.look({ nowMs: 1000, goroutines: 5, procs: [proc(0)] });
    assert.deepEqual(found(warnings, { procs: [proc(0, { sliceMs: 10 })] }), []);
  });

  it("name a slice that lasts: a note from 10 ms on, a hint from 100 ms on", () => {
    const of = (sliceMs: number): (string | undefined)[] => {
      const [one] = found(new Warnings(), {
        procs: [proc(1, { sliceMs, running: 5, runningName: "parse" })],
      });
      return [one?.level, one?.text];
    };
    assert.deepEqual(of(10), [undefined, undefined]);
    assert.deepEqual(of(11), ["note", "P1: goroutine 5 (parse) has not yielded for 11 ms"]);
    assert.deepEqual(of(101), ["hint", "P1: goroutine 5 (parse) has not yielded for 101 ms"]);
    assert.deepEqual(of(1840), ["hint", "P1: goroutine 5 (parse) has not yielded for 1.8 s"]);
    const [unknown] = found(new Warnings(), { procs: [proc(1, { sliceMs: 200 })] });
    assert.deepEqual(
      [unknown?.text, unknown?.goroutine],
      ["P1: whoever runs has not yielded for 200 ms", undefined],
    );
  });

  it("name a processor that is idle while another one has a queue, after 20 ms of nothing else", () => {
    const warnings = new Warnings();
    const look = (nowMs: number, idle: Partial<ProcRow> = {}, runq = 3): number => {
      warnings.look({ nowMs, goroutines: 9, procs: [proc(0, { status: "running", runq }), proc(1, idle)] });
      return found(warnings).filter(({ text }) => /^P1 is idle while P0 has \d goroutines/.test(text)).length;
    };
    assert.equal(look(1000), 0);
    assert.equal(look(1020), 0);
    assert.equal(look(1021), 1);
    // It has done something meanwhile: from the beginning.
    assert.equal(look(1040, { ticks: 6 }), 0);
    assert.equal(look(1050, { ticks: 6 }), 0);
    assert.equal(look(1100, { ticks: 6 }), 1);
    assert.equal(look(1200, { ticks: 6 }, 2), 0);
    assert.equal(look(1300, { ticks: 6, status: "running" }), 0);
  });

  it("name a channel that is stuck for five seconds", () => {
    const row: ChannelRow = {
      label: "chan#1",
      kind: "chan",
      proc: 0,
      length: 4,
      capacity: 4,
      closed: false,
      receivers: [],
      receiverCount: 0,
      senders: [1],
      senderCount: 1,
      stuckMs: 8000,
    };
    const of = (more: Partial<ChannelRow>): unknown[] =>
      found(new Warnings(), { channels: [{ ...row, ...more }] }).map(({ level, text, channel }) => [
        level,
        text,
        channel,
      ]);
    assert.deepEqual(of({}), [["hint", "chan#1 is full (4) for 8.0 s: 1 sender waits", "chan#1"]]);
    assert.deepEqual(of({ stuckMs: 5000 }), []);
    assert.deepEqual(of({ senderCount: 0, receiverCount: 2, length: 0 }), [
      ["note", "chan#1 is empty for 8.0 s: 2 receivers wait", "chan#1"],
    ]);
  });

  it("say that goroutines have grown for a minute, and only then", () => {
    const grows = (counts: readonly number[]): number => {
      const warnings = new Warnings();
      counts.forEach((goroutines, i) => {
        // A peak does not count, the least does.
        warnings.look({ nowMs: i * 10_000, goroutines: goroutines + 50, procs: [] });
        warnings.look({ nowMs: i * 10_000 + 5000, goroutines, procs: [] });
      });
      return found(warnings).filter(({ text }) => /has grown for 60\.0 s: 1 to/.test(text)).length;
    };
    assert.equal(grows([1, 2, 3, 4, 5, 6, 7]), 1);
    assert.equal(grows([1, 2, 3, 4, 5, 6]), 0);
    assert.equal(grows([1, 2, 3, 3, 5, 6, 7]), 0);
    const warnings = new Warnings();
    for (const i of [0, 1, 2, 3, 9, 10, 11]) warnings.look({ nowMs: i * 10_000, goroutines: i, procs: [] });
    assert.deepEqual(found(warnings), [], "nobody has looked in between");
  });

  it("are alarms for exact cycles alone; cost and losses are notes", () => {
    const all = found(new Warnings(), {
      graph: { nodes: [], edges: [], cycles: [[5, 6], [7]] },
      cost: { ratio: 0.05, budget: 0.03, mode: "bursts", recorded: 0.1, lost: 12 },
      procs: [proc(0, { sliceMs: 5000 })],
    });
    assert.deepEqual(
      all.map(({ level, text }) => [level, text]),
      [
        ["alarm", "2 goroutines wait for each other in a circle: goroutine 5 (parse), goroutine 6"],
        ["alarm", "goroutine 7 waits for itself"],
        ["hint", "P0: whoever runs has not yielded for 5.0 s"],
        ["note", "12 events were lost: the lanes have gaps"],
        ["note", "being watched costs 5.0 % of the time, over the budget of 3.0 %"],
      ],
    );
  });
});

describe("filter and sort", () => {
  const row = (id: number, more: Partial<GoroutineRow> = {}): GoroutineRow => ({
    id,
    name: "worker",
    state: "waiting",
    reason: "chan receive",
    waitedSeconds: 2,
    proc: 0,
    parent: 0,
    creator: "",
    where: "src/main.ts:6",
    waitsOn: "chan#12",
    ...more,
  });
  const rows = [
    row(1),
    row(2, { state: "runnable", reason: "", waitsOn: "", waitedSeconds: 0 }),
    row(12, { name: "Parse", proc: 1, reason: "sleep", waitsOn: "", waitedSeconds: 61, where: "" }),
  ];
  const ids = (filter: string): number[] => rows.filter(rowFilter(filter)).map(({ id }) => id);

  it("finds by each word, and by all of several", () => {
    for (const [filter, wanted] of [
      ["", [1, 2, 12]],
      ["  ", [1, 2, 12]],
      ["state:waiting", [1, 12]],
      ["fn:parse", [12]],
      ["chan:chan#12", [1]],
      ["chan:12", [1]],
      ["g:12", [12]],
      ["g:1", [1]],
      ["p:1", [12]],
      ["reason:sleep", [12]],
      ["blocked>1s", [1, 12]],
      ["blocked>1m", [12]],
      ["blocked>2000ms", [12]],
      ["blocked<3", [1]],
      ["main.ts", [1, 2]],
      ["state:waiting worker", [1]],
      ["state:waiting p:0 sleep", []],
      ["colour:red", []],
      ["main.ts:6", [1, 2]],
    ] as [string, number[]][])
      assert.deepEqual(ids(filter), wanted, filter);
  });

  it("sorts by number, wait, state and function", () => {
    const sorted = (sort?: "id" | "wait" | "state" | "fn"): number[] =>
      [...rows]
        .reverse()
        .sort(rowOrder(sort))
        .map(({ id }) => id);
    assert.deepEqual(sorted(), [1, 2, 12]);
    assert.deepEqual(sorted("wait"), [12, 1, 2]);
    assert.deepEqual(sorted("state"), [2, 1, 12]);
    assert.deepEqual(sorted("fn"), [12, 1, 2]);
  });
});
