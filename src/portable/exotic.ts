/**
 * Writes what is neither plain nor an array: the built-in classes, errors, and handles. Everything else is refused, with the reason.
 *
 * An instance of a subclass is refused: its copy would be one of the class that Node knows.
 */
import { encodeBuffer, encodeView } from "./buffers.ts";
import { encodeErrorObject, isError } from "./error-objects.ts";
import { checkHandle, encodeHandle, handleTag, local, takeBuffer } from "./handles.ts";
import { article, classOf, descend, place, refuse, Step, trail } from "./refusal.ts";
import { putString } from "./strings.ts";
import { Kind, out, putDouble, putWord, reserve } from "./wire.ts";

// Not imported: on some Nodes importing node:util opens the standard streams, and importing gort is to open nothing.
const { types } = process.getBuiltinModule("node:util");

/** Writes an object that is being met for the first time. */
export function encodeExotic(value: object): void {
  const tag = handleTag(value);
  if (tag >= 0) {
    checkHandle(tag, value);
    if (local.aside !== null) putAside(value);
    else {
      putWord((tag << 8) | Kind.handle);
      encodeHandle(tag, value);
    }
  } else if (isError(value)) encodeErrorObject(value);
  else if (ArrayBuffer.isView(value)) encodeView(value);
  else if (!encodeBuiltIn(value)) refuseInstance(value);
}

function encodeBuiltIn(value: object): boolean {
  if (types.isMap(value)) own(value) && encodeMap(value);
  else if (types.isSet(value)) own(value) && encodeSet(value);
  else if (types.isDate(value)) own(value) && encodeDate(value);
  else if (types.isRegExp(value)) own(value) && encodeRegExp(value);
  else if (types.isArrayBuffer(value)) own(value) && encodeBuffer(value);
  else if (types.isSharedArrayBuffer(value)) own(value) && encodeShared(value);
  else return false;
  return true;
}

/** Refuses a subclass: the prototype of a built-in object has Object.prototype above it, in whatever realm. */
function own(value: object): true {
  let depth = 0;
  for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto))
    depth++;
  if (depth !== 2) refuseInstance(value);
  return true;
}

function putAside(value: object): void {
  const list = local.aside as object[];
  putWord((list.length << 8) | Kind.aside);
  list.push(value);
}

function encodeShared(value: SharedArrayBuffer): void {
  if (local.aside !== null) putAside(value);
  else {
    putWord(Kind.shared);
    putWord(takeBuffer(value));
  }
}

function encodeMap(value: Map<unknown, unknown>): void {
  putWord(Kind.map);
  putWord(value.size);
  descend();
  const { depth } = place;
  const step = new Step();
  trail[depth - 1] = step;
  Map.prototype.forEach.call(value, (item, key) => {
    step.part = "keys";
    out.value(key);
    step.part = "get";
    step.key = key;
    out.value(item);
    step.index++;
  });
  place.depth = depth - 1;
}

function encodeSet(value: Set<unknown>): void {
  putWord(Kind.set);
  putWord(value.size);
  descend();
  const { depth } = place;
  const step = new Step();
  trail[depth - 1] = step;
  Set.prototype.forEach.call(value, (item) => {
    out.value(item);
    step.index++;
  });
  place.depth = depth - 1;
}

const time = Date.prototype.getTime;

function encodeDate(value: Date): void {
  reserve(3);
  out.words[out.at++] = Kind.date;
  putDouble(time.call(value));
}

/** As structuredClone: lastIndex starts at 0 again. */
function encodeRegExp(value: RegExp): void {
  reserve(16);
  out.words[out.at++] = Kind.regexp;
  putString(value.source);
  reserve(8);
  putString(value.flags);
}

function refuseInstance(value: object): never {
  const name = classOf(value);
  if (name === undefined) {
    refuse("is an object with a prototype of its own", "a copy would lose it: send { ...it }");
  }
  if (isOperation(value))
    refuse("is an operation", "it is waited for where it is made: wait, and send the result");
  if (CHANNELS.has(name)) refuse("is a channel of one core", "make it with sharedChan()");
  refuse(
    `is ${article(name)}`,
    REASONS[name] ?? `a copy would lose its class: send its data, and make ${article(name)} of it there`,
  );
}

/** gort's own channels but the shared one. */
const CHANNELS: ReadonlySet<string> = new Set([
  "Hchan",
  "TimerChan",
  "NeverChan",
  "SignalChan",
  "LineChan",
  "MapChan",
]);

/** Whether `value` is an operation of gort's; nothing of the program runs. */
function isOperation(value: object): boolean {
  return ["poll", "enqueue", "dequeue"].every((name) => {
    for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
      const found = Object.getOwnPropertyDescriptor(proto, name);
      if (found !== undefined) return typeof found.value === "function";
    }
    return false;
  });
}

const PROMISE = "it is waited for where it was made: wait, and send the result";
const WEAK = "weak references hold objects of one core";
const BOXED = "send the primitive value";
const STREAM = "it lives on the core that made it: keep it there and send data";
const LOCAL = "it belongs to one core: use the Shared one of that name";

const REASONS: Readonly<Record<string, string | undefined>> = {
  Promise: PROMISE,
  WeakMap: WEAK,
  WeakSet: WEAK,
  WeakRef: WEAK,
  Number: BOXED,
  String: BOXED,
  Boolean: BOXED,
  BigInt: BOXED,
  Symbol: "send a string",
  Socket: STREAM,
  Server: STREAM,
  EventEmitter: STREAM,
  ReadStream: STREAM,
  WriteStream: STREAM,
  Conn: STREAM,
  Listener: STREAM,
  AbortSignal: "it lives on the core that made it: send a Context",
  AbortController: "it lives on the core that made it: send a Context",
  Generator: "a goroutine that has started stays where it is: send a portable function's arguments",
  GeneratorFunction: "a goroutine that has started stays where it is: send a portable function's arguments",
  Mutex: LOCAL,
  WaitGroup: LOCAL,
  Semaphore: LOCAL,
  RWMutex: "it belongs to one core: use a SharedMutex",
  Cond: "it belongs to one core: use a shared channel",
  Once: "it belongs to one core: each core has its own",
  Group: "it belongs to one core: send its context, and what its goroutines give",
  Limiter: "it belongs to one core: keep it there, and send what has passed",
};
