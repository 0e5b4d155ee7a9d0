/**
 * The objects of the message that is being written, so that one that comes again is written as its place.
 *
 * A few are looked through in turn, which costs nothing for a message of one object; many go into a map.
 */
import { HEAD_LIMIT, Kind, out, putWord, SEEN_AGAIN } from "./wire.ts";

const FEW = 8;
const objects: object[] = [];
const places: number[] = [];
/** In the place of what has been forgotten: an array that is emptied would get new memory for every message. */
const NOTHING = {};
let count = 0;
let index: Map<object, number> | null = null;

/** Buffers of which the message has several views: they go as a whole, so that the views share one there too. */
const whole = new Set<object>();
/** Buffers of which one view has gone by itself. */
const windows = new Set<object>();

/** Thrown when the message has to be written anew: a buffer has turned out to be shared by two views. */
export class Again {}

/** Writes the place of `value` and returns true when it has come before; else remembers that it is being written here. */
export function met(value: object): boolean {
  if (index === null) {
    for (let i = 0; i < count; i++) {
      if (objects[i] === value) {
        putAgain(places[i] as number);
        return true;
      }
    }
    if (count === FEW) {
      index = new Map();
      for (let i = 0; i < count; i++) index.set(objects[i] as object, i);
    }
  } else {
    const known = index.get(value);
    if (known !== undefined && known < count) {
      putAgain(places[known] as number);
      return true;
    }
  }
  if (index !== null) index.set(value, count);
  objects[count] = value;
  places[count++] = out.at;
  return false;
}

function putAgain(at: number): void {
  out.words[at] = (out.words[at] as number) | SEEN_AGAIN;
  if (at < HEAD_LIMIT - 1) putWord((at << 8) | Kind.again);
  else {
    putWord(((HEAD_LIMIT - 1) << 8) | Kind.again);
    putWord(at);
  }
}

/** Whether a view of `buffer` has to bring the whole of it. When it need not, it goes by itself. */
export function isWhole(buffer: ArrayBuffer): boolean {
  if (whole.has(buffer)) return true;
  if (windows.has(buffer)) {
    whole.add(buffer);
    throw new Again();
  }
  windows.add(buffer);
  return false;
}

/** The buffer itself is being written: what views follow share it. */
export function markWhole(buffer: ArrayBuffer): void {
  whole.add(buffer);
  if (windows.has(buffer)) throw new Again();
}

/** How many objects have been met: to go back to with {@link unmeet}. */
export function meetings(): number {
  return count;
}

/** Forgets the objects met since then: what was written of them is not sent. */
export function unmeet(before: number): void {
  for (let i = before; i < count; i++) index?.delete(objects[i] as object);
  objects.length = before;
  count = before;
}

/** The message is written, or will be written anew (then the shared buffers stay known). */
export function forget(isAgain = false): void {
  if (index !== null) {
    objects.length = 0;
    index = null;
  } else for (let i = 0; i < count; i++) objects[i] = NOTHING;
  count = 0;
  if (windows.size > 0) windows.clear();
  if (!isAgain && whole.size > 0) whole.clear();
}

/** Whether a prototype is that of plain objects in another realm (node:vm, a test runner's). */
export function isForeignPlain(proto: object): boolean {
  return (
    Object.getPrototypeOf(proto) === null &&
    Object.hasOwn(proto, "isPrototypeOf") &&
    Object.hasOwn(proto, "propertyIsEnumerable")
  );
}
