/**
 * What the observer answers, as data: the page, `gort top` and scripts read nothing else.
 *
 *   GET  /                       the page and its files: no token, no data of the program's
 *   GET  /api/state?…            {@link StateReply}; the query is {@link StateQuery}
 *   GET  /api/lanes?…            binary, see {@link LanesQuery}
 *   GET  /api/goroutine?id=N     {@link GoroutineDetail}; 404 when there is none of that number
 *   GET  /api/names?from=N        {@link NamesReply}
 *   GET  /api/end                answers when the program ends: {@link EndReply}
 *   GET  /api/dump?format=text|json|pprof    runtime.stacks() as a file
 *   GET  /api/trace?seconds=N    the last seconds as a trace file
 *   GET  /api/perfetto?seconds=N the same as JSON for Perfetto
 *   GET  /metrics                Prometheus
 *
 * All but the page's own files need the token: `Authorization: Bearer TOKEN`, or `?token=TOKEN` for what a browser downloads. Times are milliseconds of the process's clock unless a name says otherwise.
 */
import type { ChannelRow, Ended, GoroutineRow, Graph, GroupRow } from "../trace/rows.ts";

export type {
  ChannelRow,
  Ended,
  GoroutineDetail,
  GoroutineRow,
  Graph,
  GroupRow,
  StateQuery,
  StateWord,
} from "../trace/rows.ts";

/** The texts that marks of lanes have the numbers of, from number `first` on. */
export interface NamesReply {
  readonly first: number;
  readonly names: readonly string[];
}

/** What /api/end answers. */
export interface EndReply extends Ended {
  /** The last state. */
  readonly state: StateReply;
}

export interface StateReply {
  readonly format: 1;
  /** The process's clock. */
  readonly now: number;
  readonly pid: number;
  /** The program's file, without its folder; its path as a tooltip. */
  readonly program: string;
  readonly path: string;
  readonly node: string;
  readonly gort: string;
  readonly gomaxprocs: number;
  readonly upMs: number;
  /** The program is over; everything else is as it was last. */
  readonly ended: Ended | null;
  readonly totals: Totals;
  readonly procs: readonly ProcRow[];
  /** Those that fit the query, sorted; goroutines of a processor that computes are as they were last told. */
  readonly goroutines: readonly GoroutineRow[];
  /** How many fit. */
  readonly fitting: number;
  /** All goroutines by function, state and reason: the largest groups first, 200 at most. */
  readonly groups: readonly GroupRow[];
  /** Those that somebody waits at first, then by number; 200 at most. */
  readonly channels: readonly ChannelRow[];
  readonly graph: Graph;
  readonly warnings: readonly Warning[];
  readonly cost: Cost;
}

export interface Totals {
  readonly goroutines: number;
  readonly created: number;
  readonly ended: number;
  readonly running: number;
  readonly runnable: number;
  readonly waiting: number;
  readonly syscall: number;
  /** Of those that wait, by reason. */
  readonly blocked: Readonly<Record<string, number>>;
  readonly timers: number;
  readonly steals: number;
  readonly longSlices: number;
  /** The length of the global queue. */
  readonly queued: number;
  /** Runs of goroutines, and operations that were ready at once. */
  readonly ticks: number;
}

export interface ProcRow {
  readonly id: number;
  /** The thread; -1: it has none (yet). */
  readonly machine: number;
  readonly status: "idle" | "running";
  /** The goroutine that runs, 0 for none; its function. */
  readonly running: number;
  readonly runningName: string;
  /** How long the goroutine that runs has held it, where that is known; 0. */
  readonly sliceMs: number;
  readonly runq: number;
  readonly timers: number;
  readonly ticks: number;
  /** Milliseconds in which it had something to run, since the program began. */
  readonly busyMs: number;
  readonly stolen: number;
  /** How long ago it has told of its goroutines; it does not while it computes. */
  readonly toldMsAgo: number;
}

export interface Warning {
  /** Exact ones are alarms, all others are hints. */
  readonly level: "alarm" | "hint" | "note";
  /** In words, with numbers: "P1: goroutine 3 (parse) has not yielded for 1.8 s". */
  readonly text: string;
  /** The rule behind it, and why it might be wrong. */
  readonly rule: string;
  /** What it is about, to be selected. */
  readonly goroutine?: number;
  readonly channel?: string;
  readonly proc?: number;
}

export interface Cost {
  /** The share of processor time that being watched costs: estimated from counts and a measurement at the beginning. */
  readonly ratio: number;
  readonly budget: number;
  readonly mode: "full" | "bursts" | "counters";
  /** The share of time in which events are written down. */
  readonly recorded: number;
  /** Events that were written and lost before they were read. */
  readonly lost: number;
}

/**
 * `GET /api/lanes?from=MS&to=MS&width=PX[&goroutines=17,18]`: who ran, between two moments, drawn for so many pixels.
 *
 * The answer is little-endian: a header, then lanes. Numbers of 32 bits unless said.
 *
 *   header    "GLN1" as 4 bytes, how many lanes, f64 from, f64 to (as answered: ms), f64 now (ms)
 *   a lane    kind (0 a processor, 1 a goroutine), id, how many spans, how many marks, then its spans, then its marks
 *   a span    begin, end (units of 100 ns after `from`), goroutine, runs, flags
 *             runs: how many runs it stands for; 1: one run of `goroutine`; more: runs shorter than a pixel together, mostly of `goroutine`
 *             flags: bits 0-7 how busy it was, of 255; bits 8-10 for a processor's lane how the last run ended (RunEnd), 4: it still lasts, 7: nothing was written down (a gap);
 *                    for a goroutine's lane bits 8-10 are 0 running, 1 waiting, 2 runnable; bits 16-23 the wait's reason (WaitReason)
 *   a mark    at (units after `from`), kind (one of {@link LaneMark}), a, b
 */
export interface LanesQuery {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly goroutines?: readonly number[];
}

/** Marks of a lane: what a and b are. */
export const LaneMark = {
  /** a goroutines taken from processor b. */
  steal: 1,
  /** Of a goroutine's lane: woken; a: by which goroutine (0: the host), b: on which processor that ran. */
  woken: 2,
  /** Of a goroutine's lane: it woke goroutine a, on processor b. */
  woke: 3,
  /** A log message, region or mark of the program's: a is its number in the list of texts (GET /api/names). */
  note: 4,
} as const;
