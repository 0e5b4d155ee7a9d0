/**
 * What all locks share: the guard, and what a condition needs to know of a lock.
 */
import type { NotLockedError } from "../base/errors.ts";
import type { Op, Operation } from "../runtime/operation.ts";

/**
 * A lock, or a share of one, that is held: `using guard = yield* mu.lock()` gives it back at the end of the block.
 *
 * Disposing it twice, or after the lock was given back by hand, has no effect.
 */
export interface Guard {
  [Symbol.dispose](): void;
}

/** The guard of a lock that one holds alone: it knows its tenure, and gives back no other one. */
export class TenureGuard implements Guard {
  private readonly lock: Lock;
  private readonly tenure: number;

  constructor(lock: Lock, tenure: number) {
    this.lock = lock;
    this.tenure = tenure;
  }

  [Symbol.dispose](): void {
    if (this.lock.tenureNow() === this.tenure) this.lock.unlock();
  }
}

/** What {@link Cond} takes: a Mutex, an RWMutex, or an RWMutex's `rLocker()`. Go: sync.Locker. */
export abstract class Lock {
  /** Waits until the lock is free, and takes it. */
  abstract lock(): Op<Guard>;

  /** Gives the lock back. Throws NotLockedError when it is not held. */
  abstract unlock(): void;

  /**
   * The error of giving back what is not held, in Go's words.
   *
   * @internal
   */
  abstract notLocked(): NotLockedError;

  /**
   * A number that changes each time the lock is given back; 0 while nobody holds it.
   *
   * @internal
   */
  abstract tenureNow(): number;

  /**
   * Gives the held lock back for a while; what it returns says to {@link regain} which guard is to count again afterwards.
   *
   * @internal
   */
  abstract giveUp(): unknown;

  /**
   * Waits for the lock that was given up, on behalf of `tenure`, which giveUp() returned.
   *
   * @internal
   */
  abstract regain(tenure: unknown): Operation<unknown>;
}
