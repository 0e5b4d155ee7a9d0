/**
 * The time slice: how long goroutines run before the host's event loop turns.
 *
 * A slice begins when the loop first runs after a turn and lasts about {@link SLICE_MS}. It spans every way in: the loop
 * may be entered many times from microtasks (goroutines and async functions waking each other) without the event loop
 * having turned, and all of that counts as one slice. That is why a slice ends in `setImmediate`, never in one more microtask.
 *
 * Invariants:
 *   I1  `open` implies that a turn is armed (setImmediate) or is on the stack: the event loop has not turned since the slice began.
 *   I2  `spent` implies `open` and an armed turn: the rest of the work waits for it.
 *
 * What comes from the host in swarms (bytes on a hundred sockets in one turn) need not enter the loop a hundred times: whoever is woken while the slice
 * is `gathering` waits for the turn, which comes when the host has called all that it has to call. It is the same turn that ends the slice.
 *
 * The clock costs 45 ns to read and a switch 25: it is read every `every` steps, where `every` adapts so that a read comes about each
 * 50 µs. `p.budget` counts the steps down; every ready operation and every run of a goroutine is a step, so that a goroutine that never parks is stopped as well.
 *
 * Rejected: a fixed number of switches (a goroutine that computes 1 ms between switches would hold the loop for all of them);
 * a microtask per batch (starves timers and sockets: five of nine JavaScript channel libraries).
 * Go: sysmon's preemption after 10 ms (runtime/proc.go, forcePreemptNS).
 */
import { settle, sliceBegan, sliceEnded } from "./account.ts";
import { clock } from "./clock.ts";
import { LONG_SLICE, someoneListens } from "./diagnostics.ts";
import { inWorld, isolation } from "./isolation.ts";
import { countLong, longSlices } from "./long-slice.ts";
import { p } from "./processor.ts";

/** Half the millisecond that timers count in: a 1 ms timer is then served within 2. */
export const SLICE_MS = 0.5;
const MOST_STEPS = 128;
const READ_EACH_MS = 0.05;

class Slice {
  /** The slice is over; work goes on in the next turn. */
  spent = false;
  /** When the clock was last read, in its milliseconds. */
  at = 0;
  /** Called at each reading of the clock: due timers. */
  onRead: (at: number) => void = () => {};
  /** The scheduler's loop. */
  loop: () => void = () => {};

  private open = false;
  /** The event loop will call {@link turn}. */
  private armed = false;
  /** It does. */
  private turning = false;
  private gathering = false;
  private requested = false;
  private endsAt = 0;
  private every = MOST_STEPS;
  /** When the slice began; NaN when it is over for the books (account.ts). */
  private since = Number.NaN;

  /** Whole seconds, now. */
  secondsNow(): number {
    return Math.floor(clock.read() / 1000);
  }

  /** Asks for the loop: soon (a microtask) while the slice lasts, else when the event loop has turned. */
  request(): void {
    if (this.requested || this.spent) return;
    if (this.gathering) {
      this.arm();
      return;
    }
    this.requested = true;
    settled.then(runRequested);
  }

  /** A callback of the host's begins, or ends, that may be one of many in this turn. */
  gather(begins: boolean): void {
    this.gathering = begins;
  }

  /** The loop begins; true when it may run. */
  begin(): boolean {
    if (this.spent) return false;
    if (!this.open) {
      this.open = true;
      if (!this.turning) this.arm();
      this.read(clock.read());
      this.endsAt = this.at + SLICE_MS;
      this.since = this.at;
      longSlices.watched = p.tracer !== null || someoneListens(LONG_SLICE);
      sliceBegan(this.at);
      p.budget = this.every;
      p.given = this.every;
    } else if (longSlices.watched) {
      // Between two entries of the loop code of the host's may have run, which is nobody's slice.
      this.read(clock.read());
    }
    return true;
  }

  /** Called when `budget` has run out: reads the clock; true when the slice is over. */
  check(): boolean {
    if (this.spent) return true;
    const before = this.at;
    this.read(clock.read());
    const passed = this.at - before;
    countLong(passed);
    // Too rare: right at once, for the next steps may be as long. Too often: step by step.
    if (passed > READ_EACH_MS * 2) this.every = Math.max(1, ((this.every * READ_EACH_MS) / passed) | 0);
    else if (passed < READ_EACH_MS) this.every = Math.min(MOST_STEPS, this.every << 1);
    settle();
    p.budget = this.every;
    p.given = this.every;
    if (this.at < this.endsAt) return false;
    this.spent = true;
    this.arm();
    p.budget = 0;
    p.given = 0;
    this.close(this.at);
    return true;
  }

  /** The microtask that was asked for. */
  run(): void {
    this.requested = false;
    this.loop();
  }

  /** The event loop has turned: a new slice may begin. */
  turn(): void {
    if (this.open && !this.spent) this.close(clock.read());
    this.armed = false;
    this.open = false;
    this.spent = false;
    this.turning = true;
    this.loop();
    this.turning = false;
    if (!this.open || this.armed) return;
    // Microtasks that go on with the same work belong to the same slice; when there are none it is over, and the host may sleep.
    if (this.requested || p.owesMicrotasks) this.arm();
    else {
      this.open = false;
      this.close(clock.read());
    }
  }

  /** The loop is left, and somebody wants to hear of long slices: has one of those that have run since the last reading taken long? */
  left(): void {
    const before = this.at;
    this.read(clock.read());
    countLong(this.at - before);
  }

  private close(at: number): void {
    if (Number.isNaN(this.since)) return;
    const lasted = at - this.since;
    this.since = Number.NaN;
    sliceEnded(lasted);
  }

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    setImmediate(turned);
  }

  private read(at: number): void {
    this.at = at;
    p.seconds = (at / 1000) | 0; // A small integer: what it is copied to must not become a boxed number.
    this.onRead(at);
  }
}

export const slice: Slice = new Slice();
p.request = () => slice.request();

const settled: Promise<void> = Promise.resolve();
const runRequested = (): void => {
  // This microtask may come while a world apart drains its own.
  if (isolation.world === null) slice.run();
  else inWorld(null, () => slice.run());
};
const turned = (): void => slice.turn();
