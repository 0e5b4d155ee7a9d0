/**
 * Waiting for a goroutine to end: one of these per wait, in a list that hangs on the goroutine.
 *
 * Attaching one, at any time before the panic is decided, means that the goroutine's error has somebody to go to.
 */
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import type { Go } from "./goroutine.ts";
import {
  type Dependence,
  fail,
  fulfil,
  Operation,
  type Parkable,
  State,
  type Waited,
  type Waiter,
} from "./operation.ts";
import { G } from "./status.ts";
import { WaitReason } from "./wait-reason.ts";

const END = (who: string): string => `the end of ${who}`;

export class Joined extends Operation<unknown> implements Waiting<Joined> {
  done: number = State.fresh;
  value: unknown = undefined;
  owner: Parkable | Waiter | null = null;
  readonly goroutine: Go;
  /** An error of the goroutine goes to whoever waits here; false for one who only wants to know of the end. */
  private readonly observes: boolean;
  before: Joined | null = null;
  behind: Joined | null = null;

  constructor(goroutine: Go, observes = true) {
    super();
    this.goroutine = goroutine;
    this.observes = observes;
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

  override dependences(): Dependence[] {
    return [{ on: [this.goroutine.id], holds: false, strict: true, loose: false, says: END }];
  }

  override waitsOn(): Waited {
    return { kind: "goroutine", thing: this.goroutine.id, recvq: this.goroutine.joined };
  }

  /** Tells `waiter` when it is over. For the runtime itself: it is no waiter that a dump would list. */
  tell(waiter: Waiter): this {
    this.done = State.entered;
    this.owner = waiter;
    this.enqueue();
    return this;
  }

  /**
   * The goroutine has ended: everybody who waits gets its result or its error.
   *
   * Those who only want to know of the end hear of an error when it has found somebody else to go to, or else after the panic has been decided: nothing that
   * comes after a WaitGroup's wait is reached when a panic ends the process. `decided` says that it has.
   */
  static release(g: Go, decided: boolean): void {
    if (g.failed && !decided) {
      if (!Joined.observe(g) && !g.observed) return;
    }
    // One by one: completing one withdraws its rivals, which may stand in this very list.
    for (let first = g.joined; first !== null; first = g.joined) {
      g.joined = served(first);
      first.value = g.value;
      if (g.failed) fail(first);
      else fulfil(first);
    }
  }

  /** Whether somebody waits who takes the error. */
  private static observe(g: Go): boolean {
    for (let waiter = g.joined; waiter !== null; waiter = waiter.behind) {
      if (!waiter.observes) continue;
      g.observe();
      return true;
    }
    return false;
  }
}
