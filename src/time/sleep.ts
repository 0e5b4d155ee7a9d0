/**
 * sleep: pauses for a time. Go: time.Sleep.
 *
 * `yield* sleep(ms)` is what crowds do, and nothing but time ends it. So the goroutine itself stands in the heap of timers, and the operation is free again as soon as the
 * goroutine has parked: a sleeper is a goroutine and no further object. What `yield*` holds on to, and calls when the goroutine goes on, is one iterator for all, {@link resting}.
 * A sleep that is awaited, or is a case of a select, is an operation like any other, and its own timer.
 *
 * Measured: a million sleepers that wake in an order unlike that of their making take a fifth less time; each object that waking one touches is a line
 * of memory that is not in the cache.
 */
import { checkDuration } from "../base/errors.ts";
import { now, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";
import {
  current,
  fulfil,
  type Op,
  Operation,
  PARKED,
  type Park,
  type Parkable,
  parking,
  probe,
  RESTED,
  REUSE,
  State,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";

class Sleep extends Operation<void> implements Timed {
  done: number = State.fresh;
  value: undefined = undefined;
  owner: Parkable | Waiter | null = null;
  place = -1;
  durationMs: number;

  constructor(durationMs: number) {
    super();
    this.durationMs = durationMs;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.sleep;
  }

  get quiet(): boolean {
    return false;
  }

  override [Symbol.iterator](): Iterator<Park, void, unknown> {
    if (this.done !== State.fresh) return this; // Waited for before, or looked for when it is not.
    starting = this;
    return resting;
  }

  /** Parks the goroutine until the time is over. */
  rest(): IteratorResult<Park, void> {
    if (this.done !== State.fresh) return this.next();
    const g = parking(WaitReason.sleep);
    if (g === null) return PARKED;
    this.done = State.finished;
    if (REUSE) spare = this;
    startTimer(g, this.endsAt());
    return PARKED;
  }

  private endsAt(): number {
    return now() + Math.max(this.durationMs, 0);
  }

  /** Never at once: even a sleep of nothing lets others run. */
  poll(): boolean {
    return false;
  }

  enqueue(): void {
    startTimer(this, this.endsAt());
  }

  dequeue(): void {
    stopTimer(this);
  }

  fire(): void {
    fulfil(this as Operation<unknown>);
  }
}

/** The operation whose iterator was asked for last: `yield*` calls next() right after that. */
let starting: Sleep | null = null;

/** An operation that is over and can be made anew (docs/design/operations.md). */
let spare: Sleep | null = null;

const over: IteratorReturnResult<void> = { done: true, value: undefined };

/** The iterator of all sleeps. Whose call it is, the goroutine says: one whose time has come goes on, any other one begins. */
const resting: Iterator<Park, void, unknown> = {
  next(): IteratorResult<Park, void> {
    const g = current();
    if (g.place === RESTED) {
      g.place = -1;
      return over;
    }
    if (probe.sink !== null) {
      probe.sink(null);
      return PARKED;
    }
    const op = starting ?? used;
    starting = null;
    return op.rest();
  },
};

/** Stands for a sleep that somebody asks twice, by hand. */
const used = new Sleep(0);
used.done = State.finished;

/**
 * Pauses for at least `durationMs`. Never ends early; may end late (timers have a grain of 1 ms, and a busy thread delays them).
 *
 * The time counts from when it is waited for. When it loses a `select`, no timer remains.
 *
 * @param durationMs - milliseconds; zero or less only lets others run, Infinity never ends
 * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for NaN and what is not a number
 *
 * Go: time.Sleep.
 */
export function sleep(durationMs: number): Op<void> {
  checkDuration("sleep", durationMs);
  const op = spare;
  if (op === null) return new Sleep(durationMs);
  spare = null;
  op.done = State.fresh;
  op.durationMs = durationMs;
  return op;
}
