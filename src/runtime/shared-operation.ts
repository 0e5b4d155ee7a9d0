/**
 * What waits for something shared: an operation with a record in shared memory (shm/wait.ts).
 *
 *   poll      tries without a record
 *   enqueue   makes one, and asks the object under its lock: served at once, or in line
 *   served    somebody has served it, on this core or another one (then it comes by mail)
 *
 * A kind says what its object does in {@link SharedOperation.enter} and what came of it in {@link SharedOperation.land}.
 */

import type { Ref } from "../shm/region.ts";
import {
  beginWait,
  endWait,
  leaveLine,
  type Sharer,
  tellServed,
  WAIT,
  type WaitRecord,
} from "../shm/wait.ts";
import { type Choice, outermost, WON } from "./contest.ts";
import { type Debts, fail, fulfil, Operation, type Parkable, type Waiter } from "./operation.ts";

/** What {@link SharedOperation.enter} says. */
export const Entered = {
  /** It stands in line. (It may have been served already: then tellServed tells.) */
  waiting: 0,
  /** It is complete, with `value`. */
  fulfilled: 1,
  /** It has failed. */
  failed: 2,
  /** Its select has been decided meanwhile; nothing is done. */
  over: 3,
} as const;

/**
 * How often an operation that would have to wait looks again before it parks. Asked each time; 0: not at all. Set by the layer that knows whether this thread has nothing else to do and another core could end the wait
 * meanwhile.
 */
export const patience: { looks: () => number } = { looks: () => 0 };

export abstract class SharedOperation<T> extends Operation<T> implements Sharer {
  abstract override owner: Parkable | Waiter | null;
  /** While it waits, or has been tried and not entered. */
  abstract record: WaitRecord | null;
  /** One of Shared (shm/wait.ts). */
  abstract readonly object: number;

  /**
   * Asks the object: under its lock, again, whether it can be served, else puts `record` in line. `own` is a claim that others can see already and that must be held when it is served at once (nextInLine); 0: none.
   * Does not call {@link tellServed}.
   */
  protected abstract enter(record: WaitRecord, own: Ref): number;

  /** `record` has been served: takes the result out of it into `value`; false when it has failed. */
  protected abstract land(record: WaitRecord): boolean;

  /** It has not been served, and the record is given back: what lies in it is dropped. */
  protected drop(_record: WaitRecord): void {}

  enqueue(): void {
    this.record ??= beginWait(this, this.object);
    const { record } = this;
    const own = this.owner instanceof Operation ? this.contestAs(record) : 0;
    const outcome = this.enter(record, own);
    if (outcome === Entered.fulfilled || outcome === Entered.failed)
      this.complete(record, outcome === Entered.fulfilled);
    // Others, and perhaps itself.
    tellServed();
  }

  /** It is a case: its record has the claim of the whole. */
  private contestAs(record: WaitRecord): Ref {
    const choice = outermost(this as Operation<unknown>) as Choice;
    if (choice.claimRef === 0) {
      choice.claimRef = record.ownClaim;
      choice.contestCases();
    }
    record.words[record.at + WAIT.claim] = choice.claimRef;
    return choice.claimRef;
  }

  served(): void {
    const record = this.record as WaitRecord;
    const ok = this.land(record);
    this.complete(record, ok);
  }

  private complete(record: WaitRecord, ok: boolean): void {
    if (this.owner instanceof Operation) (outermost(this as Operation<unknown>) as Choice).claimRef = WON;
    else this.release(record);
    if (ok) fulfil(this as Operation<unknown>);
    else fail(this as Operation<unknown>);
  }

  dequeue(): void {
    if (this.record !== null) leaveLine(this.record);
  }

  override recycle(): Debts {
    const { record } = this;
    if (record !== null) {
      this.drop(record);
      this.release(record);
    }
    return null;
  }

  private release(record: WaitRecord): void {
    this.record = null;
    endWait(record);
  }
}
