/**
 * A queue of those who wait: first come, first served, and any of them can leave in O(1).
 *
 * The links are in the waiting objects themselves, so that waiting allocates nothing. Whoever is waited for (a channel, say) holds the first one, whose `before` is the last: a channel is
 * often old and an operation young, each pointer from old to young costs the garbage collector's write barrier, and so there is one.
 *
 *   first → behind → … → last → null        first.before is last
 *
 * Invariants:
 *   I1  an object is in at most one queue; it knows by its own state whether it is.
 *   I2  outside a queue `behind` is null; `before` means nothing.
 *
 * Go: runtime/chan.go (waitq). Differs: a select that has been decided has left its other queues already, so no entry is ever stale.
 */
export interface Waiting<Self> {
  before: Self | null;
  behind: Self | null;
}

/** `waiting` is the first of a queue that was empty. */
export function alone<W extends Waiting<W>>(waiting: W): W {
  waiting.before = waiting;
  return waiting;
}

/** `waiting` joins the end of the queue that begins with `first`. */
export function join<W extends Waiting<W>>(first: W, waiting: W): void {
  const last = first.before as W;
  last.behind = waiting;
  waiting.before = last;
  first.before = waiting;
}

/** `first` leaves its queue; returns the one that is first then. */
export function served<W extends Waiting<W>>(first: W): W | null {
  const next = first.behind;
  if (next !== null) {
    next.before = first.before;
    first.behind = null;
  }
  return next;
}

/** `waiting`, which stands in the queue that begins with `first`, leaves it; returns the one that is first then. */
export function left<W extends Waiting<W>>(first: W, waiting: W): W | null {
  if (waiting === first) return served(first);
  const before = waiting.before as W;
  const { behind } = waiting;
  before.behind = behind;
  if (behind === null) {
    first.before = before;
  } else {
    behind.before = before;
    waiting.behind = null;
  }
  return first;
}
