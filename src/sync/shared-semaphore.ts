/**
 * SharedSemaphore: a weighted one for the goroutines of all cores, first come, first served.
 *
 * How much is held, and by which core, is in shared memory (shm/shared-permits.ts). Which goroutine has how much each core knows of its own (hold.ts): it decides what a guard still gives back.
 *
 * Go: golang.org/x/sync/semaphore. Differs as Semaphore does; and what a core that dies holds is given back.
 */

import { checkAmount, SemaphoreError } from "../base/errors.ts";
import { showAs } from "../base/shown.ts";
import type { SharedReference } from "../portable/sendable.ts";
import { currentId } from "../runtime/kernel.ts";
import {
  type Debts,
  type Op,
  type Operation,
  type Parkable,
  probe,
  State,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { Entered, SharedOperation } from "../runtime/shared-operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Ref } from "../shm/region.ts";
import { disposers } from "../shm/shared-object.ts";
import { Entry, SharedPermits } from "../shm/shared-permits.ts";
import { Shared, tellServed, type WaitRecord } from "../shm/wait.ts";
import { Holdings } from "./hold.ts";
import type { Guard } from "./lock.ts";
import { headerFor, registerShared } from "./shared-arrival.ts";

/** The tag of one in a message. */
const TAG = 4;

class SharedAcquireOp extends SharedOperation<Guard> {
  done: number = State.fresh;
  value: Guard = undefined as never;
  owner: Parkable | Waiter | null = null;
  record: WaitRecord | null = null;
  private readonly semaphore: SharedSemaphore;
  private readonly weight: number;
  private goid = 0;
  /** It has joined the line, and has not been served. */
  private stands = false;

  constructor(semaphore: SharedSemaphore, weight: number) {
    super();
    this.semaphore = semaphore;
    this.weight = weight;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get object(): number {
    return Shared.semaphore;
  }

  override waitsOn(): Waited {
    return { kind: "semaphore", thing: this.semaphore.inner.ref, cap: this.semaphore.inner.size };
  }

  get reason(): WaitReason {
    return WaitReason.semacquire;
  }

  poll(): boolean {
    this.goid = currentId();
    if (!this.semaphore.inner.take(this.weight)) return false;
    this.value = this.semaphore.taken(this.weight, this.goid);
    return true;
  }

  protected enter(record: WaitRecord, own: Ref): number {
    const { inner } = this.semaphore;
    // One that can never fit blocks nobody else.
    if (this.weight > inner.size) return Entered.waiting;
    const outcome = inner.enter(record, own, this.weight);
    if (outcome === Entry.lost) return Entered.over;
    this.stands = outcome === Entry.waiting;
    if (this.stands) return Entered.waiting;
    this.value = this.semaphore.taken(this.weight, this.goid);
    return Entered.fulfilled;
  }

  protected land(): boolean {
    this.stands = false;
    this.value = this.semaphore.taken(this.weight, this.goid);
    return true;
  }

  override recycle(): Debts {
    super.recycle();
    // It has lost, and may have been the large one at the front that held the others up.
    if (this.stands) this.semaphore.inner.settle();
    return null;
  }
}

/**
 * A weighted semaphore for goroutines on all cores: at most `size` is held at a time.
 *
 * It can be sent: through a shared channel, or as an argument of a portable goroutine. Waiters of all cores stand in one line, first come, first served. What a core holds when it dies
 * (ProcessorLostError) is given back.
 *
 * @example
 * ```ts
 * const query = portable(function* query(connections: SharedSemaphore, text: string): Goroutine<Row[]> {
 *   const slot = yield* connections.acquire();
 *   try {
 *     return yield* ask(text);
 *   } finally {
 *     slot[Symbol.dispose]();
 *   }
 * });
 * ```
 *
 * Go: golang.org/x/sync/semaphore.Weighted.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the mark is a type, and need not be there at run time.
export class SharedSemaphore {
  /** @internal */
  readonly inner: SharedPermits;
  private readonly shares: Holdings = new Holdings();

  /**
   * @param n - how much can be held at a time; an integer ≥ 0
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`)
   */
  constructor(n: number) {
    checkAmount("new SharedSemaphore", n, 0);
    this.inner = new SharedPermits(headerFor(this, Shared.semaphore, () => SharedPermits.make(n)));
  }

  /**
   * Waits until `n` is free and everybody who came before, on whichever core, has been served, and holds it from then on. More than the semaphore's size waits for ever.
   *
   * @param n - how much; an integer ≥ 0
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`), at the call
   */
  acquire(n = 1): Op<Guard> {
    checkAmount("acquire", n, 0);
    return new SharedAcquireOp(this, n);
  }

  /** Holds `n` if it is free and nobody waits; false otherwise. Never waits. */
  tryAcquire(n = 1): boolean {
    checkAmount("tryAcquire", n, 0);
    if (!this.inner.take(n)) return false;
    this.taken(n, currentId());
    return true;
  }

  /**
   * Gives `n` back; any goroutine may do it, on any core.
   *
   * @throws SemaphoreError (`GORT_SEMAPHORE`) "semaphore: released more than held"; nothing is given back then
   */
  release(n = 1): void {
    checkAmount("release", n, 0);
    const { holdings } = this;
    if (!this.inner.release(n)) throw new SemaphoreError("semaphore: released more than held");
    holdings.byHand(Math.min(n, holdings.held), currentId());
    // Who is served now may be of this core, and has his share from then on.
    tellServed();
  }

  /**
   * What this core's goroutines hold.
   *
   * @internal
   */
  get holdings(): Holdings {
    this.catchUp(0);
    return this.shares;
  }

  /** @internal */
  taken(weight: number, goid: number): Guard {
    this.catchUp(weight);
    return this.shares.take(this, weight, goid);
  }

  /**
   * A guard has been disposed that stands for so much.
   *
   * @internal
   */
  returned(weight: number): void {
    this.inner.releaseOwn(weight);
  }

  /** Another core may have given back by hand what was taken here: nobody knows whose. `more` has been taken and is not among the shares yet. */
  private catchUp(more: number): void {
    const gone = this.shares.held + more - this.inner.ownAmount;
    if (gone > 0) this.shares.byHand(Math.min(gone, this.shares.held), -1);
  }

  get [Symbol.toStringTag](): string {
    return "SharedSemaphore";
  }
}

export interface SharedSemaphore extends SharedReference {}

disposers[Shared.semaphore] = (ref) => new SharedPermits(ref).dispose();

registerShared(TAG, SharedSemaphore, () => new SharedSemaphore(0));

showAs(SharedSemaphore.prototype, () => "SharedSemaphore {}");
