/**
 * Traces of programs on two cores: each thread writes its own, and together they are one history.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readTrace, type Trace } from "#src/trace/reader.ts";
import { program } from "../prog/program.ts";
import { traced, withFolder } from "./program.ts";
import { type Event, eventsOf, namesIn, stepsOf } from "./told.ts";

const TWO = { env: { GOMAXPROCS: "2" } };

const HEAD = `import { chan, go, gosched, Mutex, portable, run, runtime, sharedChan, sleep } from "gort";
import * as trace from "gort/trace";
const file = process.env.TRACE;
/** Both are there at once, so one of them is on the other core. */
const meets = (w) => { Atomics.add(w, 0, 1); Atomics.notify(w, 0); while (Atomics.load(w, 0) < 2) Atomics.wait(w, 0, 1, 1000); };
export const work = portable(function* work(w) { meets(w); yield* sleep(1); });
const words = () => new Int32Array(new SharedArrayBuffer(4));
const both = function* () { const w = words(); const all = [go(work, w), go(work, w)]; for (const h of all) yield* h; };
`;

/** All events, with the processor that wrote them. */
function everywhere(trace: Trace): (Event & { readonly proc: number })[] {
  return trace.machines.flatMap((machine) =>
    eventsOf(machine).map((event) => ({ ...event, proc: machine.proc })),
  );
}

describe("a goroutine that has gone to another core", () => {
  it("was made once, where it was made; runs where it ran; and whoever took it says from whom", async () => {
    const { trace, code, stderr } = await traced(
      `${HEAD}
      export const count = portable(function* count(w) { meets(w); for (let i = 0; i < 3; i++) yield* sleep(1); return Number(process.env.NONE ?? 1); });
      await run(function* main() {
        trace.start({ file });
        for (let i = 0; i < 20; i++) {
          const w = words();
          const all = [go(count, w), go(count, w)];
          for (const h of all) yield* h;
        }
        // The result is here before the run that gave it is over there.
        yield* sleep(20);
      });
      await trace.stop();`,
      TWO,
    );
    assert.deepEqual([code, stderr, trace.end?.reason, trace.lost], [0, "", "stop", 0]);
    const events = everywhere(trace);
    const names = namesIn(trace);
    const made = events.filter(({ kind, name }) => kind === "create" && name === "count");
    assert.equal(made.length, 40);
    assert.equal(new Set(made.map(({ a }) => a)).size, 40);
    assert.ok(made.every(({ proc, b }) => proc === 0 && names.get(b) === "main"));
    // Each ended once; what ran on the other core had been stolen.
    const ended = events.filter(
      ({ kind, end, a }) => kind === "run" && end === 2 && names.get(a) === "count",
    );
    assert.deepEqual(ended.map(({ a }) => a).sort(), made.map(({ a }) => a).sort());
    for (const { a } of made) {
      const procs = new Set(
        events.filter((event) => event.kind === "run" && event.a === a).map(({ proc }) => proc),
      );
      assert.equal(procs.size, 1, "who has begun stays");
    }
    const away = new Set(events.filter(({ kind, proc }) => kind === "run" && proc === 1).map(({ a }) => a));
    const steals = events.filter(({ kind }) => kind === "steal");
    assert.equal(away.size, 20);
    assert.ok(steals.every(({ proc, b }) => proc !== b && b <= 1));
    const taken = (proc: number): number =>
      steals.reduce((sum, one) => sum + (one.proc === proc ? one.a : 0), 0);
    assert.ok(taken(1) >= 20, `${taken(1)}`);
    // One clock: it ran there after it had been made here.
    for (const { a, time } of made)
      assert.ok(events.every((e) => e.kind !== "run" || e.a !== a || e.time >= time));
  });

  it("is not said to have run by a core that had it for a moment, or by its own when it comes to its turn", async () => {
    // Very many short ones, which go back and forth.
    const { trace, code } = await traced(
      `${HEAD}
      export const leaf = portable(function* leaf(i) { return i; });
      await run(function* main() {
        yield* both();
        trace.start({ file });
        for (let round = 0; round < 20; round++) {
          const all = Array.from({ length: 500 }, (_, i) => go(leaf, i));
          for (const h of all) yield* h;
        }
        // The result is here before the run that gave it is over there.
        yield* sleep(20);
      });
      await trace.stop();`,
      TWO,
    );
    assert.equal(code, 0);
    const events = everywhere(trace);
    const leaves = new Set(
      events.flatMap(({ kind, name, a }) => (kind === "create" && name === "leaf" ? [a] : [])),
    );
    assert.equal(leaves.size, 10_000);
    const ends = events
      .filter(({ kind, a, end }) => kind === "run" && end >= 2 && leaves.has(a))
      .map(({ a }) => a);
    assert.equal(ends.length, 10_000);
    assert.equal(new Set(ends).size, 10_000);
  });
});

describe("each thread's events", () => {
  it("are in the order of time, and on the process's clock", async () => {
    const { trace } = await traced(
      `${HEAD}
      trace.start({ file });
      await run(function* main() { for (let i = 0; i < 10; i++) yield* both(); });
      await trace.stop();`,
      TWO,
    );
    assert.deepEqual(
      trace.machines.map(({ proc }) => proc),
      [0, 1],
    );
    const clockMs = trace.meta?.clockMs ?? 0;
    for (const machine of trace.machines) {
      const runs = eventsOf(machine).filter(({ kind }) => kind === "run");
      for (const [i, { time, length }] of runs.entries()) {
        assert.ok(time >= clockMs * 10_000 - 1 && time + length < clockMs * 10_000 + 60e7);
        assert.ok(i === 0 || time >= (runs[i - 1]?.time as number) + (runs[i - 1]?.length as number));
      }
    }
  });

  it("tell of who was there before, also when traces follow one another at once", async () => {
    await withFolder(async (folder) => {
      const { code, stderr } = await program(
        `${HEAD}
        export const stays = portable(function* stays(w, c) { meets(w); yield* c.recv(); });
        await run(function* main() {
          const w = words();
          const c = sharedChan();
          const all = [go(stays, w, c), go(stays, w, c)];
          yield* sleep(5);
          for (let i = 0; i < 5; i++) {
            trace.start({ file: ${JSON.stringify(folder)} + "/" + i });
            yield* both();
            yield* sleep(20);
            trace.stop();
          }
          c.close();
          for (const h of all) yield* h;
        });`,
        TWO,
      );
      assert.deepEqual([code, stderr], [0, ""]);
      for (let i = 0; i < 5; i++) {
        const trace = readTrace(readFileSync(join(folder, `${i}`)));
        assert.deepEqual([trace.end?.reason, trace.cutBytes, trace.damagedChunks], ["stop", 0, 0]);
        assert.ok(trace.ended - trace.began < 60e7);
        const there = everywhere(trace).filter(({ kind, name }) => kind === "status" && name === "stays");
        assert.deepEqual(there.map(({ proc, reason }) => `${proc} ${reason}`).sort(), [
          "0 chan receive",
          "1 chan receive",
        ]);
      }
    });
  });
});

describe("a program that is imported by other cores", () => {
  it("may start its trace at its top level", async () => {
    const { trace, code, stderr } = await traced(
      `${HEAD}
      trace.start({ file });
      await run(function* main() { yield* both(); });
      await trace.stop();`,
      TWO,
    );
    assert.deepEqual([code, stderr, trace.end?.reason], [0, "", "stop"]);
    assert.equal(trace.machines.length, 2);
    const far = stepsOf(trace, trace.machines[1] as never);
    assert.deepEqual(far.slice(-3), ["work waits, sleep", "host wakes work, sleep", "work has ended"]);
  });

  it("may ask for the last seconds of all of them, from any", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "t");
      const { code, stderr } = await program(
        `${HEAD}
        import { writeFileSync } from "node:fs";
        trace.start();
        export const asks = portable(function* asks(w) { meets(w); yield* sleep(2); return trace.last(); });
        await run(function* main() {
          const w = words();
          const all = [go(asks, w), go(asks, w)];
          const bytes = [];
          for (const h of all) bytes.push(yield* h);
          for (const [i, one] of bytes.entries()) writeFileSync(${JSON.stringify(file)} + i, one);
        });`,
        TWO,
      );
      assert.deepEqual([code, stderr], [0, ""]);
      for (const i of [0, 1]) {
        const trace = readTrace(readFileSync(file + i));
        assert.equal(trace.end?.reason, "last");
        assert.deepEqual(
          trace.machines.map(({ proc, events }) => [proc, events.count > 0]),
          [
            [0, true],
            [1, true],
          ],
        );
      }
    });
  });
});

it("a core that computes loses nothing: its events are in the file though its event loop has never turned", async () => {
  const { trace, code } = await traced(
    `${HEAD}
    export const spins = portable(function* spins(w) { meets(w); for (let i = 0; i < 400_000; i++) go(function* one() {}); for (let i = 0; i < 10; i++) yield* gosched(); });
    trace.start({ file });
    await run(function* main() { const w = words(); const all = [go(spins, w), go(spins, w)]; for (const h of all) yield* h; process.exit(0); });`,
    TWO,
  );
  assert.deepEqual([code, trace.lost, trace.end?.reason], [0, 0, "exit"]);
  assert.equal(
    everywhere(trace).filter(({ kind, name }) => kind === "create" && name === "one").length,
    800_000,
  );
});

it("a call that blocks is a wait of its own, and its thread has events of its own", async () => {
  const { trace, code, stderr } = await traced(
    `${HEAD}
    import { blocking } from "gort";
    export const blocks = portable(function blocks() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); return 1; });
    trace.start({ file });
    await run(function* main() { yield* blocking(blocks); });
    await trace.stop();`,
    TWO,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  const names = namesIn(trace);
  const ran = everywhere(trace).filter(({ kind, a }) => kind === "run" && names.get(a) === "main");
  assert.deepEqual(
    ran.map(({ reason }) => reason),
    ["syscall", ""],
    stepsOf(trace, trace.machines[0] as never).join("\n"),
  );
});
