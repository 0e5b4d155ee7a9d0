/**
 * Operations: the one thing that can be waited for, and the protocol between a generator and the scheduler.
 *
 * An operation is at once the public `Op`, the iterator that `yield*` asks for, that iterator's result, and the record of who waits
 * (Go's sudog): one object a wait. `yield* op` calls next():
 *   ready      it takes effect and returns itself, done, with its value; the goroutine never suspends
 *   not ready  it enters its queue with the goroutine and returns PARKED, which `yield*` hands through to the scheduler
 * and again when the scheduler resumes the goroutine: then it returns itself, done.
 *
 * Its states are in status.ts.
 *
 * Invariants:
 *   I1  an operation that is in a queue is parked or entered, and can be completed: whoever completes one case of a
 *       select takes the others out of their queues before anything else runs.
 *   I2  whoever completes an operation has taken it out of its queue first.
 *
 * Go: runtime/runtime2.go (sudog), proc.go (gopark). Why not a promise per operation: docs/design/operations.md.
 */
import { NotInGoroutineError, OperationReusedError } from "../base/errors.ts";
import { External } from "./external.ts";
import { type Parkable, p, ready } from "./processor.ts";
import { slice } from "./slice.ts";
import { G, State } from "./status.ts";
import type { WaitReason } from "./wait-reason.ts";

export { State };

declare const parkBrand: unique symbol;

/** What a goroutine yields while it waits. Only gort makes one: `yield` of anything else is a compile error. */
export interface Park {
  readonly [parkBrand]: true;
}

/**
 * A thing that can be waited for, once: `yield* op` inside a goroutine, `await op` anywhere else.
 *
 * It does nothing until it is waited for. Every `Op` can be a case of {@link select}.
 */
export interface Op<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Park, T, unknown>;
}

/** What a `function*` goroutine returns when it is called. */
export type Goroutine<R = void> = Generator<Park, R, unknown>;

/** What a parked operation's next() returns; the scheduler knows it by identity. */
export const PARKED: IteratorResult<Park, never> = { done: false, value: {} as Park };

/** Whoever waits for an operation, when it is not a goroutine by itself: async code, or a select. */
export interface Waiter {
  /** `op` has been completed (fulfilled or failed). */
  fire(op: Operation<unknown>): void;
}

/** What the traceback probe and the tracker of forgotten operations set while they work. */
export const probe: {
  /** Resuming a parked goroutine only to see its stack. */
  sink: ((op: object) => void) | null;
  track: ((op: Operation<unknown>) => void) | null;
  waited: (op: Operation<unknown>) => void;
  /** A goroutine that called goexit() waits again: true when it may. */
  exiting: () => boolean;
} = { sink: null, track: null, waited: () => {}, exiting: () => true };

export abstract class Operation<T> implements Op<T>, Iterator<Park, T, unknown> {
  done: number = State.fresh;
  /** The result; before that what the operation carries (a value to send); after a failure the error. */
  value: T;
  g: Parkable | null = null;
  waiter: Waiter | null = null;

  constructor(value: T) {
    this.value = value;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  /** Why a goroutine that waits for it waits. */
  abstract readonly reason: WaitReason;

  /** Takes effect at once if it can, leaving its result in `value`; throws on misuse. */
  abstract poll(): boolean;

  /** Enters the queue, or asks the host. Called after poll() said no, with `g` or `waiter` set. */
  abstract enqueue(): void;

  /** Leaves the queue; nothing remains of it. */
  abstract dequeue(): void;

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Park, T> {
    if (this.done !== State.fresh) return this.resumed();
    if (this.poll()) return finish(this);
    return park(this);
  }

  /** next() was called again: by the scheduler to go on, by a probe, or by mistake. */
  resumed(): IteratorResult<Park, T> {
    switch (this.done) {
      case State.fulfilled:
        return passed(this);
      case State.failed:
        this.done = State.finished;
        throw this.failure();
      case State.tracked:
        probe.waited(this as Operation<unknown>);
        this.done = State.fresh;
        return this.next();
      case State.parked:
        if (probe.sink !== null) {
          probe.sink(this);
          return PARKED as IteratorResult<Park, T>;
        }
        throw new OperationReusedError(this.toString());
      default:
        throw new OperationReusedError(this.toString());
    }
  }

  /** Makes a failed operation's error; where the wait ends, so that its stack is the waiter's. */
  failure(): unknown {
    return this.value;
  }

  /** `await`: waits outside any goroutine's own code. Never calls back before the caller's code has ended. */
  // biome-ignore lint/suspicious/noThenProperty: an Op is a PromiseLike; that is the contract.
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const external = new External(this as Operation<unknown>, onFulfilled as never, onRejected as never);
    try {
      begin(this as Operation<unknown>);
      if (this.poll()) {
        this.done = State.fulfilled;
        external.fire(this as Operation<unknown>);
      } else {
        this.done = State.parked;
        this.waiter = external;
        external.enter();
        this.enqueue();
      }
    } catch (error) {
      external.refuse(error);
    }
    return external as unknown as PromiseLike<A | B>;
  }

  toString(): string {
    return `this ${this.reason} operation`;
  }

  get [Symbol.toStringTag](): string {
    return "Op";
  }
}

/** What can be waited for any number of times: each wait is a new operation. A goroutine's handle is one. */
export abstract class Rewaitable<T> implements Op<T> {
  abstract operation(): Operation<T>;

  [Symbol.iterator](): Iterator<Park, T, unknown> {
    return this.operation();
  }

  // biome-ignore lint/suspicious/noThenProperty: an Op is a PromiseLike; that is the contract.
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.operation().then(onFulfilled, onRejected);
  }
}

/** The operation that waits for `value`; null when it is nothing to wait for. */
export function asOperation(value: unknown): Operation<unknown> | null {
  if (value instanceof Operation) return value as Operation<unknown>;
  return value instanceof Rewaitable ? (value.operation() as Operation<unknown>) : null;
}

/** An operation is waited for from here on: throws when that has happened before. */
export function begin(op: Operation<unknown>): void {
  if (op.done === State.tracked) {
    probe.waited(op);
    op.done = State.fresh;
  }
  if (op.done !== State.fresh) throw new OperationReusedError(op.toString());
}

/** The operation was ready: returns it as a finished iterator's result, or stops a goroutine whose slice is over. */
export function finish<T>(op: Operation<T>): IteratorResult<Park, T> {
  if (--slice.budget < 0) return overdue(op);
  op.done = State.finished;
  return op as unknown as IteratorResult<Park, T>;
}

/** The goroutine goes on with the result of an operation it was parked in. */
export function passed<T>(op: Operation<T>): IteratorResult<Park, T> {
  op.done = State.finished;
  return op as unknown as IteratorResult<Park, T>;
}

/** The slow end of a ready operation: the slice may be over, no goroutine may run here, or one that is exiting. */
function overdue<T>(op: Operation<T>): IteratorResult<Park, T> {
  const g = p.current;
  op.done = State.finished;
  if (g.state === G.exiting) {
    // Its next operation must come here as well.
    slice.budget = 0;
    return (probe.exiting() ? op : PARKED) as IteratorResult<Park, T>;
  }
  if (g.state !== G.running || !slice.check()) return op as unknown as IteratorResult<Park, T>;
  // Preempted: it has happened, and its result is taken when the goroutine's turn comes again.
  op.done = State.fulfilled;
  g.op = op;
  ready(g);
  return PARKED as IteratorResult<Park, T>;
}

/** Parks the running goroutine in `op`. Go: gopark. */
export function park<T>(op: Operation<T>): IteratorResult<Park, T> {
  const g = p.current;
  if (g.state !== G.running) {
    if (g.state !== G.exiting) throw misplaced(g);
    if (!probe.exiting()) return PARKED as IteratorResult<Park, T>;
  }
  g.state = G.waiting;
  g.op = op;
  g.waitSince = slice.seconds;
  op.done = State.parked;
  op.g = g;
  op.enqueue();
  return PARKED as IteratorResult<Park, T>;
}

/** Completes an operation that was in a queue and has been taken out of it. `value` is set. */
export function fulfil(op: Operation<unknown>): void {
  op.done = State.fulfilled;
  wake(op);
}

/** Completes an operation with an error; `failure()` makes it from `value`. */
export function fail(op: Operation<unknown>): void {
  op.done = State.failed;
  wake(op);
}

function wake(op: Operation<unknown>): void {
  const g = op.g;
  if (g !== null) ready(g);
  else (op.waiter as Waiter).fire(op);
}

function misplaced(g: Parkable): Error {
  return new NotInGoroutineError(
    g.state === G.waiting
      ? "this goroutine is already parked: its operation was yielded to a generator that is driven by hand; use yield* all the way up"
      : "yield* on an operation works inside a goroutine (go(function* () { … })); elsewhere use await",
  );
}
