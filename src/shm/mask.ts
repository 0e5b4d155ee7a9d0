/**
 * A set of machines in shared memory: a bit for each, {@link MASK_WORDS} words. Any thread.
 */
import { and, load, or } from "./atomic.ts";
import { MASK_WORDS } from "./layout.ts";

/** Puts `machine` in; whether it was not there. */
export function include(words: Int32Array, at: number, machine: number): boolean {
  const bit = 1 << (machine & 31);
  return (or(words, at + (machine >>> 5), bit) & bit) === 0;
}

/** Takes `machine` out; whether it was there. Of several threads that do it at once, one is told yes. */
export function exclude(words: Int32Array, at: number, machine: number): boolean {
  const bit = 1 << (machine & 31);
  return (and(words, at + (machine >>> 5), ~bit) & bit) !== 0;
}

/** Some machine of the set below `limit`, the lowest from `from` on and then from 0; -1 when there is none. */
export function anyOf(words: Int32Array, at: number, from: number, limit: number): number {
  for (let i = 0; i < MASK_WORDS && i * 32 < limit; i++) {
    let bits = load(words, at + i);
    while (bits !== 0) {
      const machine = i * 32 + 31 - Math.clz32(bits & -bits);
      if (machine >= limit) break;
      if (machine >= from) return machine;
      bits &= bits - 1;
    }
  }
  return from > 0 ? anyOf(words, at, 0, Math.min(from, limit)) : -1;
}
