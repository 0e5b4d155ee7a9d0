/**
 * Receiving: the operation, and the receiver that waits.
 *
 * One class for the three forms (the value; the value and whether there was one; into a range's cursor), so that a channel's queue holds
 * objects of one shape.
 */
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

/** What the result of a receive is. */
export const Form = {
  /** The value, or undefined at the channel's end. */
  value: 0,
  /** Go's `v, ok := <-ch`: a tuple. */
  valueOk: 1,
  /** The value goes into the cursor; the result is whether there was one. */
  cursor: 2,
} as const;

/** Where a range's value goes. */
export interface Holder<T> {
  value: T;
}

/** What a receive of `form` gives for `value`; `ok` is false at the channel's end. {@link RecvOp} has it for itself: it is hot. */
export function inForm<T>(form: number, holder: Holder<T>, value: T | undefined, ok: boolean): unknown {
  if (form === Form.value) return value;
  if (form === Form.valueOk) return [value, ok];
  holder.value = value as T;
  return ok;
}

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

export class RecvOp<T, R> extends Operation<R> implements Waiting<RecvOp<T, unknown>> {
  done: number;
  /** The result; until then, of a range, the cursor. */
  value: R;
  owner: Parkable | Waiter | null;
  readonly ch: Hchan<T>;
  before: RecvOp<T, unknown> | null;
  behind: RecvOp<T, unknown> | null;
  form: number;

  constructor(ch: Hchan<T>, form: number, holder: Holder<T> | undefined) {
    super();
    this.done = State.fresh;
    this.value = holder as R;
    this.owner = null;
    this.ch = ch;
    this.before = null;
    this.behind = null;
    this.form = form;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  override next(): IteratorResult<Park, R> {
    const ch = this.ch;
    if (this.done === State.fresh) {
      if (!ch.take(this as RecvOp<T, unknown>)) return this.park();
      this.done = State.finished;
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    ch.spareRecv = this as RecvOp<T, unknown>;
    return this as unknown as IteratorResult<Park, R>;
  }

  private park(): IteratorResult<Park, R> {
    const g = parking(WaitReason.chanReceive);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  poll(): boolean {
    return this.ch.take(this as RecvOp<T, unknown>);
  }

  enqueue(): void {
    const ch = this.ch;
    if (ch.recvq === null) ch.recvq = alone(this as RecvOp<T, unknown>);
    else join(ch.recvq, this as RecvOp<T, unknown>);
  }

  dequeue(): void {
    this.ch.recvq = left(this.ch.recvq as RecvOp<T, unknown>, this as RecvOp<T, unknown>);
  }

  override recycle(): Debts {
    this.ch.spareRecv = this as RecvOp<T, unknown>;
    return null;
  }

  override waitsOn(): Waited {
    return this.ch.waited();
  }

  /** The channel's answer; `ok` is false at the channel's end. */
  receive(value: T | undefined, ok: boolean): void {
    if (this.form === Form.value) {
      this.value = value as R;
    } else if (this.form === Form.valueOk) {
      this.value = [value, ok] as R;
    } else {
      (this.value as Holder<T>).value = value as T;
      this.value = ok as R;
    }
  }
}
