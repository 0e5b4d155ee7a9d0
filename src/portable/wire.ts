/**
 * The words of a message, and the memory it is written to and read from.
 *
 * A value is one head word and what follows it: the kind in the lowest seven bits, then {@link SEEN_AGAIN}, then 24 bits of whatever the
 * kind needs. Places are counted in words from the beginning of the message, so a message may be moved as a whole.
 *
 * Words are in the machine's order: a message never leaves the process.
 */

/** What a value is. The comment says what its head's 24 bits hold, and what follows. */
export const Kind = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** The number itself. */
  small: 4,
  /** One word. */
  int: 5,
  /** Two words. */
  double: 6,
  /** Length ≤ 16; four letters a word. */
  short: 7,
  /** Length; ASCII bytes. */
  ascii: 8,
  /** Length; two bytes a letter: lone surrogates stay as they are. */
  wide: 9,
  /** Two words: it fits 64 bits. */
  bigint: 10,
  /** The digits in base 16, as a string. */
  huge: 11,
  /** Number of properties; key (a string), value, … */
  object: 12,
  /** As `object`, without a prototype. */
  bare: 13,
  /** The length in a word; values, among them `holes`. */
  array: 14,
  /** How many; in an array only. */
  holes: 15,
  /** The size in a word; key, value, … */
  map: 16,
  /** The size in a word; values. */
  set: 17,
  /** Two words. */
  date: 18,
  /** Source and flags as strings. */
  regexp: 19,
  /** See errors.ts. */
  error: 20,
  /** Length and greatest length in words (the latter -1 when it is fixed); bytes. */
  buffer: 21,
  /** Which of VIEWS; offset and length in words; the buffer. */
  view: 22,
  /** Which of VIEWS; length in a word; bytes: a view by itself, with the part of its buffer that it shows. */
  window: 23,
  /** What stands for a SharedArrayBuffer, in a word: see handles.ts. */
  shared: 24,
  /** The tag of a handle; what that writes. */
  handle: 25,
  /** The place of an object before it in this message. */
  again: 26,
  /** A copy on one core only: the number of something that stays where it is. */
  aside: 27,
  /** Number of properties; the keys as a block (shapes.ts); the values. */
  shaped: 28,
} as const;

/** In the head of an object that comes again in this message: the reader remembers it by its place. */
export const SEEN_AGAIN = 0x80;
export const KIND_MASK = 0x7f;
/** The numbers that fit a head are in [-SMALL, SMALL). */
export const SMALL = 0x800000;
/** One more than the greatest unsigned number in a head. */
export const HEAD_LIMIT = 0x1000000;

/** What every value may write without asking for room: the longest of fixed size, a short string. */
export const ROOM = 8;

const FIRST_WORDS = 4096;
/** Memory beyond this is given back at the next message, in words. */
const KEPT_WORDS = 1 << 20;

/** Where a message is being written. `words` and `bytes` are the same memory, and become another when it is too small. */
export const out: {
  words: Int32Array;
  bytes: Buffer;
  at: number;
  limit: number;
  /** Writes any value, for the files that encode.ts itself imports. */
  value: (value: unknown) => void;
} = { ...memory(FIRST_WORDS), at: 0, limit: FIRST_WORDS, value: () => {} };

/** A message being read: the same memory as words and as bytes, where it begins, and where the reader is. */
export const source: {
  words: Int32Array;
  bytes: Buffer;
  at: number;
  base: number;
  value: () => unknown;
} = { words: out.words, bytes: out.bytes, at: 0, base: 0, value: () => undefined };

function memory(words: number): { words: Int32Array; bytes: Buffer } {
  const buffer = new ArrayBuffer(words * 4);
  return { words: new Int32Array(buffer), bytes: Buffer.from(buffer) };
}

/** Starts a message. */
export function restart(): void {
  out.at = 0;
  if (out.limit > KEPT_WORDS) use(memory(FIRST_WORDS));
}

/** Makes room for `words` more. */
export function grow(words: number): void {
  const before = out.words;
  const wanted = Math.max(out.limit * 2, out.at + words);
  use(memory(wanted));
  out.words.set(before.subarray(0, out.at));
}

function use({ words, bytes }: { words: Int32Array; bytes: Buffer }): void {
  out.words = words;
  out.bytes = bytes;
  out.limit = words.length;
}

/** Makes sure that `words` more can be written without asking. */
export function reserve(words: number): void {
  if (out.at + words > out.limit) grow(words);
}

/** Writes one word. */
export function putWord(word: number): void {
  if (out.at >= out.limit) grow(1);
  out.words[out.at++] = word;
}

/** Reads one word. */
export function takeWord(): number {
  return source.words[source.at++] as number;
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** Writes a number as two words, for which there is room. */
export function putDouble(value: number): void {
  double[0] = value;
  const { words, at } = out;
  words[at] = halves[0] as number;
  words[at + 1] = halves[1] as number;
  out.at = at + 2;
}

export function takeDouble(): number {
  const { words, at } = source;
  halves[0] = words[at] as number;
  halves[1] = words[at + 1] as number;
  source.at = at + 2;
  return double[0] as number;
}

/** Writes bytes, filled up to whole words. */
export function putBytes(bytes: Uint8Array): void {
  reserve((bytes.length + 3) >> 2);
  out.bytes.set(bytes, out.at * 4);
  out.at += (bytes.length + 3) >> 2;
}

/** A copy of the next bytes, in a buffer of their own. */
export function takeBytes(length: number): ArrayBuffer {
  const buffer = new ArrayBuffer(length);
  readBytes(new Uint8Array(buffer));
  return buffer;
}

/** Fills `into` with the next bytes. */
export function readBytes(into: Uint8Array): void {
  const at = source.at * 4;
  into.set(source.bytes.subarray(at, at + into.length));
  source.at += (into.length + 3) >> 2;
}
