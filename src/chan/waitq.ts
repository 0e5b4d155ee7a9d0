/**
 * A channel's queue of waiting operations: first come, first served, and any of them can leave in O(1).
 *
 * The links are in the operations themselves, so that waiting allocates nothing.
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
  first: W | null = null;
  private last: W | null = null;

  push(waiting: W): void {
    const last = this.last;
    waiting.before = last;
    if (last === null) this.first = waiting;
    else last.behind = waiting;
    this.last = waiting;
  }

  /** Takes the one that has waited longest; `first` must not be null. */
  shift(): W {
    const waiting = this.first as W;
    this.remove(waiting);
    return waiting;
  }

  remove(waiting: W): void {
    const { before, behind } = waiting;
    if (before === null) this.first = behind;
    else before.behind = behind;
    if (behind === null) this.last = before;
    else behind.before = before;
    waiting.before = null;
    waiting.behind = null;
  }
}
