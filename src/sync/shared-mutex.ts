/**
 * SharedMutex: one holder at a time among the goroutines of all cores, first come, first served.
 *
 * The lock itself is in shared memory (shm/shared-lock.ts); this is what stands for it on one core. Uncontended, lock and unlock are one atomic operation each.
 *
 * Go: sync.Mutex. Differs: when a core dies while one of its goroutines holds the lock, the next in line has it.
 */

import { NotLockedError } from "../base/errors.ts";
import { showAs } from "../base/shown.ts";
import type { SharedReference } from "../portable/sendable.ts";
import {
  type Debts,
  isCurrent,
  type Op,
  type Operation,
  overdue,
  PARKED,
  type Park,
  type Parkable,
  parking,
  probe,
  REUSE,
  State,
  spend,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { Entered, SharedOperation } from "../runtime/shared-operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Ref } from "../shm/region.ts";
import { LOST, SharedLock, WAITING } from "../shm/shared-lock.ts";
import { disposers } from "../shm/shared-object.ts";
import { free } from "../shm/slab.ts";
import { Shared, type WaitRecord } from "../shm/wait.ts";
import { type Guard, Lock } from "./lock.ts";
import { headerFor, registerShared } from "./shared-arrival.ts";

// Constants of this module, which V8 folds into inlined code.
const parked = PARKED;
const reuse = REUSE;

/** The tag of one in a message. */
const TAG = 2;

/** One locking, by its number (shm/shared-lock.ts). */
interface Tenure {
  readonly held: number;
  readonly epoch: number;
}

class SharedGuard implements Guard, Tenure {
  private readonly mutex: SharedMutex;
  readonly held: number;
  readonly epoch: number;

  constructor(mutex: SharedMutex, held: number) {
    this.mutex = mutex;
    this.held = held;
    this.epoch = mutex.inner.epochNow;
  }

  [Symbol.dispose](): void {
    const { inner, resumed } = this.mutex;
    const now = resumed !== null && isSame(resumed.first, this) ? resumed.now : this;
    inner.releaseHeld(now.held, now.epoch);
  }
}

function isSame(a: Tenure, b: Tenure): boolean {
  return a.held === b.held && a.epoch === b.epoch;
}

class SharedLockOp extends SharedOperation<Guard> {
  done: number = State.fresh;
  value: Guard = undefined as never;
  owner: Parkable | Waiter | null = null;
  record: WaitRecord | null = null;
  private readonly mutex: SharedMutex;
  /** The locking that goes on; null for a new one. */
  interrupted: Tenure | null = null;

  constructor(mutex: SharedMutex) {
    super();
    this.mutex = mutex;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get object(): number {
    return Shared.mutex;
  }

  override waitsOn(): Waited {
    return { kind: "mutex", thing: this.mutex.inner.ref };
  }

  get reason(): WaitReason {
    return WaitReason.mutexLock;
  }

  override next(): IteratorResult<Park, Guard> {
    if (this.done === State.fresh) {
      if (!this.poll()) return this.park();
      this.done = State.finished;
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    this.mutex.spare = this;
    return this as unknown as IteratorResult<Park, Guard>;
  }

  private park(): IteratorResult<Park, Guard> {
    const g = parking(WaitReason.mutexLock);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  poll(): boolean {
    const held = this.mutex.inner.take();
    if (held === 0) return false;
    this.taken(held);
    return true;
  }

  protected enter(record: WaitRecord, own: Ref): number {
    const { inner } = this.mutex;
    const held = inner.enter(record, own);
    if (held === WAITING) return Entered.waiting;
    if (held === LOST) return Entered.over;
    this.taken(held);
    return Entered.fulfilled;
  }

  protected land(record: WaitRecord): boolean {
    this.taken(record.outcome);
    return true;
  }

  private taken(held: number): void {
    const guard = new SharedGuard(this.mutex, held);
    this.value = guard;
    if (this.interrupted !== null) this.mutex.resumed = { first: this.interrupted, now: guard };
  }

  override recycle(): Debts {
    super.recycle();
    if (this.interrupted === null) this.mutex.spare = this;
    return null;
  }
}

/**
 * A mutual exclusion lock for goroutines on all cores. A new one is unlocked.
 *
 * It can be sent: through a shared channel, or as an argument of a portable goroutine. Waiters of all cores stand in one line, first come, first served. When a core dies
 * (ProcessorLostError) while a goroutine of it holds the lock, the next in line has it; what the lock guards may then be half changed. A Cond takes one, too; it wakes goroutines of its own core.
 *
 * @example
 * ```ts
 * const transfer = portable(function* transfer(mu: SharedMutex, accounts: Float64Array): Goroutine {
 *   const guard = yield* mu.lock();
 *   accounts[0] -= 1;
 *   accounts[1] += 1;
 *   guard[Symbol.dispose]();
 * });
 * ```
 *
 * Go: sync.Mutex.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the mark is a type, and need not be there at run time.
export class SharedMutex extends Lock {
  /** @internal */
  readonly inner: SharedLock;
  /**
   * An operation that has been waited for with yield* and can be made anew (docs/design/operations.md).
   *
   * @internal
   */
  spare: SharedLockOp | null = null;
  /**
   * The locking that a cond.wait has interrupted here and that goes on under another number.
   *
   * @internal
   */
  resumed: { readonly first: Tenure; readonly now: Tenure } | null = null;

  constructor() {
    super();
    this.inner = new SharedLock(headerFor(this, Shared.mutex, SharedLock.make));
  }

  /** Waits until the mutex is free, and holds it from then on. Those who wait, on whichever core, are served first come, first served. */
  lock(): Op<Guard> {
    const op = this.spare;
    if (op === null || !reuse) return new SharedLockOp(this);
    this.spare = null;
    op.done = State.fresh;
    return op;
  }

  /** Holds the mutex if it is free; false when it is not. Never waits. */
  tryLock(): boolean {
    return this.inner.take() !== 0;
  }

  /**
   * Gives the mutex back; any goroutine may do it, on any core.
   *
   * @throws NotLockedError (`GORT_NOT_LOCKED`) "sync: unlock of unlocked mutex"
   */
  unlock(): void {
    if (!this.inner.release()) throw this.notLocked();
  }

  /** @internal */
  notLocked(): NotLockedError {
    return new NotLockedError("sync: unlock of unlocked mutex");
  }

  /** @internal */
  tenureNow(): number {
    return this.inner.heldNow;
  }

  /** @internal */
  giveUp(): Tenure {
    const { inner, resumed } = this;
    const now: Tenure = { held: inner.heldNow, epoch: inner.epochNow };
    this.unlock();
    return resumed !== null && isSame(resumed.now, now) ? resumed.first : now;
  }

  /** @internal */
  regain(tenure: unknown): Operation<unknown> {
    const op = new SharedLockOp(this);
    op.interrupted = tenure as Tenure;
    return op as Operation<unknown>;
  }

  get [Symbol.toStringTag](): string {
    return "SharedMutex";
  }
}

export interface SharedMutex extends SharedReference {}

disposers[Shared.mutex] = free;

registerShared(TAG, SharedMutex, () => new SharedMutex());

showAs(SharedMutex.prototype, () => "SharedMutex {}");
