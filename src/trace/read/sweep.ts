/**
 * Goes through a trace once, from its beginning to its end, and tells a visitor who did what and when.
 *
 * Events say when something changed; between two of them a goroutine runs, is runnable or waits. The sweep keeps the state of each and tells every such interval
 * when it is over.
 *
 * Invariants, whatever is in the file:
 *   I1  intervals of one goroutine do not overlap; runs of one lane do not either. What would is cut, or left out when nothing remains.
 *   I2  an interval's end is not before its beginning.
 *   I3  one lost event makes one interval wrong, and not all that follow.
 *
 * A wake-up has the time when its waker's run began, if the recorder was not exact: so it may stand before the wait that it ends. It is kept (early…), and ends
 * the wait at once if its waker was still running when the wait began.
 */
import { Kind, RunEnd } from "../events.ts";
import type { MachineTrace, Trace } from "../reader.ts";
import { Cause, Goroutines, Seen, Who } from "./goroutines.ts";
import { Merge } from "./merge.ts";
import { Texts } from "./texts.ts";
import type { TraceVisitor } from "./visitor.ts";

/** States of Status events: G (runtime/status.ts), which this layer's readers do not load. */
const G_RUNNABLE = 1;
const G_WAITING = 3;
const G_SYSCALL = 4;

/** A thread that ran goroutines. */
export interface Lane {
  readonly machine: number;
  /** -1: none. */
  readonly proc: number;
  /** `P0`; `thread 3` for one without a processor. */
  readonly label: string;
}

export class Sweep {
  readonly goroutines: Goroutines = new Goroutines();
  readonly texts: Texts;
  readonly lanes: readonly Lane[];
  /** The run that a lane has told last: whose, and from when to when. */
  readonly running: Uint32Array;
  readonly runFrom: Float64Array;
  readonly runTo: Float64Array;
  private readonly trace: Trace;
  private readonly merge: Merge;
  private readonly visitor: TraceVisitor;
  /** How many are in each state of Seen. */
  private readonly counts = new Int32Array(4);
  private over = false;

  constructor(trace: Trace, visitor: (sweep: Sweep) => TraceVisitor) {
    const { machines } = trace;
    this.trace = trace;
    this.texts = new Texts(machines);
    this.lanes = machines.map(({ machine, proc }) => ({
      machine,
      proc,
      label: proc < 0 ? `thread ${machine}` : `P${proc}`,
    }));
    this.running = new Uint32Array(machines.length);
    this.runFrom = new Float64Array(machines.length);
    this.runTo = new Float64Array(machines.length).fill(Number.NEGATIVE_INFINITY);
    this.merge = new Merge(machines);
    this.visitor = visitor(this);
  }

  /** To the end. */
  all(): void {
    while (this.step(1 << 20));
  }

  /** So many events more; false: it is over. */
  step(events: number): boolean {
    const { merge } = this;
    for (let n = 0; n < events; n++) {
      if (!merge.next()) {
        this.finish();
        return false;
      }
      this.event(merge.machine, merge.index);
    }
    return true;
  }

  private event(lane: number, i: number): void {
    const { events } = this.trace.machines[lane] as MachineTrace;
    const time = events.times[i] as number;
    const a = events.as[i] as number;
    const b = events.bs[i] as number;
    switch (events.kinds[i]) {
      case Kind.run:
        this.run(this.goroutines.place(a), lane, time, b, events.reasons[i] as number);
        return;
      case Kind.unblock:
        this.unblock(this.goroutines.place(a), lane, time, b, events.reasons[i] as number);
        return;
      case Kind.create:
        this.create(this.goroutines.place(a), lane, time, b, this.name(lane, i));
        return;
      case Kind.status:
        this.status(this.goroutines.place(a), time, b, events.reasons[i] as number, this.name(lane, i));
        return;
      case Kind.steal:
        this.visitor.steal(lane, b, a, time);
        return;
      case Kind.regionBegin:
        this.visitor.regionBegin(this.goroutines.place(a), this.name(lane, i), time);
        return;
      case Kind.regionEnd:
        this.visitor.regionEnd(this.goroutines.place(a), this.name(lane, i), time);
        return;
      case Kind.taskBegin:
        this.visitor.taskBegin(a, b, this.name(lane, i), time, lane);
        return;
      case Kind.taskEnd:
        this.visitor.taskEnd(a, this.name(lane, i), time, lane);
        return;
      case Kind.log:
        this.visitor.log(this.goroutines.place(a), this.name(lane, i), this.texts.of(lane, b), time, lane);
        return;
      case Kind.gap:
        this.gap(lane, time, b);
        return;
      case Kind.mark:
        this.visitor.mark(this.goroutines.place(a), this.name(lane, i), time, lane);
        return;
    }
  }

  private name(lane: number, i: number): number {
    return this.texts.of(lane, (this.trace.machines[lane] as MachineTrace).events.names[i] as number);
  }

  private run(g: number, lane: number, began: number, b: number, reason: number): void {
    const all = this.goroutines;
    const state = all.states[g] as number;
    const end = b & 7;
    let from = Math.max(began, this.runTo[lane] as number);
    if (state !== Seen.nothing) from = Math.max(from, all.since[g] as number);
    const to = Math.max(from, began + (b >>> 3));
    this.endInterval(g, from, Who.unknown);
    this.running[lane] = all.id(g);
    this.runFrom[lane] = from;
    this.runTo[lane] = to;
    this.visitor.run(g, lane, from, to, end, reason);
    all.since[g] = to;
    if (end === RunEnd.blocked) {
      this.become(g, Seen.waiting);
      all.whys[g] = reason;
      all.older[g] = 0;
      if ((all.earlyUntil[g] as number) >= to) this.wake(g, to, all.earlyBy[g] as number);
    } else if (end === RunEnd.yielded) {
      this.become(g, Seen.runnable);
      all.whys[g] = Cause.yielded;
      return;
    } else this.become(g, Seen.ended);
    all.earlyUntil[g] = -1;
  }

  private unblock(g: number, lane: number, time: number, by: number, reason: number): void {
    const all = this.goroutines;
    this.visitor.woken(g, by, time, lane, reason);
    switch (all.states[g]) {
      case Seen.waiting:
        this.wake(g, Math.max(time, all.since[g] as number), by);
        return;
      case Seen.nothing:
        this.wake(g, time, by);
        return;
      case Seen.runnable:
        all.earlyUntil[g] = by === Who.host ? time : (this.runTo[lane] as number);
        all.earlyBy[g] = by;
    }
  }

  private wake(g: number, time: number, by: number): void {
    this.endInterval(g, time, by);
    this.becomeRunnable(g, time, Cause.woken);
  }

  private create(g: number, lane: number, time: number, by: number, name: number): void {
    const all = this.goroutines;
    if (name !== 0) all.names[g] = name;
    all.makers[g] = by;
    // A core that has stolen it writes down that it has it, too.
    if (all.states[g] !== Seen.nothing) return;
    this.visitor.made(g, by, time, lane);
    this.becomeRunnable(g, time, Cause.made);
  }

  /** It is known from elsewhere; what is known already stays. */
  private status(g: number, time: number, b: number, reason: number, name: number): void {
    const all = this.goroutines;
    if (name !== 0) all.names[g] = name;
    const state = all.states[g] as number;
    if (state === Seen.ended || (state !== Seen.nothing && (all.since[g] as number) > time)) return;
    const said = b & 7;
    if (said === G_RUNNABLE && state !== Seen.runnable) {
      this.endInterval(g, time, Who.unknown);
      this.becomeRunnable(g, time, Cause.unknown);
    } else if ((said === G_WAITING || said === G_SYSCALL) && state !== Seen.waiting) {
      this.endInterval(g, time, Who.unknown);
      this.become(g, Seen.waiting);
      all.since[g] = time;
      all.whys[g] = reason;
      all.older[g] = b >>> 3;
    }
  }

  private becomeRunnable(g: number, time: number, cause: number): void {
    const all = this.goroutines;
    this.become(g, Seen.runnable);
    all.since[g] = time;
    all.whys[g] = cause;
  }

  private become(g: number, state: number): void {
    const { states } = this.goroutines;
    const before = states[g] as number;
    this.counts[before] = (this.counts[before] as number) - 1;
    this.counts[state] = (this.counts[state] as number) + 1;
    states[g] = state;
  }

  /** How many run, are runnable and wait at a time from the last event's on: who runs until later is in the state already that follows. */
  census(at: number): { running: number; runnable: number; waiting: number } {
    const { goroutines, counts } = this;
    const census = {
      running: 0,
      runnable: counts[Seen.runnable] as number,
      waiting: counts[Seen.waiting] as number,
    };
    for (let lane = 0; lane < this.running.length; lane++) {
      if ((this.runTo[lane] as number) <= at || this.running[lane] === 0) continue;
      census.running++;
      const state = goroutines.states[goroutines.place(this.running[lane] as number)];
      if (state === Seen.runnable) census.runnable--;
      else if (state === Seen.waiting) census.waiting--;
    }
    return census;
  }

  /** Tells how it was until now. */
  private endInterval(g: number, at: number, by: number, open = false): void {
    const all = this.goroutines;
    const since = all.since[g] as number;
    const why = all.whys[g] as number;
    const to = Math.max(at, since);
    if (all.states[g] === Seen.runnable) this.visitor.queued(g, since, to, why, open);
    else if (all.states[g] === Seen.waiting)
      this.visitor.waited(g, since, to, why, by, all.older[g] as number, open);
  }

  private gap(lane: number, began: number, length: number): void {
    const from = Math.max(began, this.runTo[lane] as number);
    const to = Math.max(from, began + length);
    this.runTo[lane] = to;
    this.running[lane] = 0;
    this.visitor.gap(lane, from, to);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    const { ended } = this.trace;
    for (let g = 0; g < this.goroutines.count; g++) this.endInterval(g, ended, Who.unknown, true);
    this.visitor.finished(ended);
  }
}
