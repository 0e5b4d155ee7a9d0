/**
 * Randomness for tests that can be had again: the seed is printed, and GORT_SEED sets it.
 *
 * Not the generator that gort uses: a test of that one must not share its faults. (mulberry32: state + 0x6d2b79f5, then mixed.)
 */
import type { TestContext } from "node:test";

export interface Random {
  readonly seed: number;
  /** A whole number in [0, n). */
  below(n: number): number;
}

/** Starts a sequence and prints how to run it again. */
export function random(t: TestContext, filter: string): Random {
  const text = process.env["GORT_SEED"];
  const seed = text === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(text);
  t.diagnostic(`to run this again: GORT_SEED=${seed} npm test -- ${filter}`);
  let state = seed;
  return {
    seed,
    below(n) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * n);
    },
  };
}
