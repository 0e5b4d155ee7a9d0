/**
 * A trace as JSON for Perfetto (ui.perfetto.dev): what Chrome's trace event format calls "JSON Object Format".
 *
 *   process 1   the processors: a lane each, with the runs as slices, log messages and steals as marks; what the host woke in lanes of its own; tasks
 *   process 2   the goroutines: a lane each with its states, and its regions as slices
 *   arrows      from the run that woke a goroutine to the run that it woke
 *   counters    how many goroutines run, are runnable and wait
 *
 * Invariants (the rules of Perfetto's importer; test/trace/perfetto-lint.ts):
 *   I1  no event has tid 0, and none has stackFrames, sf or esf.
 *   I2  slices of one lane nest: runs do not overlap (sweep.ts), regions are B and E in their order.
 *   I3  an arrow begins and ends within a slice, half a unit behind that one's beginning at the earliest; one that has no such slice is left out.
 *   I4  `T` events of one goroutine do not overlap; "Running" ones have args.cpu and do not overlap on that processor.
 *   I5  async events have id, cat and pid, and each b has its e.
 *
 * Go: internal/traceviewer/format. Differs: states of goroutines are lanes (Perfetto 54 and later), and tids are never 0.
 */
import { WaitReason } from "../../runtime/wait-reason.ts";
import { RunEnd } from "../events.ts";
import type { Trace } from "../reader.ts";
import { JsonBytes, type Piece, piece } from "./json-bytes.ts";
import { endText } from "./summary.ts";
import { Sweep } from "./sweep.ts";
import { TraceVisitor } from "./visitor.ts";

/** Goroutines that get a lane: those that are seen first. More than a viewer can show. */
export const MOST_LANES = 10_000;

/** Lanes of process 1: processor P is FIRST_LANE + P; threads without one follow, and the host's. */
const FIRST_LANE = 1_000_001;
const FIRST_THREAD = 1_500_001;
const TIMERS = 1_900_001;
const HOST = 1_900_002;
/** A wake-up by the host is drawn as so many units. */
const HOST_UNITS = 10;
const EVENTS_A_PIECE = 4096;
/** How often the counters are written, in units. */
const COUNT_EACH = 10_000;

const HEAD = piece('{"displayTimeUnit":"ns","traceEvents":[\n');
const TAIL = piece("\n]}\n");
const RUN = piece('{"ph":"X","name":"G');
const TS = piece(',"ts":');
const DUR = piece(',"dur":');
const RUN_END = piece(',"args":{"end":"');
const ARGS_END = piece('"}}');
const STATE = piece('{"ph":"T","pid":2,"tid":');
const RUNNING = piece(',"name":"Running"');
const CPU = piece(',"args":{"cpu":');
const RUNNABLE = piece(',"name":"R"}');
const NAME = piece(',"name":"');
const QUOTE_END = piece('"}');
const END = piece("}");
const ENDS = piece("}}");
const NEXT = piece(",\n");
const SPACE = piece(" ");
const QUOTE_LANE = piece('","pid":1,"tid":');
/** By what an arrow is: a wake-up, or a goroutine that was made. */
const ARROWS = ["unblock", "go"].map((name) => ({
  begin: piece(`{"ph":"s","cat":"wake","name":"${name}","pid":1,"id":`),
  end: piece(`{"ph":"f","bp":"e","cat":"wake","name":"${name}","pid":1,"id":`),
}));
const TID = piece(',"tid":');
const HOST_RUN = piece('{"ph":"X","cat":"host","name":"wake G');
const COUNT = piece('{"ph":"C","name":"goroutines","pid":1,"ts":');
const COUNT_RUNNING = piece(',"args":{"running":');
const COUNT_RUNNABLE = piece(',"runnable":');
const COUNT_WAITING = piece(',"waiting":');

export interface PerfettoFigures {
  /** Events of Perfetto's. */
  readonly written: number;
  readonly bytes: number;
  readonly lanes: number;
  /** Goroutines that got no lane, because there are more than MOST_LANES. */
  readonly withoutLane: number;
}

/** The file in pieces of up to a few megabytes, made when they are asked for. A piece is valid until the next one is. */
export function* perfettoFile(trace: Trace): Generator<Uint8Array, PerfettoFigures> {
  const out = new JsonBytes();
  let visitor!: Drawing;
  const sweep = new Sweep(trace, (it) => {
    visitor = new Drawing(it, out);
    return visitor;
  });
  for (let more = true; more; ) {
    more = sweep.step(EVENTS_A_PIECE);
    yield out.take();
  }
  const { written, lanes } = visitor;
  return { written, bytes: out.written, lanes, withoutLane: Math.max(0, sweep.goroutines.real - lanes) };
}

class Drawing extends TraceVisitor {
  /** Events, and lanes of goroutines. */
  written = 0;
  lanes = 0;
  private readonly sweep: Sweep;
  private readonly out: JsonBytes;
  private readonly tids: readonly number[];
  /** Between the name and the time of a run. */
  private readonly lanePieces: readonly Piece[];
  /** Texts and reasons as the inside of a JSON string. */
  private readonly texts: Piece[] = [];
  private readonly ends: Piece[] = [];
  /** By goroutine: whether it has a lane; where the arrow to its next run begins (0: nowhere), when, and what it is. */
  private laned = new Uint8Array(1024);
  private arrowTids = new Int32Array(1024);
  private arrowTimes = new Float64Array(1024);
  private arrowKinds = new Uint8Array(1024);
  private arrows = 0;
  /** Until when the last slices of the host's lanes go. */
  private timersUntil = -1;
  private hostUntil = -1;
  private readonly openRegions = new Map<number, number[]>();
  private readonly openTasks = new Map<number, { text: number; tid: number }>();
  private counted = Number.NEGATIVE_INFINITY;

  constructor(sweep: Sweep, out: JsonBytes) {
    super();
    this.sweep = sweep;
    this.out = out;
    const taken = new Set<number>();
    this.tids = sweep.lanes.map(({ proc, machine }) => {
      const own = proc >= 0 && !taken.has(proc);
      taken.add(proc);
      return own ? FIRST_LANE + proc : FIRST_THREAD + machine;
    });
    this.lanePieces = this.tids.map((tid) => piece(`","pid":1,"tid":${tid},"ts":`));
    out.put(HEAD);
    this.name("process", 1, FIRST_LANE, `processors (${sweep.lanes.length})`, 0);
    this.name("process", 2, 1, "goroutines", 1);
    for (const [i, { label, machine }] of sweep.lanes.entries())
      this.name("thread", 1, this.tids[i] as number, `${label} (thread ${machine})`, i);
    this.name("thread", 1, TIMERS, "timers", TIMERS);
    this.name("thread", 1, HOST, "host", HOST);
  }

  override run(g: number, lane: number, from: number, to: number, end: number, reason: number): void {
    const { out, sweep } = this;
    const id = sweep.goroutines.id(g);
    const tid = this.tids[lane] as number;
    const name = sweep.goroutines.names[g] as number;
    this.next().put(RUN).int(id);
    if (name !== 0) out.put(SPACE).put(this.text(name));
    out
      .put(this.lanePieces[lane] as Piece)
      .micros(from)
      .put(DUR)
      .micros(to - from);
    out.put(RUN_END).put(this.ending(end, reason)).put(ARGS_END);
    if (to > from) {
      this.arrow(g, tid, from);
      if (this.hasLane(g)) {
        const { proc } = sweep.lanes[lane] as { proc: number };
        this.state(g, from, to).put(RUNNING);
        if (tid < FIRST_THREAD) out.put(CPU).int(proc).put(ENDS);
        else out.put(END);
      }
    }
    if (from - this.counted >= COUNT_EACH) this.count(from);
  }

  override queued(g: number, from: number, to: number): void {
    if (to > from && this.hasLane(g)) this.state(g, from, to).put(RUNNABLE);
  }

  override waited(g: number, from: number, to: number, reason: number): void {
    if (to <= from || !this.hasLane(g)) return;
    this.state(g, from, to).put(NAME).put(this.ending(RunEnd.blocked, reason)).put(QUOTE_END);
  }

  override made(g: number, by: number, at: number, lane: number): void {
    this.begins(g, by, at, lane, 1);
  }

  override woken(g: number, by: number, at: number, lane: number, reason: number): void {
    if (by !== 0) {
      this.begins(g, by, at, lane, 0);
      return;
    }
    const timer = reason === WaitReason.sleep;
    const tid = timer ? TIMERS : HOST;
    const { out } = this;
    if (at >= (timer ? this.timersUntil : this.hostUntil)) {
      if (timer) this.timersUntil = at + HOST_UNITS;
      else this.hostUntil = at + HOST_UNITS;
      const id = this.sweep.goroutines.id(g);
      this.next().put(HOST_RUN).int(id).put(QUOTE_LANE).int(tid);
      out.put(TS).micros(at).put(DUR).micros(HOST_UNITS);
      out.put(RUN_END).put(this.ending(RunEnd.blocked, reason)).put(ARGS_END);
    }
    this.holdArrow(g, tid, at, 0);
  }

  override steal(lane: number, from: number, count: number, at: number): void {
    this.mention("sched", "steal", lane, at, { from: `P${from}`, count });
  }

  override log(g: number, category: number, message: number, at: number, lane: number): void {
    const { list } = this.sweep.texts;
    const words = [list[category], list[message]].filter((word) => word !== "").join(": ");
    this.mention("log", words === "" ? "log" : words, lane, at, { goid: this.sweep.goroutines.id(g) });
  }

  override gap(lane: number, from: number, to: number): void {
    if (to <= from) return;
    this.object({
      ph: "X",
      cat: "gap",
      name: "not recorded",
      pid: 1,
      tid: this.tids[lane],
      ts: from / 10,
      dur: (to - from) / 10,
    });
  }

  override mark(g: number, text: number, at: number, lane: number): void {
    const name = this.sweep.texts.list[text] || "mark";
    const args = { goid: this.sweep.goroutines.id(g) };
    this.object({ ph: "i", s: "g", cat: "sched", name, pid: 1, tid: this.tids[lane], ts: at / 10, args });
  }

  override regionBegin(g: number, text: number, at: number): void {
    if (!this.hasLane(g)) return;
    const open = this.openRegions.get(g);
    if (open === undefined) this.openRegions.set(g, [text]);
    else open.push(text);
    this.region("B", g, text, at);
  }

  override regionEnd(g: number, text: number, at: number): void {
    const open = this.openRegions.get(g);
    if (open === undefined || !open.includes(text)) return;
    for (let ended = -1; ended !== text; ) this.region("E", g, (ended = open.pop() as number), at);
  }

  override taskBegin(task: number, _parent: number, text: number, at: number, lane: number): void {
    if (this.openTasks.has(task)) return;
    const open = { text, tid: this.tids[lane] as number };
    this.openTasks.set(task, open);
    this.task("b", task, open, at);
  }

  override taskEnd(task: number, _text: number, at: number): void {
    const open = this.openTasks.get(task);
    if (open === undefined) return;
    this.openTasks.delete(task);
    this.task("e", task, open, at);
  }

  override finished(at: number): void {
    for (const [g, open] of this.openRegions)
      for (const text of open.reverse()) this.region("E", g, text, at);
    for (const [task, open] of this.openTasks) this.task("e", task, open, at);
    const { goroutines, texts } = this.sweep;
    for (let g = 0; g < goroutines.count; g++) {
      if (this.laned[g] !== 1) continue;
      const id = goroutines.id(g);
      this.name("thread", 2, id, `G${id} ${texts.list[goroutines.names[g] as number]}`.trimEnd(), id);
    }
    this.out.put(TAIL);
  }

  /** An arrow may begin here, if the run of whoever did it is drawn. */
  private begins(g: number, by: number, at: number, lane: number, kind: number): void {
    const { running, runFrom, runTo } = this.sweep;
    if (running[lane] !== by || at < (runFrom[lane] as number) || at >= (runTo[lane] as number)) return;
    this.holdArrow(g, this.tids[lane] as number, at, kind);
  }

  private holdArrow(g: number, tid: number, at: number, kind: number): void {
    this.room(g);
    // A wake-up that came before its wait belongs to the run after the next.
    if (this.arrowTids[g] !== 0) return;
    this.arrowTids[g] = tid;
    this.arrowTimes[g] = at;
    this.arrowKinds[g] = kind;
  }

  /** The arrow to a run that has just been written. */
  private arrow(g: number, tid: number, from: number): void {
    const begin = this.arrowTids[g] ?? 0;
    if (begin === 0) return;
    this.arrowTids[g] = 0;
    const at = this.arrowTimes[g] as number;
    if (at > from) return;
    const id = ++this.arrows;
    const kind = ARROWS[this.arrowKinds[g] as number] as (typeof ARROWS)[number];
    this.next().put(kind.begin).int(id).put(TID).int(begin).put(TS).micros(at, true).put(END);
    this.next().put(kind.end).int(id).put(TID).int(tid).put(TS).micros(from, true).put(END);
  }

  private hasLane(g: number): boolean {
    this.room(g);
    if (this.laned[g] === 1) return true;
    if (this.lanes === MOST_LANES) return false;
    this.lanes++;
    this.laned[g] = 1;
    return true;
  }

  /** Begins a state of a goroutine's lane. */
  private state(g: number, from: number, to: number): JsonBytes {
    const out = this.next().put(STATE).int(this.sweep.goroutines.id(g));
    return out
      .put(TS)
      .micros(from)
      .put(DUR)
      .micros(to - from);
  }

  private count(at: number): void {
    this.counted = at;
    const { running, runnable, waiting } = this.sweep.census(at);
    this.next().put(COUNT).micros(at).put(COUNT_RUNNING).int(running);
    this.out.put(COUNT_RUNNABLE).int(runnable).put(COUNT_WAITING).int(waiting).put(ENDS);
  }

  private region(ph: "B" | "E", g: number, text: number, at: number): void {
    const name = this.sweep.texts.list[text] || "region";
    this.object({ ph, cat: "region", name, pid: 2, tid: this.sweep.goroutines.id(g), ts: at / 10 });
  }

  private task(ph: "b" | "e", task: number, { text, tid }: { text: number; tid: number }, at: number): void {
    const name = this.sweep.texts.list[text] || "task";
    this.object({ ph, cat: "task", id: `0x${task.toString(16)}`, name, pid: 1, tid, ts: at / 10 });
  }

  private mention(cat: string, name: string, lane: number, at: number, args: object): void {
    this.object({ ph: "i", s: "t", cat, name, pid: 1, tid: this.tids[lane], ts: at / 10, args });
  }

  private name(what: "process" | "thread", pid: number, tid: number, name: string, index: number): void {
    this.object({ ph: "M", name: `${what}_name`, pid, tid, args: { name } });
    this.object({ ph: "M", name: `${what}_sort_index`, pid, tid, args: { sort_index: index } });
  }

  /** What is rare. */
  private object(event: object): void {
    this.next().text(JSON.stringify(event));
  }

  /** Begins an event. */
  private next(): JsonBytes {
    const { out } = this;
    out.room();
    if (this.written++ > 0) out.put(NEXT);
    return out;
  }

  private text(number: number): Piece {
    return (this.texts[number] ??= inside(this.sweep.texts.list[number] as string));
  }

  private ending(end: number, reason: number): Piece {
    return (this.ends[end * 256 + reason] ??= inside(endText(end, reason)));
  }

  private room(g: number): void {
    if (g < this.laned.length) return;
    const size = Math.max(g + 1, 2 * this.laned.length);
    const { laned, arrowTids, arrowTimes, arrowKinds } = this;
    (this.laned = new Uint8Array(size)).set(laned);
    (this.arrowTids = new Int32Array(size)).set(arrowTids);
    (this.arrowTimes = new Float64Array(size)).set(arrowTimes);
    (this.arrowKinds = new Uint8Array(size)).set(arrowKinds);
  }
}

/** A text as it stands between the quotes of a JSON string. */
function inside(text: string): Piece {
  return piece(JSON.stringify(text).slice(1, -1));
}
