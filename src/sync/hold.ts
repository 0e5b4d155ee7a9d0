/**
 * Who holds how much of something that several can hold: the readers of an RWMutex, the shares of a semaphore.
 *
 * A share is given back by its guard, or by hand (`rUnlock()`, `release(n)`), and a guard has to know when the latter has happened. By hand nobody says which share is
 * meant: it is the newest of the same goroutine; when that has none (another one may give back, as in Go), anybody's.
 *
 * Invariants:
 *   I1  the sum of what the guards in the lists have left is what is held.
 *   I2  a guard is in its goroutine's list exactly while it has something left.
 */
import { alone, join, left, type Waiting } from "../base/waitq.ts";
import type { Guard } from "./lock.ts";

/** What shares are taken from. */
export interface Pool {
  readonly shares: Shares;
  /** `weight` has come back: whoever waits and can now go on does. */
  returned(weight: number): void;
}

export class Share implements Guard, Waiting<Share> {
  private readonly pool: Pool;
  /** What has not been given back. */
  weight: number;
  /** The goroutine that took it; 0 for async code. */
  readonly goid: number;
  before: Share | null = null;
  behind: Share | null = null;

  constructor(pool: Pool, weight: number, goid: number) {
    this.pool = pool;
    this.weight = weight;
    this.goid = goid;
  }

  [Symbol.dispose](): void {
    const { weight, pool } = this;
    if (weight === 0) return;
    pool.shares.remove(this);
    pool.returned(weight);
  }
}

export class Shares {
  /** Of each goroutine that holds something its oldest share, whose `before` is the newest. */
  private readonly lists: Map<number, Share> = new Map();

  add(pool: Pool, weight: number, goid: number): Share {
    const share = new Share(pool, weight, goid);
    if (weight === 0) return share;
    const first = this.lists.get(goid);
    if (first === undefined) this.lists.set(goid, alone<Share>(share));
    else join<Share>(first, share);
    return share;
  }

  remove(share: Share): void {
    share.weight = 0;
    const first = this.lists.get(share.goid) as Share;
    const next = left<Share>(first, share);
    if (next === null) this.lists.delete(share.goid);
    else if (next !== first) this.lists.set(share.goid, next);
  }

  /** `weight`, no more than is held, is given back by hand, by the goroutine `goid`. */
  reduce(weight: number, goid: number): void {
    for (let rest = weight; rest > 0; ) {
      const share = this.find(rest, goid);
      const part = Math.min(rest, share.weight);
      rest -= part;
      if (part === share.weight) this.remove(share);
      else share.weight -= part;
    }
  }

  /** That goroutine's newest of just this weight, or its newest; else anybody's. */
  private find(weight: number, goid: number): Share {
    const first = this.lists.get(goid);
    if (first === undefined) return this.lists.values().next().value as Share;
    const newest = first.before as Share;
    for (let share = newest; ; share = share.before as Share) {
      if (share.weight === weight) return share;
      if (share === first) return newest;
    }
  }
}
