/**
 * How a context ended, as words.
 *
 * Invariant: a cause that is published in shared memory is read by any number of cores, and so has nothing in it that counts its readers: no context, handle or shared channel, no SharedArrayBuffer.
 */
import { ContextCanceledError, DeadlineExceededError } from "../base/errors.ts";
import { abandon, decodeOne, encodeOne } from "../portable/codec.ts";
import { handlesTaken, undoHandles } from "../portable/handles.ts";
import { place, Refusal } from "../portable/refusal.ts";
import { meetings, unmeet } from "../portable/seen.ts";
import { out, putWord, source, takeWord } from "../portable/wire.ts";
import { Ending } from "./ending.ts";

/** What `err` is: one of gort's two, or what a context of the program's own gave. */
export const End = { never: 0, canceled: 1, late: 2, own: 3 } as const;

export function endOf(ending: Ending): number {
  const proto: unknown = Object.getPrototypeOf(ending.err);
  if (proto === ContextCanceledError.prototype) return End.canceled;
  return proto === DeadlineExceededError.prototype ? End.late : End.own;
}

/** Writes how it ended into the codec's scratch; how many words, 0 when {@link endOf} says all. */
export function encodeEnding(ending: Ending): number {
  const { err, cause } = ending;
  if (endOf(ending) !== End.own) {
    if (cause === err) return 0;
    const { length, reason } = attempt(cause);
    return length > 0 ? length : encodeOne(unsendable(reason), "");
  }
  const whole = attempt([err, cause]);
  if (whole.length > 0) return whole.length;
  const instead = unsendable(whole.reason);
  const half = attempt([err, instead]);
  return half.length > 0 ? half.length : encodeOne([instead, instead], "");
}

function attempt(value: unknown): { length: number; reason: string } {
  try {
    const length = encodeOne(value, "it");
    if (handlesTaken() === 0) return { length, reason: "" };
    abandon();
    return { length: 0, reason: "it has something in it that crosses by reference" };
  } catch (error) {
    return { length: 0, reason: (error as Error).message };
  }
}

function unsendable(reason: string): Error {
  return new Error(`the cause of the context cannot be sent: ${reason}`);
}

/** An end that another core has published. It is read when somebody asks. */
export class FarEnding extends Ending {
  private readonly end: number;
  private words: Int32Array | null;
  private readErr: Error | undefined;
  private readCause: unknown;

  /** `words` is a copy; null: `end` says all. */
  constructor(end: number, words: Int32Array | null) {
    super(end === End.late);
    this.end = end;
    this.words = words;
  }

  private read(): void {
    const { words } = this;
    if (words === null) return;
    this.words = null;
    const value = decodeOne(words, Buffer.from(words.buffer), 0);
    if (this.end === End.own) [this.readErr, this.readCause] = value as [Error, unknown];
    else this.readCause = value;
  }

  override get err(): Error {
    if (this.end === End.own) this.read();
    return this.readErr ?? super.err;
  }

  override get cause(): unknown {
    this.read();
    return this.readCause ?? this.err;
  }
}

/** Writes how it ended into the message that is being written. */
export function putEnding(ending: Ending): void {
  const { err, cause } = ending;
  if (endOf(ending) === End.own) putCause(err);
  const isGiven = cause !== err;
  putWord(isGiven ? 1 : 0);
  if (isGiven) putCause(cause);
}

export function takeEnding(end: number): Ending {
  const err = end === End.own ? (source.value() as Error) : null;
  const cause = takeWord() === 1 ? source.value() : undefined;
  return new Ending(end === End.late, cause, err);
}

/** Writes a cause into the message that is being written, or what stands for one that cannot be sent. */
export function putCause(cause: unknown): void {
  const before = out.at;
  const { depth } = place;
  const objects = meetings();
  const handles = handlesTaken();
  try {
    out.value(cause);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    out.at = before;
    place.depth = depth;
    unmeet(objects);
    undoHandles(handles);
    out.value(unsendable(`it ${refusal.what}`));
  }
}
