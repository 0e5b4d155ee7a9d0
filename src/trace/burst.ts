/**
 * How much of the time events are written down for whoever looks at the page: all of it, or bursts that cost no more than the budget.
 *
 * What recording costs is told from how much has been recorded, by what a reading of the clock and an event cost on this machine, which is measured once. It is nothing that a program should have to think about, so the budget is kept without asking: of each
 * {@link PERIOD_MS} a share is recorded, and that share follows what has been spent. A trace of the program's own is always whole.
 */
import { clock } from "../runtime/clock.ts";
import { askEvents, Traced, tracedNow, tracing } from "./switch.ts";

const PERIOD_MS = 100;
const LEAST_SHARE = 0.02;
const USUAL_BUDGET = 0.03;
const SAMPLES = 200;
/** What is done beside it costs a run as much again (bench: trace-on); an event is a few stores. */
const RUN_READS = 2;
const EVENT_READS = 0.25;

/** The least that a reading of the clock has taken so far, in milliseconds: at first V8 has not compiled any of this. */
let readMs = Number.POSITIVE_INFINITY;

function measureClock(): void {
  const from = clock.read();
  let last = from;
  for (let i = 0; i < SAMPLES; i++) last = clock.read();
  if (last > from) readMs = Math.min(readMs, (last - from) / SAMPLES);
}

/** The share of a processor's time that being watched may cost: GORT_OBSERVE_BUDGET. */
export function observeBudget(): number {
  const budget = Number(process.env["GORT_OBSERVE_BUDGET"]);
  return budget > 0 && budget <= 1 ? budget : USUAL_BUDGET;
}

export class Bursts {
  /** The share of the time that is recorded. */
  share = 0;

  private isWanted = false;
  private timer: NodeJS.Timeout | null = null;
  private reads = 0;
  private events = 0;

  /** Whether somebody wants events. */
  wanted(events: boolean): void {
    if (events === this.isWanted) return;
    this.isWanted = events;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.share = events ? 1 : 0;
    if (events) {
      measureClock();
      this.reads = tracing.recorder?.reads ?? 0;
      this.events = tracing.recorder?.events ?? 0;
    }
    askEvents(events);
  }

  /** What recording has cost since it was asked last, `elapsedMs` ago; decides how much is recorded from here on. */
  costMs(elapsedMs: number): number {
    const { recorder } = tracing;
    if (!this.isWanted || recorder === null) return 0;
    measureClock();
    const reads = (recorder.reads - this.reads) * RUN_READS + (recorder.events - this.events) * EVENT_READS;
    const spent = reads * readMs;
    this.reads = recorder.reads;
    this.events = recorder.events;
    if ((tracedNow() & Traced.recorded) !== 0) {
      this.share = 1;
      return spent;
    }
    const budget = observeBudget();
    const ratio = spent / elapsedMs;
    if (ratio > budget) this.share = Math.max(LEAST_SHARE, this.share * (budget / ratio));
    else if (ratio < budget / 2) this.share = Math.min(1, this.share * 1.5);
    if (this.share < 1 && this.timer === null) this.pause();
    return spent;
  }

  private pause(): void {
    if (this.share >= 1) {
      this.timer = null;
      return;
    }
    askEvents(false);
    this.timer = setTimeout(() => this.record(), PERIOD_MS * (1 - this.share));
    this.timer.unref();
  }

  private record(): void {
    askEvents(true);
    this.timer = setTimeout(() => this.pause(), Math.max(1, PERIOD_MS * this.share));
    this.timer.unref();
  }
}
