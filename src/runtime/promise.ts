/**
 * Waiting for a promise: the goroutine parks until the host settles it.
 *
 * A promise keeps every reaction it was ever given, so one that is raced in a `select` a million times would keep a million. A case of
 * a select therefore shares one reaction a promise, kept in a WeakMap beside it, with a list of waiters that can be left. A wait that is
 * not a case never leaves, and takes a reaction of its own, which is cheaper. A foreign thenable is adopted by a promise when it is first
 * waited for, and by the same one as long as that is pending: some do their work anew at each `then`.
 *
 * A promise is never ready at once, even when it is settled: the host alone knows, and tells in a microtask.
 */
import { describe, NotAnOperationError } from "../base/errors.ts";
import { inWorld, isolation, type World } from "./isolation.ts";
import { enterPromise, leavePromise } from "./netpoll.ts";
import {
  asOperation,
  type Debts,
  fail,
  fulfil,
  type Op,
  Operation,
  type Parkable,
  probe,
  State,
  type Waiter,
} from "./operation.ts";
import { WaitReason } from "./wait-reason.ts";

const waitersOf = new WeakMap<PromiseLike<unknown>, Set<Awaited<unknown>>>();
/** The promises that have adopted foreign thenables and are not settled. */
const adopted = new WeakMap<PromiseLike<unknown>, Promise<unknown>>();

export class Awaited<T> extends Operation<T> {
  done: number = State.fresh;
  value: T = undefined as T;
  owner: Parkable | Waiter | null = null;
  private promise: PromiseLike<T>;
  /** The list that it stands in, while it is a case. */
  private waiters: Set<Awaited<unknown>> | null = null;
  /** Whose wait it is, and of which run. */
  private world: World | null = null;
  private epoch = 0;

  constructor(promise: PromiseLike<T>) {
    super();
    this.promise = promise;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.promise;
  }

  poll(): boolean {
    return false;
  }

  enqueue(): void {
    const promise = adopt(this.promise);
    this.promise = promise;
    this.world = isolation.world;
    this.epoch = isolation.epoch;
    enterPromise();
    if (this.done === State.parked) {
      promise.then(
        (value) => this.settle(true, value),
        (reason) => this.settle(false, reason),
      );
      return;
    }
    this.waiters = waitersOf.get(promise) ?? react(promise);
    this.waiters.add(this as Awaited<unknown>);
  }

  dequeue(): void {
    leavePromise();
    this.waiters?.delete(this as Awaited<unknown>);
  }

  /**
   * As a case it is done with the promise: a rejection that comes later has been waited for, also when another case was ready before this one was entered. A foreign
   * thenable is left alone: asking it may start its work.
   */
  override recycle(): Debts {
    const { promise } = this;
    if (promise instanceof Promise && this.waiters === null && !waitersOf.has(promise)) react(promise);
    return null;
  }

  settle(ok: boolean, value: unknown): void {
    if (isolation.world === this.world) this.settleHere(ok, value);
    else this.settleElsewhere(ok, value);
  }

  /** By itself: a closure in a hot function makes V8 put its parameters on the heap at each call. */
  private settleElsewhere(ok: boolean, value: unknown): void {
    inWorld(this.world, () => this.settleHere(ok, value));
  }

  private settleHere(ok: boolean, value: unknown): void {
    if (this.epoch === isolation.epoch) leavePromise();
    this.value = value as T;
    if (ok) fulfil(this as Operation<unknown>);
    else fail(this as Operation<unknown>);
  }
}

/** A foreign thenable may call back at once or throw; a promise never does. */
function adopt<T>(promise: PromiseLike<T>): Promise<T> {
  if (promise instanceof Promise) return promise as Promise<T>;
  let own = adopted.get(promise) as Promise<T> | undefined;
  if (own === undefined) {
    own = Promise.resolve(promise);
    adopted.set(promise, own);
    const forget = (): boolean => adopted.delete(promise);
    own.then(forget, forget);
  }
  return own;
}

/** Gives `promise` its one reaction for cases. Once it is settled it forgets, and a later wait asks again. */
function react(promise: PromiseLike<unknown>): Set<Awaited<unknown>> {
  const waiters = new Set<Awaited<unknown>>();
  waitersOf.set(promise, waiters);
  const settle = (ok: boolean, value: unknown): void => {
    waitersOf.delete(promise);
    // One by one: completing a case withdraws its rivals, which may stand in this very list.
    for (const op of waiters) {
      waiters.delete(op);
      op.settle(ok, value);
    }
  };
  promise.then(
    (value) => settle(true, value),
    (reason) => settle(false, reason),
  );
  return waiters;
}

/**
 * Waits for a promise (any thenable): gives its value or throws its reason.
 *
 * Parks until the host settles the promise; keeps no reaction on it when it loses a `select`.
 *
 * @param promise - a promise, or another operation, which is returned as it is
 * @throws NotAnOperationError (`GORT_NOT_AN_OPERATION`) when there is nothing to wait for, at the call
 * @example
 * ```ts
 * const response = yield* wait(fetch("http://localhost:8080/"));
 * ```
 */
export function wait<T>(promise: PromiseLike<T>): Op<T> {
  const operation = asOperation(promise);
  if (operation !== null) return operation as Operation<T>;
  const then: unknown =
    (typeof promise === "object" && promise !== null) || typeof promise === "function"
      ? (promise as { then?: unknown }).then
      : undefined;
  if (typeof then !== "function") {
    throw new NotAnOperationError(`wait needs a promise, got ${describe(promise)}`);
  }
  return new Awaited(promise);
}
