/**
 * Reads values out of words.
 *
 * Whoever calls: any thread, for words that encode.ts of any thread wrote and that nobody changes meanwhile. What it is given is trusted:
 * only words of the same gort, in the same process.
 */
import { decodeBuffer, decodeView, decodeWindow } from "./buffers.ts";
import { decodeErrorObject } from "./error-objects.ts";
import { bufferSeams, decodeHandle, local } from "./handles.ts";
import { takeShape } from "./shapes.ts";
import { takeString } from "./strings.ts";
import { HEAD_LIMIT, KIND_MASK, Kind, SEEN_AGAIN, source, takeDouble, takeWord } from "./wire.ts";

/** The objects that come again, by their place; null while there are none. */
let remembered: Map<number, object> | null = null;

/**
 * Reads a list of arguments that begins at word `at`. `bytes` is the same memory as `words`, from the same first byte.
 */
export function decodeArguments(words: Int32Array, bytes: Buffer, at: number): unknown[] {
  open(words, bytes, at);
  const count = takeWord();
  const list: unknown[] = [];
  for (let i = 0; i < count; i++) list.push(decodeValue());
  if (remembered !== null) remembered = null;
  return list;
}

/** Reads the one value that begins at word `at`. */
export function decodeOne(words: Int32Array, bytes: Buffer, at: number): unknown {
  open(words, bytes, at);
  const value = decodeValue();
  if (remembered !== null) remembered = null;
  return value;
}

/** Where the message that was read last ended. */
export function decodedTo(): number {
  return source.at;
}

function open(words: Int32Array, bytes: Buffer, at: number): void {
  source.words = words;
  source.bytes = bytes;
  source.at = at;
  source.base = at;
}

const wide = new BigInt64Array(1);
const halves = new Int32Array(wide.buffer);

/** Reads a value. */
export function decodeValue(): unknown {
  const at = source.at;
  const head = source.words[at] as number;
  source.at = at + 1;
  switch (head & KIND_MASK) {
    case Kind.undefined:
      return undefined;
    case Kind.null:
      return null;
    case Kind.false:
      return false;
    case Kind.true:
      return true;
    case Kind.small:
      return head >> 8;
    case Kind.int:
      return takeWord();
    case Kind.double:
      return takeDouble();
    case Kind.short:
    case Kind.ascii:
    case Kind.wide:
      return takeString(head);
    case Kind.bigint:
      halves[0] = takeWord();
      halves[1] = takeWord();
      return wide[0];
    case Kind.huge:
      return decodeHuge();
    case Kind.shaped:
      return decodeShaped(head, at);
    case Kind.object:
      return decodeObject(head, at, {});
    case Kind.bare:
      return decodeObject(head, at, Object.create(null) as Record<string, unknown>);
    case Kind.array:
      return decodeArray(head, at);
    default:
      return decodeOther(head, at);
  }
}

source.value = decodeValue;

function decodeOther(head: number, at: number): unknown {
  switch (head & KIND_MASK) {
    case Kind.map:
      return decodeMap(head, at);
    case Kind.set:
      return decodeSet(head, at);
    case Kind.date:
      return keep(head, at, new Date(takeDouble()));
    case Kind.regexp: {
      const pattern = takeString(takeWord());
      return keep(head, at, new RegExp(pattern, takeString(takeWord())));
    }
    case Kind.error:
      return decodeErrorObject(head, (error) => keep(head, at, error));
    case Kind.buffer:
      return keep(head, at, decodeBuffer());
    case Kind.view:
      return keep(head, at, decodeView(head >>> 8));
    case Kind.window:
      return keep(head, at, decodeWindow(head >>> 8));
    case Kind.shared:
      return keep(head, at, bufferSeams.find(takeWord()));
    case Kind.handle:
      return keep(head, at, decodeHandle(head >>> 8));
    case Kind.aside:
      return keep(head, at, local.aside?.[head >>> 8] as object);
    case Kind.again: {
      const place = head >>> 8;
      return remembered?.get(place === HEAD_LIMIT - 1 ? takeWord() : place);
    }
    default:
      throw new Error(`gort: word ${at} of a message is none of a value (${head})`);
  }
}

/** Remembers an object if it comes again. */
function keep<T extends object>(head: number, at: number, value: T): T {
  if ((head & SEEN_AGAIN) !== 0) {
    remembered ??= new Map();
    remembered.set(at - source.base, value);
  }
  return value;
}

function decodeHuge(): bigint {
  const digits = takeString(takeWord());
  return digits.startsWith("-") ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
}

function decodeObject(head: number, at: number, object: Record<string, unknown>): object {
  keep(head, at, object);
  for (let left = head >>> 8; left > 0; left--) {
    const key = takeString(takeWord());
    const value = decodeValue();
    if (key === "__proto__") define(object, value);
    else object[key] = value;
  }
  return object;
}

function decodeShaped(head: number, at: number): object {
  const object: Record<string, unknown> = {};
  keep(head, at, object);
  const { keys, isPlain } = takeShape(head >>> 8);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (isPlain) object[key] = decodeValue();
    else if (key === "__proto__") define(object, decodeValue());
    else object[key] = decodeValue();
  }
  return object;
}

/** An assignment would set the prototype. */
function define(object: object, value: unknown): void {
  Object.defineProperty(object, "__proto__", { value, enumerable: true, configurable: true, writable: true });
}

function decodeArray(head: number, at: number): unknown[] {
  const array: unknown[] = [];
  keep(head, at, array);
  // Up to 2^32 - 1, as holes are.
  const length = takeWord() >>> 0;
  let i = 0;
  while (i < length) {
    if (source.words[source.at] === Kind.holes) {
      i += (source.words[source.at + 1] as number) >>> 0;
      source.at += 2;
    } else array[i++] = decodeValue();
  }
  if (array.length < length) array.length = length;
  return array;
}

function decodeMap(head: number, at: number): Map<unknown, unknown> {
  const map = keep(head, at, new Map<unknown, unknown>());
  for (let left = takeWord(); left > 0; left--) {
    const key = decodeValue();
    map.set(key, decodeValue());
  }
  return map;
}

function decodeSet(head: number, at: number): Set<unknown> {
  const set = keep(head, at, new Set<unknown>());
  for (let left = takeWord(); left > 0; left--) set.add(decodeValue());
  return set;
}
