/**
 * Why a value cannot be sent, and the path to it.
 *
 * While it writes, the encoder keeps the keys it has gone down by, one store a property; they become text only when something is refused.
 */
import { NotSendableError } from "../base/errors.ts";

/** What a value is part of; the message of an error begins with it. */
export interface Subject {
  /** "argument 2 of crunch", "result of crunch"; or `name` is the whole subject. It becomes text only when something is refused. */
  readonly part: "argument" | "result" | "whole";
  readonly name: string;
}

/** Deeper than this nothing is sent: the reader goes down as deep, on a stack that is not empty. */
export const MAX_DEPTH = 1000;

/** The keys from the message down to the value that is being written; `depth` of them count. */
export const trail: (string | number | Step)[] = [];
export const place: { depth: number } = { depth: 0 };

/** A step into a map or a set: one for all its entries, and text only when it is asked for. */
export class Step {
  /** Which entry it is; what stands before the next. */
  index = 0;
  /** The key that leads to a map's value. */
  key: unknown;
  part: "keys" | "values" | "get" = "values";

  get text(): string {
    if (this.part !== "get") return `.${this.part}()[${this.index}]`;
    const { key } = this;
    const isObject = typeof key === "object" && key !== null;
    return `.get(${typeof key === "string" ? JSON.stringify(key) : isObject ? "…" : String(key)})`;
  }
}

/** Thrown by what cannot be written; encode.ts makes a NotSendableError of it. */
export class Refusal {
  /** "is a Db". */
  readonly what: string;
  /** What to do. */
  readonly why: string;

  constructor(what: string, why: string) {
    this.what = what;
    this.why = why;
  }
}

export function refuse(what: string, why: string): never {
  throw new Refusal(what, why);
}

/** One level down; `leave` comes back. */
export function descend(): void {
  if (++place.depth > MAX_DEPTH) tooDeep();
}

export function tooDeep(): never {
  refuse(
    `is nested more than ${MAX_DEPTH} deep`,
    "send it in parts, or as an array whose elements name each other by index",
  );
}

/** The error for a refusal, with where it happened. */
export function notSendable(refusal: Refusal, subject: Subject, index: number): NotSendableError {
  const path = pathText();
  return new NotSendableError(
    `${subjectText(subject, index)}${path === "" ? "" : `: ${path}`} ${refusal.what}: ${refusal.why}`,
  );
}

function subjectText({ part, name }: Subject, index: number): string {
  if (part === "whole") return name;
  return part === "argument" ? `argument ${index + 1} of ${name}` : `result of ${name}`;
}

const SHOWN = 12;

function pathText(): string {
  const steps = trail.slice(0, place.depth).map(stepText);
  if (steps.length <= SHOWN) return steps.join("");
  return `${steps.slice(0, SHOWN / 2).join("")}…${steps.slice(-SHOWN / 2).join("")}`;
}

function stepText(step: string | number | Step): string {
  if (step instanceof Step) return step.text;
  if (typeof step === "number") return `[${step}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** "a Db", "an EventEmitter". */
export function article(name: string): string {
  return `${/^[AEIOUaeiou]/.test(name) ? "an" : "a"} ${name}`;
}

/** The name of an object's class, without running code of the program; undefined when it has none. */
export function classOf(value: object): string | undefined {
  for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const made: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
    if (typeof made !== "function") continue;
    const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
    // An object made with Object.create has no class of its own, and is no plain object either.
    return typeof name === "string" && name !== "" && name !== "Object" ? name : undefined;
  }
  return undefined;
}
