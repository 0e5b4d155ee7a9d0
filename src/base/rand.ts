/**
 * The only source of randomness (SEAM): what `select` chooses among ready cases.
 *
 * xorshift32: three shifts, period 2^32-1, never zero. Deterministic testing replaces it by {@link chance}.
 * Go: runtime/rand.go (cheaprand). Nothing here is fit for secrets but {@link secretToken}.
 */
let state = 1;

/** Who chooses instead, while a schedule is explored or replayed. */
export const chance: { choose: ((n: number) => number) | null } = { choose: null };

/** Starts the sequence anew; the same number gives the same choices. */
export function seed(value: number): void {
  state = value | 0 || 0x9e3779b9;
}

/** A whole number in [0, n), 1 ≤ n ≤ 2^31; uniform but for a bias below n / 2^23. */
export function randomBelow(n: number): number {
  if (chance.choose !== null) return chance.choose(n);
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  state = x;
  // The high bits of a xorshift are its best: scale instead of taking a remainder. For a few, in whole numbers, which is
  // a tenth of a select cheaper: 23 bits times 256 fit in 31.
  if (n <= 256) return ((x >>> 9) * n) >>> 23;
  return Math.floor((x >>> 0) * 2.3283064365386963e-10 * n);
}

seed(Math.floor(Math.random() * 0xffffffff));

/** 128 bits that nobody can guess, as 32 hexadecimal digits: from the system, whatever {@link seed} was given. */
export function secretToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
}
