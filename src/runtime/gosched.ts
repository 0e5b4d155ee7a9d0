/**
 * gosched(): lets the others run. Go: runtime.Gosched.
 */
import { fulfil, type Op, Operation, type Parkable, probe, State, type Waiter } from "./operation.ts";
import { WaitReason } from "./wait-reason.ts";

class Yield extends Operation<void> {
  done: number = State.fresh;
  value: undefined = undefined;
  owner: Parkable | Waiter | null = null;

  constructor() {
    super();
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.semacquire;
  }

  /** Never at once: whoever waits goes to the end of the run queue. */
  poll(): boolean {
    return false;
  }

  enqueue(): void {
    fulfil(this as Operation<unknown>);
  }

  dequeue(): void {}

  override toString(): string {
    return "this gosched operation";
  }
}

/**
 * Goes to the end of the run queue, so that every other runnable goroutine runs once before this one goes on.
 *
 * Go: runtime.Gosched.
 */
export function gosched(): Op<void> {
  return new Yield();
}
