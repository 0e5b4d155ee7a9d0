/** The chance of a soak: what a round does follows from the soak's seed and the round's number. (mulberry32, as in test/base/seed.ts.) */
export class Chance {
  private state: number;

  constructor(seed: number, round = 0) {
    this.state = Math.imul(seed ^ Math.imul(round + 1, 0x9e3779b1), 0x85ebca6b) ^ round;
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * n);
  }

  /** One of these. */
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** Another sequence, for a goroutine of its own: who draws first does not matter then. */
  fork(): Chance {
    return new Chance(this.below(0x7fffffff));
  }
}
