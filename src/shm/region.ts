/**
 * Shared memory: numbered buffers, and references into them.
 *
 * A reference (Ref) is one positive word: 9 bits of buffer, 22 bits of 16-byte units. 0 refers to nothing. It means the same on every core, so references can be stored in shared memory itself.
 *
 * Invariants:
 *   I1  buffer 0, the home, is made by the main thread, or handed to a machine when it is made; a thread has one home for its life.
 *   I2  a number is used in shared memory only after its buffer has been announced (seams.announce); who meets one that it does not have asks for it (seams.fetch).
 *   I3  buffers are never given back: their pages are used again (slab.ts).
 *
 * Rejected: growable buffers (30 times slower to access); one huge buffer (a reservation of gigabytes is refused in containers).
 */
import { add, load, store } from "./atomic.ts";
import {
  BUFFER_BYTES,
  FIRST_HOME_PAGE,
  HOME,
  HOME_PAGE_TABLE,
  PAGES_A_BUFFER,
  VERSION_WORD,
} from "./layout.ts";

/** See above. */
export type Ref = number;

/** One buffer, in the widths that it is read in. */
export interface Memory {
  readonly number: number;
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
}

const OFFSET_BITS = 22;
const OFFSET_MASK: number = (1 << OFFSET_BITS) - 1;
const MOST_BUFFERS = 1 << (31 - OFFSET_BITS);

/** What upper layers do for this one. */
export const seams: {
  /** Tells the other threads of a new buffer, before its number is used. */
  announce: (number: number, shared: SharedArrayBuffer) => void;
  /** Gets a buffer that another thread has announced. */
  fetch: (number: number) => SharedArrayBuffer;
} = {
  announce: () => {},
  fetch: (number) => {
    throw new Error(`gort: buffer ${number} was never announced`);
  },
};

const buffers: Memory[] = [];

/** The buffer that `ref` points into. */
export function memoryOf(ref: Ref): Memory {
  return buffers[ref >>> OFFSET_BITS] ?? attach(ref >>> OFFSET_BITS, seams.fetch(ref >>> OFFSET_BITS));
}

/** Whether this thread has the buffer that `ref` points into. */
export function isKnown(ref: Ref): boolean {
  return buffers[ref >>> OFFSET_BITS] !== undefined;
}

/** The index of `ref`'s first word in its buffer's words. */
export function wordOf(ref: Ref): number {
  return (ref & OFFSET_MASK) << 2;
}

/** The reference to a word of a buffer, which is a multiple of four. */
export function refTo(buffer: number, word: number): Ref {
  return (buffer << OFFSET_BITS) | (word >>> 2);
}

/** Whether this thread has a home: whether anything shared has been made or handed over yet. */
export function hasHome(): boolean {
  return buffers.length > 0;
}

/** The home; makes it when this thread has none. */
export function home(): Memory {
  return buffers[0] ?? makeHome();
}

/** The buffers that this thread knows, by number. */
export function known(): readonly (Memory | undefined)[] {
  return buffers;
}

/** Takes over a buffer that another thread has made. */
export function attach(number: number, shared: SharedArrayBuffer): Memory {
  const existing = buffers[number];
  if (existing !== undefined && existing.shared === shared) return existing;
  const memory: Memory = {
    number,
    shared,
    words: new Int32Array(shared),
    doubles: new Float64Array(shared, 0, Math.floor(shared.byteLength / 8)),
    bytes: Buffer.from(shared as unknown as ArrayBuffer),
  };
  if (number === 0 && load(memory.words, HOME.version) !== VERSION_WORD) {
    throw new Error("gort: the shared memory is of another version of gort");
  }
  buffers[number] = memory;
  return memory;
}

function makeHome(): Memory {
  const shared = new SharedArrayBuffer(BUFFER_BYTES);
  const words = new Int32Array(shared);
  words[HOME.version] = VERSION_WORD;
  words[HOME.buffers] = 1;
  words[HOME.numberBlocks] = 1;
  words[HOME_PAGE_TABLE + PAGES_A_BUFFER] = FIRST_HOME_PAGE;
  return attach(0, shared);
}

/** Makes a further buffer of `bytes` and gives its number. The caller holds the home's growLock, and stores the number where others find it only after this. */
export function addBuffer(bytes: number): number {
  const { words } = home();
  const number = load(words, HOME.buffers);
  if (number === MOST_BUFFERS) throw new RangeError("gort: shared memory is used up (512 buffers)");
  const shared = new SharedArrayBuffer(bytes);
  // First the number is gone: a thread that dies while it announces leaves a buffer that nobody uses, and not a number that means two.
  store(words, HOME.buffers, number + 1);
  attach(number, shared);
  seams.announce(number, shared);
  return number;
}

/** How many numbers a thread takes at a time. */
export const NUMBERS_A_BLOCK = 1024;

/** A block of numbers for goroutines and whatever else is counted on all cores: the first of {@link NUMBERS_A_BLOCK}. Blocks are counted and not numbers, of which a word would hold those of a quarter of an hour. */
export function takeNumbers(): number {
  return (add(home().words, HOME.numberBlocks, 1) >>> 0) * NUMBERS_A_BLOCK;
}
