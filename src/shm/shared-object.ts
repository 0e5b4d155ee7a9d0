/**
 * What cores share by reference (a channel, a lock, a counter): how long it lives.
 *
 * Its header counts references: one for each machine that has an object of its own for it, and one for each copy that is on its way in a message. Whoever gives the last one back frees it.
 *
 * Invariants:
 *   I1  a machine's bit is in `holders` exactly while its reference is counted.
 *   I2  every header stands in one list, under one lock, until its last reference has gone: so what a dead machine held is found.
 *   I3  a reference is taken by who has one already (a copy from an object, an object from a copy), so the count never comes back from 0.
 */
import { add, store } from "./atomic.ts";
import { HOME, MASK_WORDS } from "./layout.ts";
import { lock, self, unlock } from "./lock.ts";
import { exclude, include } from "./mask.ts";
import { home, memoryOf, type Ref, wordOf } from "./region.ts";

/** The first words of every header; 1 to 3 are the kind's own. */
export const OBJECT = {
  lock: 0,
  references: 4,
  /** One of Shared (wait.ts). */
  kind: 5,
  before: 6,
  behind: 7,
  holders: 8,
  words: 16,
} as const;

/** Frees an object of each kind; nobody refers to it. */
export const disposers: ((ref: Ref) => void)[] = [];

/** Once, by who has made it: this machine holds it. */
export function beginObject(ref: Ref, kind: number): void {
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + OBJECT.lock] = 0;
  words[at + OBJECT.kind] = kind;
  for (let i = 0; i < MASK_WORDS; i++) words[at + OBJECT.holders + i] = 0;
  include(words, at + OBJECT.holders, self.machine);
  store(words, at + OBJECT.references, 1);
  const list = home().words;
  lock(list, HOME.sharedLock);
  const next = list[HOME.sharedHead] as Ref;
  const nextWords = next === 0 ? words : memoryOf(next).words;
  const ofNext = (next === 0 ? at : wordOf(next)) + OBJECT.before;
  words[at + OBJECT.behind] = next;
  nextWords[ofNext] = next === 0 ? 0 : ref;
  words[at + OBJECT.before] = 0;
  list[HOME.sharedHead] = ref;
  unlock(list, HOME.sharedLock);
}

/** A copy of it goes into a message. */
export function sendReference(ref: Ref): void {
  add(memoryOf(ref).words, wordOf(ref) + OBJECT.references, 1);
}

/** One reference less: of a copy that came to nothing, or that has been taken in. */
export function dropReference(ref: Ref): void {
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  if (add(words, at + OBJECT.references, -1) !== 1) return;
  unlist(words, at);
  disposers[words[at + OBJECT.kind] as number]?.(ref);
}

function unlist(words: Int32Array, at: number): void {
  const list = home().words;
  lock(list, HOME.sharedLock);
  const before = words[at + OBJECT.before] as Ref;
  const behind = words[at + OBJECT.behind] as Ref;
  const beforeWords = before === 0 ? list : memoryOf(before).words;
  const ofBefore = before === 0 ? HOME.sharedHead : wordOf(before) + OBJECT.behind;
  const behindWords = behind === 0 ? words : memoryOf(behind).words;
  const ofBehind = (behind === 0 ? at : wordOf(behind)) + OBJECT.before;
  beforeWords[ofBefore] = behind;
  behindWords[ofBehind] = before;
  unlock(list, HOME.sharedLock);
}

/** This thread's objects, by header. */
const objects = new Map<Ref, WeakRef<object>>();

const collected = new FinalizationRegistry<Ref>((ref) => {
  // A copy may have come in since, and made another object.
  if (objects.get(ref)?.deref() !== undefined) return;
  if (objects.delete(ref)) letGo(ref, self.machine);
});

function letGo(ref: Ref, machine: number): void {
  const { words } = memoryOf(ref);
  if (exclude(words, wordOf(ref) + OBJECT.holders, machine)) dropReference(ref);
}

/** `object` stands for it on this thread, as long as the program can reach it. The machine holds it already. */
export function keepObject(ref: Ref, object: object): void {
  objects.set(ref, new WeakRef(object));
  collected.register(object, ref);
}

/** Takes in a copy from a message: the object that stands for it here, or one that `make` makes. */
export function receiveReference<T extends object>(ref: Ref, make: (ref: Ref) => T): T {
  const known = objects.get(ref)?.deref() as T | undefined;
  if (known !== undefined) {
    dropReference(ref);
    return known;
  }
  // The copy's reference becomes the machine's, unless that has one still, of an object that was collected just now.
  const { words } = memoryOf(ref);
  if (!include(words, wordOf(ref) + OBJECT.holders, self.machine)) dropReference(ref);
  const made = make(ref);
  keepObject(ref, made);
  return made;
}

/** `dead` holds nothing any more. By one thread. */
export function forgetObjects(dead: number): void {
  const list = home().words;
  const held: Ref[] = [];
  lock(list, HOME.sharedLock);
  for (let ref = list[HOME.sharedHead] as Ref; ref !== 0; ) {
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    // Its reference is ours from here on.
    if (exclude(words, at + OBJECT.holders, dead)) held.push(ref);
    ref = words[at + OBJECT.behind] as Ref;
  }
  unlock(list, HOME.sharedLock);
  for (const ref of held) dropReference(ref);
}
