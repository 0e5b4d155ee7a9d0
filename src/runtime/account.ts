/**
 * The books of one processor: how many steps it has made, how long it has been at it, how many goroutines it has made.
 *
 * Always on, and free: nothing is counted per switch, per operation or per `go`. Steps are what the slice's budget has gone down by, goroutines the numbers that have been given, and time is what lies between two
 * readings of the clock that a slice makes anyway (one more when a slice ends because nothing is left to run).
 *
 * Invariants (owner thread only):
 *   I1  what has been published never goes back, also when another machine takes over the area of one that has gone: it goes on with that one's numbers.
 *   I2  what is published is at most a slice old while the processor changes hands, and as old as the goroutine's run while one holds it.
 *
 * Go: runtime/metrics.go, runtime2.go (p.schedtick, p.goroutinesCreated).
 */
import { load, store } from "../shm/atomic.ts";
import { MACHINE, machineAt } from "../shm/layout.ts";
import { home } from "../shm/region.ts";
import { p } from "./processor.ts";

export const account: {
  /** Runs of goroutines, and operations that were ready at once; see {@link settle}. */
  steps: number;
  /** Milliseconds in slices. */
  busyMs: number;
  /** Goroutines here that another machine has made, and counts. */
  visitors: number;
  /** How many goroutines this thread has made. Set by goroutine.ts. */
  created: () => number;
  /** How many timers run. Set by timers.ts. */
  timers: () => number;
  /** How many long slices there have been. Set by long-slice.ts. */
  longSlices: () => number;
} = { steps: 0, busyMs: 0, visitors: 0, created: () => 0, timers: () => 0, longSlices: () => 0 };

let words: Int32Array | null = null;
let doubles: Float64Array;
let area = -1;
/** When the slice began that lasts, in whole milliseconds; 0 between two. */
let open = 0;
/** What a machine before this one had in the same area. */
const former = { steps: 0, created: 0, busyMs: 0, longSlices: 0 };

/** The books are in machine `index`'s area from here on, for all to read. */
export function keepShared(index: number): void {
  if (area === machineAt(index)) return;
  const memory = home();
  area = machineAt(index);
  words = memory.words;
  doubles = memory.doubles;
  former.steps = doubleAt(MACHINE.steps);
  former.created = doubleAt(MACHINE.created);
  former.busyMs = doubleAt(MACHINE.busyMs);
  former.longSlices = words[area + MACHINE.longSlices] as number;
  publishBooks();
  store(words, area + MACHINE.since, open);
}

function doubleAt(word: number): number {
  return doubles[(area + word) >>> 1] as number;
}

/** Steps up to now. */
export function settle(): number {
  account.steps += Math.max(0, p.given - p.budget);
  p.given = p.budget;
  return account.steps;
}

/** A slice begins, at `at` in the clock's milliseconds. */
export function sliceBegan(at: number): void {
  // Never 0, which says that there is none.
  open = at | 0 || 1;
  if (words === null) return;
  words[area + MACHINE.beat] = ((words[area + MACHINE.beat] as number) + 1) | 0;
  store(words, area + MACHINE.since, open);
}

/** It is over; it lasted `lastedMs`. */
export function sliceEnded(lastedMs: number): void {
  if (lastedMs > 0) account.busyMs += lastedMs;
  open = 0;
  settle();
  if (words === null) return;
  publishBooks();
  store(words, area + MACHINE.since, 0);
}

/** Writes the books where others can read them, if others can. */
export function publishBooks(): void {
  if (words === null) return;
  doubles[(area + MACHINE.steps) >>> 1] = former.steps + settle();
  doubles[(area + MACHINE.created) >>> 1] = former.created + account.created();
  doubles[(area + MACHINE.busyMs) >>> 1] = former.busyMs + account.busyMs;
  words[area + MACHINE.runq] = p.runq.size;
  words[area + MACHINE.timers] = account.timers();
  words[area + MACHINE.longSlices] = former.longSlices + account.longSlices();
  store(words, area + MACHINE.goroutines, p.count - account.visitors);
}

/** The number of the goroutine that runs, for whoever looks from outside; only where each run is timed or traced. */
export function publishRunning(id: number): void {
  if (words !== null) words[area + MACHINE.running] = id;
}

/** The published books of a machine. */
export interface Books {
  readonly steps: number;
  readonly created: number;
  readonly busyMs: number;
  readonly longSlices: number;
}

/** What machine `index` has published; also when it has gone. */
export function booksOf(index: number): Books {
  const memory = home();
  const from = machineAt(index);
  const double = (word: number): number => memory.doubles[(from + word) >>> 1] as number;
  return {
    steps: double(MACHINE.steps),
    created: double(MACHINE.created),
    busyMs: double(MACHINE.busyMs),
    longSlices: load(memory.words, from + MACHINE.longSlices),
  };
}

/** The same of this thread, up to now. */
export function ownBooks(): Books {
  return {
    steps: former.steps + settle(),
    created: former.created + account.created(),
    busyMs: former.busyMs + account.busyMs,
    longSlices: former.longSlices + account.longSlices(),
  };
}
