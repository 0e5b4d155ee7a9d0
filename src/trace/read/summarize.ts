/**
 * The visitor behind a summary: everything is counted while the sweep goes on, and nothing is kept of single events but the longest of each kind.
 */
import { reasonText } from "../../runtime/wait-reason.ts";
import { RunEnd } from "../events.ts";
import type { Trace } from "../reader.ts";
import { Who } from "./goroutines.ts";
import { Longest } from "./longest.ts";
import { Spread } from "./spread.ts";
import { endText, MOST_ROWS, milliseconds, type SpreadRow, type TraceSummary } from "./summary.ts";
import { Sweep } from "./sweep.ts";
import { TraceVisitor } from "./visitor.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Row<K extends "longestWaits" | "longestRuns" | "steals" | "functions"> = Mutable<
  TraceSummary[K][number]
>;

/** Pairs of texts as one number. */
const PAIR = 2 ** 26;
/** A text's number for the host as a waker. */
const HOST = PAIR - 1;
const SECOND = 10_000_000;

/** Goes through a trace and counts. */
export function summarize(trace: Trace): TraceSummary {
  let counter!: Counter;
  const sweep = new Sweep(trace, (it) => {
    counter = new Counter(it, trace);
    return counter;
  });
  sweep.all();
  return counter.summary();
}

class Counter extends TraceVisitor {
  private readonly sweep: Sweep;
  private readonly trace: Trace;
  private readonly busy: Float64Array;
  private readonly runs: Float64Array;
  private readonly queue: Spread = new Spread();
  private readonly waits: Longest<Row<"longestWaits">> = new Longest(MOST_ROWS);
  private readonly longRuns: Longest<Row<"longestRuns">> = new Longest(MOST_ROWS);
  private readonly wakes = new Map<number, number>();
  private wakesInAll = 0;
  private madeCount = 0;
  private endedCount = 0;
  private failedCount = 0;
  private gapCount = 0;
  private gapUnits = 0;
  /** By goroutine: runs, and units in each state. Summed up by function at the end, when all names are known. */
  private ofRuns = new Float64Array(1024);
  private ofRunning = new Float64Array(1024);
  private ofRunnable = new Float64Array(1024);
  private ofWaiting = new Float64Array(1024);
  private readonly steals = new Map<string, Row<"steals">>();
  private readonly openRegions = new Map<number, { text: number; at: number }[]>();
  private readonly regions = new Map<number, Spread>();
  private readonly openTasks = new Map<number, { text: number; at: number }>();
  private readonly tasks = new Map<number, Spread>();
  private readonly logs = new Map<number, number>();
  private readonly marks: Mutable<TraceSummary["marks"][number]>[] = [];

  constructor(sweep: Sweep, trace: Trace) {
    super();
    this.sweep = sweep;
    this.trace = trace;
    this.busy = new Float64Array(sweep.lanes.length);
    this.runs = new Float64Array(sweep.lanes.length);
  }

  override run(g: number, lane: number, from: number, to: number, end: number, reason: number): void {
    const length = to - from;
    this.busy[lane] = (this.busy[lane] as number) + length;
    this.runs[lane] = (this.runs[lane] as number) + 1;
    if (end === RunEnd.ended) this.endedCount++;
    else if (end === RunEnd.failed) this.failedCount++;
    this.room(g);
    this.ofRuns[g] = (this.ofRuns[g] as number) + 1;
    this.ofRunning[g] = (this.ofRunning[g] as number) + length;
    if (this.longRuns.fits(length)) {
      this.longRuns.add(length, {
        goroutine: g,
        fn: "",
        lane: this.label(lane),
        ms: milliseconds(length),
        at: this.at(from),
        end: endText(end, reason),
      });
    }
  }

  override queued(g: number, from: number, to: number, _cause: number, open: boolean): void {
    this.room(g);
    this.ofRunnable[g] = (this.ofRunnable[g] as number) + to - from;
    if (!open) this.queue.add(to - from);
  }

  override waited(
    g: number,
    from: number,
    to: number,
    reason: number,
    by: number,
    older: number,
    open: boolean,
  ): void {
    this.room(g);
    this.ofWaiting[g] = (this.ofWaiting[g] as number) + to - from;
    const length = to - from + older * SECOND;
    if (!this.waits.fits(length)) return;
    const ended = open
      ? "not ended"
      : by === Who.unknown
        ? "unknown"
        : by === Who.host
          ? "host"
          : "goroutine";
    this.waits.add(length, {
      goroutine: g,
      fn: "",
      reason: reasonText(reason),
      ms: milliseconds(length),
      at: this.at(from),
      ended,
      by: ended === "goroutine" ? by : 0,
      byFn: "",
      older: older > 0,
    });
  }

  override made(): void {
    this.madeCount++;
  }

  override woken(g: number, by: number): void {
    const { goroutines } = this.sweep;
    const waker = by === Who.host ? HOST : (goroutines.names[goroutines.place(by)] as number);
    const pair = waker * PAIR + (goroutines.names[g] as number);
    this.wakes.set(pair, (this.wakes.get(pair) ?? 0) + 1);
    this.wakesInAll++;
  }

  override steal(lane: number, from: number, count: number): void {
    const key = `${lane} ${from}`;
    let row = this.steals.get(key);
    if (row === undefined)
      this.steals.set(key, (row = { by: this.label(lane), from: `P${from}`, times: 0, goroutines: 0 }));
    row.times++;
    row.goroutines += count;
  }

  override regionBegin(g: number, text: number, at: number): void {
    const open = this.openRegions.get(g);
    if (open === undefined) this.openRegions.set(g, [{ text, at }]);
    else open.push({ text, at });
  }

  override regionEnd(g: number, text: number, at: number): void {
    const open = this.openRegions.get(g);
    const place = open?.findLastIndex((region) => region.text === text) ?? -1;
    if (open === undefined || place < 0) return;
    const [{ at: began }] = open.splice(place) as [{ text: number; at: number }, ...unknown[]];
    spreadOf(this.regions, text).add(at - began);
  }

  override taskBegin(task: number, _parent: number, text: number, at: number): void {
    this.openTasks.set(task, { text, at });
  }

  override taskEnd(task: number, _text: number, at: number): void {
    const open = this.openTasks.get(task);
    if (open === undefined) return;
    this.openTasks.delete(task);
    spreadOf(this.tasks, open.text).add(Math.max(0, at - open.at));
  }

  override log(_g: number, category: number): void {
    this.logs.set(category, (this.logs.get(category) ?? 0) + 1);
  }

  override gap(_lane: number, from: number, to: number): void {
    this.gapCount++;
    this.gapUnits += to - from;
  }

  override mark(g: number, text: number, at: number): void {
    if (this.marks.length < MOST_ROWS)
      this.marks.push({ what: this.text(text), goroutine: this.sweep.goroutines.id(g), at: this.at(at) });
  }

  summary(): TraceSummary {
    const { trace, sweep } = this;
    const { goroutines } = sweep;
    const duration = trace.ended - trace.began;
    return {
      format: 1,
      meta: trace.meta,
      end: trace.end,
      endsEarly: trace.end === null,
      cutBytes: trace.cutBytes,
      damagedChunks: trace.damagedChunks,
      unknownChunks: trace.unknownChunks,
      durationMs: milliseconds(duration),
      events: trace.count,
      lost: trace.lost,
      gaps: { count: this.gapCount, totalMs: milliseconds(this.gapUnits) },
      goroutines: {
        seen: goroutines.real,
        made: this.madeCount,
        ended: this.endedCount,
        failed: this.failedCount,
        left: goroutines.real - this.endedCount - this.failedCount,
      },
      processors: sweep.lanes.map(({ label, machine, proc }, i) => ({
        label,
        machine,
        proc,
        runs: this.runs[i] as number,
        busyMs: milliseconds(this.busy[i] as number),
        busy: duration === 0 ? 0 : (this.busy[i] as number) / duration,
      })),
      queue: rowOf(this.queue),
      longestWaits: this.waits.rows.map((row) => ({
        ...row,
        ...this.who(row.goroutine),
        byFn: row.by === 0 ? "" : this.who(goroutines.place(row.by)).fn,
      })),
      longestRuns: this.longRuns.rows.map((row) => ({ ...row, ...this.who(row.goroutine) })),
      wakes: [...this.wakes]
        .sort((one, other) => other[1] - one[1])
        .slice(0, MOST_ROWS)
        .map(([pair, count]) => {
          const by = Math.floor(pair / PAIR);
          return { by: by === HOST ? "host" : this.text(by), fn: this.text(pair % PAIR), count };
        }),
      wakesInAll: this.wakesInAll,
      functions: this.functions(),
      steals: [...this.steals.values()].sort((one, other) => other.goroutines - one.goroutines),
      regions: this.named(this.regions),
      tasks: this.taskRows(),
      logs: [...this.logs]
        .map(([text, count]) => ({ category: this.text(text), count }))
        .sort((one, other) => other.count - one.count),
      marks: this.marks,
    };
  }

  private functions(): TraceSummary["functions"] {
    const { goroutines } = this.sweep;
    const rows = new Map<number, Row<"functions">>();
    for (let g = 0; g < goroutines.count; g++) {
      if (goroutines.id(g) === 0) continue;
      const name = goroutines.names[g] as number;
      let row = rows.get(name);
      if (row === undefined) {
        row = { fn: this.text(name), goroutines: 0, runs: 0, runningMs: 0, runnableMs: 0, waitingMs: 0 };
        rows.set(name, row);
      }
      row.goroutines++;
      row.runs += this.ofRuns[g] ?? 0;
      row.runningMs += milliseconds(this.ofRunning[g] ?? 0);
      row.runnableMs += milliseconds(this.ofRunnable[g] ?? 0);
      row.waitingMs += milliseconds(this.ofWaiting[g] ?? 0);
    }
    return [...rows.values()].sort(
      (one, other) => other.runningMs - one.runningMs || other.waitingMs - one.waitingMs,
    );
  }

  private taskRows(): TraceSummary["tasks"] {
    const open = new Map<string, number>();
    for (const { text } of this.openTasks.values()) {
      spreadOf(this.tasks, text);
      open.set(this.text(text), (open.get(this.text(text)) ?? 0) + 1);
    }
    return this.named(this.tasks).map((row) => ({ ...row, open: open.get(row.name) ?? 0 }));
  }

  private named(spreads: ReadonlyMap<number, Spread>): TraceSummary["regions"] {
    return [...spreads]
      .map(([text, spread]) => ({ name: this.text(text), ...rowOf(spread) }))
      .sort((one, other) => other.totalMs - one.totalMs);
  }

  private who(g: number): { goroutine: number; fn: string } {
    const { goroutines } = this.sweep;
    return { goroutine: goroutines.id(g), fn: this.text(goroutines.names[g] as number) };
  }

  private text(number: number): string {
    return this.sweep.texts.list[number] as string;
  }

  private label(lane: number): string {
    return this.sweep.lanes[lane]?.label ?? "";
  }

  private at(units: number): number {
    return milliseconds(units - this.trace.began);
  }

  private room(g: number): void {
    if (g < this.ofRuns.length) return;
    this.ofRuns = doubled(this.ofRuns, g);
    this.ofRunning = doubled(this.ofRunning, g);
    this.ofRunnable = doubled(this.ofRunnable, g);
    this.ofWaiting = doubled(this.ofWaiting, g);
  }
}

function doubled(from: Float64Array<ArrayBuffer>, place: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(Math.max(place + 1, from.length * 2));
  to.set(from);
  return to;
}

function spreadOf(all: Map<number, Spread>, text: number): Spread {
  let spread = all.get(text);
  if (spread === undefined) all.set(text, (spread = new Spread()));
  return spread;
}

function rowOf(spread: Spread): SpreadRow {
  return {
    count: spread.count,
    totalMs: milliseconds(spread.total),
    p50Ms: milliseconds(spread.percentile(0.5)),
    p99Ms: milliseconds(spread.percentile(0.99)),
    maxMs: milliseconds(spread.max),
  };
}
