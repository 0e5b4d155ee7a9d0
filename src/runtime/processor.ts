/**
 * P, the processor: a run queue and the right to run goroutines. There is one in each thread.
 *
 * Invariants (owner thread only):
 *   I1  a goroutine is in `runq` exactly while its status is runnable, and then once.
 *   I2  `current` is the goroutine whose code is on the stack, else {@link nobody}.
 *   I3  something runnable implies that the loop runs (`looping`) or has been asked for.
 *
 * Goroutines stand in a table, and the run queue and `current` hold places in it, numbers: a goroutine is often young and the queue is old, and every
 * pointer from old to young costs the garbage collector's write barrier (four in a round trip, a tenth of its time). Waiters of async
 * code have a queue of their own, and a mark in the run queue, so that all are served in one order.
 *
 * The functions here are the hot path of every switch. They stand beside `own`, a constant of this module that is not exported: V8 folds
 * such a constant into the code it inlines, and an imported one it does not.
 *
 * Go: runtime/runtime2.go (p), proc.go (runqput, ready, gopark). Differs: no `runnext` slot; the contract is first in, first out.
 */
import { Ring } from "../base/ring.ts";
import { order } from "./order.ts";
import { G } from "./status.ts";
import type { WaitReason } from "./wait-reason.ts";

/** What can stand in the run queue. */
export interface Runnable {
  /** Runs until it parks, ends or hands over its value. Never throws. */
  run(): void;
}

/** The part of a goroutine that parking needs; the whole of it is in goroutine.ts. */
export interface Parkable extends Runnable {
  readonly id: number;
  /** Its place in the table. */
  slot: number;
  state: number;
  /** Why it waits. A number, because a store of one needs no write barrier. */
  reason: WaitReason;
  /** Whole seconds of the runtime's clock when it parked. */
  waitSince: number;
  /** As a timer (timers.ts): a goroutine that sleeps is its own. {@link RESTED} when its time has come and it has not gone on. */
  place: number;
  readonly quiet: boolean;
  fire(): void;
}

/**
 * Whoever writes down what happens here (trace/recorder.ts). In hot code there is a check for each run, and nothing else.
 *
 * Go: runtime/traceruntime.go.
 */
export interface Tracer {
  /** The loop begins: goroutines run one after the other from here on. */
  begin(): void;
  /** Runs it. */
  run(next: Runnable): void;
  /** The loop is left. */
  end(): void;
  /** `g` is about to be made ready, its state is the one before: idle when it is new. */
  woken(g: Parkable): void;
  /** `count` goroutines have been taken from another processor. */
  stole(count: number, processor: number): void;
}

/** See {@link Parkable.place}. */
export const RESTED = -2;

/** Stands for the current goroutine while none runs; its state fails every check, so parking needs only one. */
export const nobody: Parkable = {
  id: 0,
  slot: 0,
  state: G.dead,
  reason: 0,
  waitSince: 0,
  place: -1,
  quiet: true,
  run(): void {},
  fire(): void {},
};

/** In the run queue: the next waiter of async code. */
const OUTSIDE = -1;

export class Processor {
  /** Places of goroutines, or {@link OUTSIDE}. */
  runq: Ring<number> = new Ring<number>(256);
  outside: Ring<Runnable> = new Ring<Runnable>();
  /** The goroutines that are not dead, by place; place 0 is nobody's. */
  readonly slots: (Parkable | undefined)[] = [nobody];
  readonly free: number[] = [];
  /** The place of the goroutine whose code is on the stack. */
  slot = 0;
  /** The loop is on the stack, and nobody traces: then {@link ready} has nothing else to do. */
  plain = false;
  /** Counts how often the loop was entered with something to run. */
  tick = 0;
  /** Async code has been woken since the loop was entered, and cannot go on before it is left. */
  owesMicrotasks = false;
  /** Steps until the clock is read again (slice.ts). */
  budget = 0;
  /** What the budget was when it was given: `given - budget` steps have been made since. */
  given = 0;
  /** Whole seconds since the runtime was loaded, as of the last reading of the clock. */
  seconds = 0;
  /** Timers are being fired: whoever is woken is woken by the host, whatever runs. */
  firing = false;
  /** Asks the slice for the loop. Set by slice.ts. */
  request: () => void = () => {};
  /** Whether a goroutine that is not plainly running may park; throws when it is not running at all. Set by operation.ts. */
  admit: (g: Parkable) => boolean = () => true;

  private isLooping = false;
  private traces: Tracer | null = null;

  /** The loop is on the stack. */
  get looping(): boolean {
    return this.isLooping;
  }

  set looping(whether: boolean) {
    this.isLooping = whether;
    this.plain = whether && this.traces === null;
  }

  /** Null: nobody traces. */
  get tracer(): Tracer | null {
    return this.traces;
  }

  set tracer(tracer: Tracer | null) {
    this.traces = tracer;
    this.plain = this.isLooping && tracer === null;
  }

  /** The next step reads the clock; the steps that are not made then do not count. */
  exhaust(): void {
    this.given -= this.budget;
    this.budget = 0;
  }

  /** The goroutine whose code is on the stack, else nobody. */
  get current(): Parkable {
    return this.slots[this.slot] as Parkable;
  }

  /** How many goroutines are not dead. */
  get count(): number {
    return this.slots.length - 1 - this.free.length;
  }
}

const own = new Processor();
export const p: Processor = own;

/** Gives a new goroutine its place. */
export function occupy(g: Parkable): void {
  const { slots, free } = own;
  const slot = free.length === 0 ? slots.length : (free.pop() as number);
  g.slot = slot;
  slots[slot] = g;
}

/** A dead goroutine leaves its place. */
export function vacate(g: Parkable): void {
  own.slots[g.slot] = undefined;
  own.free.push(g.slot);
}

/** Puts a parked or new goroutine at the end of the run queue. Go: goready. */
export function ready(g: Parkable): void {
  if (own.plain) {
    g.state = G.runnable;
    own.runq.push(g.slot);
  } else {
    readyWatched(g);
  }
}

/** {@link ready} where more is to be done than to queue. A function of its own, so that the other fits into its callers. */
function readyWatched(g: Parkable): void {
  if (own.tracer !== null) own.tracer.woken(g);
  g.state = G.runnable;
  own.runq.push(g.slot);
  if (!own.looping) own.request();
}

/** Puts a waiter of async code at the end of the run queue. */
export function readyOutside(runnable: Runnable): void {
  own.outside.push(runnable);
  own.runq.push(OUTSIDE);
  if (!own.looping) own.request();
}

/** Marks the running goroutine as parked, in an operation that is then to enter its queue. Null: it was ended instead. Go: gopark. */
export function parking(reason: WaitReason): Parkable | null {
  const g = own.slots[own.slot] as Parkable;
  if (g.state !== G.running && !own.admit(g)) return null;
  g.state = G.waiting;
  g.reason = reason;
  g.waitSince = own.seconds;
  return g;
}

/** Puts the running goroutine at the end of the run queue; as {@link parking} and {@link ready} at once. Go: goschedImpl. */
export function yielding(): Parkable | null {
  const g = own.slots[own.slot] as Parkable;
  if (g.state !== G.running && !own.admit(g)) return null;
  g.state = G.runnable;
  own.runq.push(own.slot);
  return g;
}

/** The running goroutine is the only one that could run: giving way would change nothing. */
export function isAlone(): boolean {
  return own.runq.size === 0 && !own.owesMicrotasks && (own.slots[own.slot] as Parkable).state === G.running;
}

/** One step of the slice's budget is used; true when it is used up. */
export function spend(): boolean {
  return --own.budget < 0;
}

/** The goroutine whose code is on the stack, else nobody. */
export function current(): Parkable {
  return own.slots[own.slot] as Parkable;
}

/** Whether `owner` is the goroutine whose code is on the stack. */
export function isCurrent(owner: object | null): boolean {
  return owner === own.slots[own.slot];
}

/** `g` runs from here on. */
export function enter(g: Parkable): void {
  own.slot = g.slot;
  g.state = G.running;
}

/** No goroutine runs from here on. */
export function leave(): void {
  own.slot = nobody.slot;
}

/** Takes what runs next from the queue: the oldest, unless a chooser is set (SEAM: who runs next). */
export function take(): Runnable | undefined {
  const { runq } = own;
  if (order.chooser !== null && runq.size > 1) return chosen(order.chooser.next(runq.size));
  const slot = runq.shift();
  if (slot === undefined) return undefined;
  return slot === OUTSIDE ? own.outside.shift() : own.slots[slot];
}

function chosen(index: number): Runnable | undefined {
  const { runq, outside } = own;
  let waiters = 0;
  for (let i = 0; i < index; i++) if (runq.at(i) === OUTSIDE) waiters++;
  const slot = runq.removeAt(index) as number;
  return slot === OUTSIDE ? outside.removeAt(waiters) : own.slots[slot];
}
