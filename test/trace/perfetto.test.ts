/**
 * Traces as JSON for Perfetto: valid by the rules of its importer, and nothing is missing.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EVENT_WORDS, Kind } from "#src/trace/events.ts";
import { MOST_LANES, type PerfettoFigures, perfettoFile } from "#src/trace/read/perfetto.ts";
import { readTrace, type Trace } from "#src/trace/reader.ts";
import { random } from "../base/seed.ts";
import { lintPerfetto } from "./perfetto-lint.ts";
import { fileOf, type Ring, synthetic } from "./synthetic.ts";

type Event = Readonly<Record<string, unknown>> & {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
};

/** Every conversion of these tests goes through the lint. */
function converted(trace: Trace): { events: Event[]; figures: PerfettoFigures } {
  const file = perfettoFile(trace);
  const parts: Uint8Array[] = [];
  for (;;) {
    const { done, value } = file.next();
    if (!done) {
      parts.push(value.slice());
      continue;
    }
    const text = Buffer.concat(parts).toString();
    assert.deepEqual(lintPerfetto(text), []);
    const events = (JSON.parse(text) as { traceEvents: Event[] }).traceEvents;
    assert.equal(events.length, value.written);
    assert.equal(Buffer.byteLength(text), value.bytes);
    return { events, figures: value };
  }
}

for (const exact of [false, true]) {
  test(`a trace ${exact ? "with exact times" : "as it is recorded"} becomes one that Perfetto reads whole`, (t: TestContext) => {
    const { below } = random(t, "trace/perfetto");
    for (let round = 0; round < 12; round++) {
      const { file, truth } = synthetic({
        seed: below(2 ** 30),
        events: 50 + below(4000),
        procs: 1 + below(5),
        at: below(2) * 2 ** 40 + below(100_000),
        exact,
      });
      const trace = readTrace(file);
      const { events } = converted(trace);
      const count = (ph: string, name?: string): number =>
        events.filter((event) => event.ph === ph && (name === undefined || event.name === name)).length;
      assert.equal(events.filter(({ ph, name }) => ph === "X" && name.startsWith("G")).length, truth.runs);
      assert.equal(count("i", "steal"), truth.steals);
      assert.equal(count("s"), count("f"));
      assert.equal(count("b"), count("e"));
      assert.equal(events.filter((event) => event["cat"] === "log").length, truth.logs);
      const running = events.filter(({ ph, name }) => ph === "T" && name === "Running");
      const units = running.reduce((sum, { dur }) => sum + dur * 10, 0);
      // Without exact times a wake-up may seem to come before the wait, but no run is longer or shorter for it.
      assert.ok(Math.abs(units - truth.runningUnits) < 1, `${units} of ${truth.runningUnits}`);
    }
  });
}

test("each prefix of a file can be converted", () => {
  const { file } = synthetic({ seed: 5, events: 400, procs: 3, chunk: 20 });
  for (let length = 0; length < file.length; length += 97) converted(readTrace(file.subarray(0, length)));
});

test("events that make no sense become a file that does", (t: TestContext) => {
  const { below } = random(t, "trace/perfetto");
  for (let round = 0; round < 60; round++) {
    const rings = Array.from({ length: 1 + below(3) }, (_, machine): Ring => {
      const count = below(300);
      const words = Int32Array.from({ length: count * EVENT_WORDS }, (_, i) => {
        if (i % EVENT_WORDS === 0) return below(3000);
        if (i % EVENT_WORDS === 1) return (2 + below(13)) | (below(20) << 8) | (below(6) << 16);
        return i % EVENT_WORDS === 2 ? 1 + below(6) : below(below(2) === 0 ? 7 : 4000);
      });
      return { machine, words, count, names: ["", 'a"b\\c', "\u0000\u2028", "é", "x".repeat(200)] };
    });
    converted(readTrace(fileOf(rings, 64)));
  }
});

test("who woke whom, from where to where", () => {
  const at = (time: number, kind: number, a: number, b: number, reason = 0, name = 0): number[] => [
    ...[time, kind | (reason << 8) | (name << 16), a, b],
  ];
  const words = [
    at(100, Kind.status, 2, 3, 1, 2),
    at(100, Kind.create, 1, 0, 0, 1),
    at(110, Kind.unblock, 2, 1, 1),
    at(110, Kind.run, 1, 50 * 8 + 1, 5),
    at(170, Kind.run, 2, 20 * 8 + 2),
    at(300, Kind.unblock, 1, 0, 5),
    at(304, Kind.run, 1, 6 * 8 + 2),
  ];
  const ring = {
    machine: 0,
    words: Int32Array.from(words.flat()),
    count: words.length,
    names: ["", "main", "worker"],
  };
  const { events } = converted(readTrace(fileOf([ring])));
  const lines = events
    .filter(({ ph }) => ph !== "M" && ph !== "C")
    .map(({ ph, name, tid, ts, dur }) => [ph, name, tid, ts, ...(dur === undefined ? [] : [dur])].join(" "));
  assert.deepEqual(lines, [
    "T R 1 10 1",
    "X G1 main 1000001 11 5",
    "T Running 1 11 5",
    "T chan receive 2 10 1",
    "T R 2 11 6",
    "X G2 worker 1000001 17 2",
    "s unblock 1000001 11.05",
    "f unblock 1000001 17.05",
    "T Running 2 17 2",
    "X wake G1 1900001 30 1",
    "T sleep 1 16 14",
    "T R 1 30 0.4",
    "X G1 main 1000001 30.4 0.6",
    "s unblock 1900001 30.05",
    "f unblock 1000001 30.45",
    "T Running 1 30.4 0.6",
  ]);
  const named = events.filter(({ ph, name, pid }) => ph === "M" && name === "thread_name" && pid === 2);
  assert.deepEqual(
    named.map(({ tid, args }) => [tid, (args as { name: string }).name]),
    [
      [2, "G2 worker"],
      [1, "G1 main"],
    ],
  );
});

test("a lane for each goroutine, up to a limit", () => {
  const count = MOST_LANES + 20;
  const words = Int32Array.from(
    Array.from({ length: count }, (_, i) => [i * 4, Kind.run, i + 1, 3 * 8 + 2]).flat(),
  );
  const { events, figures } = converted(readTrace(fileOf([{ machine: 0, words, count, names: [""] }])));
  assert.deepEqual([figures.lanes, figures.withoutLane], [MOST_LANES, 20]);
  assert.equal(events.filter(({ ph }) => ph === "X").length, count);
});

const X = { ph: "X", name: "x", pid: 1, tid: 5, ts: 10, dur: 10 };
const S = { ph: "s", name: "w", cat: "w", id: 1, pid: 1, tid: 5, ts: 11 };
const F = { ph: "f", bp: "e", name: "w", cat: "w", id: 1, pid: 1, tid: 5, ts: 12 };
const T = { ph: "T", name: "Running", pid: 2, tid: 5, ts: 10, dur: 10, args: { cpu: 0 } };
const B = { ph: "b", name: "t", cat: "task", id: "0x1", pid: 1, tid: 5, ts: 1 };
const E = { ...B, ph: "e", ts: 2 };

test("the lint finds nothing where nothing is wrong", () => {
  const inner = { ...X, ts: 12, dur: 8 };
  const after = { ...X, ts: 20, dur: 0 };
  const counter = { ph: "C", name: "n", pid: 1, ts: 0, args: { len: 0 } };
  const events = [X, inner, after, S, F, T, { ...T, ts: 20 }, B, E, counter];
  assert.deepEqual(lintPerfetto(JSON.stringify({ traceEvents: events })), []);
  assert.deepEqual(lintPerfetto(JSON.stringify(events)), []);
});

const BROKEN: readonly (readonly [what: string, events: unknown, found: RegExp])[] = [
  ["no ts", [{ ...X, ts: undefined }], /ts is undefined/],
  ["a ts below 0", [{ ...X, ts: -1 }], /ts is -1/],
  ["a dur below 0", [{ ...X, dur: -1 }], /dur is -1/],
  ["tid 0", [{ ...X, tid: 0 }], /tid 0/],
  ["no tid", [{ ...X, tid: undefined }], /tid is/],
  ["no pid", [{ ...X, pid: "1" }], /pid is/],
  ["a stack", [{ ...X, sf: 3 }], /sf and esf/],
  ["stacks", { traceEvents: [], stackFrames: {} }, /stackFrames/],
  ["slices that overlap", [X, { ...X, ts: 15 }], /overlaps the slice/],
  ["the longer of two that begin together behind the shorter", [{ ...X, dur: 5 }, X], /overlaps the slice/],
  ["a flow from nowhere", [{ ...S, ts: 25 }, X], /flow s is in no slice/],
  ["a flow from the end of a slice", [X, { ...S, ts: 20 }], /flow s is in no slice/],
  ["a flow before its slice in the file", [{ ...S, ts: 10 }, X], /flow s is in no slice/],
  ["a flow to nowhere", [X, S, { ...F, ts: 22 }], /flow f is in no slice/],
  ["a flow that only ends", [X, F], /has not begun/],
  ["a flow that does not end", [X, S], /does not end/],
  ["a flow back in time", [X, { ...S, ts: 13 }, F], /has not begun/],
  ["a flow without bp", [X, S, { ...F, bp: undefined }], /bp/],
  ["two flows of one id", [X, S, S, F], /has begun/],
  [
    "an id that is not hexadecimal",
    [
      { ...B, id: "job" },
      { ...E, id: "job" },
    ],
    /the id of b/,
  ],
  ["async without cat", [{ ...B, cat: undefined }, E], /b without cat/],
  ["async that does not end", [B], /b without its e/],
  ["async that only ends", [E], /e without its b/],
  ["an end without a beginning", [{ ...X, ph: "E" }], /E without its B/],
  [
    "an end of another",
    [
      { ...X, ph: "B" },
      { ...X, ph: "E", ts: 11, name: "y" },
    ],
    /E of another B/,
  ],
  ["a beginning without an end", [{ ...X, ph: "B" }], /B without its E/],
  ["states that overlap", [T, { ...T, ts: 15, name: "R", args: {} }], /T overlaps .* 2\/5/],
  ["two on one processor", [T, { ...T, ts: 15, tid: 6 }], /T overlaps .* cpu 0/],
  ["a counter of words", [{ ph: "C", name: "n", pid: 1, ts: 0, args: { len: "3" } }], /counter/],
  ["a counter of nothing", [{ ph: "C", name: "n", pid: 1, ts: 0 }], /counter without/],
  ["a phase that is not known", [{ ...X, ph: "?" }], /phase/],
  ["metadata that is not known", [{ ph: "M", name: "color", pid: 1, tid: 1 }], /metadata/],
  ["a lane without a name", [{ ph: "M", name: "thread_name", pid: 1, tid: 1, args: {} }], /args.name/],
  ["no events", {}, /no traceEvents/],
];

for (const [what, events, found] of BROKEN) {
  test(`the lint finds ${what}`, () => {
    assert.match(lintPerfetto(JSON.stringify(events)).join("\n"), found);
  });
}

test("the lint finds what is not JSON", () => {
  assert.match(lintPerfetto("[{").join("\n"), /not JSON/);
});
