/**
 * Blocks of shared memory: `alloc` and `free`, on any thread; a block may be freed by another one than took it.
 *
 * Sizes are rounded up to a class (64, 96, 128, 192, … bytes). A page of 64 KiB holds blocks of one class, which its buffer's table of pages names; a class above half a page takes several pages.
 * Each thread keeps a few free blocks of every class in plain arrays, so that most calls touch nothing shared; it gives and takes them by the batch, through a list per class.
 *
 * Invariants:
 *   I1  a block is in use, or in exactly one thread's array, or in exactly one batch.
 *   I2  of a free block in a batch: word 0 is the next of the batch, word 1 (of the first) the next batch; both references. Nothing else of it has a meaning.
 *   I3  a class's lock guards its list of batches; what is done under it runs straight on (lock.ts).
 *
 * A thread that dies takes the blocks of its arrays with it: at most {@link KEEP} a class.
 */
import { add, load, store } from "./atomic.ts";
import {
  BUFFER_BYTES,
  CLASSES,
  FIRST_PAGE,
  HOME,
  HOME_PAGE_TABLE,
  LINE,
  PAGE_BYTES,
  PAGE_WORDS,
  PAGES_A_BUFFER,
} from "./layout.ts";
import { lock, unlock } from "./lock.ts";
import { addBuffer, home, type Memory, memoryOf, type Ref, refTo, wordOf } from "./region.ts";

const SMALLEST = 64;
/** The largest block of the classes, in bytes. */
export const LARGEST: number = sizeOf(CLASSES - 1);
/** So many free blocks of a class a thread keeps; above it gives half away. */
const KEEP = 64;
/** Bytes that a thread keeps of one class at most. */
const KEEP_BYTES = 1 << 18;

const caches: Ref[][] = Array.from({ length: CLASSES }, () => []);

/** The bytes of a block of a class: 64, 96, 128, 192, 256, … */
export function sizeOf(cls: number): number {
  const power = SMALLEST << (cls >>> 1);
  return (cls & 1) === 0 ? power : power + (power >>> 1);
}

/** The smallest class whose blocks hold so many bytes. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return 0;
  const power = 31 - Math.clz32(bytes - 1); // 2^power < bytes ≤ 2^(power+1)
  const below = 1 << power;
  return ((power - 6) << 1) + (bytes <= below + (below >>> 1) ? 1 : 2);
}

/** A block of at least so many bytes, with anything in it. Its first word is a multiple of four, at least 16-byte aligned; of 64 bytes and its powers, line-aligned. */
export function alloc(bytes: number): Ref {
  if (bytes > LARGEST) {
    throw new RangeError(
      `gort: ${bytes} bytes are more than one value that crosses cores may have (${LARGEST})`,
    );
  }
  const cls = sizeClass(bytes);
  const cache = caches[cls] as Ref[];
  return cache.length > 0 ? (cache.pop() as Ref) : refill(cls, cache);
}

/** Gives a block back. */
export function free(ref: Ref): void {
  const memory = memoryOf(ref);
  const cls = memory.words[pageTable(memory) + Math.floor(wordOf(ref) / PAGE_WORDS)] as number;
  const cache = caches[cls] as Ref[];
  cache.push(ref);
  if (cache.length > keep(cls)) give(cls, cache, (cache.length + 1) >>> 1);
}

/** Gives all free blocks of this thread to the others: before it ends. */
export function releaseCaches(): void {
  for (let cls = 0; cls < CLASSES; cls++) {
    const cache = caches[cls] as Ref[];
    if (cache.length > 0) give(cls, cache, cache.length);
  }
}

function keep(cls: number): number {
  return Math.min(KEEP, Math.floor(KEEP_BYTES / sizeOf(cls)));
}

function pageTable(memory: Memory): number {
  return memory.number === 0 ? HOME_PAGE_TABLE : 0;
}

/** Takes a batch of the class's list, else a new page. Gives one block and keeps the rest. */
function refill(cls: number, cache: Ref[]): Ref {
  const { words } = home();
  const head = HOME.classes + cls * LINE;
  // A class that nobody has given anything to is not worth its lock.
  if (load(words, head + 1) !== 0) {
    const batch = takeBatch(words, head);
    if (batch !== 0) {
      for (let ref = memoryOf(batch).words[wordOf(batch)] as Ref; ref !== 0; ) {
        cache.push(ref);
        ref = memoryOf(ref).words[wordOf(ref)] as Ref;
      }
      return batch;
    }
  }
  return carve(cls, cache);
}

/** The newest batch of a class's list; 0 when there is none. */
function takeBatch(words: Int32Array, head: number): Ref {
  lock(words, head);
  try {
    const batch = words[head + 1] as Ref;
    // The batch may lie in a buffer that this thread has yet to fetch, which may fail.
    if (batch !== 0) words[head + 1] = memoryOf(batch).words[wordOf(batch) + 1] as Ref;
    return batch;
  } finally {
    unlock(words, head);
  }
}

/** Gives `count` blocks of `cache` to the class's list, as one batch. */
function give(cls: number, cache: Ref[], count: number): void {
  const { words } = home();
  let first = 0;
  for (let i = 0; i < count; i++) {
    const ref = cache.pop() as Ref;
    memoryOf(ref).words[wordOf(ref)] = first;
    first = ref;
  }
  const batch = memoryOf(first).words;
  const at = wordOf(first) + 1;
  const head = HOME.classes + cls * LINE;
  lock(words, head);
  batch[at] = words[head + 1] as Ref;
  words[head + 1] = first;
  unlock(words, head);
}

/** Cuts a new page, or several, into blocks. */
function carve(cls: number, cache: Ref[]): Ref {
  const size = sizeOf(cls);
  const pages = Math.ceil(size / PAGE_BYTES);
  const { buffer, page } = takePages(pages);
  const memory = memoryOf(refTo(buffer, page * PAGE_WORDS));
  memory.words[pageTable(memory) + page] = cls;
  const blocks = Math.max(1, Math.floor(PAGE_BYTES / size));
  const base = page * PAGE_WORDS;
  const most = keep(cls);
  let extra: Ref[] = [];
  for (let i = blocks - 1; i > 0; i--) {
    const ref = refTo(buffer, base + ((i * size) >>> 2));
    if (i <= most) cache.push(ref);
    else extra.push(ref);
    if (extra.length === most) {
      give(cls, extra, most);
      extra = [];
    }
  }
  if (extra.length > 0) give(cls, extra, extra.length);
  return refTo(buffer, base);
}

function takePages(pages: number): { buffer: number; page: number } {
  if (pages > PAGES_A_BUFFER >>> 1) return dedicated(pages);
  const { words } = home();
  for (;;) {
    const buffer = load(words, HOME.common);
    const memory = memoryOf(refTo(buffer, 0));
    const page = add(memory.words, pageTable(memory) + PAGES_A_BUFFER, pages);
    if (page + pages <= PAGES_A_BUFFER) return { buffer, page };
    growCommon(buffer);
  }
}

/** The common buffer is full: makes the next one, unless another thread just has. */
function growCommon(full: number): void {
  const { words } = home();
  lock(words, HOME.growLock);
  try {
    if (load(words, HOME.common) !== full) return;
    const fresh = addBuffer(BUFFER_BYTES);
    memoryOf(refTo(fresh, 0)).words[PAGES_A_BUFFER] = FIRST_PAGE;
    store(words, HOME.common, fresh);
  } finally {
    unlock(words, HOME.growLock);
  }
}

/** A buffer of its own, for one block of a class that is too large for the common ones. */
function dedicated(pages: number): { buffer: number; page: number } {
  const { words } = home();
  lock(words, HOME.growLock);
  try {
    return { buffer: addBuffer((FIRST_PAGE + pages) * PAGE_BYTES), page: FIRST_PAGE };
  } finally {
    unlock(words, HOME.growLock);
  }
}
