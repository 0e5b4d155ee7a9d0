/**
 * sequencer(): forces an order of steps among goroutines.
 *
 * A step takes effect when all before it have *passed*, and passes itself when whoever waited for it has gone on: not when it is woken. So what stands behind `yield* step(1)`, up to the next wait, has happened when step 2 goes on,
 * under every schedule.
 *
 * Invariants:
 *   I1  the steps below `next` have passed.
 *   I2  `isTaken`: step `next` has taken effect, and has not passed. Then it is sure to pass: by its goroutine's next run, or by a microtask.
 *   I3  `waiting` holds the steps that are waited for, all above `next`, or `next` itself for as long as nobody has been there.
 *
 * Known from trio.testing.Sequencer. Differs: a step is an operation, and not a block.
 */
import { checkAmount } from "../base/errors.ts";
import { win } from "../runtime/contest.ts";
import type { Go } from "../runtime/goroutine.ts";
import {
  BasicOperation,
  fulfil,
  type Op,
  Operation,
  PARKED,
  type Park,
  State,
} from "../runtime/operation.ts";
import { leave, nobody, p, type Runnable, readyOutside } from "../runtime/processor.ts";
import { G } from "../runtime/status.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { SequenceError } from "./errors.ts";

/** Makes the steps of one sequence: {@link sequencer}. */
export interface Sequencer {
  /** Waits until steps 0 to n - 1 have passed. */
  (n: number): Op<void>;
  /**
   * To be called when all is over.
   *
   * @throws SequenceError (`GORT_SEQUENCE`) when a step is still waited for, because one below it never came
   */
  end(): void;
}

class Sequence {
  next = 0;
  isTaken = false;
  readonly waiting: Map<number, Step> = new Map();

  /** Whether it is the turn of step `n`. */
  take(n: number): boolean {
    const { next } = this;
    if (n < next || (n === next && this.isTaken) || this.waiting.has(n)) {
      throw new SequenceError(`step ${n} of a sequence twice: each number stands for one step`);
    }
    if (n > next) return false;
    this.isTaken = true;
    return true;
  }

  /** Whoever waited for step `next` goes on. */
  pass(): void {
    this.next++;
    this.isTaken = false;
    const step = this.waiting.get(this.next);
    if (step === undefined) return;
    // One that is lost to another core leaves by that.
    if (step.done === State.contested && !win(step as Operation<unknown>)) return;
    this.waiting.delete(this.next);
    this.isTaken = true;
    step.grant();
  }

  end(): void {
    const { next, waiting } = this;
    if (waiting.size === 0) return;
    const all = [...waiting.keys()].sort((a, b) => a - b).join(", ");
    throw new SequenceError(
      this.isTaken
        ? `the sequence has not ended: step ${next} goes on only now, and there are still steps to come: ${all}`
        : `step ${next} of a sequence never came, and these wait for it: ${all}`,
    );
  }
}

class Step extends BasicOperation<void> {
  private readonly sequence: Sequence;
  private readonly n: number;
  private hasPassed = false;

  constructor(sequence: Sequence, n: number) {
    super();
    this.sequence = sequence;
    this.n = n;
  }

  get reason(): WaitReason {
    return WaitReason.step;
  }

  /** Written again because it passes when the goroutine goes on, not before. */
  override next(): IteratorResult<Park, void> {
    const result = super.next();
    if (result !== PARKED) this.pass();
    return result;
  }

  /** Whoever waited for it goes on. Once: with GORT_DEBUG=ops next() calls itself. */
  private pass(): void {
    if (this.hasPassed) return;
    this.hasPassed = true;
    this.sequence.pass();
  }

  // biome-ignore lint/suspicious/noThenProperty: an Op is a PromiseLike; that is the contract.
  override then<A = void, B = never>(
    onFulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return super.then((value) => {
      try {
        return typeof onFulfilled === "function" ? onFulfilled(value) : (value as A);
      } finally {
        // Behind the code that has been woken by now.
        queueMicrotask(() => this.pass());
      }
    }, onRejected);
  }

  poll(): boolean {
    if (!this.sequence.take(this.n)) return false;
    // A case of a select: whoever waits goes on now, or gives way first.
    if (this.done === State.entered)
      readyOutside(new Behind(this.sequence, p.current === nobody ? null : (p.current as Go)));
    return true;
  }

  enqueue(): void {
    this.sequence.waiting.set(this.n, this);
  }

  dequeue(): void {
    const { waiting } = this.sequence;
    if (waiting.get(this.n) === this) waiting.delete(this.n);
  }

  /** Its turn has come while it was waited for. */
  grant(): void {
    const { sequence } = this;
    const isCase = this.owner instanceof Operation;
    const waiter = waiterOf(this as Operation<unknown>);
    fulfil(this as Operation<unknown>);
    if (!isCase) return;
    if (waiter === null) readyOutside(new Behind(sequence, null));
    else whenRun(waiter, sequence);
  }

  override toString(): string {
    return `this sequencer step ${this.n} operation`;
  }
}

/** Passes a step that was taken as a case of a select. */
class Behind implements Runnable {
  private readonly sequence: Sequence;
  private readonly waiter: Go | null;

  constructor(sequence: Sequence, waiter: Go | null) {
    this.sequence = sequence;
    this.waiter = waiter;
  }

  run(): void {
    leave();
    const { sequence, waiter } = this;
    if (waiter === null) {
      p.owesMicrotasks = true;
      queueMicrotask(() => queueMicrotask(() => sequence.pass()));
    } else if (waiter.state === G.runnable) {
      whenRun(waiter, sequence);
    } else {
      sequence.pass();
    }
  }
}

/** The goroutine that waits for `op`, through however many selects; null: async code does. */
function waiterOf(op: Operation<unknown>): Go | null {
  let owner: unknown = op.owner;
  while (owner instanceof Operation) owner = owner.owner;
  return typeof (owner as Go).slot === "number" ? (owner as Go) : null;
}

/** Passes a step when `g` runs next. No operation of `g` hears of that when the step was a case of a select; so its own `run` is replaced, once. */
function whenRun(g: Go, sequence: Sequence): void {
  const { run } = g;
  g.run = () => {
    g.run = run;
    sequence.pass();
    g.run();
  };
}

/**
 * Makes steps that happen in the order of their numbers, whatever the schedule: `yield* step(n)` goes on when those who waited for steps 0 to n - 1 have gone on.
 *
 * For a test that needs one certain order of events in several goroutines. A step can be awaited, and be a case of a `select`: one that loses has not been taken, and its number can be used again.
 *
 * @throws SequenceError (`GORT_SEQUENCE`), where a step is waited for, when there has been one of its number; InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for a number that is no integer of at least 0
 * @example
 * ```ts
 * const step = sequencer();
 * go(function* () { yield* step(0); log("first"); yield* step(2); log("third"); });
 * go(function* () { yield* step(1); log("second"); });
 * ```
 */
export function sequencer(): Sequencer {
  const sequence = new Sequence();
  const step = (n: number): Op<void> => {
    checkAmount("step", n, 0);
    return new Step(sequence, n);
  };
  return Object.assign(step, { end: () => sequence.end() });
}
