/**
 * The deadline of one direction of a connection.
 *
 * It is a quiet timer: whoever is parked on the connection waits for the host anyway, and a deadline that nobody waits under keeps nothing alive.
 */
import { DeadlineExceededError } from "../base/errors.ts";
import { now, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";

export class Deadline implements Timed {
  place = -1;
  private dueAt: number = Number.POSITIVE_INFINITY;
  private readonly onDue: () => void;

  /** `onDue`: the time has come; it wakes whoever is parked. */
  constructor(onDue: () => void) {
    this.onDue = onDue;
  }

  get quiet(): boolean {
    return true;
  }

  /** Whether the time is over; a goroutine that computes lets no timer fire, hence the clock. */
  get isOver(): boolean {
    return this.dueAt !== Number.POSITIVE_INFINITY && this.dueAt <= now();
  }

  /** `durationMs` from now; null for never. */
  set(durationMs: number | null): void {
    stopTimer(this);
    this.dueAt = durationMs === null ? Number.POSITIVE_INFINITY : now() + durationMs;
    if (this.isOver) this.onDue();
    else if (this.dueAt !== Number.POSITIVE_INFINITY) startTimer(this, this.dueAt);
  }

  fire(): void {
    this.onDue();
  }
}

/** What a read or a write after the deadline throws. Go: os.ErrDeadlineExceeded. */
export function timedOut(): DeadlineExceededError {
  return new DeadlineExceededError("i/o timeout");
}
