/**
 * A channel's queue of waiting operations: first come, first served, and any of them can leave in O(1).
 *
 * The links are in the operations themselves, so that waiting allocates nothing, and the first one's `before` is the last: a channel is often old
 * and an operation young, each pointer from old to young costs the garbage collector's write barrier, and so there is one.
 *
 *   first → behind → … → last → null        first.before is last
 *
 * Invariants:
 *   I1  an operation is in at most one queue; its owner knows whether it is (its state is parked or entered).
 *   I2  outside a queue `behind` is null; `before` means nothing.
 *
 * Go: runtime/chan.go (waitq). Differs: a select that has been decided has left its other queues already, so no entry is ever stale.
 */
export interface Waiting<Self> {
  before: Self | null;
  behind: Self | null;
}

export class WaitQueue<W extends Waiting<W>> {
  /** The one that has waited longest. */
  first: W | null = null;

  push(waiting: W): void {
    const first = this.first;
    if (first === null) {
      waiting.before = waiting;
      this.first = waiting;
    } else {
      const last = first.before as W;
      last.behind = waiting;
      waiting.before = last;
      first.before = waiting;
    }
  }

  /** Takes the first one, which the caller has looked at. */
  shift(first: W): void {
    const next = first.behind;
    if (next !== null) {
      next.before = first.before;
      first.behind = null;
    }
    this.first = next;
  }

  remove(waiting: W): void {
    const first = this.first as W;
    if (waiting === first) {
      this.shift(first);
      return;
    }
    const before = waiting.before as W;
    const { behind } = waiting;
    before.behind = behind;
    if (behind === null) {
      first.before = before;
    } else {
      behind.before = before;
      waiting.behind = null;
    }
  }
}
