/**
 * `runtime.metrics()`: the scheduler's numbers, over all cores.
 *
 * Names are Go's where Go has the number (runtime/metrics), and in its style elsewhere: a path, a colon, a unit. Sums are taken one machine after the other while they run, so numbers need not add up to the last goroutine; no total ever goes back.
 *
 * Go: runtime/metrics.go, runtime/metrics/description.go. Differs: no histograms, which would cost a reading of the clock per switch.
 */
import { ownBooks } from "./account.ts";
import { STATES, takeCensus } from "./census.ts";
import { goroutineCount } from "./counts.ts";
import { isolation } from "./isolation.ts";
import { p } from "./processor.ts";
import { currentProcs } from "./procs.ts";
import { cores, type Figures } from "./remote.ts";
import { timersNow } from "./timers.ts";
import { REASONS, reasonText } from "./wait-reason.ts";

/** What a metric is, and how it is written for Prometheus. */
export interface Description {
  readonly name: string;
  readonly help: string;
  /** It only grows. */
  readonly isTotal: boolean;
  /** Its name stands for a family: the part of each name that differs, and what that part is called. */
  readonly label?: string;
}

const goroutines = (path: string): string => `/sched/goroutines${path}:goroutines`;

/** All of them, in the order in which they are given. `*` stands for the part that differs. */
export const DESCRIPTIONS: readonly Description[] = [
  {
    name: "/sched/gomaxprocs:threads",
    help: "The number of processors: runtime.gomaxprocs().",
    isTotal: false,
  },
  {
    name: "/sched/threads/total:threads",
    help: "Threads that run goroutines or calls that block.",
    isTotal: false,
  },
  { name: goroutines(""), help: "Goroutines that have not ended.", isTotal: false },
  { name: goroutines("-created"), help: "Goroutines made since the program began.", isTotal: true },
  { name: goroutines("-ended"), help: "Goroutines that have ended since the program began.", isTotal: true },
  {
    name: goroutines("/runnable"),
    help: "Goroutines that could run, and wait for their turn.",
    isTotal: false,
  },
  { name: goroutines("/running"), help: "Goroutines that run.", isTotal: false },
  { name: goroutines("/waiting"), help: "Goroutines that wait for something.", isTotal: false },
  {
    name: goroutines("/not-in-go"),
    help: "Goroutines in a call that blocks, on a spare thread.",
    isTotal: false,
  },
  {
    name: "/sched/blocked/*:goroutines",
    help: "Goroutines that wait, by reason.",
    isTotal: false,
    label: "reason",
  },
  {
    name: "/sched/runq/*:goroutines",
    help: "Runnable goroutines in each queue.",
    isTotal: false,
    label: "p",
  },
  {
    name: "/sched/ticks:total",
    help: "Runs of goroutines, and operations that were ready at once.",
    isTotal: true,
  },
  { name: "/sched/ticks/*:total", help: "The same, by processor.", isTotal: true, label: "p" },
  { name: "/sched/busy:seconds", help: "Time in which processors had goroutines to run.", isTotal: true },
  { name: "/sched/busy/*:seconds", help: "The same, by processor.", isTotal: true, label: "p" },
  { name: "/sched/steals:total", help: "Goroutines that a processor took from another one.", isTotal: true },
  {
    name: "/sched/long-slices:total",
    help: "Times a goroutine held its processor for 10 ms or more.",
    isTotal: true,
  },
  { name: "/sched/timers:timers", help: "Timers that run.", isTotal: false },
];

/** This thread's, as the others tell theirs. */
function ownFigures(): Figures {
  return {
    ...ownBooks(),
    processor: cores.remote.procId,
    isAlive: true,
    goroutines: goroutineCount(),
    runq: p.runq.size,
    timers: timersNow().heap.size,
    stolen: cores.remote.stolen(),
    census: takeCensus(cores.remote.isElsewhere),
  };
}

/** See {@link Runtime.metrics} (info.ts). */
export function metrics(): Record<string, number> {
  // Other threads are no part of a world apart.
  const others = isolation.world === null ? cores.remote.figures() : [];
  return metricsOf([ownFigures(), ...others], currentProcs(), cores.remote.queued());
}

/** The same of any machines, for whoever has read their books elsewhere (web/observer). `queued`: the length of the global queue. */
export function metricsOf(all: readonly Figures[], procs: number, queued: number): Record<string, number> {
  const sum = (of: (one: Figures) => number): number => all.reduce((total, one) => total + of(one), 0);
  const inState = (state: (typeof STATES)[number]): number =>
    sum(({ census }) => census.inState[STATES.indexOf(state)] as number);
  const alive = sum((one) => one.goroutines);
  // Whoever was made while the machines were read one after the other is alive, and was not counted.
  const created = Math.max(
    alive,
    sum((one) => one.created),
  );
  const found: Record<string, number> = {
    "/sched/gomaxprocs:threads": procs,
    "/sched/threads/total:threads": sum(({ isAlive }) => (isAlive ? 1 : 0)),
    [goroutines("")]: alive,
    [goroutines("-created")]: created,
    [goroutines("-ended")]: ended(created - alive),
    [goroutines("/runnable")]: inState("runnable"),
    [goroutines("/running")]: inState("running"),
    [goroutines("/waiting")]: inState("waiting"),
    [goroutines("/not-in-go")]: inState("outside"),
  };
  for (let reason = 0; reason < REASONS; reason++) {
    const count = sum(({ census }) => census.inWait[reason] ?? 0);
    if (count > 0) found[`/sched/blocked/${reasonPath(reason)}:goroutines`] = count;
  }
  eachProcessor(all, procs, "/sched/runq/", ":goroutines", found, (one) => one.runq);
  found["/sched/runq/global:goroutines"] = queued;
  found["/sched/ticks:total"] = sum((one) => one.steps);
  eachProcessor(all, procs, "/sched/ticks/", ":total", found, (one) => one.steps);
  found["/sched/busy:seconds"] = sum((one) => one.busyMs) / 1000;
  eachProcessor(all, procs, "/sched/busy/", ":seconds", found, (one) => one.busyMs / 1000);
  found["/sched/steals:total"] = sum((one) => one.stolen);
  found["/sched/long-slices:total"] = sum((one) => one.longSlices);
  found["/sched/timers:timers"] = sum((one) => one.timers);
  return found;
}

/** Those of a processor: of all machines that it has had. */
function eachProcessor(
  all: readonly Figures[],
  procs: number,
  before: string,
  behind: string,
  found: Record<string, number>,
  of: (one: Figures) => number,
): void {
  for (let i = 0; i < procs; i++) found[`${before}p${i}${behind}`] = 0;
  for (const one of all) {
    if (one.processor < 0) continue;
    const name = `${before}p${one.processor}${behind}`;
    found[name] = (found[name] ?? 0) + of(one);
  }
}

/** A reason's words as part of a path: "chan receive" is chan-receive, "select (no cases)" is select-no-cases. */
function reasonPath(reason: number): string {
  return reasonText(reason).replaceAll(/[()]/g, "").replaceAll(" ", "-");
}

const last = { ended: 0 };

/** A total that never goes back, though it is a difference of numbers that were read at different moments. */
function ended(count: number): number {
  if (isolation.world !== null) return count;
  last.ended = Math.max(last.ended, count);
  return last.ended;
}
