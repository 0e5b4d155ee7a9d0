/**
 * P, the processor: a run queue and the right to run goroutines. There is one in each thread.
 *
 * Invariants (owner thread only):
 *   I1  a goroutine is in `runq` exactly while its status is runnable, and then once.
 *   I2  `current` is the goroutine whose code is on the stack, else {@link nobody}.
 *   I3  something runnable implies that the loop runs or has been asked for (`looping` or `slice.requested`).
 *
 * The run queue holds goroutines and waiters of async code alike, so that both are served in one order.
 *
 * Go: runtime/runtime2.go (p), proc.go (runqput, ready). Differs: no `runnext` slot; the contract is first in, first out.
 */
import { Ring } from "../base/ring.ts";
import { slice } from "./slice.ts";
import { G } from "./status.ts";

/** What can stand in the run queue. */
export interface Runnable {
  /** Runs until it parks, ends or hands over its value. Never throws. */
  run(): void;
}

/** The part of a goroutine that parking needs; the whole of it is in goroutine.ts. */
export interface Parkable extends Runnable {
  readonly id: number;
  state: number;
  /** Why it waits: an index of the table in wait-reason.ts. A number, because a store of one needs no write barrier. */
  reason: number;
  /** Whole seconds of the runtime's clock when it parked. */
  waitSince: number;
}

/** Stands in `current` while no goroutine runs; its state fails every check, so parking needs only one. */
export const nobody: Parkable = {
  id: 0,
  state: G.dead,
  reason: 0,
  waitSince: 0,
  run(): void {},
};

export class Processor {
  readonly runq: Ring<Runnable> = new Ring<Runnable>(256);
  current: Parkable = nobody;
  /** The loop is on the stack. */
  looping = false;
  /** Counts what was run: every 61st time the global queue goes first. */
  tick = 0;
}

export const p: Processor = new Processor();

/** Puts a parked or new goroutine at the end of the run queue. Go: goready. */
export function ready(g: Parkable): void {
  g.state = G.runnable;
  p.runq.push(g);
  if (!p.looping) slice.request();
}

/** Puts a waiter of async code at the end of the run queue. */
export function readyOutside(runnable: Runnable): void {
  p.runq.push(runnable);
  if (!p.looping) slice.request();
}
