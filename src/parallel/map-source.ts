/**
 * Where a parallel map's inputs come from: an iterable, an async iterable or a channel, all asked in one way.
 *
 * Invariants:
 *   I1  nothing is asked for before the first pull, and one thing at a time.
 *   I2  a pull that gave NOT_YET is answered by one call of `arrived`, unless the source is closed first; the next pull gives what there is then.
 *   I3  a source that is closed before its end is told (return()); one that has ended or thrown is not.
 */
import { describe, InvalidOptionError } from "../base/errors.ts";
import { Receivable } from "../chan/receivable.ts";
import type { RecvChan } from "../chan/types.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import { asOperation, begin, type Operation, State } from "../runtime/operation.ts";

export const NOT_YET: unique symbol = Symbol("not yet");
export const END: unique symbol = Symbol("end");

export interface Source {
  /** How many inputs there are; undefined where the input does not say. */
  readonly total: number | undefined;
  /** The next input, or END, or NOT_YET. Throws what the input throws. */
  pull(): unknown;
  /** No more is wanted. A promise where the input takes its time over that. */
  close(): PromiseLike<unknown> | undefined;
}

/** The source for whatever was given as the inputs. `arrived` is never called from inside a pull. */
export function sourceOf(inputs: unknown, arrived: () => void): Source {
  if (inputs instanceof Receivable) return new ChanSource(inputs as RecvChan<unknown>, arrived);
  const total = totalOf(inputs);
  if (typeof method(inputs, Symbol.asyncIterator) === "function")
    return new AsyncSource(inputs as AsyncIterable<unknown>, total, arrived);
  if (typeof method(inputs, Symbol.iterator) === "function")
    return new SyncSource(inputs as Iterable<unknown>, total);
  throw new InvalidOptionError(
    `parallelMap needs an iterable, an async iterable or a channel for its inputs, got ${describe(inputs)}`,
  );
}

function method(value: unknown, name: symbol): unknown {
  return value === null || value === undefined
    ? undefined
    : (value as { readonly [name: symbol]: unknown })[name];
}

function totalOf(inputs: unknown): number | undefined {
  const { length, size } = (inputs ?? {}) as { length?: unknown; size?: unknown };
  const total = typeof inputs === "function" ? undefined : (length ?? size);
  return typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
}

class SyncSource implements Source {
  readonly total: number | undefined;
  private readonly inputs: Iterable<unknown>;
  private iterator: Iterator<unknown> | null = null;
  private over = false;

  constructor(inputs: Iterable<unknown>, total: number | undefined) {
    this.inputs = inputs;
    this.total = total;
  }

  pull(): unknown {
    if (this.over) return END;
    // It counts as ended while it is asked: one that throws is not told to return.
    this.over = true;
    this.iterator ??= this.inputs[Symbol.iterator]();
    const { done, value } = this.iterator.next();
    if (done === true) return END;
    this.over = false;
    return value;
  }

  close(): undefined {
    if (this.over) return;
    this.over = true;
    this.iterator?.return?.();
  }
}

class AsyncSource implements Source {
  readonly total: number | undefined;
  private readonly inputs: AsyncIterable<unknown>;
  private readonly arrived: () => void;
  private iterator: AsyncIterator<unknown> | null = null;
  private over = false;
  /** It has been asked, and has not answered. */
  private asked = false;
  private answer: IteratorResult<unknown> | null = null;
  private failure: { readonly error: unknown } | null = null;

  constructor(inputs: AsyncIterable<unknown>, total: number | undefined, arrived: () => void) {
    this.inputs = inputs;
    this.total = total;
    this.arrived = arrived;
  }

  pull(): unknown {
    if (this.over) return END;
    if (this.asked) return NOT_YET;
    const { answer, failure } = this;
    if (failure !== null) {
      this.over = true;
      throw failure.error;
    }
    if (answer === null) {
      this.ask();
      return NOT_YET;
    }
    this.answer = null;
    if (answer.done === true) {
      this.over = true;
      return END;
    }
    return answer.value;
  }

  private ask(): void {
    this.over = true;
    this.iterator ??= this.inputs[Symbol.asyncIterator]();
    const promise = Promise.resolve(this.iterator.next());
    this.over = false;
    this.asked = true;
    enterHost();
    promise.then(
      (answer) =>
        this.settle(() => {
          this.answer = answer;
        }),
      (error: unknown) =>
        this.settle(() => {
          this.failure = { error };
        }),
    );
  }

  private settle(note: () => void): void {
    if (!this.asked) return;
    this.asked = false;
    leaveHost();
    note();
    this.arrived();
  }

  close(): PromiseLike<unknown> | undefined {
    if (this.over || this.failure !== null || this.answer?.done === true) return;
    this.over = true;
    const { asked, iterator } = this;
    const returned = iterator?.return === undefined ? undefined : Promise.resolve(iterator.return());
    if (!asked) return returned;
    // It has not answered and perhaps never will: a generator then does not return either. Nobody waits for that.
    this.asked = false;
    leaveHost();
    returned?.catch(() => {});
    return;
  }
}

class ChanSource implements Source {
  readonly total = undefined;
  private readonly ch: RecvChan<unknown>;
  private readonly arrived: () => void;
  /** A receive that waits. */
  private pending: Operation<unknown> | null = null;
  private got: { readonly ok: boolean; readonly value: unknown } | null = null;

  constructor(ch: RecvChan<unknown>, arrived: () => void) {
    this.ch = ch;
    this.arrived = arrived;
  }

  pull(): unknown {
    if (this.pending !== null) return NOT_YET;
    const { got } = this;
    if (got !== null) {
      this.got = null;
      if (!got.ok) throw got.value;
      return entry(got.value);
    }
    const op = asOperation(this.ch.recvOk()) as Operation<unknown>;
    begin(op);
    if (op.poll()) {
      op.done = State.finished;
      return entry(op.value);
    }
    op.done = State.entered;
    op.owner = { fire: () => this.fire(op) };
    this.pending = op;
    op.enqueue();
    return NOT_YET;
  }

  private fire(op: Operation<unknown>): void {
    this.pending = null;
    const ok = op.done === State.fulfilled;
    this.got = { ok, value: ok ? op.value : op.failure() };
    op.done = State.finished;
    this.arrived();
  }

  close(): undefined {
    const { pending } = this;
    if (pending === null) return;
    this.pending = null;
    pending.dequeue();
    pending.done = State.finished;
    pending.recycle();
  }
}

function entry(received: unknown): unknown {
  const [value, ok] = received as [unknown, boolean];
  return ok ? value : END;
}
