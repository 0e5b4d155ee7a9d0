/**
 * The figures of a trace are those of what has happened.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Kind } from "#src/trace/events.ts";
import { Spread } from "#src/trace/read/spread.ts";
import { summarize } from "#src/trace/read/summarize.ts";
import type { TraceSummary } from "#src/trace/read/summary.ts";
import { readTrace } from "#src/trace/reader.ts";
import { random } from "../base/seed.ts";
import { fileOf, synthetic } from "./synthetic.ts";

const UNITS = 10_000;

function near(actual: number, units: number, what: string): void {
  assert.ok(Math.abs(actual * UNITS - units) < 1, `${what}: ${actual * UNITS} instead of ${units}`);
}

test("the figures of a trace with exact times are exact", (t: TestContext) => {
  const { below } = random(t, "trace/summary");
  for (let round = 0; round < 20; round++) {
    const procs = 1 + below(4);
    const { file, truth } = synthetic({
      seed: below(2 ** 30),
      events: 100 + below(5000),
      procs,
      exact: true,
    });
    const found = summarize(readTrace(file));
    assert.equal(found.goroutines.made, truth.created);
    assert.equal(found.goroutines.ended, truth.ended);
    assert.equal(found.goroutines.left, truth.created - truth.ended);
    const sum = (pick: (row: TraceSummary["processors"][number]) => number): number =>
      found.processors.reduce((total, row) => total + pick(row), 0);
    assert.equal(
      sum(({ runs }) => runs),
      truth.runs,
    );
    near(
      sum(({ busyMs }) => busyMs),
      truth.runningUnits,
      "busy",
    );
    assert.equal(found.queue.count, truth.queued);
    near(found.queue.totalMs, truth.queuedUnits, "in queues");
    assert.equal(found.wakesInAll, truth.hostWakes + truth.wakes);
    near(found.longestRuns[0]?.ms ?? 0, truth.longestRun, "longest run");
    const over = found.longestWaits.filter(({ ended }) => ended !== "not ended");
    if (over.length === found.longestWaits.length) near(over[0]?.ms ?? 0, truth.longestWait, "longest wait");
    assert.equal(
      found.steals.reduce((total, { times }) => total + times, 0),
      truth.steals,
    );
    assert.equal(
      found.steals.reduce((total, { goroutines }) => total + goroutines, 0),
      truth.stolen,
    );
    assert.equal(
      found.regions.reduce((total, { count }) => total + count, 0),
      truth.regions,
    );
    assert.equal(
      found.tasks.reduce((total, { count }) => total + count, 0),
      truth.tasks,
    );
    assert.equal(
      found.logs.reduce((total, { count }) => total + count, 0),
      truth.logs,
    );
  }
});

type Words = [time: number, kind: number, a: number, b: number, reason?: number, name?: number];

function summaryOf(names: readonly string[], ...machines: Words[][]): TraceSummary {
  const rings = machines.map((events, machine) => ({
    machine,
    names,
    count: events.length,
    words: Int32Array.from(
      events.flatMap(([time, kind, a, b, reason = 0, name = 0]) => [
        time,
        kind | (reason << 8) | (name << 16),
        a,
        b,
      ]),
    ),
  }));
  return summarize(readTrace(fileOf(rings)));
}

const blocked = (units: number): number => units * 8 + 1;
const ended = (units: number): number => units * 8 + 2;

test("a wait: who, why, how long, and who ended it", () => {
  const found = summaryOf(
    ["", "main", "worker"],
    [
      [0, Kind.create, 1, 0, 0, 1],
      [0, Kind.status, 3, 3 + (7 << 3), 6, 2],
      [0, Kind.create, 2, 1, 0, 2],
      [0, Kind.run, 1, blocked(10_000), 1],
      [10_000, Kind.run, 2, blocked(5), 5],
      [40_010, Kind.unblock, 2, 0, 5],
      [40_010, Kind.unblock, 1, 2, 1],
      [40_010, Kind.run, 2, ended(10)],
      [40_030, Kind.run, 1, ended(10)],
    ],
  );
  assert.deepEqual(
    found.longestWaits.map(({ goroutine, fn, reason, ms, ended, by, byFn, older }) =>
      [goroutine, fn, reason, ms, ended, by, byFn, older].join(", "),
    ),
    [
      "3, worker, sync.Mutex.Lock, 7004.004, not ended, 0, , true",
      "1, main, chan receive, 3.001, goroutine, 2, worker, false",
      "2, worker, sleep, 3.0005, host, 0, , false",
    ],
  );
  assert.deepEqual(found.wakes, [
    { by: "host", fn: "worker", count: 1 },
    { by: "worker", fn: "main", count: 1 },
  ]);
  assert.deepEqual(found.goroutines, { seen: 3, made: 2, ended: 2, failed: 0, left: 1 });
  assert.deepEqual(
    found.functions.map(({ fn, goroutines, runs }) => [fn, goroutines, runs]),
    [
      ["main", 1, 2],
      ["worker", 2, 2],
    ],
  );
});

test("a wake-up that was written down before the wait that it ends, because its waker ran on", () => {
  const found = summaryOf(
    ["", "main", "worker"],
    [
      [0, Kind.create, 1, 0, 0, 1],
      [0, Kind.create, 2, 0, 0, 2],
      [40, Kind.unblock, 2, 1, 1],
      [40, Kind.run, 1, ended(160)],
    ],
    [
      [50, Kind.run, 2, blocked(10), 1],
      [150, Kind.run, 2, ended(10)],
    ],
  );
  assert.equal(found.queue.count, 3);
  assert.equal(found.queue.maxMs * UNITS, 90);
  assert.deepEqual(found.longestWaits, []);
});

test("a lost event makes one wait wrong, and not the next ones", () => {
  const events: Words[] = [[0, Kind.create, 1, 0, 0, 1]];
  for (let i = 1; i <= 20; i++) {
    events.push([i * 1000, Kind.run, 1, blocked(10), 5]);
    events.push([i * 1000 + 500, Kind.unblock, 1, 0, 5]);
  }
  // The first run is lost: its wake-up finds a goroutine that does not wait.
  events.splice(1, 1);
  const found = summaryOf(["", "main"], events);
  assert.ok(found.longestWaits.length > 0);
  for (const { ms } of found.longestWaits) assert.equal(ms * UNITS, 490);
});

test("percentiles are at most 3 % too large", (t: TestContext) => {
  const { below } = random(t, "trace/summary");
  for (const most of [1, 31, 32, 33, 64, 65, 1000, 10_000_000, 2 ** 31, 2 ** 45]) {
    const all = Array.from({ length: 999 }, () => below(most));
    const spread = new Spread();
    for (const units of all) spread.add(units);
    all.sort((one, other) => one - other);
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = all[Math.ceil(all.length * share) - 1] as number;
      const found = spread.percentile(share);
      assert.ok(found >= exact && found <= exact * 1.0323, `${share} of ${most}: ${found}, exactly ${exact}`);
    }
  }
  assert.equal(new Spread().percentile(0.5), 0);
});
