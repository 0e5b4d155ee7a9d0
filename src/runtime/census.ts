/**
 * How many goroutines are in which state, and how many wait for what: counted from the table when somebody asks.
 *
 * Go keeps such counts per P and sums them (runtime/metrics.go); here a parked goroutine's reason is a number in its record, and a look at a million of them takes some milliseconds.
 */
import { p } from "./processor.ts";
import { G } from "./status.ts";
import { REASONS } from "./wait-reason.ts";

/** What is counted apart. `outside`: off every processor, in a call that blocks. */
export const STATES = ["runnable", "running", "waiting", "outside"] as const;
const RUNNABLE = 0;
const RUNNING = 1;
const WAITING = 2;
const OUTSIDE = 3;

/** Those of one machine. */
export interface Census {
  /** In the order of {@link STATES}. */
  readonly inState: number[];
  /** By reason (wait-reason.ts), of those that wait. */
  readonly inWait: number[];
}

export function emptyCensus(): Census {
  return { inState: [0, 0, 0, 0], inWait: new Array<number>(REASONS).fill(0) };
}

/** Counts this thread's goroutines. `isElsewhere`: made here and run on another core, which counts it. */
export function takeCensus(isElsewhere: (g: never) => boolean): Census {
  const census = emptyCensus();
  const { inState, inWait } = census;
  const { slots } = p;
  for (let i = 1; i < slots.length; i++) {
    const g = slots[i];
    if (g === undefined || g.state === G.dead || isElsewhere(g as never)) continue;
    if (g.state === G.waiting) {
      inState[WAITING] = (inState[WAITING] as number) + 1;
      inWait[g.reason] = (inWait[g.reason] ?? 0) + 1;
    } else if (g.state === G.syscall) {
      inState[OUTSIDE] = (inState[OUTSIDE] as number) + 1;
    } else {
      const state = g.state === G.running || g.state === G.exiting ? RUNNING : RUNNABLE;
      inState[state] = (inState[state] as number) + 1;
    }
  }
  return census;
}
