/** Exact fractions for the power series: in lowest terms, the sign in the numerator; a denominator of 0 ends a series. */
import assert from "node:assert/strict";

export interface Rat {
  readonly num: bigint;
  readonly den: bigint;
}

export const zero: Rat = { num: 0n, den: 1n };
export const one: Rat = { num: 1n, den: 1n };
/** What a finite series gives after its last coefficient. */
export const end: Rat = { num: 1n, den: 0n };

export function isEnd(r: Rat): boolean {
  return r.den === 0n;
}

export function rat(num: number | bigint, den: number | bigint = 1n): Rat {
  return reduced(BigInt(num), BigInt(den));
}

export function add(a: Rat, b: Rat): Rat {
  return reduced(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function mul(a: Rat, b: Rat): Rat {
  return reduced(a.num * b.num, a.den * b.den);
}

export function neg(a: Rat): Rat {
  return { num: -a.num, den: a.den };
}

export function inverse(a: Rat): Rat {
  assert.notEqual(a.num, 0n, "zero has no inverse");
  return reduced(a.den, a.num);
}

function reduced(num: bigint, den: bigint): Rat {
  let [a, b] = [num, den];
  while (b !== 0n) [a, b] = [b, a % b];
  // The divisor takes the denominator's sign, so that the quotient's denominator is positive.
  const divisor = a < 0n === den < 0n ? a : -a;
  return { num: num / divisor, den: den / divisor };
}
