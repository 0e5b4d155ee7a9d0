/**
 * Names that all cores know by a number: what a portable function is called, the shape of an object. They are only ever added.
 *
 * A list in shared memory, newest first; each block has: the number, the block before, the length, the text in UTF-16. Each thread keeps what it has read in a map and an array.
 *
 * Invariants:
 *   I1  a block is complete before `internHead`, the newest, is stored (release); who meets a number loads that (acquire). This one store adds a name: a thread that dies has added it or has not.
 *   I2  a name has one number: it is added under the lock, by who has looked through all that are there.
 */
import { load, store } from "./atomic.ts";
import { HOME } from "./layout.ts";
import { lock, unlock } from "./lock.ts";
import { home, memoryOf, type Ref, wordOf } from "./region.ts";
import { alloc, free } from "./slab.ts";

const HEADER_WORDS = 4;

const numbers = new Map<string, number>();
const names: string[] = [];

/** The number of `name` on all cores. */
export function numberOf(name: string): number {
  return numbers.get(name) ?? addName(name);
}

/** The name with that number. */
export function internedName(number: number): string {
  if (number >= names.length) read();
  return names[number] as string;
}

function addName(name: string): number {
  const { words } = home();
  // Made before the lock is taken: a thread that ends in here leaves a block at worst.
  const ref = write(name);
  lock(words, HOME.internLock);
  try {
    read();
    const number = numbers.get(name);
    if (number === undefined) return publish(name, ref);
    free(ref);
    return number;
  } finally {
    unlock(words, HOME.internLock);
  }
}

/** Under the lock, when nobody else has added it. */
function publish(name: string, ref: Ref): number {
  const { words } = home();
  const number = names.length; // All that are there have been read.
  const block = memoryOf(ref).words;
  const at = wordOf(ref);
  block[at] = number;
  block[at + 1] = words[HOME.internHead] as number;
  store(words, HOME.internHead, ref);
  store(words, HOME.interned, number + 1); // For who counts only: never read here.
  numbers.set(name, number);
  names[number] = name;
  return number;
}

function write(name: string): Ref {
  const ref = alloc(HEADER_WORDS * 4 + name.length * 2);
  const { words, bytes } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + 2] = name.length;
  bytes.write(name, (at + HEADER_WORDS) * 4, "utf16le");
  return ref;
}

/** Takes over what others have added. */
function read(): void {
  const fresh: { number: number; name: string }[] = [];
  for (let ref: Ref = load(home().words, HOME.internHead); ref !== 0; ) {
    const block = memoryOf(ref);
    const at = wordOf(ref);
    const number = block.words[at] as number;
    if (number < names.length) break;
    const start = (at + HEADER_WORDS) * 4;
    const name = block.bytes.toString("utf16le", start, start + (block.words[at + 2] as number) * 2);
    fresh.push({ number, name });
    ref = block.words[at + 1] as Ref;
  }
  // Oldest first, and only when all have been read: `names` has no holes.
  for (const { number, name } of fresh.reverse()) {
    names[number] = name;
    numbers.set(name, number);
  }
}
