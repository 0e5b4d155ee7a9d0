/**
 * What belongs to a world: how its goroutines and waiters are made and told from others, and what has no place in it.
 */
import { BubbleError } from "../base/errors.ts";
import { External } from "../runtime/external.ts";
import { Go, type Site } from "../runtime/goroutine.ts";
import { inWorld } from "../runtime/isolation.ts";
import type { Operation } from "../runtime/operation.ts";
import { type Runnable, ready, readyOutside } from "../runtime/processor.ts";
import { Guest, type Home, Resident } from "./resident.ts";

type AnyFunction = (...args: never[]) => unknown;
type Callback = (value: unknown) => unknown;

export abstract class Realm implements Home {
  population = 0;
  guests = 0;
  copying = false;
  /** Async functions have run in it. */
  protected sawAsync = false;
  /** Goroutines that have ended with an error for which nobody has waited so far. */
  protected panics: Go[] = [];

  abstract enter(): void;
  abstract leave(): void;
  abstract visited(): void;
  abstract givesWay(op: Operation<unknown>): boolean;

  owns(g: Go): boolean {
    return g instanceof Resident && g.world === this;
  }

  hosts(waiter: External): boolean {
    return waiter instanceof Guest && waiter.isOf(this);
  }

  goroutine(
    id: number,
    fn: AnyFunction,
    args: unknown[],
    parent: number,
    creator: Site | AnyFunction | null,
  ): Go {
    return new Resident(this, id, fn, args, parent, creator);
  }

  external(op: Operation<unknown>, onFulfilled?: Callback | null, onRejected?: Callback | null): External {
    this.sawAsync = true;
    return new Guest(this, op, onFulfilled, onRejected);
  }

  undecided(g: Go): void {
    this.panics.push(g);
  }

  refuse(what: string): never {
    throw new BubbleError(
      `${what} inside a bubble: what the host does (sockets, threads, signals) knows nothing of virtual time and of schedules; use a MemoryTransport for the network, and call ${what} outside`,
    );
  }

  protected isOwn(next: Runnable): boolean {
    if (next instanceof Resident) return next.world === this;
    if (next instanceof Guest) return next.isOf(this);
    // What is neither (a step of the network in memory) is never ready anywhere but where it was made.
    return !(next instanceof Go || next instanceof External);
  }

  /** It belongs to another world, and was made ready by somebody of this one. */
  protected sendHome(next: Runnable): void {
    const world = next instanceof Resident ? next.world : null;
    inWorld(world, () => {
      if (next instanceof Go) ready(next);
      else readyOutside(next);
    });
  }

  /** Nobody can run: whoever has ended with an error and is not waited for by now is a panic. The first of them. */
  protected decidePanics(): Go | null {
    const ended = this.panics;
    this.panics = [];
    for (const g of ended) {
      if (!g.observed) return g;
      g.decided();
    }
    return null;
  }
}
