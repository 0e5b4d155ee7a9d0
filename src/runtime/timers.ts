/**
 * Timers of one processor: a heap of their own, and one host timer armed for the earliest.
 *
 * Invariants:
 *   I1  while the heap is not empty a host timer is armed that fires no later than the earliest is due (but see I3).
 *   I2  the host timer holds the process alive exactly while a timer that is not quiet is in the heap.
 *   I3  a delay beyond what the host counts (2^31-1 ms) is waited for in stages.
 *   I4  a timer never fires early: the host rounds to milliseconds and may call a little before the time; then it is armed again.
 *
 * A quiet timer is one that nobody waits for at the moment (a context's deadline while only its program runs): it fires as others do, and does not
 * keep the process alive or a deadlock unreported.
 *
 * A timer that is stopped leaves the heap at once. The host timer is then left armed and only let go of (unref): arming and clearing one per
 * `select` with a time limit would cost more than the select.
 *
 * Go: runtime/time.go. Differs: one host timer stands for the poller's deadline.
 */
import { Heap, type HeapItem } from "../base/heap.ts";
import { account } from "./account.ts";
import { clock } from "./clock.ts";
import { callersWorld, inWorld, type World } from "./isolation.ts";
import { enterHost, host, leaveHost } from "./netpoll.ts";
import { p } from "./processor.ts";
import { slice } from "./slice.ts";

const LONGEST_HOST_DELAY = 0x7fffffff;

/** What can be started: an operation that waits for a time is its own timer. */
export interface Timed extends HeapItem {
  readonly quiet: boolean;
  /** Called once when it is due, in the loop or in the host timer's callback. */
  fire(): void;
}

/** A timer that calls a function, which must not run user code. */
export class KernelTimer implements Timed {
  place = -1;
  quiet: boolean;
  readonly fire: () => void;

  constructor(fire: () => void, quiet = false) {
    this.fire = fire;
    this.quiet = quiet;
  }
}

/** The timers of one world (isolation.ts). */
export class Timers {
  readonly heap: Heap<Timed> = new Heap<Timed>();
  /** How many of them are not quiet. */
  loud = 0;
  /** Whose time is theirs; null: the host's. Else whoever made them moves it ({@link fireDue}). */
  readonly world: World | null;

  constructor(world: World | null) {
    this.world = world;
  }
}

const real = new Timers(null);
let own: Timers = real;
/** Those of worlds, while there are any. */
const apart = new Set<Timers>();
let hostTimer: NodeJS.Timeout | null = null;
let hostWhen = Number.POSITIVE_INFINITY;
/** The host timer holds the process alive. */
let held = false;

/** How many timers will wake somebody. */
export function loudTimers(): number {
  return own.loud;
}

account.timers = () => own.heap.size;

/** Those of the world that is entered. */
export function timersNow(): Timers {
  return own;
}

/** Works on `timers` from here on; gives those it has worked on. */
export function useTimers(timers: Timers): Timers {
  const before = own;
  own = timers;
  return before;
}

/** Starts (or moves) `timer`: it is due at `when`, in the clock's milliseconds. */
export function startTimer(timer: Timed, when: number): void {
  if (apart.size > 0 && startElsewhere(timer, when)) return;
  if (own.heap.remove(timer)) uncount(timer);
  own.heap.push(timer, when);
  if (!timer.quiet) count();
  arm();
}

/** Takes `timer` out; false when it has fired or was never started. */
export function stopTimer(timer: Timed): boolean {
  if (!own.heap.remove(timer)) return apart.size > 0 && stopElsewhere(timer);
  uncount(timer);
  if (own.loud === 0) hold(false);
  if (host.waiting === 0 && !p.looping) host.onWithdrawn();
  return true;
}

// Functions of their own: a closure in a hot one makes V8 put its parameters on the heap at each call.

/** Starts a timer of another world there; false when it is this one's. */
function startElsewhere(timer: Timed, when: number): boolean {
  const home = homeOf(timer);
  if (home === own.world) return false;
  const delay = when - clock.read();
  inWorld(home, () => startTimer(timer, clock.read() + delay));
  return true;
}

function setElsewhere(timer: Timed & { quiet: boolean }, quiet: boolean): boolean {
  const home = homeOf(timer);
  if (home === own.world) return false;
  inWorld(home, () => setQuiet(timer, quiet));
  return true;
}

function stopElsewhere(timer: Timed): boolean {
  const home = homeOf(timer);
  let stopped = false;
  if (home !== own.world) {
    inWorld(home, () => {
      stopped = stopTimer(timer);
    });
  }
  return stopped;
}

/** The world whose heap a timer is in; in none: that of who asks. */
function homeOf(timer: Timed): World | null {
  if (timer.place < 0) return callersWorld() ?? null;
  for (const { heap, world } of [own, real, ...apart]) if (heap.has(timer)) return world;
  return own.world;
}

/** A world's timers begin, or (`begins` is false) are over. */
export function timersApart(timers: Timers, begins: boolean): void {
  if (begins) apart.add(timers);
  else apart.delete(timers);
}

/** Somebody waits for `timer` from here on, or (`quiet`) nobody does. */
export function setQuiet(timer: Timed & { quiet: boolean }, quiet: boolean): void {
  if (timer.quiet === quiet) return;
  if (apart.size > 0 && setElsewhere(timer, quiet)) return;
  const inside = timer.place >= 0;
  if (inside) uncount(timer);
  timer.quiet = quiet;
  if (!inside) return;
  if (!quiet) count();
  hold(own.loud > 0);
}

function count(): void {
  own.loud++;
  enterHost();
}

function uncount(timer: Timed): void {
  if (timer.quiet) return;
  own.loud--;
  leaveHost();
}

/** Fires what is due. */
export function fireDue(at: number): void {
  const { heap } = own;
  p.firing = true;
  while (heap.first <= at) {
    const timer = heap.pop() as Timed;
    uncount(timer);
    timer.fire();
  }
  p.firing = false;
}

function arm(): void {
  const { heap, world } = own;
  if (world !== null) return;
  const { first } = heap;
  if (heap.size > 0 && (hostTimer === null || first < hostWhen)) {
    if (hostTimer !== null) clearTimeout(hostTimer);
    hostWhen = first;
    const delay = Math.ceil(first - clock.read());
    hostTimer = setTimeout(rang, Math.min(Math.max(delay, 1), LONGEST_HOST_DELAY));
    held = true;
  }
  hold(own.loud > 0);
}

/** Whether the host timer keeps the process alive. */
function hold(whether: boolean): void {
  if (hostTimer === null || held === whether || own.world !== null) return;
  held = whether;
  if (whether) hostTimer.ref();
  else hostTimer.unref();
}

function rang(): void {
  hostTimer = null;
  hostWhen = Number.POSITIVE_INFINITY;
  fireDue(clock.read());
  arm();
}

slice.onRead = (at) => {
  if (own.heap.first <= at) {
    fireDue(at);
    arm();
  }
};
