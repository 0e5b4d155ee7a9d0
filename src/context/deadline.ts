/**
 * Contexts with a deadline. Each is its own timer.
 *
 * The timer is quiet, and so neither keeps the process alive nor hides a deadlock, unless somebody waits for the context or for what is derived from it. It runs on the
 * clock that nobody can set: a jump of the wall clock moves no deadline.
 *
 * Go: context.WithDeadline, context.WithTimeout.
 */
import { checkDuration, describe, InvalidNumberError } from "../base/errors.ts";
import {
  enterLatent,
  leaveLatent,
  now,
  setQuiet,
  startTimer,
  stopTimer,
  type Timed,
  wallNow,
} from "../runtime/kernel.ts";
import { CancelCtx, cancelling, type Source, withCancel } from "./cancel.ts";
import { type Cancel, type Context, checkParent } from "./context.ts";
import { dueTimeOf } from "./ctx.ts";
import { durationText } from "./duration.ts";
import { Ending } from "./ending.ts";

class DeadlineCtx extends CancelCtx implements Timed, Source {
  place = -1;
  quiet = true;
  private holds = 0;
  private isLatent = false;
  readonly timed: boolean = true;
  readonly outside: boolean = false;
  readonly lateCause: unknown;

  constructor(parent: Context, deadline: number, dueAt: number, lateCause: unknown) {
    super(parent, "", deadline, dueAt);
    this.lateCause = lateCause;
    this.source = this;
    if (this.ending !== null) return;
    if (dueAt <= now()) this.fire();
    else startTimer(this, dueAt);
  }

  override get label(): string {
    const left = durationText(this.dueAt - now());
    return `WithDeadline(${dateText(this.deadline as number)} [${left}])`;
  }

  /** A goroutine that computes lets no timer fire, and still gets a true answer. */
  override refresh(): void {
    if (this.ending === null && this.dueAt <= now()) this.fire();
  }

  fire(): void {
    this.cancel(new Ending(true, this.lateCause));
  }

  /** Its end may be listened for through a signal. */
  watched(): void {
    if (this.isLatent || this.ending !== null) return;
    this.isLatent = true;
    enterLatent();
  }

  override wake(): void {
    stopTimer(this);
    if (this.isLatent) leaveLatent();
    super.wake();
  }

  hold(): void {
    if (this.holds++ === 0) setQuiet(this, false);
  }

  release(): void {
    if (--this.holds === 0) setQuiet(this, true);
  }
}

function dateText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

function derive(
  parent: Context,
  deadline: number,
  dueAt: number,
  lateCause: unknown,
): [ctx: Context, cancel: Cancel] {
  // Infinity: no deadline at all. An earlier one of the parent's is this one's as well.
  if (dueAt === Number.POSITIVE_INFINITY || dueTimeOf(parent) < dueAt) return withCancel(parent);
  return cancelling(new DeadlineCtx(parent, deadline, dueAt, lateCause));
}

/**
 * Derives a context that ends after `durationMs`, when its `cancel` is called or its parent ends, whichever is first.
 *
 * Call `cancel` as soon as the work is done: it stops the timer.
 *
 * @param durationMs - milliseconds; zero or less: it has ended already; Infinity: no deadline
 * @param cause - what {@link cause} gives when the time is over
 * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) "cannot create context from nil parent"; InvalidNumberError (`GORT_INVALID_NUMBER`) for NaN
 * @example
 * ```ts
 * const [ctx, cancel] = withTimeout(background(), 500);
 * try {
 *   const page = yield* ctx.wait(wait(fetch(url, { signal: ctx.signal })));
 * } finally {
 *   cancel();
 * }
 * ```
 *
 * Go: context.WithTimeout, context.WithTimeoutCause.
 */
export function withTimeout(
  parent: Context,
  durationMs: number,
  cause?: unknown,
): [ctx: Context, cancel: Cancel] {
  checkParent(parent);
  checkDuration("withTimeout", durationMs);
  return derive(parent, wallNow() + durationMs, now() + durationMs, cause);
}

/**
 * Derives a context that ends at `date`, when its `cancel` is called or its parent ends, whichever is first.
 *
 * @param date - a Date, or milliseconds since 1970; in the past: it has ended already. What counts is how far away it is now: if the wall clock is set later, nothing moves
 * @param cause - what {@link cause} gives when the time is over
 * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) "cannot create context from nil parent"; InvalidNumberError (`GORT_INVALID_NUMBER`) for an invalid date
 *
 * Go: context.WithDeadline, context.WithDeadlineCause.
 */
export function withDeadline(
  parent: Context,
  date: Date | number,
  cause?: unknown,
): [ctx: Context, cancel: Cancel] {
  checkParent(parent);
  const deadline = date instanceof Date ? date.getTime() : date;
  if (typeof deadline !== "number" || Number.isNaN(deadline)) {
    throw new InvalidNumberError(
      `withDeadline needs a valid Date or milliseconds since 1970, got ${describe(date)}`,
    );
  }
  return derive(parent, deadline, now() + (deadline - wallNow()), cause);
}
