/**
 * sleep: pauses for a time. Go: time.Sleep.
 */
import { describe, InvalidNumberError } from "../base/errors.ts";
import { KernelTimer, now, startTimer, stopTimer } from "../runtime/kernel.ts";
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

class Sleep extends Operation<void> {
  done: number = State.fresh;
  value: undefined = undefined;
  owner: Parkable | Waiter | null = null;
  private readonly durationMs: number;
  private timer: KernelTimer | null = null;

  constructor(durationMs: number) {
    super();
    this.durationMs = durationMs;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.sleep;
  }

  /** Never at once: even a sleep of nothing lets others run. */
  poll(): boolean {
    return false;
  }

  enqueue(): void {
    this.timer = new KernelTimer(() => fulfil(this as Operation<unknown>));
    startTimer(this.timer, now() + Math.max(this.durationMs, 0));
  }

  dequeue(): void {
    if (this.timer !== null) stopTimer(this.timer);
  }
}

/**
 * Pauses for at least `durationMs`. Never ends early; may end late (timers have a grain of 1 ms, and a busy thread delays them).
 *
 * The time counts from when it is waited for. When it loses a `select`, no timer remains.
 *
 * @param durationMs - milliseconds; zero or less only lets others run
 * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number
 *
 * Go: time.Sleep.
 */
export function sleep(durationMs: number): Op<void> {
  if (typeof durationMs !== "number" || Number.isNaN(durationMs)) {
    throw new InvalidNumberError(`sleep needs a number of milliseconds, got ${describe(durationMs)}`);
  }
  return new Sleep(durationMs);
}
