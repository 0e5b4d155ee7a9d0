/**
 * A channel's queue of waiting operations: first come, first served, and any of them can leave in O(1).
 *
 * The links are in the operations themselves, so that waiting allocates nothing. It is a circle held by its last element: a channel is
 * old and an operation young, and each pointer from old to young costs the garbage collector's write barrier, so there is one.
 *
 *   last → behind → first → behind → … → last
 *
 * Invariant: an operation is in at most one queue; its owner knows whether it is (its state is parked or entered).
 *
 * Go: runtime/chan.go (waitq). Differs: a select that has been decided has left its other queues already, so no entry is ever stale.
 */
export interface Waiting<Self> {
  before: Self | null;
  behind: Self | null;
}

export class WaitQueue<W extends Waiting<W>> {
  private last: W | null = null;

  /** The one that has waited longest. */
  get first(): W | null {
    const last = this.last;
    return last === null ? null : last.behind;
  }

  push(waiting: W): void {
    const last = this.last;
    if (last === null) {
      waiting.before = waiting;
      waiting.behind = waiting;
    } else {
      const first = last.behind as W;
      waiting.before = last;
      waiting.behind = first;
      first.before = waiting;
      last.behind = waiting;
    }
    this.last = waiting;
  }

  remove(waiting: W): void {
    const behind = waiting.behind as W;
    if (behind === waiting) {
      this.last = null;
    } else {
      const before = waiting.before as W;
      before.behind = behind;
      behind.before = before;
      if (this.last === waiting) this.last = before;
    }
    waiting.before = null;
    waiting.behind = null;
  }
}
