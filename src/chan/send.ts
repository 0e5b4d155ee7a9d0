/**
 * Sending: the operation, and the sender that waits.
 */
import { ChannelClosedError } from "../base/errors.ts";
import {
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
import type { Hchan } from "./hchan.ts";
import { joined, left, type Waiting } from "./waitq.ts";

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
      if (spend() && overdue(this)) return parked;
      this.done = State.finished; // Also if the channel is closed.
      if (!ch.offer(this.value as T)) return this.park();
      this.value = undefined;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    ch.spareSend = this;
    return this as unknown as IteratorResult<Park, void>;
  }

  private park(): IteratorResult<Park, void> {
    this.done = State.fresh;
    this.owner = parking(WaitReason.chanSend);
    this.done = State.parked;
    this.enqueue();
    return parked;
  }

  poll(): boolean {
    if (!this.ch.offer(this.value as T)) return false;
    this.value = undefined;
    return true;
  }

  enqueue(): void {
    this.ch.sendq = joined(this.ch.sendq, this);
  }

  dequeue(): void {
    this.ch.sendq = left(this.ch.sendq as SendOp<T>, this);
  }

  override recycle(): void {
    this.value = undefined; // A case that lost still has it.
    this.ch.spareSend = this;
  }

  /** The value leaves the operation. */
  take(): T {
    const value = this.value as T;
    this.value = undefined;
    return value;
  }

  override failure(): Error {
    return new ChannelClosedError("send on closed channel");
  }
}
