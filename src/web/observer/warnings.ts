/**
 * What looks wrong, in words. Only what cannot be otherwise is an alarm; all else says by which rule it was found, and why that might be wrong.
 *
 * Rules over time are fed with one look after the other (`look`), and say what they have found (`found`).
 */
import type { ChannelRow, Cost, Graph, ProcRow, Warning } from "../protocol.ts";

const SLICE_MS = 10;
const LONG_MS = 100;
const NEVER_MS = 1000;
const QUEUE = 2;
const IDLE_MS = 20;
const STUCK_MS = 5000;
const MOST_CHANNELS = 3;
const SPAN_MS = 10_000;
const SPANS = 6;

/** What the rules look at. */
export interface Sight {
  readonly nowMs: number;
  readonly goroutines: number;
  readonly procs: readonly ProcRow[];
}

/** What they are told besides when somebody asks. */
export interface Shown {
  readonly procs: readonly ProcRow[];
  readonly channels: readonly ChannelRow[];
  readonly graph: Graph;
  readonly cost: Cost;
  readonly longRuns: readonly LongRun[];
  readonly nameOf: (goroutine: number) => string;
}

/** A run of the last seconds that took long. */
export interface LongRun {
  readonly proc: number;
  readonly goroutine: number;
  readonly name: string;
  readonly ms: number;
  readonly agoMs: number;
}

export class Warnings {
  /** Of each processor that is idle while another one has a queue: since when, and whose. */
  private readonly idle = new Map<number, { since: number; ticks: number; other: number; queue: number }>();
  /** The least number of goroutines in each of the last spans of ten seconds. */
  private least: number[] = [];
  private span = -1;
  private seenMs = 0;
  private grownTo = 0;

  look({ nowMs, goroutines, procs }: Sight): void {
    this.seenMs = nowMs;
    const busiest = procs.reduce((a, b) => (b.runq > a.runq ? b : a), procs[0] as ProcRow);
    for (const proc of procs) {
      const its = this.idle.get(proc.id);
      if (proc.status !== "idle" || proc === busiest || busiest.runq <= QUEUE) this.idle.delete(proc.id);
      else if (its === undefined || its.ticks !== proc.ticks || its.other !== busiest.id)
        this.idle.set(proc.id, {
          since: nowMs,
          ticks: proc.ticks,
          other: busiest.id,
          queue: busiest.runq,
        });
      else its.queue = busiest.runq;
    }
    const span = Math.floor(nowMs / SPAN_MS);
    if (span !== this.span) {
      // A span that nobody has seen breaks the row.
      if (span !== this.span + 1) this.least = [];
      this.span = span;
      this.least.push(goroutines);
      if (this.least.length > SPANS + 1) this.least.shift();
    } else {
      const last = this.least.length - 1;
      this.least[last] = Math.min(this.least[last] as number, goroutines);
    }
    this.grownTo = goroutines;
  }

  found({ procs, channels, graph, cost, longRuns, nameOf }: Shown): Warning[] {
    const all: Warning[] = [];
    for (const cycle of graph.cycles) all.push(cycleWarning(cycle, nameOf));
    for (const proc of procs) {
      if (proc.sliceMs > SLICE_MS) all.push(sliceWarning(proc));
      else all.push(...pastWarning(longRuns.filter((one) => one.proc === proc.id)));
    }
    for (const [proc, { since, other, queue }] of this.idle) {
      const forMs = this.seenMs - since;
      if (forMs <= IDLE_MS) continue;
      all.push({
        level: "hint",
        text: `P${proc} is idle while P${other} has ${queue} goroutines in its queue, for ${ago(forMs)}`,
        rule: `A processor idle for more than ${IDLE_MS} ms while another one's queue is longer than ${QUEUE}. Wrong if those goroutines may run only where they are: only portable ones can be stolen.`,
        proc,
      });
    }
    all.push(...channelWarnings(channels.filter(({ stuckMs }) => stuckMs > STUCK_MS)));
    if (this.least.length > SPANS && this.least.every((n, i) => i === 0 || n > (this.least[i - 1] as number)))
      all.push({
        level: "hint",
        text: `the number of goroutines has grown for ${ago(SPANS * SPAN_MS)}: ${this.least[0]} to ${this.grownTo}`,
        rule: `The least number in each of ${SPANS} spans of ${SPAN_MS / 1000} s was above the one before. Wrong if the program has just more to do than a minute ago.`,
      });
    if (cost.lost > 0)
      all.push({
        level: "note",
        text: `${cost.lost} events were lost: the lanes have gaps`,
        rule: "Events that were overwritten before the observer read them. Counters and tables do not depend on events.",
      });
    if (cost.ratio > cost.budget)
      all.push({
        level: "note",
        text: `being watched costs ${percent(cost.ratio)} of the time, over the budget of ${percent(cost.budget)}`,
        rule: "Estimated from the number of events and a measurement at the beginning. GORT_OBSERVE_BUDGET sets the budget.",
      });
    return all;
  }
}

function cycleWarning(cycle: readonly number[], nameOf: (goroutine: number) => string): Warning {
  const who = cycle.map((goroutine) => called(goroutine, nameOf(goroutine)));
  return {
    level: "alarm",
    text:
      cycle.length === 1
        ? `${who[0]} waits for itself`
        : `${cycle.length} goroutines wait for each other in a circle: ${who.join(", ")}`,
    rule: "Each waits for what the next one is, or has got and not given back. That is so; a lock of the circle could still be given back by somebody who does not hold it.",
    ...(cycle[0] === undefined ? {} : { goroutine: cycle[0] }),
  };
}

function sliceWarning({ id, running, runningName, sliceMs }: ProcRow): Warning {
  const who = running === 0 ? "whoever runs" : called(running, runningName);
  const limit = sliceMs > NEVER_MS ? NEVER_MS : sliceMs > LONG_MS ? LONG_MS : SLICE_MS;
  return {
    level: sliceMs > LONG_MS ? "hint" : "note",
    text: `P${id}: ${who} has not yielded for ${ago(sliceMs)}`,
    rule: `A slice longer than ${limit} ms; it should be over after half of one. Wrong if the system has given the thread no time, if it is stopped in a debugger, or if several goroutines were slow one after the other.`,
    ...(running === 0 ? {} : { goroutine: running }),
    proc: id,
  };
}

/** The longest of them; the others are counted. */
function pastWarning(runs: readonly LongRun[]): Warning[] {
  const longest = runs.reduce<LongRun | null>(
    (most, one) => (most === null || one.ms > most.ms ? one : most),
    null,
  );
  if (longest === null || longest.ms <= LONG_MS) return [];
  const { proc, goroutine, name, ms, agoMs } = longest;
  const others = runs.length === 1 ? "" : `; ${runs.length} runs over ${SLICE_MS} ms in the last seconds`;
  return [
    {
      level: "hint",
      text: `P${proc}: ${called(goroutine, name)} has run for ${ago(ms)} without giving way, ${ago(agoMs)} ago${others}`,
      rule: `A run longer than ${LONG_MS} ms: nobody else runs there meanwhile, and neither timers nor sockets are served. Wrong if the system has given the thread no time.`,
      goroutine,
      proc,
    },
  ];
}

/** Those that have been stuck longest, one by one; of more than {@link MOST_CHANNELS} the rest is counted. */
function channelWarnings(rows: readonly ChannelRow[]): Warning[] {
  return [
    ...some(
      rows.filter(({ senderCount }) => senderCount > 0),
      sendersWarning,
    ),
    ...some(
      rows.filter(({ senderCount, receiverCount }) => senderCount === 0 && receiverCount > 0),
      receiversWarning,
    ),
  ];
}

function some(rows: readonly ChannelRow[], warning: (row: ChannelRow) => Warning): Warning[] {
  const sorted = [...rows].sort((a, b) => b.stuckMs - a.stuckMs);
  const shown = sorted.slice(0, MOST_CHANNELS).map(warning);
  const last = sorted[MOST_CHANNELS];
  if (last === undefined) return shown;
  const { level, rule } = warning(last);
  const more = sorted.length - MOST_CHANNELS;
  return [...shown, { level, text: `${more} more ${more === 1 ? "channel" : "channels"} like that`, rule }];
}

function sendersWarning({ label, capacity, senderCount, stuckMs }: ChannelRow): Warning {
  const waits = count(senderCount, "sender");
  return {
    level: "hint",
    text:
      capacity === 0
        ? `nobody receives from ${label} for ${ago(stuckMs)}: ${waits}`
        : `${label} is full (${capacity}) for ${ago(stuckMs)}: ${waits}`,
    rule: `A channel with senders that wait for more than ${STUCK_MS / 1000} s. Wrong if its receiver is meant to be slow.`,
    channel: label,
  };
}

function receiversWarning({ label, receiverCount, stuckMs }: ChannelRow): Warning {
  return {
    level: "note",
    text: `${label} is empty for ${ago(stuckMs)}: ${count(receiverCount, "receiver")}`,
    rule: `A channel with receivers that wait for more than ${STUCK_MS / 1000} s. Usual for workers with nothing to do.`,
    channel: label,
  };
}

function called(goroutine: number, name: string): string {
  return name === "" ? `goroutine ${goroutine}` : `goroutine ${goroutine} (${name})`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? " waits" : "s wait"}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A time in words: 15 ms, 1.8 s, 3 m. */
function ago(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} m`;
}
