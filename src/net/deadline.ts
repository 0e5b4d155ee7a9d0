/**
 * The deadline of one direction of a connection.
 *
 * It is a quiet timer while nobody is parked under it: then it keeps nothing alive.
 */
import { DeadlineExceededError, describe, InvalidOptionError } from "../base/errors.ts";
import { now, setQuiet, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";

export class Deadline implements Timed {
  place = -1;
  quiet = true;
  private dueAt: number = Number.POSITIVE_INFINITY;
  private readonly onDue: () => void;

  /** `onDue`: the time has come; it wakes whoever is parked. */
  constructor(onDue: () => void) {
    this.onDue = onDue;
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

  /** Whether somebody is parked under it. */
  hold(isParked: boolean): void {
    setQuiet(this, !isParked);
  }

  fire(): void {
    this.onDue();
  }
}

/** Throws when it is neither milliseconds nor null. */
export function checkDeadline(durationMs: unknown): void {
  if (durationMs === null) return;
  if (typeof durationMs !== "number" || Number.isNaN(durationMs)) {
    throw new InvalidOptionError(`a deadline is milliseconds from now, or null, got ${describe(durationMs)}`);
  }
}

/** What a read or a write after the deadline throws. Go: os.ErrDeadlineExceeded. */
export function timedOut(): DeadlineExceededError {
  return new DeadlineExceededError("i/o timeout");
}

/** The same of a write, with how many of its bytes have been sent, or will be: all or none. */
export function writeTimedOut(bytesWritten: number): DeadlineExceededError {
  return Object.assign(timedOut(), { bytesWritten });
}
