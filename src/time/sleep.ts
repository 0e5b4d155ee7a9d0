/**
 * sleep: pauses for a time. Go: time.Sleep.
 */
import { checkDuration } from "../base/errors.ts";
import { now, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";
import {
  fulfil,
  type Op,
  Operation,
  type Parkable,
  probe,
  State,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";

/** The operation is its own timer: a million sleepers are a million of these and nothing else. */
class Sleep extends Operation<void> implements Timed {
  done: number = State.fresh;
  value: undefined = undefined;
  owner: Parkable | Waiter | null = null;
  place = -1;
  private readonly durationMs: number;

  constructor(durationMs: number) {
    super();
    this.durationMs = durationMs;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.sleep;
  }

  get quiet(): boolean {
    return false;
  }

  /** Never at once: even a sleep of nothing lets others run. */
  poll(): boolean {
    return false;
  }

  enqueue(): void {
    startTimer(this, now() + Math.max(this.durationMs, 0));
  }

  dequeue(): void {
    stopTimer(this);
  }

  fire(): void {
    fulfil(this as Operation<unknown>);
  }
}

/**
 * Pauses for at least `durationMs`. Never ends early; may end late (timers have a grain of 1 ms, and a busy thread delays them).
 *
 * The time counts from when it is waited for. When it loses a `select`, no timer remains.
 *
 * @param durationMs - milliseconds; zero or less only lets others run, Infinity never ends
 * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number
 *
 * Go: time.Sleep.
 */
export function sleep(durationMs: number): Op<void> {
  checkDuration("sleep", durationMs);
  return new Sleep(durationMs);
}
