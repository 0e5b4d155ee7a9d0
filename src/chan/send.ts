/**
 * Sending: the operation, and the sender that waits.
 */
import { ChannelClosedError } from "../base/errors.ts";
import { alone, join, left, type Waiting } from "../base/waitq.ts";
import {
  type Debts,
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
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Hchan } from "./hchan.ts";

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

export class SendOp<T> extends Operation<void> implements Waiting<SendOp<T>> {
  done: number;
  /** The value to send, until it has left. */
  value: undefined;
  owner: Parkable | Waiter | null;
  readonly ch: Hchan<T>;
  before: SendOp<T> | null;
  behind: SendOp<T> | null;

  constructor(ch: Hchan<T>, value: T) {
    super();
    this.done = State.fresh;
    this.value = value as undefined;
    this.owner = null;
    this.ch = ch;
    this.before = null;
    this.behind = null;
    if (probe.track !== null) probe.track(this);
  }

  get reason(): WaitReason {
    return WaitReason.chanSend;
  }

  override next(): IteratorResult<Park, void> {
    const ch = this.ch;
    if (this.done === State.fresh) {
      if (ch.isClosed) this.refuse();
      if (!ch.offer(this.value as T)) return this.park();
      this.value = undefined;
      this.done = State.finished;
      if (spend() && overdue(this)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    ch.spareSend = this;
    return this as unknown as IteratorResult<Park, void>;
  }

  private park(): IteratorResult<Park, void> {
    const g = parking(WaitReason.chanSend);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  /** It has been waited for, and that failed at once. */
  private refuse(): never {
    this.done = State.finished;
    throw sendOnClosed();
  }

  poll(): boolean {
    if (this.ch.isClosed) this.refuse();
    if (!this.ch.offer(this.value as T)) return false;
    this.value = undefined;
    return true;
  }

  enqueue(): void {
    const ch = this.ch;
    if (ch.sendq === null) ch.sendq = alone<SendOp<T>>(this);
    else join<SendOp<T>>(ch.sendq, this);
  }

  dequeue(): void {
    this.ch.sendq = left(this.ch.sendq as SendOp<T>, this);
  }

  override recycle(): Debts {
    this.value = undefined; // A case that lost still has it.
    this.ch.spareSend = this;
    return null;
  }

  override waitsOn(): Waited {
    return this.ch.waited();
  }

  /** The value leaves the operation. */
  take(): T {
    const value = this.value as T;
    this.value = undefined;
    return value;
  }

  override failure(): Error {
    return sendOnClosed();
  }
}

export function sendOnClosed(): ChannelClosedError {
  return new ChannelClosedError("send on closed channel");
}
