/**
 * Channels that something else than a send feeds: a timer's ticks, the process's signals.
 *
 * Whoever waits is served first come, first served; the channel is never closed. The source itself is only watched while somebody waits: a timer that
 * nobody waits for is in no heap, and asks the clock when a receiver comes.
 *
 * Invariants:
 *   I1  watch() has been called, and unwatch() not since, exactly while recvq is not empty.
 *   I2  while recvq is not empty nothing is there to be taken.
 *
 * Go: runtime/time.go, the channel timers of Go 1.23 (maybeRunChan, blockTimerChan). Learned from crossbeam's flavors.
 */
import { alone, join, left, served, type Waiting } from "../../base/waitq.ts";
import { win } from "../../runtime/contest.ts";
import {
  fulfil,
  Operation,
  type Parkable,
  probe,
  State,
  type Waited,
  type Waiter,
} from "../../runtime/operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";
import { Receivable } from "../receivable.ts";
import { type Holder, inForm } from "../recv.ts";
import type { Received } from "../types.ts";

/** There is nothing to take. */
export const NOTHING: unique symbol = Symbol("nothing");

export abstract class SourceChan<T> extends Receivable<T> {
  /** The receiver that has waited longest. */
  private recvq: SourceRecv<T, unknown> | null = null;

  get length(): number {
    return 0;
  }

  get capacity(): number {
    return 0;
  }

  get closed(): boolean {
    return false;
  }

  /** Whether somebody waits. */
  get isWatched(): boolean {
    return this.recvq !== null;
  }

  /** Takes what is there, or {@link NOTHING}. */
  abstract take(): T | typeof NOTHING;

  /** The first receiver waits: the source calls deliver() when there is something. */
  protected abstract watch(): void;

  /** No receiver waits any more. */
  protected abstract unwatch(): void;

  receiving(form: number, holder: Holder<T> | undefined): Operation<unknown> {
    return new SourceRecv<T, unknown>(this, form, holder);
  }

  tryRecv(): Received<T> | undefined {
    const value = this.take();
    return value === NOTHING ? undefined : [value, true];
  }

  /** Whether somebody waits whom another core has not decided meanwhile (contest.ts): {@link deliver} must follow then. */
  get canDeliver(): boolean {
    for (let first = this.recvq; first !== null; first = this.recvq) {
      if (first.done !== State.contested || win(first as Operation<unknown>)) return true;
    }
    return false;
  }

  /** Gives `value` to the receiver that has waited longest; there is one ({@link canDeliver}). */
  deliver(value: T): void {
    const first = this.recvq as SourceRecv<T, unknown>;
    this.recvq = served(first);
    if (this.recvq === null) this.unwatch();
    first.receive(value);
    fulfil(first as Operation<unknown>);
  }

  /** What an operation that waits at it says (Operation.waitsOn). */
  waited(): Waited {
    const { recvq } = this;
    return { kind: "chan", thing: this, recvq, sendq: null };
  }

  enter(op: SourceRecv<T, unknown>): void {
    if (this.recvq !== null) {
      join(this.recvq, op);
      return;
    }
    this.recvq = alone(op);
    this.watch();
  }

  leave(op: SourceRecv<T, unknown>): void {
    this.recvq = left(this.recvq as SourceRecv<T, unknown>, op);
    if (this.recvq === null) this.unwatch();
  }
}

class SourceRecv<T, R> extends Operation<R> implements Waiting<SourceRecv<T, unknown>> {
  done: number = State.fresh;
  /** The result; until then, of a range, the cursor. */
  value: R;
  owner: Parkable | Waiter | null = null;
  private readonly ch: SourceChan<T>;
  before: SourceRecv<T, unknown> | null = null;
  behind: SourceRecv<T, unknown> | null = null;
  private readonly form: number;

  constructor(ch: SourceChan<T>, form: number, holder: Holder<T> | undefined) {
    super();
    this.value = holder as R;
    this.ch = ch;
    this.form = form;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  poll(): boolean {
    const value = this.ch.take();
    if (value === NOTHING) return false;
    this.receive(value);
    return true;
  }

  enqueue(): void {
    this.ch.enter(this as SourceRecv<T, unknown>);
  }

  override waitsOn(): Waited {
    return this.ch.waited();
  }

  dequeue(): void {
    this.ch.leave(this as SourceRecv<T, unknown>);
  }

  receive(value: T): void {
    this.value = inForm(this.form, this.value as Holder<T>, value, true) as R;
  }
}
