/**
 * One event at a time to come: Timer, after and afterFunc.
 *
 * A Timer is one of two things, and the program need not know which: a channel that gives one value (timer-chan.ts), or a call (delayed-call.ts).
 *
 * Go: time/sleep.go.
 */
import { checkDuration, checkFunction } from "../base/errors.ts";
import type { RecvChan } from "../chan/types.ts";
import { DelayedCall } from "./delayed-call.ts";
import { TimerChan } from "./timer-chan.ts";

/**
 * One event at a time to come: a value on a channel, or the call of a function (then it was made by {@link afterFunc}).
 *
 * The channel gives one value, the time at which it was due (as {@link now} counts), to the first who receives from then on. Nothing
 * runs meanwhile: a timer that nobody waits for does not keep the process alive, and need not be stopped.
 *
 * @example
 * ```ts
 * const idle = new Timer(5000);
 * for (;;) {
 *   const s = yield* select({ line: lines.recv(), idle: idle.c.recv() });
 *   if (s.case === "idle") break;
 *   idle.reset(5000); // Never leaves an old value behind.
 * }
 * ```
 *
 * Go: time.Timer, time.NewTimer, with the channels of Go 1.23.
 */
export class Timer {
  private readonly event: TimerChan | DelayedCall;

  /**
   * Starts a timer that gives its value after `durationMs`.
   *
   * @param durationMs - milliseconds; zero or less is now, Infinity never
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number
   */
  constructor(durationMs: number);
  constructor(what: number | DelayedCall) {
    if (what instanceof DelayedCall) {
      this.event = what;
    } else {
      checkDuration("Timer", what);
      this.event = new TimerChan(what, 0);
    }
  }

  /**
   * Where the value comes. Its length and capacity are 0 and it is never closed: nothing comes after a stop, and a receiver then waits
   * for ever. A timer of {@link afterFunc} never gives a value.
   */
  get c(): RecvChan<number> {
    const { event } = this;
    return event instanceof TimerChan ? event : event.c;
  }

  /**
   * Stops the timer. Does not wait, neither for a function that is already called nor for anything else.
   *
   * True when it was active: its event had not happened, or its value not been received (and cannot be any more). False when the value has been received, the
   * function started, or it had been stopped.
   */
  stop(): boolean {
    return this.event.stop();
  }

  /**
   * Starts the timer anew, whether it is active, over or stopped: its event happens after `durationMs` from now, and no earlier value is received after this.
   * Receivers that wait go on waiting, for the new time.
   *
   * @param durationMs - milliseconds; zero or less is now, Infinity never
   * @returns whether it was active, as {@link stop} does
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number; the timer stays as it was
   */
  reset(durationMs: number): boolean {
    checkDuration("Timer.reset", durationMs);
    return this.event.restart(durationMs, 0);
  }
}

/**
 * A channel that gives one value after `durationMs`: the time at which it was due, as {@link now} counts.
 *
 * The time counts from the call. Nothing runs unless somebody receives: one that nobody waits for, or that lost its `select`, leaves
 * no timer and does not keep the process alive. In a `select` without further use of the value `sleep` does the same and costs less.
 *
 * @param durationMs - milliseconds; zero or less is now, Infinity never
 * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number
 * @example
 * ```ts
 * const timeout = after(1000); // One limit for the whole loop.
 * for (;;) {
 *   const s = yield* select({ job: jobs.recv(), timeout: timeout.recv() });
 *   if (s.case === "timeout") break;
 *   handle(s.value);
 * }
 * ```
 *
 * Go: time.After.
 */
export function after(durationMs: number): RecvChan<number> {
  checkDuration("after", durationMs);
  return new TimerChan(durationMs, 0);
}

/**
 * Calls `fn` in a goroutine of its own after `durationMs`. Never early; calls that are due at the same time start in the order in which they were asked for.
 *
 * Until then the process is kept alive, as by any timer whose end does something (not so with Infinity: that call never comes). An error of `fn` is a panic,
 * for nobody can wait for it.
 *
 * @param durationMs - milliseconds; zero or less is as soon as this goroutine gives way, Infinity never
 * @param fn - a `function*`, an async function or a plain one
 * @returns a timer to stop the call, or to `reset` it, also after it has come: then it comes once more
 * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number;
 *   NotAFunctionError (a `TypeError`, `GORT_NOT_A_FUNCTION`)
 * @example
 * ```ts
 * const reminder = afterFunc(60_000, () => console.log("still working"));
 * yield* work();
 * reminder.stop();
 * ```
 *
 * Go: time.AfterFunc.
 */
// biome-ignore lint/suspicious/noExplicitAny: with any other type `const t = afterFunc(1, () => t.reset(1))` refers to itself.
export function afterFunc(durationMs: number, fn: () => any): Timer {
  checkDuration("afterFunc", durationMs);
  checkFunction("afterFunc", fn);
  return timerOf(new DelayedCall(durationMs, fn, afterFunc));
}

/** The other way to make a timer, which the class does not show. */
function timerOf(call: DelayedCall): Timer {
  return new (Timer as unknown as new (event: DelayedCall) => Timer)(call);
}
