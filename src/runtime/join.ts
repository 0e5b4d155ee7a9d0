/**
 * Waiting for a goroutine to end: one of these per wait, in a list that hangs on the goroutine.
 *
 * Attaching one, at any time before the panic is decided, means that the goroutine's error has somebody to go to.
 */
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import type { Go } from "./goroutine.ts";
import { fail, fulfil, Operation, type Parkable, State, type Waiter } from "./operation.ts";
import { G } from "./status.ts";
import { WaitReason } from "./wait-reason.ts";

export class Joined extends Operation<unknown> implements Waiting<Joined> {
  done: number = State.fresh;
  value: unknown = undefined;
  owner: Parkable | Waiter | null = null;
  private readonly goroutine: Go;
  before: Joined | null = null;
  behind: Joined | null = null;

  constructor(goroutine: Go) {
    super();
    this.goroutine = goroutine;
  }

  get reason(): WaitReason {
    return WaitReason.join;
  }

  poll(): boolean {
    const g = this.goroutine;
    if (g.state !== G.dead) return false;
    if (g.failed) {
      g.observe();
      throw g.value;
    }
    this.value = g.value;
    return true;
  }

  enqueue(): void {
    const g = this.goroutine;
    if (g.joined === null) g.joined = alone<Joined>(this);
    else join<Joined>(g.joined, this);
  }

  dequeue(): void {
    const g = this.goroutine;
    g.joined = left<Joined>(g.joined as Joined, this);
  }

  /** Calls `done` when it is over. For the runtime itself: it is no waiter that a dump would list. */
  call(done: (failed: boolean, value: unknown) => void): void {
    this.done = State.entered;
    this.owner = { fire: () => done(this.goroutine.failed, this.goroutine.value) };
    this.enqueue();
  }

  /** The goroutine has ended: everybody who waits gets its result or its error. */
  static release(g: Go): void {
    for (let first = g.joined; first !== null; first = g.joined) {
      g.joined = served(first);
      first.value = g.value;
      if (g.failed) {
        g.observe();
        fail(first);
      } else {
        fulfil(first);
      }
    }
  }
}
