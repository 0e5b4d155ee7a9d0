/**
 * Receiving from a shared channel.
 */
import {
  isCurrent,
  type Operation,
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
import { Outcome } from "../../shm/shared-ring.ts";
import { Shared, WAIT, type WaitRecord } from "../../shm/wait.ts";
import { type Holder, inForm } from "../recv.ts";
import type { SharedChannel } from "./shared.ts";
import { unwrap, unwrapFrom } from "./shared-parcel.ts";

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

export class SharedRecv extends SharedOperation<unknown> {
  done: number;
  /** The result; until then, of a range, the cursor. */
  value: unknown;
  owner: Parkable | Waiter | null;
  record: WaitRecord | null;
  private readonly ch: SharedChannel<unknown>;
  form: number;

  constructor(ch: SharedChannel<unknown>, form: number, holder: Holder<unknown> | undefined) {
    super();
    this.done = State.fresh;
    this.value = holder;
    this.owner = null;
    this.record = null;
    this.ch = ch;
    this.form = form;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get object(): number {
    return Shared.channel;
  }

  override waitsOn(): Waited {
    return this.ch.waited();
  }

  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  override next(): IteratorResult<Park, unknown> {
    if (this.done === State.fresh) {
      this.done = State.finished;
      if (!this.poll() && !this.lookAgain()) return this.park();
      if (spend() && overdue(this)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    this.ch.spareRecv = this;
    return this as unknown as IteratorResult<Park, unknown>;
  }

  private lookAgain(): boolean {
    const { queue } = this.ch;
    // Unbuffered, somebody has to stand in line for the other to find: the receiver. Two that look both look in vain.
    if (queue.capacity === 0) return false;
    for (let looks = patience.looks(); looks > 0; looks--) {
      if (queue.canReceive && this.poll()) return true;
      pause();
    }
    return false;
  }

  private park(): IteratorResult<Park, unknown> {
    const g = parking(WaitReason.chanReceive);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  poll(): boolean {
    const outcome = this.ch.queue.receive();
    if (outcome === Outcome.blocked) return false;
    this.receive(outcome);
    return true;
  }

  protected enter(record: WaitRecord, own: Ref): number {
    const outcome = this.ch.queue.enterReceive(record, own);
    if (outcome === Outcome.blocked) return Entered.waiting;
    if (outcome === Outcome.over) return Entered.over;
    this.receive(outcome);
    return Entered.fulfilled;
  }

  protected land(record: WaitRecord): boolean {
    const ok = record.outcome === Outcome.done;
    this.value = inForm(
      this.form,
      this.value as Holder<unknown>,
      ok ? unwrapFrom(record.ref, WAIT.message) : undefined,
      ok,
    );
    return true;
  }

  private receive(outcome: number): void {
    const ok = outcome === Outcome.done;
    this.value = inForm(this.form, this.value as Holder<unknown>, ok ? unwrap() : undefined, ok);
  }
}
