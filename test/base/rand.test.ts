/** The randomness of `base/rand.ts`: in range, the same for the same seed, and uniform. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, seed } from "#src/base/rand.ts";
import { random } from "./seed.ts";

const take = (count: number, n: number): number[] => Array.from({ length: count }, () => randomBelow(n));

describe("randomBelow", () => {
  it("gives the same sequence for the same seed, and another for another", () => {
    seed(42);
    const first = take(100, 1000);
    seed(42);
    assert.deepEqual(take(100, 1000), first);
    seed(43);
    assert.notDeepEqual(take(100, 1000), first);
  });

  it("is xorshift32 with the shifts 13, 17 and 5, scaled: a seed means the same in every version", () => {
    seed(42);
    let state = 42n;
    const expected = Array.from({ length: 100 }, () => {
      state ^= (state << 13n) & 0xffff_ffffn;
      state ^= state >> 17n;
      state ^= (state << 5n) & 0xffff_ffffn;
      return Number((state * 1000n) >> 32n);
    });
    assert.deepEqual(take(100, 1000), expected);
  });

  it("is never stuck: also not with the seed 0, whose xorshift would be", () => {
    seed(0);
    assert.ok(new Set(take(100, 1000)).size > 50);
  });

  it("stays below n, for the smallest and the largest n", (t) => {
    seed(random(t, "base/rand").seed);
    assert.deepEqual(new Set(take(1000, 1)), new Set([0]));
    for (const n of [2, 3, 7, 2 ** 31]) {
      for (const x of take(10_000, n)) assert.ok(Number.isInteger(x) && x >= 0 && x < n, `${x} of ${n}`);
    }
  });

  it("is uniform", (t) => {
    // Chi-square over n cells of N numbers has mean n-1 and standard deviation sqrt(2(n-1)). The bound, 8 deviations and 12 above the mean, is
    // passed by chance less than once in 10^6 runs for each n (n = 2: chi-square above 24, which is 4.9 deviations of a coin). One cell that
    // is 5 % too full shows up as 0.0025 N/n: 31 for n = 16.
    seed(random(t, "base/rand").seed);
    const N = 200_000;
    for (const n of [2, 3, 5, 8, 10, 16, 61]) {
      const cells = new Array<number>(n).fill(0);
      for (let i = 0; i < N; i++) cells[randomBelow(n)]!++;
      const expected = N / n;
      const chi2 = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      const bound = n - 1 + 8 * Math.sqrt(2 * (n - 1)) + 12;
      assert.ok(chi2 < bound, `n = ${n}: chi-square ${chi2} of at most ${bound}`);
    }
  });

  it("gives neighbours that know nothing of each other", (t) => {
    seed(random(t, "base/rand").seed);
    const N = 90_000;
    const pairs = new Array<number>(9).fill(0);
    for (let i = 0; i < N; i++) pairs[randomBelow(3) * 3 + randomBelow(3)]!++;
    const chi2 = pairs.reduce((sum, count) => sum + (count - N / 9) ** 2 / (N / 9), 0);
    assert.ok(chi2 < 8 + 8 * Math.sqrt(16) + 12, `chi-square ${chi2}`);
  });
});
