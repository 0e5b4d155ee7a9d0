/**
 * What the counters were: one sample an answer, five minutes of them; rates come from differences. The sparklines beside the lanes and the charts read it.
 */
import type { StateReply } from "../protocol.ts";

const MOST = 1200;

export interface Sample {
  readonly now: number;
  readonly running: number;
  readonly runnable: number;
  readonly waiting: number;
  readonly syscall: number;
  readonly queued: number;
  readonly runq: readonly number[];
  /** A second, since the sample before. */
  readonly steals: number;
  readonly ticks: number;
  /** Share of the processors' time with something to run. */
  readonly busy: number;
}

export const samples: Sample[] = [];

let before: StateReply | undefined;

export function remember(reply: StateReply): void {
  if (before !== undefined && reply.now <= before.now) return;
  const { totals, procs, now } = reply;
  const elapsed = before === undefined ? 0 : now - before.now;
  const busyMs = (one: StateReply): number => one.procs.reduce((sum, proc) => sum + proc.busyMs, 0);
  const rate = (key: "steals" | "ticks"): number =>
    elapsed > 0 ? Math.max(((totals[key] - before!.totals[key]) / elapsed) * 1000, 0) : 0;
  samples.push({
    now,
    running: totals.running,
    runnable: totals.runnable,
    waiting: totals.waiting,
    syscall: totals.syscall,
    queued: totals.queued,
    runq: procs.map((proc) => proc.runq),
    steals: rate("steals"),
    ticks: rate("ticks"),
    busy:
      elapsed > 0 && procs.length > 0
        ? Math.min(Math.max((busyMs(reply) - busyMs(before!)) / elapsed / procs.length, 0), 1)
        : 0,
  });
  if (samples.length > MOST) samples.splice(0, samples.length - MOST);
  before = reply;
}
