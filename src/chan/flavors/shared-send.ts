/**
 * Sending into a shared channel.
 */
import {
  isCurrent,
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
} from "../../runtime/operation.ts";
import { Entered, patience, SharedOperation } from "../../runtime/shared-operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";
import { pause } from "../../shm/atomic.ts";
import type { Ref } from "../../shm/region.ts";
import { copyMessage, parcel } from "../../shm/shared-message.ts";
import { Outcome } from "../../shm/shared-ring.ts";
import { beginWait, Shared, WAIT, type WaitRecord } from "../../shm/wait.ts";
import { sendOnClosed } from "../send.ts";
import type { SharedChannel } from "./shared.ts";
import { discardParcel, unwrapFrom, wrap } from "./shared-parcel.ts";

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

export class SharedSend extends SharedOperation<void> {
  done: number;
  /** The value to send, until it has been encoded. */
  value: undefined;
  owner: Parkable | Waiter | null;
  /** It could not be sent at once: its message lies there. */
  record: WaitRecord | null;
  private readonly ch: SharedChannel<unknown>;

  constructor(ch: SharedChannel<unknown>, value: unknown) {
    super();
    this.done = State.fresh;
    this.value = value as undefined;
    this.owner = null;
    this.record = null;
    this.ch = ch;
    if (probe.track !== null) probe.track(this);
  }

  get object(): number {
    return Shared.channel;
  }

  override waitsOn(): Waited {
    return this.ch.waited();
  }

  get reason(): WaitReason {
    return WaitReason.chanSend;
  }

  override next(): IteratorResult<Park, void> {
    if (this.done === State.fresh) {
      this.done = State.finished; // Also if poll throws.
      if (!this.poll() && !this.lookAgain()) return this.park();
      if (spend() && overdue(this)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    this.ch.spareSend = this;
    return this as unknown as IteratorResult<Park, void>;
  }

  private lookAgain(): boolean {
    const { queue } = this.ch;
    for (let looks = patience.looks(); looks > 0; looks--) {
      if (queue.canSend) return this.sendAgain();
      pause();
    }
    return false;
  }

  /** As poll(), with the message that is encoded already. */
  private sendAgain(): boolean {
    const record = this.record as WaitRecord;
    const message = record.at + WAIT.message;
    copyMessage(record.words, message, parcel, 0);
    const outcome = this.ch.queue.send(parcel, 0);
    if (outcome === Outcome.blocked) return false;
    if (outcome === Outcome.done) record.words[message] = 0;
    this.recycle();
    if (outcome === Outcome.closed) throw sendOnClosed();
    return true;
  }

  private park(): IteratorResult<Park, void> {
    const g = parking(WaitReason.chanSend);
    if (g === null) {
      this.recycle();
    } else {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  poll(): boolean {
    const { queue } = this.ch;
    wrap(this.value);
    this.value = undefined;
    const outcome = queue.send(parcel, 0);
    if (outcome === Outcome.done) return true;
    if (outcome === Outcome.closed) {
      discardParcel();
      throw sendOnClosed();
    }
    // Encoded once, and kept for the wait.
    const record = beginWait(this, Shared.channel);
    this.record = record;
    copyMessage(parcel, 0, record.words, record.at + WAIT.message);
    return false;
  }

  protected enter(record: WaitRecord, own: Ref): number {
    const outcome = this.ch.queue.enterSend(record, own);
    if (outcome === Outcome.blocked) return Entered.waiting;
    if (outcome === Outcome.over) return Entered.over;
    if (outcome === Outcome.closed) {
      this.drop(record);
      return Entered.failed;
    }
    record.words[record.at + WAIT.message] = 0;
    return Entered.fulfilled;
  }

  protected land(record: WaitRecord): boolean {
    if (record.outcome === Outcome.done) return true;
    this.drop(record);
    return false;
  }

  protected override drop({ words, at, ref }: WaitRecord): void {
    if (words[at + WAIT.message] !== 0) {
      unwrapFrom(ref, WAIT.message);
      words[at + WAIT.message] = 0;
    }
  }

  override failure(): Error {
    return sendOnClosed();
  }
}
