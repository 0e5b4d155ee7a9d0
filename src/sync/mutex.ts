/**
 * Mutex: one holder at a time, first come, first served.
 *
 * Invariants:
 *   I1  lockq is empty while the mutex is free.
 *   I2  each locking has a number of its own, `tenure`, so that a guard knows whether its locking is still the one that holds. A locking that
 *       a cond.wait has interrupted goes on with its old number.
 *
 * A mutex that is given back goes from hand to hand: the one that has waited longest holds it before it runs again, so that a case of a select
 * is decided by whoever unlocks.
 *
 * Go: sync/mutex.go. Differs: always what Go calls starvation mode, since no spinning or barging could be cheaper here.
 */
import { NotLockedError } from "../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { outermost, win } from "../runtime/contest.ts";
import {
  current,
  type Debts,
  type Dependence,
  fulfil,
  isCurrent,
  type Op,
  Operation,
  overdue,
  PARKED,
  type Park,
  type Parkable,
  parking,
  probe,
  REUSE,
  ready,
  State,
  spend,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { FREE, holderOf, type Interrupted } from "./holder.ts";
import { type Guard, Lock, TenureGuard } from "./lock.ts";

// Constants of this module, which V8 folds into inlined code.
const parked = PARKED;
const reuse = REUSE;

const HOLDS = (who: string): string => `a sync.Mutex that ${who} holds`;

class LockOp extends Operation<Guard> implements Waiting<LockOp> {
  done: number = State.fresh;
  value: Guard = undefined as never;
  owner: Parkable | Waiter | null = null;
  private readonly mutex: Mutex;
  before: LockOp | null = null;
  behind: LockOp | null = null;
  /** The tenure that goes on; 0 for a new one. */
  tenure = 0;

  constructor(mutex: Mutex) {
    super();
    this.mutex = mutex;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.mutexLock;
  }

  override next(): IteratorResult<Park, Guard> {
    const { mutex } = this;
    if (this.done === State.fresh) {
      if (mutex.holder !== FREE) return this.park();
      mutex.holder = current().id;
      this.value = new TenureGuard(mutex, mutex.begin(0));
      this.done = State.finished;
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    mutex.spare = this;
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
    if (this.mutex.holder !== FREE) return false;
    this.take();
    return true;
  }

  enqueue(): void {
    const { mutex } = this;
    if (mutex.lockq !== null) {
      join<LockOp>(mutex.lockq, this);
    } else if (mutex.holder !== FREE) {
      mutex.lockq = alone<LockOp>(this);
    } else {
      // A rival in the same select, a cond.wait, has just given it back.
      mutex.lockq = alone<LockOp>(this);
      if (this.done === State.contested && !win(this as Operation<unknown>)) return;
      mutex.lockq = null;
      this.take();
      fulfil(this as Operation<unknown>);
    }
  }

  /** Takes the free mutex. */
  private take(): void {
    this.mutex.holder = this.taker();
    this.value = new TenureGuard(this.mutex, this.mutex.begin(this.tenure));
  }

  /** Who will hold the mutex, as far as that is known; asked when it takes it at once. */
  private taker(): number {
    return this.tenure === 0 ? current().id : this.interrupted().holder;
  }

  /** The same, when somebody else gives it the mutex. */
  waiter(): number {
    return this.tenure === 0 ? holderOf(outermost(this as Operation<unknown>)) : this.interrupted().holder;
  }

  /** Until it is complete, what a lock that goes on carries. */
  private interrupted(): Interrupted {
    return this.value as unknown as Interrupted;
  }

  override waitsOn(): Waited {
    return { kind: "mutex", thing: this.mutex, recvq: this.mutex.lockq, sendq: null };
  }

  override dependences(): Dependence[] {
    const { holder, passedOn } = this.mutex;
    return [{ on: [holder], holds: true, strict: false, loose: passedOn, says: HOLDS }];
  }

  dequeue(): void {
    this.mutex.lockq = left<LockOp>(this.mutex.lockq as LockOp, this);
  }

  override recycle(): Debts {
    if (this.tenure === 0) this.mutex.spare = this;
    return null;
  }
}

/**
 * A mutual exclusion lock. A new one is unlocked.
 *
 * One thread needs no lock around code that does not wait; a mutex is for a critical section with a `yield*` in it.
 *
 * @example
 * ```ts
 * const mu = new Mutex();
 * function* withdraw(amount: number): Goroutine {
 *   using guard = yield* mu.lock();
 *   const balance = yield* load();
 *   yield* store(balance - amount);
 * }
 * ```
 *
 * Go: sync.Mutex.
 */
export class Mutex extends Lock {
  /**
   * The number of the goroutine that holds it, as far as that is known (holder.ts), or FREE.
   *
   * @internal
   */
  holder: number = FREE;
  /** @internal */
  tenure = 0;
  /** @internal */
  tenures = 0;
  /**
   * Who has waited longest.
   *
   * @internal
   */
  lockq: LockOp | null = null;
  /**
   * An operation that has been waited for with yield* and can be made anew (docs/design/operations.md).
   *
   * @internal
   */
  spare: LockOp | null = null;
  /**
   * It has been given back, to one that waited, by another one than had got it.
   *
   * @internal
   */
  passedOn = false;

  /** Waits until the mutex is free, and holds it from then on. Those who wait are served first come, first served. */
  lock(): Op<Guard> {
    const op = this.spare;
    if (op === null || !reuse) return new LockOp(this);
    this.spare = null;
    op.done = State.fresh;
    return op;
  }

  /** Holds the mutex if it is free; false when it is not. Never waits. */
  tryLock(): boolean {
    if (this.holder !== FREE) return false;
    this.holder = current().id;
    this.begin(0);
    return true;
  }

  /**
   * Gives the mutex back; any goroutine may do it.
   *
   * @throws NotLockedError (`GORT_NOT_LOCKED`) "sync: unlock of unlocked mutex"
   */
  unlock(): void {
    if (this.holder === FREE) throw this.notLocked();
    let next = this.lockq;
    while (next !== null && next.done === State.contested && !win(next as Operation<unknown>))
      next = this.lockq;
    if (next === null) {
      this.holder = FREE;
      return;
    }
    if (this.holder !== current().id) this.passedOn = true;
    if (next.behind === null) this.lockq = null;
    else this.lockq = served(next);
    if (next.done !== State.parked) this.holder = next.waiter();
    next.value = new TenureGuard(this, this.begin(next.tenure));
    // fulfil(), written here: only one shape of operation comes by.
    const isParked = next.done === State.parked;
    next.done = State.fulfilled;
    if (isParked) {
      const g = next.owner as Parkable;
      this.holder = g.id;
      ready(g);
    } else {
      (next.owner as Waiter).fire(next as Operation<unknown>);
    }
  }

  /**
   * A tenure begins, or the one of that number goes on.
   *
   * @internal
   */
  begin(tenure: number): number {
    this.tenure = tenure === 0 ? ++this.tenures : tenure;
    return this.tenure;
  }

  /** @internal */
  giveUp(): Interrupted {
    const { tenure, holder } = this;
    this.unlock();
    return { tenure, holder };
  }

  /** @internal */
  regain(interrupted: unknown): Operation<unknown> {
    const op = new LockOp(this);
    op.tenure = (interrupted as Interrupted).tenure;
    op.value = interrupted as never;
    return op as Operation<unknown>;
  }

  /** @internal */
  notLocked(): NotLockedError {
    return new NotLockedError("sync: unlock of unlocked mutex");
  }

  /** @internal */
  tenureNow(): number {
    return this.holder === FREE ? 0 : this.tenure;
  }

  get [Symbol.toStringTag](): string {
    return "Mutex";
  }
}
