/**
 * Channels of one thread.
 *
 * Invariants (checked by test/chan/invariants.test.ts):
 *   I1  sendq or recvq is empty, unless one select waits on both sides.
 *   I2  count > 0 implies recvq is empty.
 *   I3  count < capacity implies sendq is empty.
 *   I4  closed is set once and never cleared.
 *   I5  closed implies that both queues are empty.
 *
 * The cases stand in Go's order: closed, waiting partner, room in the buffer, wait. A value goes from hand to hand where a partner
 * waits: a sender that is woken has been served already.
 *
 * Go: runtime/chan.go (hchan, chansend, chanrecv, closechan). Differs: no lock (one thread), so the fast path is the only
 * path; the buffer grows up to its capacity instead of being made whole.
 * Why operations and not promises: docs/design/operations.md.
 */
import { ChannelClosedError, ChannelSizeError, describe } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { served } from "../base/waitq.ts";
import { win } from "../runtime/contest.ts";
import {
  fail,
  type Operation,
  type Parkable,
  REUSE,
  ready,
  State,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { Receivable } from "./receivable.ts";
import { Form, type Holder, RecvOp } from "./recv.ts";
import { SendOp, sendOnClosed } from "./send.ts";
import type { Chan, Received } from "./types.ts";

const FIRST_BUFFER = 16;
// A constant of this module, which V8 folds into inlined code.
const reuse = REUSE;

export class Hchan<T> extends Receivable<T> implements Chan<T> {
  readonly capacity: number;
  /** Null when the channel is unbuffered. */
  readonly buffer: Ring<T> | null;
  /** The receiver that has waited longest: Go's recvq. */
  recvq: RecvOp<T, unknown> | null = null;
  /** The sender that has waited longest: Go's sendq. */
  sendq: SendOp<T> | null = null;
  isClosed = false;
  /** Operations that have been waited for with yield* and can be made anew (docs/design/operations.md). */
  spareSend: SendOp<T> | null = null;
  spareRecv: RecvOp<T, unknown> | null = null;

  constructor(capacity: number) {
    super();
    this.capacity = capacity;
    this.buffer = capacity === 0 ? null : new Ring(Math.min(capacity, FIRST_BUFFER));
  }

  get length(): number {
    return this.buffer === null ? 0 : this.buffer.size;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  send(value: T): SendOp<T> {
    const spare = this.spareSend;
    if (spare === null || !reuse) return new SendOp(this, value);
    this.spareSend = null;
    spare.done = State.fresh;
    spare.value = value as undefined;
    return spare;
  }

  // Written again for themselves, so that each has call sites of its own.

  override recv(): RecvOp<T, T | undefined> {
    return this.receiving(Form.value, undefined) as RecvOp<T, T | undefined>;
  }

  override recvOk(): RecvOp<T, Received<T>> {
    return this.receiving(Form.valueOk, undefined) as RecvOp<T, Received<T>>;
  }

  receiving(form: number, holder: Holder<T> | undefined): RecvOp<T, unknown> {
    const spare = this.spareRecv;
    if (spare === null || !reuse) return new RecvOp(this, form, holder);
    this.spareRecv = null;
    spare.done = State.fresh;
    spare.value = holder;
    spare.form = form;
    return spare;
  }

  trySend(value: T): boolean {
    if (this.isClosed) throw sendOnClosed();
    return this.offer(value);
  }

  tryRecv(): Received<T> | undefined {
    const op = this.recvOk();
    op.done = State.finished;
    op.recycle();
    return this.take(op as RecvOp<T, unknown>) ? op.value : undefined;
  }

  // In the two below, who is alone in a queue is taken out by storing the constant null, which needs no write barrier.

  /** Hands `value` to a waiting receiver or to the buffer; false when the sender would have to wait. The channel is open. */
  offer(value: T): boolean {
    let receiver = this.recvq;
    if (receiver !== null && receiver.done === State.contested) receiver = this.firstReceiver();
    if (receiver !== null) {
      if (receiver.behind === null) this.recvq = null;
      else this.recvq = served(receiver);
      receiver.receive(value, true);
      wakeReceiver(receiver);
      return true;
    }
    const buffer = this.buffer;
    if (buffer === null || buffer.size === this.capacity) return false;
    buffer.push(value);
    return true;
  }

  /** Gives `op` the oldest value, or the end of the channel; false when the receiver would have to wait. */
  take(op: RecvOp<T, unknown>): boolean {
    const buffer = this.buffer;
    if (buffer !== null && buffer.size > 0) {
      op.receive(buffer.shift() as T, true);
      let sender = this.sendq;
      if (sender !== null && sender.done === State.contested) sender = this.firstSender();
      if (sender !== null) {
        // The buffer was full: the sender that has waited longest gets the place.
        if (sender.behind === null) this.sendq = null;
        else this.sendq = served(sender);
        buffer.push(sender.take());
        wakeSender(sender);
      }
      return true;
    }
    let sender = this.sendq;
    if (sender !== null && sender.done === State.contested) sender = this.firstSender();
    if (sender !== null) {
      if (sender.behind === null) this.sendq = null;
      else this.sendq = served(sender);
      op.receive(sender.take(), true);
      wakeSender(sender);
      return true;
    }
    if (!this.isClosed) return false;
    op.receive(undefined, false);
    return true;
  }

  /** The first of the queue that no other core has decided (contest.ts); it may be served. */
  private firstReceiver(): RecvOp<T, unknown> | null {
    let first = this.recvq;
    while (first !== null && first.done === State.contested && !win(first as Operation<unknown>))
      first = this.recvq;
    return first;
  }

  private firstSender(): SendOp<T> | null {
    let first = this.sendq;
    while (first !== null && first.done === State.contested && !win(first as Operation<unknown>))
      first = this.sendq;
    return first;
  }

  /** What an operation that waits at it says (Operation.waitsOn). */
  waited(): Waited {
    const { length, capacity, recvq, sendq } = this;
    return { kind: "chan", thing: this, len: length, cap: capacity, recvq, sendq };
  }

  close(): void {
    if (this.isClosed) throw new ChannelClosedError("close of closed channel");
    this.isClosed = true;
    for (let receiver = this.recvq; receiver !== null; receiver = this.recvq) {
      this.recvq = served(receiver);
      receiver.receive(undefined, false);
      wakeReceiver(receiver);
    }
    for (let sender = this.sendq; sender !== null; sender = this.sendq) {
      this.sendq = served(sender);
      fail(sender as Operation<unknown>);
    }
  }
}

// fulfil(), written for each side: only one shape of operation comes by each.

function wakeReceiver<T>(op: RecvOp<T, unknown>): void {
  const isParked = op.done === State.parked;
  op.done = State.fulfilled;
  if (isParked) ready(op.owner as Parkable);
  else (op.owner as Waiter).fire(op as Operation<unknown>);
}

function wakeSender<T>(op: SendOp<T>): void {
  const isParked = op.done === State.parked;
  op.done = State.fulfilled;
  if (isParked) ready(op.owner as Parkable);
  else (op.owner as Waiter).fire(op as Operation<unknown>);
}

/**
 * Makes a channel: unbuffered (a send waits for its receive) or with room for `capacity` values.
 *
 * Waiters are served first come, first served. Every value can be sent, `undefined` and `null` too.
 *
 * @param capacity - how many values may wait in the channel; an integer ≥ 0
 * @throws ChannelSizeError (a `RangeError`, `GORT_CHANNEL_SIZE`) "makechan: size out of range"
 * @example
 * ```ts
 * const results = chan<string>(10);
 * ```
 *
 * Go: make(chan T, capacity).
 */
export function chan<T>(capacity = 0): Chan<T> {
  if (!Number.isSafeInteger(capacity) || capacity < 0) {
    const error = new ChannelSizeError("makechan: size out of range");
    error.cause = `a capacity is an integer of at least 0, got ${describe(capacity)}`;
    throw error;
  }
  return new Hchan<T>(capacity + 0); // -0 becomes 0
}
