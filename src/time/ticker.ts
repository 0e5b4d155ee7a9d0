/**
 * Events at equal distances: Ticker and tick.
 *
 * Go: time/tick.go.
 */
import { checkDuration, InvalidNumberError } from "../base/errors.ts";
import { NeverChan } from "../chan/flavors/never.ts";
import type { RecvChan } from "../chan/types.ts";
import { TimerChan } from "./timer-chan.ts";

/**
 * A channel that gives the time again and again, `intervalMs` apart.
 *
 * Each tick goes to one receiver, and is the time at which it was due (as {@link now} counts). A receiver that is slow gets the tick that it missed first,
 * at once, and no others that it missed: the next one is the next multiple of the interval after now. Nothing runs unless somebody
 * receives: a ticker that nobody waits for does not keep the process alive, and need not be stopped.
 *
 * @example
 * ```ts
 * const ticker = new Ticker(500);
 * for (let i = 0; i < 3; i++) {
 *   yield* ticker.c.recv();
 *   console.log("tick");
 * }
 * ticker.stop();
 * ```
 *
 * Go: time.Ticker, time.NewTicker, with the channels of Go 1.23.
 */
export class Ticker {
  /** Where the ticks come. Its length and capacity are 0 and it is never closed: after a stop a receiver waits for ever. */
  readonly c: RecvChan<number>;
  private readonly source: TimerChan;

  /**
   * Starts a ticker; the first tick is due after `intervalMs`.
   *
   * @param intervalMs - milliseconds, more than zero
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) "non-positive interval for NewTicker", and for NaN and what is not a number
   */
  constructor(intervalMs: number) {
    checkInterval("Ticker", intervalMs, "NewTicker");
    this.source = new TimerChan(intervalMs, intervalMs);
    this.c = this.source;
  }

  /** Ends the ticks: none is received after this, until a reset. Does not close the channel. */
  stop(): void {
    this.source.stop();
  }

  /**
   * Starts the ticker anew, also after a stop: the next tick is due after `intervalMs` from now, and no earlier one is received after this.
   *
   * @param intervalMs - milliseconds, more than zero
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) "non-positive interval for Ticker.Reset", and for NaN and what is not a number;
   *   the ticker stays as it was
   */
  reset(intervalMs: number): void {
    checkInterval("Ticker.reset", intervalMs, "Ticker.Reset");
    this.source.restart(intervalMs, intervalMs);
  }
}

/**
 * The channel of a {@link Ticker} that is never stopped. When `intervalMs` is zero or less: a channel that never gives a value.
 *
 * @param intervalMs - milliseconds
 * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number
 *
 * Go: time.Tick.
 */
export function tick(intervalMs: number): RecvChan<number> {
  checkDuration("tick", intervalMs);
  return intervalMs > 0 ? new TimerChan(intervalMs, intervalMs) : new NeverChan<number>();
}

function checkInterval(what: string, intervalMs: unknown, goName: string): void {
  checkDuration(what, intervalMs);
  if ((intervalMs as number) <= 0) throw new InvalidNumberError(`non-positive interval for ${goName}`);
}
