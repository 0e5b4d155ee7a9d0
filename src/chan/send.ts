/**
 * Sending: the operation, and the sender that waits.
 */
import { ChannelClosedError } from "../base/errors.ts";
import { finish, Operation, type Park, park, passed, State } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Hchan } from "./hchan.ts";
import type { Waiting } from "./waitq.ts";

export class SendOp<T> extends Operation<void> implements Waiting<SendOp<T>> {
  readonly ch: Hchan<T>;
  before: SendOp<T> | null = null;
  behind: SendOp<T> | null = null;

  constructor(ch: Hchan<T>, value: T) {
    super(value as undefined);
    this.ch = ch;
  }

  get reason(): WaitReason {
    return WaitReason.chanSend;
  }

  /** The same as Operation's, written again so that its calls stay monomorphic: this is the hot path. */
  override next(): IteratorResult<Park, void> {
    if (this.done === State.fulfilled) return passed(this);
    if (this.done !== State.fresh) return this.resumed();
    if (this.poll()) return finish(this);
    return park(this);
  }

  poll(): boolean {
    if (!this.ch.offer(this.value as T)) return false;
    this.value = undefined;
    return true;
  }

  enqueue(): void {
    this.ch.sendq.push(this);
  }

  dequeue(): void {
    this.ch.sendq.remove(this);
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
