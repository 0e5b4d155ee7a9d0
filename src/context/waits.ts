/**
 * Waiting for the end of a context: `ctx.done()`, and `ctx.wait(op)` for something else as well.
 *
 * Both stand in the context's own queue. `ctx.wait` is a select of two in which the context comes first, and costs one object instead of three.
 */
import type { Waiting } from "../base/waitq.ts";
import { type Choice, settleHere } from "../runtime/contest.ts";
import {
  BasicOperation,
  begin,
  conclude,
  type Debts,
  fulfil,
  isCurrent,
  Operation,
  overdue,
  PARKED,
  type Park,
  type Parkable,
  parking,
  probe,
  State,
  spend,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Ref } from "../shm/region.ts";
import type { CancelCtx } from "./cancel.ts";

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

/** What stands in a context's queue. */
export interface ContextWaiter extends Waiting<ContextWaiter> {
  /** It holds what could end the context from outside; false for one that only hands the end on. */
  readonly holds: boolean;
  /** The context is over, and has let go of this one. */
  over(): void;
}

export class Done extends BasicOperation<void> implements ContextWaiter {
  readonly node: CancelCtx;
  holds = true;
  before: ContextWaiter | null = null;
  behind: ContextWaiter | null = null;

  constructor(node: CancelCtx) {
    super();
    this.node = node;
  }

  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  /** Written again, so that a crowd that waits for one context has call sites of its own. */
  override next(): IteratorResult<Park, void> {
    if (this.done === State.fresh) {
      if (this.node.ending === null) return this.park();
      this.done = State.finished;
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    return this as unknown as IteratorResult<Park, void>;
  }

  private park(): IteratorResult<Park, void> {
    const g = parking(WaitReason.chanReceive);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  poll(): boolean {
    return this.node.ending !== null;
  }

  enqueue(): void {
    this.node.enter(this);
  }

  dequeue(): void {
    this.node.leave(this);
  }

  over(): void {
    fulfil(this as Operation<unknown>);
  }
}

/** The end of a context that never ends. */
export class Never extends BasicOperation<void> {
  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  poll(): boolean {
    return false;
  }

  enqueue(): void {}

  dequeue(): void {}
}

export class ContextWait<T> extends Operation<T> implements Waiter, ContextWaiter, Choice {
  done: number = State.fresh;
  value: T = undefined as T;
  owner: Parkable | Waiter | null = null;
  private readonly node: CancelCtx;
  private readonly arm: Operation<T>;
  /** The arm is waited for, and its wait is not over. */
  private begun = false;
  private isOver = false;
  /** It stands in the context's queue, and the arm in its own. */
  private stands = false;
  /** See contest.ts. */
  claimRef: Ref = 0;
  private debts: Debts = null;
  before: ContextWaiter | null = null;
  behind: ContextWaiter | null = null;

  constructor(node: CancelCtx, arm: Operation<T>) {
    super();
    this.node = node;
    this.arm = arm;
    if (probe.track !== null) probe.track(this as Operation<unknown>, [arm as Operation<unknown>]);
  }

  get reason(): WaitReason {
    return WaitReason.select;
  }

  get holds(): boolean {
    return true;
  }

  poll(): boolean {
    const { arm, node } = this;
    begin(arm as Operation<unknown>);
    arm.done = State.entered;
    this.begun = true;
    if (node.ending !== null) {
      this.end();
      throw node.ending.err;
    }
    try {
      if (!arm.poll()) return false;
    } catch (error) {
      this.end();
      throw error;
    }
    this.value = arm.value;
    this.end();
    return true;
  }

  enqueue(): void {
    this.node.enter(this as ContextWaiter);
    this.stands = true;
    this.arm.owner = this;
    this.arm.enqueue();
  }

  override cases(): readonly Operation<unknown>[] {
    return this.isOver ? [] : [this.arm as Operation<unknown>];
  }

  dequeue(): void {
    if (!this.stands) return;
    this.stands = false;
    this.node.leave(this as ContextWaiter);
    this.arm.dequeue();
  }

  override contest(): void {
    this.done = State.contested;
    this.contestCases();
  }

  contestCases(): void {
    this.arm.contest();
  }

  /** The context is over: the other is withdrawn. */
  over(): void {
    this.stands = false;
    this.arm.dequeue();
    if (this.claimRef !== 0 && !settleHere(this)) return;
    this.isOver = true;
    conclude(this as Operation<unknown>, false);
  }

  /** The other is complete. */
  fire(): void {
    const { arm } = this;
    const ok = arm.done === State.fulfilled;
    if (this.stands) this.node.leave(this as ContextWaiter);
    this.stands = false;
    // As a case that has lost, it may have seen the context end.
    this.isOver = false;
    if (this.claimRef !== 0 && !settleHere(this)) return;
    if (ok) this.value = arm.value;
    conclude(this as Operation<unknown>, ok);
  }

  override failure(): unknown {
    return this.isOver ? this.node.ending?.err : this.arm.failure();
  }

  override recycle(): Debts {
    if (this.begun) this.end();
    const { debts } = this;
    this.debts = null;
    return debts;
  }

  private end(): void {
    this.begun = false;
    this.arm.done = State.finished;
    this.debts = this.arm.recycle();
  }
}
