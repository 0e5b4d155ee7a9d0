/**
 * What belongs to a world: how its goroutines and waiters are made and told from others, and what has no place in it.
 */
import { BubbleError } from "../base/errors.ts";
import type { External } from "../runtime/external.ts";
import type { Go, Site } from "../runtime/goroutine.ts";
import type { Operation } from "../runtime/operation.ts";
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
}
