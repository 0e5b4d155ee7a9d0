/**
 * Cond: goroutines that hold a lock wait for news about what it guards.
 *
 * Invariants:
 *   I1  a signal wakes the one that has waited longest, and only one who waited when it was given.
 *   I2  a wait is decided by the signal, and ends when the lock is held again. So a signal is never lost to a case that lost before.
 *   I3  a wait that has given the lock up gets it back, however its select ends (Operation.recycle), and the guard of before counts again.
 *
 * Two waits with one lock in one select give it up once: the second finds that the tenure it was asked in is over.
 *
 * Go: sync/cond.go, runtime/sema.go (notifyList).
 */
import { describe, NotALockError } from "../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { win } from "../runtime/contest.ts";
import {
  BasicOperation,
  conclude,
  type Debts,
  type Op,
  type Operation,
  State,
  type Waited,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Lock } from "./lock.ts";

class CondWait extends BasicOperation<void> implements Waiting<CondWait> {
  private readonly cond: Cond;
  before: CondWait | null = null;
  behind: CondWait | null = null;
  /** The tenure of the lock that is to be given up. */
  private tenure = 0;
  /** It has given the lock up and not asked for it again. */
  private owed = false;
  /** Which tenure of the lock is to go on then. */
  private interrupted: unknown = undefined;

  constructor(cond: Cond) {
    super();
    this.cond = cond;
  }

  get reason(): WaitReason {
    return WaitReason.condWait;
  }

  /** Never at once: a signal that was given before is over. */
  poll(): boolean {
    this.tenure = this.cond.lock.tenureNow();
    if (this.tenure === 0) throw this.cond.lock.notLocked();
    return false;
  }

  enqueue(): void {
    const { cond } = this;
    if (cond.waitq === null) cond.waitq = alone<CondWait>(this);
    else join<CondWait>(cond.waitq, this);
    if (cond.lock.tenureNow() !== this.tenure) return;
    this.owed = true;
    this.interrupted = cond.lock.giveUp();
  }

  dequeue(): void {
    this.cond.waitq = left<CondWait>(this.cond.waitq as CondWait, this);
  }

  override waitsOn(): Waited | null {
    // It has been signalled, and waits for its lock.
    if (!this.owed && this.interrupted !== undefined) return null;
    return { kind: "cond", thing: this.cond, recvq: this.cond.waitq, sendq: null };
  }

  override recycle(): Debts {
    if (!this.owed) return null;
    this.owed = false;
    return [this.cond.lock.regain(this.interrupted)];
  }

  signalled(): void {
    conclude(this as Operation<unknown>, true);
  }
}

/**
 * A condition: those who hold its lock wait until somebody says that what it guards has changed.
 *
 * A channel is mostly the better way.
 *
 * @example
 * ```ts
 * yield* mu.lock();
 * while (queue.length === 0) yield* notEmpty.wait();
 * const job = queue.shift();
 * mu.unlock();
 * ```
 *
 * Go: sync.Cond.
 */
export class Cond {
  /** @internal */
  readonly lock: Lock;
  /**
   * Who has waited longest.
   *
   * @internal
   */
  waitq: CondWait | null = null;

  /**
   * @param mu - a Mutex, an RWMutex, or an RWMutex's `rLocker()`
   * @throws NotALockError (a `TypeError`, `GORT_NOT_A_LOCK`)
   */
  constructor(mu: Lock) {
    if (!(mu instanceof Lock)) {
      throw new NotALockError(`new Cond needs a Mutex, an RWMutex or its rLocker(), got ${describe(mu)}`);
    }
    this.lock = mu;
  }

  /**
   * Gives the lock up, waits for a signal, and holds the lock again before it goes on. Check the condition again then: others may have come before.
   *
   * As a case of a select that goes another way, it holds the lock again when the select returns. It is never ready at once.
   *
   * Throws NotLockedError (`GORT_NOT_LOCKED`) when it is waited for without the lock.
   */
  wait(): Op<void> {
    return new CondWait(this);
  }

  /** Wakes the one that has waited longest, if any waits. The lock need not be held. */
  signal(): void {
    let first = this.waitq;
    while (first !== null && first.done === State.contested && !win(first as Operation<unknown>))
      first = this.waitq;
    if (first === null) return;
    this.waitq = served(first);
    first.signalled();
  }

  /** Wakes all who wait now. */
  broadcast(): void {
    while (this.waitq !== null) this.signal();
  }

  get [Symbol.toStringTag](): string {
    return "Cond";
  }
}
