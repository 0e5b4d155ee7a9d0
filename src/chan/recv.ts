/**
 * Receiving: the operations (a value; a value and whether there was one), and the receiver that waits.
 */
import { finish, Operation, type Park, park, passed, State } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Hchan } from "./hchan.ts";
import type { Waiting } from "./waitq.ts";

/** Gives the value, or undefined once the channel is closed and drained. */
export class RecvOp<T, R> extends Operation<R> implements Waiting<RecvOp<T, unknown>> {
  readonly ch: Hchan<T>;
  before: RecvOp<T, unknown> | null = null;
  behind: RecvOp<T, unknown> | null = null;

  constructor(ch: Hchan<T>) {
    super(undefined as R);
    this.ch = ch;
  }

  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  /** The same as Operation's, written again so that its calls stay monomorphic: this is the hot path. */
  override next(): IteratorResult<Park, R> {
    if (this.done === State.fulfilled) return passed(this);
    if (this.done !== State.fresh) return this.resumed();
    if (this.poll()) return finish(this);
    return park(this);
  }

  poll(): boolean {
    return this.ch.take(this as RecvOp<T, unknown>);
  }

  enqueue(): void {
    this.ch.recvq.push(this as RecvOp<T, unknown>);
  }

  dequeue(): void {
    this.ch.recvq.remove(this as RecvOp<T, unknown>);
  }

  /** The channel's answer; `ok` is false at the channel's end. */
  receive(value: T | undefined, _ok: boolean): void {
    this.value = value as R;
  }
}

/** Gives Go's `v, ok := <-ch`. */
export class RecvOkOp<T> extends RecvOp<T, [value: T, ok: true] | [value: undefined, ok: false]> {
  override receive(value: T | undefined, ok: boolean): void {
    this.value = [value, ok] as [T, true] | [undefined, false];
  }
}
