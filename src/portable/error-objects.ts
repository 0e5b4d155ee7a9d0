/**
 * Errors as words, and back.
 *
 * An error has to arrive whatever it carries, or the program would learn of another error than the one that happened. So what of it cannot be
 * sent is left out: properties, the cause, even single errors of an AggregateError become their text.
 *
 * JavaScript's own classes and gort's arrive as themselves; of another class, the error arrives as the nearest of those that it extends, with its name.
 */
import * as gortErrors from "../base/errors.ts";
import { handlesTaken, undoHandles } from "./handles.ts";
import { classOf, descend, place, Refusal, trail } from "./refusal.ts";
import { meetings, unmeet } from "./seen.ts";
import { putString, takeString } from "./strings.ts";
import { Kind, out, putWord, ROOM, reserve, source, takeWord } from "./wire.ts";

// Not imported: on some Nodes importing node:util opens the standard streams, and importing gort is to open nothing.
const { types } = process.getBuiltinModule("node:util");

type ErrorClass = abstract new (...args: never[]) => Error;

const byName = new Map<string, ErrorClass>();
const byPrototype = new Map<object, string>();

/** Lets the errors of a class arrive as such. Every core that is to know it calls this. */
export function registerErrorClass(made: ErrorClass): void {
  byName.set(made.name, made);
  byPrototype.set(made.prototype as object, made.name);
}

for (const made of [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
]) {
  registerErrorClass(made as unknown as ErrorClass);
}
for (const made of Object.values(gortErrors) as unknown[]) {
  if (typeof made === "function" && made.prototype instanceof Error) registerErrorClass(made as ErrorClass);
}

/** What has a place of its own in the message. */
const FIXED: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);

const HAS_STACK = 1;
const HAS_CAUSE = 2;
const HAS_ERRORS = 4;
const IS_DOM = 8;

export function isError(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** Writes an error that is being met for the first time: flags, class, name, message, stack; then cause, errors, and its own properties. */
export function encodeErrorObject(error: Error): void {
  const head = out.at;
  putWord(Kind.error);
  putWord(0);
  const className = nearestClass(error);
  text(className);
  text(nameOfError(error, className));
  text(textOf(error, "message") ?? "");
  const stack = textOf(error, "stack");
  let flags = 0;
  if (stack !== undefined) {
    flags |= HAS_STACK;
    text(stack);
  }
  if (typeof DOMException === "function" && error instanceof DOMException) flags |= IS_DOM;
  descend();
  const { depth } = place;
  if (Object.hasOwn(error, "cause") && attempt(depth, "cause", () => error.cause)) flags |= HAS_CAUSE;
  if (Object.hasOwn(error, "errors") && attempt(depth, "errors", () => (error as AggregateError).errors)) {
    flags |= HAS_ERRORS;
  }
  let count = 0;
  const isKnown = byName.get(className) !== undefined && !(className in globalThis);
  for (const key of Object.getOwnPropertyNames(error)) {
    const property = Object.getOwnPropertyDescriptor(error, key);
    if (FIXED.has(key) || property === undefined || !("value" in property)) continue;
    // What gort's own classes hide (a deadlock's dump) is part of them.
    if (!property.enumerable && !isKnown) continue;
    if (attempt(depth, key, () => property.value, property.enumerable === true)) count++;
  }
  place.depth = depth - 1;
  const { words } = out;
  words[head] = (words[head] as number) | (count << 8);
  words[head + 1] = flags;
}

function text(value: string): void {
  reserve(ROOM);
  putString(value);
}

/**
 * Writes a part if it can be sent (for a property, whether it is enumerable and its key before it); else takes back what was written of it.
 */
function attempt(depth: number, key: string, read: () => unknown, enumerable?: boolean): boolean {
  const before = out.at;
  const objects = meetings();
  const handles = handlesTaken();
  try {
    trail[depth - 1] = key;
    const value = read();
    if (enumerable !== undefined) {
      putWord(enumerable ? 1 : 0);
      text(key);
    }
    out.value(value);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    out.at = before;
    place.depth = depth;
    unmeet(objects);
    undoHandles(handles);
    return false;
  }
}

/** The name of the nearest class that arrives as itself. */
function nearestClass(error: object): string {
  for (let proto = Object.getPrototypeOf(error); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const name = byPrototype.get(proto);
    if (name !== undefined) return name;
    // Of another realm.
    const foreign = Object.hasOwn(proto, "constructor") ? classOf(Object.create(proto) as object) : undefined;
    if (foreign !== undefined && byName.has(foreign) && types.isNativeError(error)) return foreign;
  }
  return "Error";
}

/** The error's name; where its class has never set one, the name of the class. */
function nameOfError(error: Error, className: string): string {
  const name = textOf(error, "name") ?? className;
  const own = classOf(error);
  return name === className && own !== undefined && own !== "NodeError" && !byName.has(own) ? own : name;
}

/** A property that is a string; a getter that throws is nobody's business here. */
function textOf(error: Error, key: "name" | "message" | "stack"): string | undefined {
  try {
    const value: unknown = error[key];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an error; `remember` is called before its parts are read, which may refer to it. */
export function decodeErrorObject(head: number, remember: (error: Error) => void): Error {
  const flags = takeWord();
  const className = takeText();
  const name = takeText();
  const message = takeText();
  const stack = (flags & HAS_STACK) !== 0 ? takeText() : `${name}: ${message}`;
  const error =
    (flags & IS_DOM) !== 0 ? (new DOMException(message, name) as Error) : make(className, message);
  hidden(error, "stack", stack);
  if (error.name !== name) hidden(error, "name", name);
  remember(error);
  if ((flags & HAS_CAUSE) !== 0) hidden(error, "cause", source.value());
  if ((flags & HAS_ERRORS) !== 0) hidden(error, "errors", source.value());
  for (let left = head >>> 8; left > 0; left--) {
    const enumerable = takeWord() === 1;
    const key = takeText();
    Object.defineProperty(error, key, {
      value: source.value(),
      enumerable,
      configurable: true,
      writable: true,
    });
  }
  return error;
}

function make(className: string, message: string): Error {
  const made = byName.get(className) ?? Error;
  const error = new Error(message);
  if (made !== Error) Object.setPrototypeOf(error, made.prototype as object);
  return error;
}

function takeText(): string {
  return takeString(takeWord());
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}
