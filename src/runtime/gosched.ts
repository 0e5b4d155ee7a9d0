/**
 * gosched(): lets the others run. Go: runtime.Gosched.
 */
import {
  fulfil,
  isCurrent,
  type Op,
  Operation,
  overdue,
  PARKED,
  type Park,
  type Parkable,
  probe,
  REUSE,
  State,
  spend,
  type Waiter,
} from "./operation.ts";
import { isAlone, yielding } from "./processor.ts";
import { WaitReason } from "./wait-reason.ts";

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

class Yield extends Operation<void> {
  done: number = State.fresh;
  value: undefined = undefined;
  owner: Parkable | Waiter | null = null;

  constructor() {
    super();
    if (probe.track !== null) probe.track(this);
  }

  get reason(): WaitReason {
    return WaitReason.semacquire;
  }

  /** Written again because it never waits: the goroutine goes straight to the end of the run queue, or goes on when nobody else is in it. */
  override next(): IteratorResult<Park, void> {
    if (this.done === State.fresh) {
      if (!isAlone()) {
        const g = yielding();
        if (g !== null) {
          this.done = State.fulfilled;
          this.owner = g;
        }
        return parked;
      }
      this.done = State.finished;
      if (spend() && overdue(this)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    spare = this;
    return this as unknown as IteratorResult<Park, void>;
  }

  /** Never at once: whoever waits goes to the end of the run queue. */
  poll(): boolean {
    return false;
  }

  enqueue(): void {
    fulfil(this);
  }

  dequeue(): void {}

  override toString(): string {
    return "this gosched operation";
  }
}

/** An operation that has been waited for with yield* and can be made anew (docs/design/operations.md). */
let spare: Yield | null = null;

/**
 * Goes to the end of the run queue, so that every other runnable goroutine runs once before this one goes on.
 *
 * Go: runtime.Gosched.
 */
export function gosched(): Op<void> {
  const op = spare;
  if (op === null || !REUSE) return new Yield();
  spare = null;
  op.done = State.fresh;
  return op;
}
