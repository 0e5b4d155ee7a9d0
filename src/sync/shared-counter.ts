/**
 * SharedCounter: a number of 64 bits that all cores count with, without a lock.
 */

import { checkAmount, describe, InvalidNumberError } from "../base/errors.ts";
import { showAs } from "../base/shown.ts";
import type { SharedReference } from "../portable/sendable.ts";
import { add64, load64 } from "../shm/atomic.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { disposers, OBJECT } from "../shm/shared-object.ts";
import { alloc, free } from "../shm/slab.ts";
import { Shared } from "../shm/wait.ts";
import { headerFor, registerShared } from "./shared-arrival.ts";

/** The tag of one in a message. */
const TAG = 5;
const BITS = 64;
/** A line of its own behind the header: to count slows down nobody who only has the object. */
const VALUE: number = OBJECT.words;
const WORDS: number = OBJECT.words * 2;

/** The value's place in shared memory. */
class Cell {
  readonly ref: Ref;
  readonly value: BigInt64Array;

  constructor(ref: Ref) {
    this.ref = ref;
    this.value = new BigInt64Array(memoryOf(ref).shared, (wordOf(ref) + VALUE) << 2, 1);
  }

  static make(initial: bigint): Ref {
    const ref = alloc(WORDS << 2);
    new Cell(ref).value[0] = initial;
    return ref;
  }
}

/**
 * A counter for all cores: a number of 64 bits, with sign, that wraps around as a `BigInt64Array`'s elements do.
 *
 * It can be sent: through a shared channel, or as an argument of a portable goroutine. Every addition counts, from whichever core, and none waits.
 *
 * @example
 * ```ts
 * const found = new SharedCounter();
 * const scan = portable(function* scan(lo: number, hi: number, found: SharedCounter): Goroutine {
 *   for (let n = lo; n < hi; n++) if (isPrime(n)) found.add(1);
 * });
 * ```
 *
 * Go: sync/atomic.Int64.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the mark is a type, and need not be there at run time.
export class SharedCounter {
  /** @internal */
  readonly inner: Cell;

  /**
   * @param initial - what it begins with
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for what is neither a bigint nor an integer
   */
  constructor(initial: bigint | number = 0n) {
    const value = asBigint("new SharedCounter", initial);
    this.inner = new Cell(headerFor(this, Shared.other, () => Cell.make(value)));
  }

  /**
   * Adds `n`, which may be negative; the new value.
   *
   * @param n - a bigint, or an integer
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`); the counter stays as it was
   */
  add(n: bigint | number): bigint {
    const amount = asBigint("SharedCounter.add", n);
    return BigInt.asIntN(BITS, add64(this.inner.value, 0, amount) + amount);
  }

  /** What it is at the moment. */
  get value(): bigint {
    return load64(this.inner.value, 0);
  }

  get [Symbol.toStringTag](): string {
    return "SharedCounter";
  }
}

function asBigint(what: string, n: bigint | number): bigint {
  if (typeof n === "bigint") return n;
  if (typeof n !== "number")
    throw new InvalidNumberError(`${what} needs a bigint or an integer, got ${describe(n)}`);
  checkAmount(what, n, Number.NEGATIVE_INFINITY);
  return BigInt(n);
}

export interface SharedCounter extends SharedReference {}

disposers[Shared.other] = free;

registerShared(TAG, SharedCounter, () => new SharedCounter());

showAs(SharedCounter.prototype, (counter) => `SharedCounter { ${counter.value} }`);
