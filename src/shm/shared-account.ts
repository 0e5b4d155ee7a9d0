/**
 * How much of a shared object each machine has: so that what one had goes back when it dies.
 *
 * An account is a block of its own, linked from the object's header, made when a machine first needs it and freed with the object. A machine that comes later under the same number goes on with its account.
 *
 * Invariants:
 *   I1  an amount changes only under the object's lock, and is at least 0.
 *   I2  a machine has one account of an object at most: it alone makes it.
 */
import { lock, self, unlock } from "./lock.ts";
import { type Memory, memoryOf, type Ref, wordOf } from "./region.ts";
import { alloc, free } from "./slab.ts";

const ACCOUNT = { link: 0, machine: 1, amount: 2, words: 4 } as const;

/** This machine's account of the object at `header[host]` whose accounts begin at word `list` of it. */
export function ownAccount(header: Int32Array, host: number, list: number): Ref {
  const known = accountOf(header, host, list, self.machine);
  if (known !== 0) return known;
  const ref = alloc(ACCOUNT.words << 2);
  const { words, doubles } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + ACCOUNT.machine] = self.machine;
  doubles[(at + ACCOUNT.amount) >>> 1] = 0;
  lock(header, host);
  words[at + ACCOUNT.link] = header[host + list] as Ref;
  header[host + list] = ref;
  unlock(header, host);
  return ref;
}

/** The account of `machine`; 0: it has none. */
export function accountOf(header: Int32Array, host: number, list: number, machine: number): Ref {
  lock(header, host);
  let ref = header[host + list] as Ref;
  while (ref !== 0 && memoryOf(ref).words[wordOf(ref) + ACCOUNT.machine] !== machine) ref = nextAccount(ref);
  unlock(header, host);
  return ref;
}

export function nextAccount(ref: Ref): Ref {
  return memoryOf(ref).words[wordOf(ref) + ACCOUNT.link] as Ref;
}

/** The memory that the amount is in, which {@link amountAt} gives the index of. */
export function amounts(ref: Ref): Float64Array {
  const memory: Memory = memoryOf(ref);
  return memory.doubles;
}

export function amountAt(ref: Ref): number {
  return (wordOf(ref) + ACCOUNT.amount) >>> 1;
}

/** Nobody refers to the object any more. */
export function freeAccounts(header: Int32Array, host: number, list: number): void {
  for (let ref = header[host + list] as Ref; ref !== 0; ) {
    const next = nextAccount(ref);
    free(ref);
    ref = next;
  }
}
