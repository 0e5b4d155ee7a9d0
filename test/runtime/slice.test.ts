/**
 * The time slice on a clock that the test moves: how long goroutines run before the event loop turns, counted in the clock's own time.
 *
 * Go: TestGoroutineParallelism and TestPreempt* of runtime/proc_test.go ask that a goroutine which never blocks lets others run.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Chan, chan, go, gosched } from "gort";
import { clock } from "#src/runtime/clock.ts";
import { SLICE_MS } from "#src/runtime/slice.ts";

/** More steps than the runtime ever makes without a look at the clock. */
const STEPS_BETWEEN_LOOKS = 1000;

const real = clock.read;
let now: number;
let reads: number;

/** Lets the event loop turn; resolves in its next phase of immediates. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A step that is always ready: a send into room, or a receive of what is there. */
function filledAndEmptied(): () => ReturnType<Chan<number>["send"]> | ReturnType<Chan<number>["recv"]> {
  const ch = chan<number>(1);
  return () => (ch.length === 0 ? ch.send(1) : ch.recv());
}

describe("the slice", () => {
  beforeEach(async () => {
    await turn();
    now = real();
    reads = 0;
    clock.read = () => {
      reads++;
      return now;
    };
  });
  afterEach(() => {
    clock.read = real;
  });

  it("is measured by the clock: while time stands still a goroutine that is always ready goes on", async () => {
    const step = filledAndEmptied();
    let steps = 0;
    let other = 0;
    const h = go(function* () {
      while (steps < 100_000) {
        yield* step();
        steps++;
      }
    });
    go(() => {
      other = steps;
    });
    await h;
    assert.equal(steps, 100_000);
    assert.equal(other, 100_000);
  });

  it("is over when its time is: a goroutine that never parks gives way, within a bounded number of steps", async () => {
    const step = filledAndEmptied();
    let steps = 0;
    let other = Number.NaN;
    const h = go(function* () {
      while (steps < 50_000) {
        if (steps === 10_000) now += SLICE_MS * 2;
        yield* step();
        steps++;
      }
    });
    go(() => {
      other = steps;
    });
    await h;
    assert.ok(other >= 10_000 && other <= 10_000 + STEPS_BETWEEN_LOOKS, `the other ran after ${other} steps`);
  });

  /** Counts the turns of the event loop; `seen` is to be called at each step, and remembers the first one behind step `from` that follows a turn. */
  function watch(from: number): { seen: (step: number) => void; first: () => number; stop: () => void } {
    let turns = 0;
    let before = 0;
    let first = Number.NaN;
    let going = true;
    const count = (): void => {
      turns++;
      if (going) setImmediate(count);
    };
    setImmediate(count);
    return {
      seen(step) {
        if (step <= from) before = turns;
        else if (turns !== before && Number.isNaN(first)) first = step;
      },
      first: () => first,
      stop() {
        going = false;
      },
    };
  }

  it("lets the event loop turn when it is over, for steps that park and for those that do not", async () => {
    for (const step of [filledAndEmptied(), gosched]) {
      const turns = watch(5_000);
      await go(function* () {
        for (let steps = 0; steps < 20_000; steps++) {
          if (steps === 5_000) now += SLICE_MS * 2;
          yield* step();
          turns.seen(steps);
        }
      });
      turns.stop();
      await turn();
      assert.ok(turns.first() <= 5_000 + STEPS_BETWEEN_LOOKS, `it turned after ${turns.first()} steps`);
    }
  });

  it("spans async code: awaits that are ready at once count as well", async () => {
    const step = filledAndEmptied();
    const turns = watch(5_000);
    for (let steps = 0; steps < 20_000; steps++) {
      if (steps === 5_000) now += SLICE_MS * 2;
      await step();
      turns.seen(steps);
    }
    turns.stop();
    assert.ok(turns.first() <= 5_000 + STEPS_BETWEEN_LOOKS, `it turned after ${turns.first()} steps`);
  });

  it("looks at the clock rarely when steps are short, and often when they are long", async () => {
    const step = filledAndEmptied();
    const count = async (stepMs: number): Promise<number> => {
      const before = reads;
      await go(function* () {
        for (let i = 0; i < 2_000; i++) {
          now += stepMs;
          yield* step();
        }
      });
      return reads - before;
    };
    const short = await count(0);
    const long = await count(0.2);
    assert.ok(short <= 2_000 / 32, `${short} looks in 2000 steps that take no time`);
    assert.ok(long >= 2_000 / 8, `${long} looks in 2000 steps of 0.2 ms`);
  });
});
