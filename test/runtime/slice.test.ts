/**
 * The time slice on a clock that the test moves: how long goroutines run before the event loop turns, counted in the clock's own time.
 *
 * Go: TestGoroutineParallelism and TestPreempt* of runtime/proc_test.go ask that a goroutine which never blocks lets others run.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Chan, chan, go, gosched } from "gort";
import { clock } from "#src/runtime/clock.ts";
import { p } from "#src/runtime/processor.ts";
import { SLICE_MS, slice } from "#src/runtime/slice.ts";

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

  /** Calls `wake` as the host does in a callback of which there may be many. */
  function gathered(wake: () => void): void {
    slice.gather(true);
    wake();
    slice.gather(false);
  }

  it("lets those who are woken while it gathers wait for the turn, and runs them in one go", async () => {
    const ch = chan<number>();
    const ticks: number[] = [];
    const handles = [1, 2, 3].map(() =>
      go(function* () {
        yield* ch.recv();
        ticks.push(p.tick);
      }),
    );
    await turn();
    for (let i = 0; i < 3; i++) {
      gathered(() => assert.ok(ch.trySend(i)));
      for (let tasks = 0; tasks < 10; tasks++) await null;
    }
    assert.deepEqual(ticks, []);
    await turn();
    assert.equal(ticks.length, 3);
    assert.equal(new Set(ticks).size, 1);
    for (const handle of handles) await handle;
  });

  it("whoever is woken otherwise waits for a microtask, and takes them with him", async () => {
    const [a, b] = [chan<string>(), chan<string>()];
    const got: (string | undefined)[] = [];
    for (const ch of [a, b])
      go(function* () {
        got.push(yield* ch.recv());
      });
    await turn();
    gathered(() => a.trySend("gathered"));
    b.trySend("other");
    await null;
    await null;
    assert.deepEqual(got, ["gathered", "other"]);
    await turn();
  });

  it("arms one turn for a swarm, and none for itself", async () => {
    const ch = chan<number>();
    const h = go(function* () {
      for (let i = 0; i < 3; i++) yield* ch.recv();
    });
    await turn();
    await turn();
    const armed: unknown[] = [];
    const setReal = globalThis.setImmediate;
    globalThis.setImmediate = ((run: () => void) => armed.push(setReal(run))) as never;
    try {
      gathered(() => ch.trySend(1));
      await new Promise((resolve) => setReal(resolve));
      await new Promise((resolve) => setReal(resolve));
      assert.equal(armed.length, 1);
      gathered(() => ch.trySend(2));
      gathered(() => {});
      await new Promise((resolve) => setReal(resolve));
      await new Promise((resolve) => setReal(resolve));
      assert.equal(armed.length, 2);
    } finally {
      globalThis.setImmediate = setReal;
    }
    ch.trySend(3);
    await h;
  });

  it("begins with the turn for those it gathered, and lasts no longer for the async code behind them", async () => {
    const ch = chan<ReturnType<typeof watch>>();
    const step = filledAndEmptied();
    const behind = (async () => {
      const turns = await ch.recv();
      now += SLICE_MS * 0.6; // Of the slice that the turn began.
      for (let steps = 0; steps < 20_000; steps++) {
        if (steps === 5_000) now += SLICE_MS * 0.6;
        await step();
        turns?.seen(steps);
      }
    })();
    await turn();
    const turns = watch(5_000); // It counts before the turn that is armed after it.
    gathered(() => assert.ok(ch.trySend(turns)));
    await behind;
    turns.stop();
    await turn();
    assert.ok(turns.first() <= 5_000 + STEPS_BETWEEN_LOOKS, `it turned after ${turns.first()} steps`);
  });
});
