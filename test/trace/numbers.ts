/**
 * Numbers by chance that can be had again (xorshift32): many and fast, for traces of millions of events.
 */
export interface Dice {
  /** A whole number in [0, n). */
  below(n: number): number;
}

export function random(seed: number): Dice {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x55555555) | 1;
  return {
    below(n) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return Math.floor(((state >>> 0) / 0x1_0000_0000) * n);
    },
  };
}
