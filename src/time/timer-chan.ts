/**
 * The channel of a timer or a ticker.
 *
 * It is a time on the clock and nothing else: a value is there once the time has come, whether or not anything has run since. Only while a receiver waits is
 * it in the kernel's heap. So a timer that nobody waits for costs no host timer, keeps neither the process alive nor a deadlock unreported, needs no stop,
 * and there is nothing stale that stop and reset would have to drain: they change the time, and with it what is there.
 *
 * Invariants:
 *   I1  it is in the kernel's heap exactly while it is active and a receiver waits.
 *   I2  while it is in the heap it stands there for `when`.
 *   I3  after a tick has been taken `when` is in the future: ticks that nobody took in time are dropped, but for the first of them.
 *
 * Go: runtime/time.go, the channel timers of Go 1.23 (maybeRunChan, blockTimerChan, unlockAndRun). Differs: no buffer of one behind the channel of
 * length 0; the value is the time at which it was due, which Go reckons back from when the value was sent.
 */
import { BubbleError } from "../base/errors.ts";
import { NOTHING, SourceChan } from "../chan/flavors/source.ts";
import {
  callersWorld,
  isolation,
  now,
  startTimer,
  stopTimer,
  type Timed,
  type World,
} from "../runtime/kernel.ts";

export class TimerChan extends SourceChan<number> implements Timed {
  /** When the value is there, as of {@link now}; means nothing while it is not active. */
  when: number;
  place = -1;
  /** The time from one tick to the next; 0 for a timer, which has one value. */
  private period: number;
  /** A value is there or will be: it has not been stopped, nor its only value taken. */
  private active = true;
  /** Whose time it counts. */
  private readonly world: World | null = callersWorld() ?? null;

  constructor(durationMs: number, periodMs: number) {
    super();
    this.when = dueAfter(durationMs);
    this.period = periodMs;
  }

  /** It is in the heap only while somebody waits. */
  get quiet(): boolean {
    return false;
  }

  take(): number | typeof NOTHING {
    this.checkWorld();
    if (!this.active || this.place >= 0) return NOTHING;
    const at = now();
    return this.when > at ? NOTHING : this.advance(at);
  }

  protected watch(): void {
    if (this.active) startTimer(this, this.when);
  }

  protected unwatch(): void {
    stopTimer(this);
  }

  /** The time has come while receivers wait. The first of them gets the value, and those behind it wait on, for the next tick if there is one. */
  fire(): void {
    if (!this.canDeliver) return;
    this.deliver(this.advance(now()));
    if (this.active && this.isWatched) startTimer(this, this.when);
  }

  /** Nothing is there from here on. True when it was active: a value was to come, or there and not taken. */
  stop(): boolean {
    const was = this.active;
    this.active = false;
    stopTimer(this);
    return was;
  }

  /** Starts it anew, whatever it was before; the answer is stop's. */
  restart(durationMs: number, periodMs: number): boolean {
    this.checkWorld();
    const was = this.active;
    const when = dueAfter(durationMs);
    this.active = true;
    this.period = periodMs;
    this.when = when;
    if (this.isWatched) startTimer(this, when);
    return was;
  }

  private checkWorld(): void {
    if (isolation.caller === null || this.world === (callersWorld() ?? null)) return;
    throw new BubbleError(
      "a timer of one clock is used with another one: a bubble has a clock of its own; make timers, tickers and after() in the bubble that uses them",
    );
  }

  /** The value that is there at `at` is taken. */
  private advance(at: number): number {
    const due = this.when;
    if (this.period === 0) this.active = false;
    else this.when = nextTick(due, this.period, at);
    return due;
  }
}

/** The first of the times due + period, due + 2 period, … that is after `at`. */
function nextTick(due: number, period: number, at: number): number {
  const next = due + period * (1 + Math.floor((at - due) / period));
  if (next > at && next < Number.POSITIVE_INFINITY) return next;
  // Rounding has put it at `at`, or the quotient is beyond all numbers: the period is far below the grain of the clock.
  return at + period;
}

/** A duration of less than nothing is over now. */
export function dueAfter(durationMs: number): number {
  return now() + Math.max(durationMs, 0);
}
