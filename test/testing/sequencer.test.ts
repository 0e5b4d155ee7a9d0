import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  gosched,
  type Op,
  run,
  select,
  sharedChan,
  sleep,
  trySelect,
  WaitGroup,
} from "gort";
import { assertDoesNotPark, assertParks, bubble, explore, type Sequencer, sequencer } from "gort/testing";
import { State } from "#src/runtime/status.ts";

/** The numbers 0 to n - 1 in some order. */
function shuffled(n: number, seed: number): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  let x = seed;
  for (let i = n - 1; i > 0; i--) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    const j = (x >>> 0) % (i + 1);
    [all[i], all[j]] = [all[j] as number, all[i] as number];
  }
  return all;
}

describe("sequencer", () => {
  it("orders steps of several goroutines, whoever comes first", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const seen: number[] = [];
      const step = sequencer();
      await run(function* () {
        const wg = new WaitGroup();
        for (const n of shuffled(10, seed)) {
          wg.go(function* () {
            if (n % 3 === 0) yield* gosched();
            yield* step(n);
            seen.push(n);
          });
        }
        yield* wg.wait();
      });
      step.end();
      assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it("is ready at once for whose turn it is, and parks the others", async () => {
    const step = sequencer();
    await run(function* () {
      assertParks(step(1));
      yield* step(0);
      yield* step(1);
      assertParks(step(3));
      assertDoesNotPark(step(2));
      // It passes when this goroutine has gone on.
      assertParks(step(3));
      yield* gosched();
      yield* step(3);
    });
    step.end();
  });

  /** Two goroutines, of which each does a step in its own way; nothing but the steps orders what they write. */
  const ways: Record<string, (step: Sequencer, n: number) => Goroutine> = {
    "yield*": function* (step, n) {
      yield* step(n);
    },
    "a select": function* (step, n) {
      yield* select({ step: step(n), never: chan<number>().recv() });
    },
    "a select in a select": function* (step, n) {
      yield* select({ inner: select({ step: step(n) }), never: chan<number>().recv() });
    },
  };
  for (const [one, first] of Object.entries(ways)) {
    for (const [two, second] of Object.entries(ways)) {
      it(`holds under every schedule: ${one}, and ${two}`, async () => {
        const { exhausted } = await explore(
          function* () {
            const step = sequencer();
            const seen: number[] = [];
            const evens = go(function* () {
              for (let n = 0; n < 4; n += 2) {
                yield* first(step, n);
                seen.push(n);
              }
            });
            const odds = go(function* () {
              for (let n = 1; n < 4; n += 2) {
                yield* second(step, n);
                seen.push(n);
              }
            });
            yield* evens;
            yield* odds;
            assert.deepEqual(seen, [0, 1, 2, 3]);
            step.end();
          },
          { strategy: "dfs", schedules: 20_000 },
        );
        assert.equal(exhausted, true);
      });
    }
  }

  it("orders async code", async () => {
    for (const inside of [(fn: () => Promise<void>) => fn(), (fn: () => Promise<void>) => bubble(fn)]) {
      const seen: number[] = [];
      const step = sequencer();
      await inside(async () => {
        const part = async (...numbers: number[]): Promise<void> => {
          for (const n of numbers) {
            await step(n);
            seen.push(n);
          }
        };
        const parts = [go(part, 1, 4, 5), go(part, 0, 3), go(part, 2, 6)];
        for (const one of parts) await one;
        const s = await select({ step: step(7), never: chan<number>().recv() });
        seen.push(s.case === "step" ? 7 : -1);
        await step(8);
      });
      step.end();
      assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it("orders async code and goroutines", async () => {
    const seen: string[] = [];
    await bubble(async () => {
      const step = sequencer();
      const goroutine = go(function* () {
        for (const n of [1, 3]) {
          yield* step(n);
          seen.push(`yield* ${n}`);
        }
      });
      for (const n of [0, 2, 4]) {
        await step(n);
        seen.push(`await ${n}`);
      }
      await goroutine;
    });
    assert.deepEqual(seen, ["await 0", "yield* 1", "await 2", "yield* 3", "await 4"]);
  });

  it("orders async code under the schedules of an exploration", async () => {
    await explore(
      async () => {
        const step = sequencer();
        const seen: number[] = [];
        const part = async (...numbers: number[]): Promise<void> => {
          for (const n of numbers) {
            await step(n);
            seen.push(n);
          }
        };
        const parts = [go(part, 1, 2), go(part, 0, 3)];
        for (const one of parts) await one;
        assert.deepEqual(seen, [0, 1, 2, 3]);
      },
      { schedules: 300 },
    );
  });

  it("does not take a step that loses a select: its number can be used again", async () => {
    await bubble(function* () {
      const step = sequencer();
      const s = yield* select({ step: step(1), late: sleep(5) });
      assert.equal(s.case, "late");
      assert.equal(trySelect({ step: step(1) }), undefined);
      const waiter = go(function* () {
        yield* step(1);
        return "passed";
      });
      yield* step(0);
      assert.equal(yield* waiter, "passed");
      step.end();
    });
  });

  it("can be a case beside one of a shared channel", async () => {
    await run(function* () {
      const step = sequencer();
      const shared = sharedChan<number>();
      const waiter = go(function* () {
        return (yield* select({ step: step(1), shared: shared.recv() })).case;
      });
      yield* gosched();
      yield* step(0);
      assert.equal(yield* waiter, "step");
      yield* step(2);
    });
  });

  it("refuses a number twice: that has passed, that is waited for, that goes on now", async () => {
    await run(function* () {
      const step = sequencer();
      const twice = (n: number): void => {
        assert.throws(() => trySelect({ step: step(n) }), {
          name: "SequenceError",
          code: "GORT_SEQUENCE",
          message: `step ${n} of a sequence twice: each number stands for one step`,
        });
      };
      const waiter = go(function* () {
        yield* step(2);
      });
      yield* gosched();
      twice(2);
      yield* step(0);
      twice(0);
      assertDoesNotPark(step(1));
      twice(1);
      yield* waiter;
      twice(2);
    });
  });

  it("passes once also when forgotten operations are looked for", async () => {
    const step = sequencer();
    await run(function* () {
      for (const n of [0, 1, 2]) {
        const op = step(n) as Op<void> & { done: number };
        op.done = State.tracked;
        yield* op;
      }
      assertParks(step(4));
      yield* step(3);
    });
  });

  it("refuses a number that is none, where it is written", () => {
    const step = sequencer();
    for (const n of [-1, 0.5, Number.NaN, "1", undefined]) {
      assert.throws(() => step(n as never), {
        code: "GORT_INVALID_NUMBER",
        message: /^step needs an integer of at least 0/,
      });
    }
  });

  it("says in the end which step never came", async () => {
    const step = sequencer();
    step.end();
    await run(function* () {
      for (const n of [5, 3]) {
        go(function* () {
          yield* step(n);
        });
      }
      yield* step(0);
      yield* step(1);
      yield* gosched();
    });
    assert.throws(() => step.end(), {
      code: "GORT_SEQUENCE",
      message: "step 2 of a sequence never came, and these wait for it: 3, 5",
    });
  });
});
