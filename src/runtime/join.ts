/**
 * Waiting for a goroutine to end: one of these per wait, in a list that hangs on the goroutine.
 *
 * Attaching one, at any time before the panic is decided, means that the goroutine's error has somebody to go to.
 */
import type { Go } from "./goroutine.ts";
import { fail, fulfil, Operation, type Parkable, State, type Waiter } from "./operation.ts";
import { G } from "./status.ts";
import { WaitReason } from "./wait-reason.ts";

export class Joined extends Operation<unknown> {
  done: number = State.fresh;
  value: unknown = undefined;
  owner: Parkable | Waiter | null = null;
  private readonly goroutine: Go;
  private next_: Joined | null = null;
  private prev_: Joined | null = null;

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
    const last = this.goroutine.joined;
    if (last === null) {
      this.next_ = this;
      this.prev_ = this;
    } else {
      // A circle: `joined` is the last one, its next_ the first, so that waiters are woken in the order they came.
      this.prev_ = last;
      this.next_ = last.next_ as Joined;
      this.next_.prev_ = this;
      last.next_ = this;
    }
    this.goroutine.joined = this;
  }

  dequeue(): void {
    if (this.next_ === null) return;
    const g = this.goroutine;
    const prev = this.prev_ as Joined;
    if (g.joined === this) g.joined = prev === this ? null : prev;
    prev.next_ = this.next_;
    this.next_.prev_ = prev;
    this.next_ = null;
    this.prev_ = null;
  }

  /** Calls `done` when it is over. For the runtime itself: it is no waiter that a dump would list. */
  call(done: (failed: boolean, value: unknown) => void): void {
    this.done = State.entered;
    this.owner = { fire: () => done(this.goroutine.failed, this.goroutine.value) };
    this.enqueue();
  }

  /** The goroutine has ended: everybody who waits gets its result or its error. */
  static release(g: Go): void {
    while (g.joined !== null) {
      const first = g.joined.next_ as Joined;
      first.dequeue();
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
