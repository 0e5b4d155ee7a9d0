/**
 * Channels that all cores share.
 *
 * The same interface and the same meaning as a channel of one thread; a value is always copied, on one core too. The channel itself is in shared memory (shm/shared-queue.ts); this is what stands for it on one thread.
 *
 * A channel that no thread can reach any more, and no message holds, is freed (shm/shared-object.ts).
 *
 * Go: runtime/chan.go. Differs: two channels with the same name in two goroutines are two objects for one channel when those run on two cores, and one and the same on one core.
 * How nothing is lost: docs/design/shared-channels.md.
 */

import { ChannelClosedError, ChannelSizeError, describe } from "../../base/errors.ts";
import { showAs } from "../../base/shown.ts";
import { registerHandle } from "../../portable/codec.ts";
import type { ParametersIf, Sendable, SharedReference } from "../../portable/sendable.ts";
import { type Op, type Operation, REUSE, State, type Waited } from "../../runtime/operation.ts";
import type { Ref } from "../../shm/region.ts";
import { parcel } from "../../shm/shared-message.ts";
import {
  beginObject,
  disposers,
  dropReference,
  keepObject,
  receiveReference,
  sendReference,
} from "../../shm/shared-object.ts";
import { lost, SharedQueue } from "../../shm/shared-queue.ts";
import { Outcome } from "../../shm/shared-ring.ts";
import { Shared } from "../../shm/wait.ts";
import { Receivable } from "../receivable.ts";
import { Form, type Holder } from "../recv.ts";
import { sendOnClosed } from "../send.ts";
import type { Chan, Received } from "../types.ts";
import { discardParcel, unwrap, unwrapAndDrop, wrap } from "./shared-parcel.ts";
import { SharedRecv } from "./shared-recv.ts";
import { SharedSend } from "./shared-send.ts";

// A constant of this module, which V8 folds into inlined code.
const reuse = REUSE;

/** The tag of a shared channel in a message. */
const TAG = 1;

/** A channel that can be sent to other cores. */
export interface SharedChan<T> extends Chan<T>, SharedReference {}

export class SharedChannel<T> extends Receivable<T> implements Chan<T> {
  /** @internal */
  readonly queue: SharedQueue;

  /** Operations that have been waited for with yield* and can be made anew (docs/design/operations.md). */
  spareSend: SharedSend | null = null;
  spareRecv: SharedRecv | null = null;

  constructor(ref: Ref) {
    super();
    this.queue = new SharedQueue(ref);
  }

  get capacity(): number {
    return this.queue.capacity;
  }

  get length(): number {
    return this.queue.length;
  }

  get closed(): boolean {
    return this.queue.closed;
  }

  send(value: T): Op<void> {
    const spare = this.spareSend;
    if (spare === null || !reuse)
      return new SharedSend(this as SharedChannel<unknown>, value) as Operation<void>;
    this.spareSend = null;
    spare.done = State.fresh;
    spare.value = value as undefined;
    return spare as Operation<void>;
  }

  receiving(form: number, holder: Holder<T> | undefined): Operation<unknown> {
    const spare = this.spareRecv;
    if (spare === null || !reuse) return new SharedRecv(this as SharedChannel<unknown>, form, holder);
    this.spareRecv = null;
    spare.done = State.fresh;
    spare.value = holder;
    spare.form = form;
    return spare;
  }

  override recv(): Op<T | undefined> {
    return this.receiving(Form.value, undefined) as Operation<T | undefined>;
  }

  trySend(value: T): boolean {
    const { queue } = this;
    if (queue.closed) throw sendOnClosed();
    wrap(value);
    const outcome = queue.send(parcel, 0);
    if (outcome === Outcome.done) return true;
    discardParcel();
    if (outcome === Outcome.closed) throw sendOnClosed();
    return false;
  }

  tryRecv(): Received<T> | undefined {
    const outcome = this.queue.receive();
    if (outcome === Outcome.blocked) return undefined;
    return outcome === Outcome.done ? [unwrap() as T, true] : [undefined, false];
  }

  /** What an operation that waits at it says (Operation.waitsOn). */
  waited(): Waited {
    const { length, capacity } = this;
    return { kind: "chan", thing: this.queue.ref, len: length, cap: capacity };
  }

  close(): void {
    if (!this.queue.close()) throw new ChannelClosedError("close of closed channel");
  }
}

lost.message = unwrapAndDrop;

disposers[Shared.channel] = (ref) => {
  const queue = new SharedQueue(ref);
  // What nobody has received may hold references itself.
  while (queue.capacity > 0 && queue.take(parcel, 0) === Outcome.done) unwrapAndDrop();
  queue.dispose();
};

registerHandle<SharedChannel<unknown>>(TAG, {
  is: (value) => value instanceof SharedChannel,
  encode: ({ queue }, out) => {
    sendReference(queue.ref);
    out.word(queue.ref);
  },
  decode: (from) => receiveReference(from.word(), (ref) => new SharedChannel<unknown>(ref)),
  undo: ({ queue }) => dropReference(queue.ref),
});

showAs(
  SharedChannel.prototype,
  ({ length, capacity, closed }) =>
    `SharedChan { length: ${length}, capacity: ${capacity}, closed: ${closed} }`,
);

/**
 * Makes a channel that goroutines on all cores can use: unbuffered (a send waits for its receive) or with room for `capacity` values.
 *
 * The same interface as {@link chan}. Values are copied: a send throws NotSendableError, where it is waited for, for what cannot be. Waiters of all cores are served first come, first served; the values of one
 * sender arrive in their order. A select mixes shared channels, local ones and any other operation. The channel itself can be sent: through a shared channel, or as an argument of a portable goroutine.
 *
 * @param capacity - how many values may wait in the channel; an integer ≥ 0
 * @throws ChannelSizeError (a `RangeError`, `GORT_CHANNEL_SIZE`) "makechan: size out of range"
 * @example
 * ```ts
 * const results = sharedChan<number>(100);
 * for (const part of parts) go(count, part, results);
 * ```
 *
 * Go: make(chan T, capacity).
 */
export function sharedChan<T extends Sendable>(capacity?: number): SharedChan<T>;
/** As above, for types that are checked part by part: an interface, say. */
export function sharedChan<T>(...args: ParametersIf<T, [capacity?: number]>): SharedChan<T>;
export function sharedChan<T>(capacity = 0): SharedChan<T> {
  if (!Number.isSafeInteger(capacity) || capacity < 0 || capacity > SharedQueue.most) {
    const error = new ChannelSizeError("makechan: size out of range");
    error.cause = `the capacity of a shared channel is an integer from 0 to ${SharedQueue.most}, got ${describe(capacity)}`;
    throw error;
  }
  const ref = SharedQueue.make(capacity + 0);
  beginObject(ref, Shared.channel);
  const made = new SharedChannel<T>(ref);
  keepObject(ref, made);
  return made as Chan<T> as SharedChan<T>;
}
