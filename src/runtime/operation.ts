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
 *   I1  an operation that is in a queue is parked, entered or contested, and can be completed: whoever completes one case of a
 *       select takes the others out of their queues before anything else runs.
 *   I2  whoever completes an operation has taken it out of its queue first.
 *
 * Go: runtime/runtime2.go (sudog), proc.go (gopark). Why not a promise per operation: docs/design/operations.md.
 */
import { NotInGoroutineError, OperationReusedError } from "../base/errors.ts";
import { debugSwitch } from "./debug.ts";
import { External } from "./external.ts";
import { callersWorld, inCallersWorld, isolation, type World } from "./isolation.ts";
import { current, isCurrent, type Parkable, p, parking, RESTED, ready, spend } from "./processor.ts";
import { slice } from "./slice.ts";
import { G, State } from "./status.ts";
import { reasonText, type WaitReason } from "./wait-reason.ts";
import type { Dependence, Waited } from "./waited.ts";

export type { Dependence, Waited } from "./waited.ts";
export { current, isCurrent, type Parkable, parking, RESTED, ready, State, spend };

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

/** Whether a finished operation may be made anew: not while forgotten ones are looked for. */
export const REUSE: boolean = debugSwitch("ops") === undefined;

/** What a parked operation's next() returns; the scheduler knows it by identity. */
export const PARKED: IteratorYieldResult<Park> = { done: false, value: {} as Park };

/** What is still to be waited for when a wait has been decided: see {@link Operation.recycle}. */
export type Debts = readonly Operation<unknown>[] | null;

// biome-ignore lint/suspicious/noThenProperty: what `then` returns is a PromiseLike.
const NEVER: PromiseLike<never> = { then: () => NEVER as PromiseLike<never> };

/** Whoever waits for an operation, when it is not a goroutine by itself: async code, or a select. */
export interface Waiter {
  /** `op` has been completed (fulfilled or failed). */
  fire(op: Operation<unknown>): void;
}

/** What the traceback probe and the tracker of forgotten operations set while they work. */
export const probe: {
  /** Resuming a parked goroutine only to see its stack, or what it waits for. */
  sink: ((op: Operation<unknown> | null) => void) | null;
  /** Called for each new operation when forgotten ones are looked for; marks it as tracked. */
  track: ((op: Operation<unknown>, cases?: readonly Operation<unknown>[]) => void) | null;
  waited: (op: Operation<unknown>) => void;
  /** A goroutine that called goexit() waits again: true when it may. */
  exiting: () => boolean;
} = { sink: null, track: null, waited: () => {}, exiting: () => true };

/**
 * The base of all operations.
 *
 * It holds no fields: a kind of operation sets its own, in one order, in its own constructor, and the functions here only
 * hand operations on. V8 keeps an access fast while few shapes come by it, and a program uses more kinds than that.
 */
export abstract class Operation<T> implements Op<T>, Iterator<Park, T, unknown> {
  /** One of {@link State}. */
  abstract done: number;
  /** The result; before that what the operation carries (a value to send); after a failure the error. */
  abstract value: T;
  /** Who waits: the goroutine that is `parked` in it, or whoever it has `entered` for (async code, a select). */
  abstract owner: Parkable | Waiter | null;

  /** Why a goroutine that waits for it waits. */
  abstract readonly reason: WaitReason;

  /** Takes effect at once if it can, leaving its result in `value`; throws on misuse. */
  abstract poll(): boolean;

  /** Enters the queue, or asks the host. Called after poll() said no, with `owner` set. */
  abstract enqueue(): void;

  /** Leaves the queue, and does nothing else: its rivals may still stand in theirs, and must not be served any more. recycle() follows. */
  abstract dequeue(): void;

  /** Another core may decide the wait that it is a case of: see contest.ts. */
  contest(): void {
    this.done = State.contested;
  }

  /**
   * It is over as a case, and so are all its rivals: whoever makes operations of its kind may make it anew (docs/design/operations.md), and whoever
   * it stood in the way of goes on.
   *
   * Returns what has to be waited for before the wait as a whole may end, however it was decided: the lock of a cond.wait, for all else null.
   */
  recycle(): Debts {
    return null;
  }

  // The rest is asked only while it waits, by whoever wants to know why nothing goes on (knot.ts, waited.ts).

  /** What has to go on before it can be completed; null, as with most kinds, when anything could complete it. */
  dependences(): readonly Dependence[] | null {
    return null;
  }

  /** At what it waits; null when that has no name. */
  waitsOn(): Waited | null {
    return null;
  }

  /** The operations of which it waits for one; null when it is none of that kind. */
  cases(): readonly Operation<unknown>[] | null {
    return null;
  }

  [Symbol.iterator](): Iterator<Park, T, unknown> {
    return this;
  }

  /** Hot kinds write this again for themselves, so that each has call sites of its own. */
  next(): IteratorResult<Park, T> {
    if (this.done !== State.fresh)
      return this.resumed() ? (this as unknown as IteratorResult<Park, T>) : PARKED;
    this.done = State.finished; // Also if poll throws.
    if (this.poll()) {
      return spend() && overdue(this as Operation<unknown>)
        ? PARKED
        : (this as unknown as IteratorResult<Park, T>);
    }
    this.done = State.fresh;
    const g = parking(this.reason);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return PARKED;
  }

  /**
   * next() was called again: by the scheduler to go on, by a probe, or by mistake. True when the operation is finished.
   *
   * It and {@link overdue} answer with a boolean, so that next() returns either itself or PARKED and nothing that V8 cannot see through.
   */
  resumed(): boolean {
    if (probe.sink !== null) {
      probe.sink(this as Operation<unknown>);
      return false;
    }
    if (this.done === State.tracked) {
      probe.waited(this as Operation<unknown>);
      this.done = State.fresh;
      return this.next() !== PARKED;
    }
    // Another goroutine may hold this operation, and ask before the one that it was completed for has run again.
    const isMine = isCurrent(this.owner);
    if (this.done === State.fulfilled && isMine) {
      this.done = State.finished;
      return true;
    }
    if (this.done === State.failed && isMine) {
      this.done = State.finished;
      throw this.failure();
    }
    throw new OperationReusedError(this.toString());
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
    const world = callersWorld();
    if (world !== isolation.world) return thenElsewhere(this, world, onFulfilled, onRejected);
    const external =
      world === null
        ? new External(this as Operation<unknown>, onFulfilled as never, onRejected as never)
        : world.external(this as Operation<unknown>, onFulfilled as never, onRejected as never);
    try {
      begin(this as Operation<unknown>);
      if (this.poll()) {
        this.done = State.fulfilled;
        external.fire(this as Operation<unknown>);
      } else {
        this.done = State.entered;
        this.owner = external;
        external.enter();
        this.enqueue();
      }
    } catch (error) {
      external.refuse(error);
    }
    return external as unknown as PromiseLike<A | B>;
  }

  toString(): string {
    return `this ${reasonText(this.reason)} operation`;
  }

  get [Symbol.toStringTag](): string {
    return "Op";
  }
}

/** {@link Operation.then} in the world of the caller; of a run that is over (`world` is undefined) nobody goes on. A function of its own: a closure in a hot one makes V8 put its parameters on the heap at each call. */
function thenElsewhere<T, A, B>(
  op: Operation<T>,
  world: World | null | undefined,
  onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
  onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
): PromiseLike<A | B> {
  return world === undefined ? NEVER : inCallersWorld(() => op.then(onFulfilled, onRejected));
}

/** An operation with the fields that most kinds have, in the usual order. Hot kinds set their own instead. */
export abstract class BasicOperation<T> extends Operation<T> {
  done: number = State.fresh;
  value: T = undefined as T;
  owner: Parkable | Waiter | null = null;

  constructor() {
    super();
    if (probe.track !== null) probe.track(this as Operation<unknown>);
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

/**
 * The budget is used up after `op` was ready and took effect. True when its goroutine gives way before it takes the result: then it has
 * been queued, and next() returns PARKED. (An operation that is not ready parks the goroutine anyway.)
 */
export function overdue(op: Operation<unknown>): boolean {
  const g = p.current;
  if (g.state === G.exiting) {
    // Its next operation must come here as well.
    p.budget = 0;
    return !probe.exiting();
  }
  const { world } = isolation;
  if (g.state !== G.running || !(world === null ? slice.check() : world.givesWay(op))) return false;
  op.done = State.fulfilled;
  op.owner = g;
  ready(g);
  return true;
}

/** Completes an operation that was in a queue and has been taken out of it. `value` is set. */
export function fulfil(op: Operation<unknown>): void {
  const isParked = op.done === State.parked;
  op.done = State.fulfilled;
  if (isParked) ready(op.owner as Parkable);
  else (op.owner as Waiter).fire(op);
}

/** Completes an operation with an error; `failure()` makes it from `value`. */
export function fail(op: Operation<unknown>): void {
  const isParked = op.done === State.parked;
  op.done = State.failed;
  if (isParked) ready(op.owner as Parkable);
  else (op.owner as Waiter).fire(op);
}

/**
 * Completes an operation that may owe something: it is decided at once, so that no other case can happen, and its goroutine goes on when all
 * debts are repaid. A case of a select leaves that, and being recycled, to the select.
 */
export function conclude(op: Operation<unknown>, ok: boolean): void {
  const debts = op.done === State.parked || !(op.owner instanceof Operation) ? op.recycle() : null;
  if (debts === null) {
    if (ok) fulfil(op);
    else fail(op);
    return;
  }
  if (op.done === State.parked) (op.owner as Parkable).reason = (debts[0] as Operation<unknown>).reason;
  repay(op, ok, debts, 0);
}

function repay(
  op: Operation<unknown>,
  ok: boolean,
  debts: readonly Operation<unknown>[],
  from: number,
): void {
  for (let i = from; i < debts.length; i++) {
    const debt = debts[i] as Operation<unknown>;
    begin(debt);
    if (!debt.poll()) {
      debt.done = State.entered;
      debt.owner = { fire: () => repay(op, ok, debts, i + 1) };
      debt.enqueue();
      return;
    }
    debt.done = State.finished;
  }
  if (ok) fulfil(op);
  else fail(op);
}

function misplaced(g: Parkable): Error {
  return new NotInGoroutineError(
    g.state === G.waiting
      ? "this goroutine is already parked: its operation was yielded to a generator that is driven by hand; use yield* all the way up"
      : "yield* on an operation works inside a goroutine (go(function* () { … })); elsewhere use await",
  );
}

p.admit = (g) => {
  if (g.state !== G.exiting) throw misplaced(g);
  return probe.exiting();
};
