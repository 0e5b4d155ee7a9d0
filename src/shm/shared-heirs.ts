/**
 * What a machine that has died held of what cores share (a lock, permits, a part of a count) goes back.
 *
 * Each kind of object says how. Order, on one thread: forgetWaits(dead) (wait.ts), which sees to it that nothing is handed to the dead any more; then {@link forgetHoldings}; then forgetObjects(dead)
 * (shared-object.ts); when all machines that live have called recoverWaits(dead), {@link buryHoldings}.
 */
import { load, swap } from "./atomic.ts";
import { HOME } from "./layout.ts";
import { lock, unlock } from "./lock.ts";
import { home, memoryOf, type Ref, wordOf } from "./region.ts";
import { dropReference, OBJECT } from "./shared-object.ts";

/** By kind (Shared in wait.ts): gives back what `dead` held of the object, and says what is to be done when no machine is in the middle any more of what it was doing when that happened, if anything. Called without its lock. */
export const heirs: ((ref: Ref, dead: number) => (() => void) | undefined)[] = [];

/** What is left to be done of each dead machine's, with a reference to the object. */
const unfinished = new Map<number, { readonly ref: Ref; readonly finish: () => void }[]>();

/** `dead` holds nothing any more. By one thread, once; {@link buryHoldings} follows on the same thread. */
export function forgetHoldings(dead: number): void {
  const list = home().words;
  const all: Ref[] = [];
  lock(list, HOME.sharedLock);
  for (let ref = list[HOME.sharedHead] as Ref; ref !== 0; ) {
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    if (heirs[words[at + OBJECT.kind] as number] !== undefined && keep(words, at + OBJECT.references))
      all.push(ref);
    ref = words[at + OBJECT.behind] as Ref;
  }
  unlock(list, HOME.sharedLock);
  const rest: { readonly ref: Ref; readonly finish: () => void }[] = [];
  for (const ref of all) {
    const finish = heirs[memoryOf(ref).words[wordOf(ref) + OBJECT.kind] as number]?.(ref, dead);
    if (finish === undefined) dropReference(ref);
    else rest.push({ ref, finish });
  }
  if (rest.length > 0) unfinished.set(dead, rest);
}

/** Every machine that lives has called recoverWaits(dead) (wait.ts). */
export function buryHoldings(dead: number): void {
  const rest = unfinished.get(dead) ?? [];
  unfinished.delete(dead);
  for (const { ref, finish } of rest) {
    finish();
    dropReference(ref);
  }
}

/** Takes a reference, to have the object while this lasts. False for one whose last reference is just being given back: it is left alone. */
function keep(words: Int32Array, references: number): boolean {
  for (;;) {
    const count = load(words, references);
    if (count === 0) return false;
    if (swap(words, references, count, count + 1) === count) return true;
  }
}
