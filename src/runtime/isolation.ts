/**
 * A world apart (SEAM: all of them at once): goroutines with a clock, a run queue, timers, choices and numbers of their own, while those of the process stand still or go on beside them.
 *
 * Deterministic testing makes one (testing/world.ts). Whoever enters it changes what the processor, the timers and the other seams work on, and changes it back when it leaves; so in between there is nothing to pay. What is left
 * to know here is whom a thing belongs to that is made in one world and completed in another: by a callback of the host's, or by a program that shares a channel with its test.
 *
 * Go: internal/synctest (bubble).
 */
import type { External } from "./external.ts";
import type { Go, Site } from "./goroutine.ts";
import type { Operation } from "./operation.ts";

type AnyFunction = (...args: never[]) => unknown;
type Callback = (value: unknown) => unknown;

export interface World {
  enter(): void;
  leave(): void;
  /** Something has been done in it by a callback of the host's: it has to be looked after. */
  visited(): void;
  /** Goroutines that are not dead. */
  readonly population: number;
  /** Whether `g` was made in it. */
  owns(g: Go): boolean;
  /** Whether `waiter` is of its async code. */
  hosts(waiter: External): boolean;
  goroutine(
    id: number,
    fn: AnyFunction,
    args: unknown[],
    parent: number,
    creator: Site | AnyFunction | null,
  ): Go;
  external(
    op: Operation<unknown>,
    onFulfilled: Callback | null | undefined,
    onRejected: Callback | null | undefined,
  ): External;
  /** `op` was ready and took effect: whether its goroutine gives way to another one before it goes on. */
  givesWay(op: Operation<unknown>): boolean;
  /** `g` has ended with an error for which nobody has waited so far. */
  undecided(g: Go): void;
  /** Throws: `what` is the host's, which has no place in it. */
  refuse(what: string): never;
}

/** The world that is entered; null: the process's own. */
export const isolation: {
  world: World | null;
  /** Which of its runs; what an earlier one has asked the host for is not the later one's. */
  epoch: number;
  /** See {@link callersWorld}; null while there are no worlds. */
  caller: (() => World | null | undefined) | null;
} = { world: null, epoch: 0, caller: null };

/**
 * Whose the running code is. While there are worlds, async code has to be asked: it goes on in a microtask, and the host may have made that at any moment. Null: the process's; undefined: of a run that is over, and nobody goes on with it.
 */
export function callersWorld(): World | null | undefined {
  return isolation.caller === null ? isolation.world : isolation.caller();
}

/** What `f` gives in the world of its caller. */
export function inCallersWorld<T>(f: () => T): T {
  const world = callersWorld();
  if (world === isolation.world || world === undefined) return f();
  let result: T | undefined;
  inWorld(world, () => {
    result = f();
  });
  return result as T;
}

/** Calls `callback` in `world`, whichever is entered. */
export function inWorld(world: World | null, callback: () => void): void {
  const before = isolation.world;
  if (before === world) {
    callback();
    return;
  }
  before?.leave();
  world?.enter();
  try {
    callback();
  } finally {
    world?.visited();
    world?.leave();
    before?.enter();
  }
}

/** Real threads, sockets and signals: refused in a world apart. `what` is the call's name. */
export function hostOnly(what: string): void {
  isolation.world?.refuse(what);
}
