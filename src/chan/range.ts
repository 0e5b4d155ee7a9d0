/**
 * range: receiving until a channel is closed and drained.
 *
 * The cursor is its own value holder, so that a value and the end need no tuple. Go: for v := range ch.
 */
import { describe, NotAnOperationError } from "../base/errors.ts";
import type { Op } from "../runtime/operation.ts";
import { Receivable } from "./receivable.ts";
import { Form } from "./recv.ts";
import type { RecvChan } from "./types.ts";

/** A place in a channel's sequence of values. */
export interface Cursor<T> {
  /** The value that the last `next()` received; undefined before the first and after the last. */
  readonly value: T;
  /** Receives the next value into `value`: true, or false when the channel is closed and drained. */
  next(): Op<boolean>;
}

class ChanCursor<T> implements Cursor<T> {
  value: T = undefined as T;
  private readonly ch: Receivable<T>;

  constructor(ch: Receivable<T>) {
    this.ch = ch;
  }

  next(): Op<boolean> {
    return this.ch.receiving(Form.cursor, this) as Op<boolean>;
  }
}

/**
 * Iterates over a channel's values inside a goroutine, until it is closed and drained.
 *
 * In async code use `for await (const value of ch)`.
 *
 * @throws NotAnOperationError (`GORT_NOT_AN_OPERATION`) when `ch` is not a channel
 * @example
 * ```ts
 * for (const job = range(jobs); yield* job.next(); ) handle(job.value);
 * ```
 *
 * Go: for v := range ch.
 */
export function range<T>(ch: RecvChan<T>): Cursor<T> {
  if (!(ch instanceof Receivable))
    throw new NotAnOperationError(`range needs a channel, got ${describe(ch)}`);
  return new ChanCursor(ch as Receivable<T>);
}
