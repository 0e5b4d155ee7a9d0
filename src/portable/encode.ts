/**
 * Writes values as words.
 *
 * Invariants:
 *   I1  nothing of the program runs while a message is written: no getter, no toJSON, no iterator, no trap of a proxy. So an object cannot
 *       change in between, and what is refused was not half read.
 *   I2  the words hold no address: a message can be moved, and be read by any thread.
 *   I3  an object that comes again is written once. Its first head gets SEEN_AGAIN then, so that a reader who meets none remembers nothing.
 *   I4  when anything is refused, all handles of the message are undone.
 *
 * Whoever calls: any thread, for its own memory (wire.ts). One message at a time: it is to be copied before the next is written.
 *
 * Why words by hand: docs/design/portable.md. Go: none, goroutines share memory there.
 */
import { encodeExotic } from "./exotic.ts";
import { keepHandles, undoHandles } from "./handles.ts";
import {
  article,
  classOf,
  descend,
  notSendable,
  place,
  Refusal,
  refuse,
  type Subject,
  tooDeep,
  trail,
} from "./refusal.ts";
import { Again, forget, isForeignPlain, met } from "./seen.ts";
import { descendTo, root, SHAPE_KEYS, type ShapeNode, shapeOf } from "./shapes.ts";
import { putString } from "./strings.ts";
import { grow, Kind, out, putDouble, putWord, ROOM, reserve, restart, SMALL } from "./wire.ts";

// Not imported: on some Nodes importing node:util opens the standard streams, and importing gort is to open nothing.
const { types } = process.getBuiltinModule("node:util");

const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertySymbols, hasOwn } = Object;
const { isArray } = Array;
const { isProxy } = types;
const PLAIN = Object.prototype;
const ARRAY = Array.prototype;

/**
 * Writes a list of arguments: how many, and each. Returns the number of words in `out.words`.
 *
 * @param name - of the function, for the message of an error: "argument 2 of crunch"
 * @throws NotSendableError (`GORT_NOT_SENDABLE`): nothing was written that anybody should read
 */
export function encodeArguments(values: readonly unknown[], name: string): number {
  return message(values, { part: "argument", name });
}

/**
 * Writes one value. Returns the number of words in `out.words`.
 *
 * @param what - for the message of an error: "value sent"
 * @throws NotSendableError (`GORT_NOT_SENDABLE`)
 */
export function encodeOne(value: unknown, what: string): number {
  return one(value, "whole", what);
}

/** As {@link encodeOne}, for the result of the function of that name. */
export function encodeResult(value: unknown, name: string): number {
  return one(value, "result", name);
}

function one(value: unknown, part: Subject["part"], name: string): number {
  restart();
  if (typeof value === "number") {
    putNumber(value);
    keepHandles();
    return out.at;
  }
  return message(value, { part, name });
}

function message(values: unknown, subject: Subject): number {
  for (;;) {
    let index = 0;
    restart();
    place.depth = 0;
    keepHandles();
    try {
      if (subject.part === "argument") {
        const list = values as readonly unknown[];
        out.words[out.at++] = list.length;
        for (; index < list.length; index++) encodeValue(list[index]);
      } else encodeValue(values);
      forget();
      return out.at;
    } catch (error) {
      undoHandles();
      fields.length = 0;
      top = 0;
      const again = error instanceof Again;
      forget(again);
      if (again) continue;
      throw readable(error, subject, index);
    }
  }
}

function readable(error: unknown, subject: Subject, index: number): unknown {
  if (error instanceof Refusal) return notSendable(error, subject, index);
  // The caller's stack was nearly used up before this began.
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    try {
      tooDeep();
    } catch (refusal) {
      return notSendable(refusal as Refusal, subject, index);
    }
  }
  return error;
}

/** The last message is not sent after all: its handles are undone. Before the next is written. */
export function abandon(): void {
  undoHandles();
}

/** Writes a value. */
export function encodeValue(value: unknown): void {
  if (out.at + ROOM > out.limit) grow(ROOM);
  switch (typeof value) {
    case "number":
      putNumber(value);
      return;
    case "string":
      putString(value);
      return;
    case "boolean":
      out.words[out.at++] = value ? Kind.true : Kind.false;
      return;
    case "undefined":
      out.words[out.at++] = Kind.undefined;
      return;
    case "object":
      if (value === null) out.words[out.at++] = Kind.null;
      else encodeObject(value);
      return;
    case "bigint":
      putBigInt(value);
      return;
    case "function":
      refuse(
        value.name === "" ? "is a function" : `is the function ${value.name}`,
        "code does not travel: send data, or mark the function with portable() at module level and name it there",
      );
      break;
    default:
      refuse("is a symbol", "a symbol is the same only on the core that made it: send a string");
  }
}

out.value = encodeValue;

function putNumber(value: number): void {
  const { words, at } = out;
  const n = value | 0;
  if (n !== value || (n === 0 && 1 / value < 0)) {
    words[at] = Kind.double;
    out.at = at + 1;
    putDouble(value);
  } else if (n >= -SMALL && n < SMALL) {
    words[at] = (n << 8) | Kind.small;
    out.at = at + 1;
  } else {
    words[at] = Kind.int;
    words[at + 1] = n;
    out.at = at + 2;
  }
}

const wide = new BigInt64Array(1);
const halves = new Int32Array(wide.buffer);

function putBigInt(value: bigint): void {
  wide[0] = value;
  if (wide[0] === value) {
    out.words[out.at++] = Kind.bigint;
    out.words[out.at++] = halves[0] as number;
    out.words[out.at++] = halves[1] as number;
    return;
  }
  out.words[out.at++] = Kind.huge;
  putString(value.toString(16));
}

function encodeObject(value: object): void {
  if (isProxy(value)) {
    refuse("is a Proxy", "a copy would lose what it does: send what it stands for");
  }
  if (met(value)) return;
  if (isArray(value)) {
    encodeArray(value);
    return;
  }
  const proto = getPrototypeOf(value);
  if (proto === PLAIN) encodePlain(value, Kind.object);
  else if (proto === null) encodePlain(value, Kind.bare);
  else if (isForeignPlain(proto)) encodePlain(value, Kind.object);
  else encodeExotic(value);
}

/** The properties of the objects that are being written, those of the innermost last. */
const keys: string[] = [];
const fields: unknown[] = [];
let top = 0;

/** Own enumerable properties in their order; what a prototype has is not the object's own. */
function encodePlain(value: object, kind: number): void {
  descend();
  const depth = place.depth;
  const from = top;
  let shape: ShapeNode | null = kind === Kind.object ? root : null;
  for (const key in value) {
    // The descriptor costs as much as a few letters, and is the only way to see a getter without running it.
    const property = getOwnPropertyDescriptor(value, key);
    if (property === undefined) continue;
    const field: unknown = property.value;
    if (field === undefined && isAccessor(property)) {
      trail[depth - 1] = key;
      refuse("is a getter", "a copy would have its value of this moment: send that value itself");
    }
    keys[top] = key;
    fields[top++] = field;
    if (shape !== null) {
      const { last } = shape;
      if (last !== null && last.key === key) shape = last;
      else shape = top - from > SHAPE_KEYS ? null : descendTo(shape, key);
    }
  }
  const symbols = getOwnPropertySymbols(value);
  if (symbols.length > 0) {
    place.depth = depth - 1;
    refuse(`has the key ${String(symbols[0])}`, "a symbol is no key on another core: use a string");
  }
  if (shape !== null && shape !== root) writeShaped(shape, from, depth);
  else writeFields(from, depth, kind);
  top = from;
  place.depth = depth - 1;
}

function writeShaped(leaf: ShapeNode, from: number, depth: number): void {
  const end = top;
  const shape = leaf.shape ?? shapeOf(leaf);
  const block = shape.words;
  reserve(2 + block.length);
  const { words, at } = out;
  words[at] = ((end - from) << 8) | Kind.shaped;
  words[at + 1] = shape.hash;
  for (let i = 0; i < block.length; i++) words[at + 2 + i] = block[i] as number;
  out.at = at + 2 + block.length;
  for (let i = from; i < end; i++) {
    trail[depth - 1] = keys[i] as string;
    const field = fields[i];
    fields[i] = undefined;
    encodeValue(field);
  }
}

function writeFields(from: number, depth: number, kind: number): void {
  const end = top;
  putWord(((end - from) << 8) | kind);
  for (let i = from; i < end; i++) {
    const key = keys[i] as string;
    const field = fields[i];
    fields[i] = undefined;
    trail[depth - 1] = key;
    if (out.at + ROOM > out.limit) grow(ROOM);
    putString(key);
    encodeValue(field);
  }
}

function isAccessor(property: PropertyDescriptor): boolean {
  return property.get !== undefined || property.set !== undefined;
}

/** After so many holes in a row the rest of an array is walked by the keys that there are. */
const RUN = 64;

/** The elements, and where there are none that. Other properties of an array are not part of it, and do not cross. */
function encodeArray(value: readonly unknown[]): void {
  const proto: unknown = getPrototypeOf(value);
  if (proto !== ARRAY && !isArray(proto)) {
    refuse(
      `is ${article(classOf(value) ?? "array of a class")}`,
      "a copy would lose its class: send Array.from(it)",
    );
  }
  if (hasOwn(value, "index")) {
    refuse("is the match of a regular expression", "a copy would lose index and groups: send [...match]");
  }
  const length = value.length;
  const { words, at } = out;
  words[at] = Kind.array;
  words[at + 1] = length;
  out.at = at + 2;
  descend();
  const depth = place.depth;
  for (let i = 0; i < length; i++) {
    const element = value[i];
    trail[depth - 1] = i;
    if (element !== undefined || hasOwn(value, i)) encodeValue(element);
    else {
      let end = i + 1;
      while (end < length && end - i < RUN && !hasOwn(value, end)) end++;
      if (end - i === RUN) {
        encodeSparse(value, i, depth);
        break;
      }
      putHoles(end - i);
      i = end - 1;
    }
  }
  place.depth = depth - 1;
}

function encodeSparse(value: readonly unknown[], from: number, depth: number): void {
  let next = from;
  for (const key of Object.keys(value)) {
    const i = Number(key);
    if (!(i >= next)) continue;
    if (i > next) putHoles(i - next);
    trail[depth - 1] = i;
    encodeValue(value[i]);
    next = i + 1;
  }
  if (next < value.length) putHoles(value.length - next);
}

function putHoles(count: number): void {
  reserve(2);
  out.words[out.at++] = Kind.holes;
  out.words[out.at++] = count;
}
