/**
 * Group: goroutines that work on one task; the first error is the task's, and cancels the rest.
 *
 * Invariants:
 *   I1  `active` counts those who have been started and not ended; the queue is empty unless active has reached the limit.
 *   I2  nobody waits in wait() while nothing is active or queued, nor in ready() while a start would not queue.
 *
 * Go: golang.org/x/sync/errgroup. Differs: `go` never waits; beyond the limit it queues the start, and `ready()` is there to wait for a place first.
 */
import { checkAmount, checkFunction, GroupError } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { type Go, goHeld, type Handle } from "../runtime/kernel.ts";
import {
  BasicOperation,
  fail,
  fulfil,
  type Op,
  type Operation,
  type Park,
  State,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { withCancel } from "./cancel.ts";
import type { Cancel, Context } from "./context.ts";

/** Waits for all of the group, or for a place in it. */
class GroupOp extends BasicOperation<void> implements Waiting<GroupOp> {
  private readonly group: Group;
  /** For all to end; else for a place. */
  private readonly forAll: boolean;
  before: GroupOp | null = null;
  behind: GroupOp | null = null;

  constructor(group: Group, forAll: boolean) {
    super();
    this.group = group;
    this.forAll = forAll;
  }

  get reason(): WaitReason {
    return this.forAll ? WaitReason.waitGroupWait : WaitReason.semacquire;
  }

  poll(): boolean {
    const { group } = this;
    if (!this.forAll) return group.hasPlace;
    if (!group.isOver) return false;
    group.finish();
    if (group.failed) throw group.error;
    return true;
  }

  enqueue(): void {
    const { group } = this;
    const first = this.forAll ? group.waitq : group.readyq;
    if (first !== null) join<GroupOp>(first, this);
    else if (this.forAll) group.waitq = alone<GroupOp>(this);
    else group.readyq = alone<GroupOp>(this);
  }

  dequeue(): void {
    const { group } = this;
    if (this.forAll) group.waitq = left<GroupOp>(group.waitq as GroupOp, this);
    else group.readyq = left<GroupOp>(group.readyq as GroupOp, this);
  }

  override failure(): unknown {
    return this.group.error;
  }
}

/**
 * Goroutines that work on one task. Their first error is thrown by `wait`, and cancels the group's context.
 *
 * @example
 * ```ts
 * const group = new Group(background());
 * group.setLimit(8);
 * for (const url of urls) group.go(fetchOne, group.ctx, url);
 * yield* group.wait();
 * ```
 *
 * Go: golang.org/x/sync/errgroup.Group.
 */
export class Group<C extends Context | undefined = Context | undefined> {
  /** Derived from the one that was given: cancelled with the first error, and when `wait` is done. Undefined when none was given. */
  readonly ctx: C extends undefined ? undefined : Context;
  /** @internal */
  failed = false;
  /** @internal */
  error: unknown = undefined;
  /** @internal */
  waitq: GroupOp | null = null;
  /** @internal */
  readyq: GroupOp | null = null;
  /** @internal */
  active = 0;
  /** @internal */
  limit: number = Number.POSITIVE_INFINITY;
  /** @internal */
  readonly queue: Ring<Go> = new Ring<Go>();
  /**
   * Learns of the end of each goroutine.
   *
   * @internal
   */
  readonly members: Waiter = { fire: (op) => this.ended(op.done === State.failed, op.value) };
  /** @internal */
  readonly cancel: Cancel | null;

  /**
   * @param ctx - the parent of the group's context
   * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) for what is no context
   */
  constructor(ctx?: C) {
    if (ctx === undefined) {
      this.ctx = undefined as never;
      this.cancel = null;
    } else {
      const [derived, cancel] = withCancel(ctx as Context);
      this.ctx = derived as never;
      this.cancel = cancel;
    }
  }

  /**
   * Starts a goroutine of the group; when the limit is reached, as soon as another one has ended. Never waits.
   *
   * The handle gives its result or its error; an error is the group's as well, and so never a panic.
   *
   * @throws NotAFunctionError (`GORT_NOT_A_FUNCTION`)
   */
  go<A extends unknown[], R>(fn: (...args: A) => Generator<Park, R, unknown>, ...args: A): Handle<R>;
  go<A extends unknown[], R>(fn: (...args: A) => PromiseLike<R>, ...args: A): Handle<R>;
  go<A extends unknown[], R>(
    fn: (...args: A) => R extends Generator<unknown, unknown, unknown> ? never : R,
    ...args: A
  ): Handle<R>;
  go(fn: (...args: never[]) => unknown, ...args: unknown[]): Handle<unknown> {
    return this.add(Group.prototype.go, fn, args);
  }

  /** Starts a goroutine of the group if the limit is not reached; false when it is. */
  tryGo<A extends unknown[], R>(fn: (...args: A) => Generator<Park, R, unknown>, ...args: A): boolean;
  tryGo<A extends unknown[], R>(fn: (...args: A) => PromiseLike<R>, ...args: A): boolean;
  tryGo<A extends unknown[], R>(
    fn: (...args: A) => R extends Generator<unknown, unknown, unknown> ? never : R,
    ...args: A
  ): boolean;
  tryGo(fn: (...args: never[]) => unknown, ...args: unknown[]): boolean {
    checkFunction("group.tryGo", fn);
    if (!this.hasPlace) return false;
    this.add(Group.prototype.tryGo, fn, args);
    return true;
  }

  /**
   * Sets how many goroutines of the group may run at once.
   *
   * @param n - an integer; negative or Infinity for no limit; zero lets none start
   * @throws GroupError (`GORT_GROUP`) "errgroup: modify limit while N goroutines in the group are still active"
   */
  setLimit(n: number): void {
    if (n !== Number.POSITIVE_INFINITY) checkAmount("setLimit", n, Number.NEGATIVE_INFINITY);
    if (this.active > 0) {
      throw new GroupError(
        `errgroup: modify limit while ${this.active} goroutines in the group are still active`,
      );
    }
    this.limit = n < 0 ? Number.POSITIVE_INFINITY : n;
    this.startQueued();
    this.letIn();
  }

  /** Waits until a start would not queue: so whoever makes work faster than it is done is held back. */
  ready(): Op<void> {
    return new GroupOp(this, false);
  }

  /** Waits until all goroutines of the group have ended, and cancels its context; throws the first error of one. */
  wait(): Op<void> {
    return new GroupOp(this, true);
  }

  /** @internal */
  get hasPlace(): boolean {
    return this.active < this.limit;
  }

  /** @internal */
  get isOver(): boolean {
    return this.active === 0 && this.queue.size === 0;
  }

  private add(below: (...args: never[]) => unknown, fn: (...args: never[]) => unknown, args: unknown[]): Go {
    const g = goHeld(below, fn, args);
    g.watch(this.members);
    if (this.hasPlace) this.start(g);
    else this.queue.push(g);
    return g;
  }

  private start(g: Go): void {
    this.active++;
    g.release();
  }

  /**
   * One has ended.
   *
   * @internal
   */
  ended(failed: boolean, error: unknown): void {
    if (failed && !this.failed) {
      this.failed = true;
      this.error = error;
      this.cancel?.(error);
    }
    this.active--;
    this.startQueued();
    this.letIn();
    if (!this.isOver || this.waitq === null) return;
    this.finish();
    while (this.waitq !== null) {
      const first: GroupOp = this.waitq;
      this.waitq = served(first);
      if (this.failed) fail(first as Operation<unknown>);
      else fulfil(first as Operation<unknown>);
    }
  }

  private startQueued(): void {
    while (this.hasPlace) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.start(next);
    }
  }

  /** All who wait for a place: whether each takes one is not known, and nobody must be forgotten. */
  private letIn(): void {
    while (this.readyq !== null && this.hasPlace) {
      const first = this.readyq;
      this.readyq = served(first);
      fulfil(first as Operation<unknown>);
    }
  }

  /** @internal */
  finish(): void {
    this.cancel?.(this.error);
  }

  get [Symbol.toStringTag](): string {
    return "Group";
  }
}
