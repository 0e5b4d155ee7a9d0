/**
 * Go: runtime/chan_test.go TestSelectFairness, TestPseudoRandomSend. Among ready cases the choice is uniform.
 *
 * The bounds are statistical and wide: with p the chance of a case and n trials, the count of its choices has mean np
 * and standard deviation σ = √(np(1-p)). A fair select is outside 10σ about once in 10²³ runs; one that prefers a
 * place, or goes round in turn from a fixed start, is outside it or fails the exact checks here.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, go, gosched, type Op, select, trySelect } from "gort";
import { inOrder, must } from "../support.ts";

function assertFair(count: number, trials: number, p: number): void {
  const sigma = Math.sqrt(trials * p * (1 - p));
  const off = Math.abs(count - trials * p);
  assert.ok(off <= 10 * sigma, `${count} of ${trials}, expected ${trials * p} ± ${10 * sigma}`);
}

test(
  "chan_test.go TestSelectFairness: two always ready among four, 10,000 trials",
  inOrder(function* () {
    const trials = 10_000;
    const c1 = chan<number>(trials + 1);
    const c2 = chan<number>(trials + 1);
    for (let i = 0; i <= trials; i++) {
      yield* c1.send(1);
      yield* c2.send(2);
    }
    const [c3, c4, out, done] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
    const chooser = go(function* () {
      for (;;) {
        const b = yield* select({ c3: c3.recv(), c4: c4.recv(), c1: c1.recv(), c2: c2.recv() });
        const s = yield* select({ out: out.send(must(b.value)), done: done.recv() });
        if (s.case === "done") return;
      }
    });
    const counts = [0, 0, 0];
    for (let i = 0; i < trials; i++) {
      const b = must(yield* out.recv());
      assert.ok(b === 1 || b === 2, `unexpected value ${b}`);
      counts[b] = must(counts[b]) + 1;
    }
    // mean 5,000, σ 50: between 4,500 and 5,500.
    assertFair(must(counts[1]), trials, 0.5);
    done.close();
    yield* chooser;
  }),
);

test(
  "chan_test.go TestSelectFairness: every place among 2 to 9 ready cases, waiting or not",
  inOrder(function* () {
    for (let n = 2; n <= 9; n++) {
      const trials = 400 * n;
      const counts = new Map<string, number>();
      for (let i = 0; i < trials; i++) {
        const cases: Record<string, Op<unknown>> = {};
        for (let k = 0; k < n; k++) cases[`case${k}`] = chan<number>(1).send(k);
        const s = i % 2 === 0 ? yield* select(cases) : must(trySelect(cases));
        counts.set(s.case, (counts.get(s.case) ?? 0) + 1);
      }
      for (let k = 0; k < n; k++) assertFair(counts.get(`case${k}`) ?? 0, trials, 1 / n);
    }
  }),
);

test(
  "chan_test.go TestSelectFairness: disabled cases take nobody's share",
  inOrder(function* () {
    const trials = 2000;
    let first = 0;
    for (let i = 0; i < trials; i++) {
      const s = yield* select({
        off1: null,
        a: chan<number>(1).send(1),
        off2: false,
        b: chan<number>(1).send(2),
      });
      if (s.case === "a") first++;
    }
    assertFair(first, trials, 0.5);
  }),
);

for (const capacity of [0, 100]) {
  test(
    `chan_test.go TestPseudoRandomSend: the same channel in two send cases, capacity ${capacity}`,
    inOrder(function* () {
      const n = 1000;
      const c: Chan<number> = chan(capacity);
      let ones = 0;
      const receiver = go(function* () {
        for (let i = 0; i < n; i++) {
          yield* gosched();
          ones += must(yield* c.recv());
        }
      });
      for (let i = 0; i < n; i++) yield* select({ one: c.send(1), zero: c.send(0) });
      yield* receiver;
      // mean 500, σ 15.8: between 342 and 658 (Go asks for more than a tenth of each).
      assertFair(ones, n, 0.5);
    }),
  );
}
