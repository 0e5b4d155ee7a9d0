/**
 * Which attempt the running async code belongs to.
 *
 * A goroutine's code runs in its world's loop. An async function goes on in a microtask, which the host may have made, at any moment: then Node's async context says where it came from. (Entering a world for it is up to the operations that it calls: isolation.ts,
 * callersWorld.) What belongs to an attempt that is over never goes on.
 */
import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { isolation, type World } from "../runtime/isolation.ts";
import { p } from "../runtime/processor.ts";

/** An attempt; or a goroutine of it that is an async function. */
export interface Seat {
  readonly world: World;
  isOver: boolean;
  /** Operations that its async code awaits. */
  pending: number;
}

/** The attempt of the code that runs, wherever it has been interrupted. */
export const seats: AsyncLocalStorage<Seat> = new AsyncLocalStorage();

/**
 * Whether a microtask may be pending: something asynchronous has been made, or a promise settled, since the last that was known to be none. Node tells (async_hooks), for all it can: so a program of generators alone need never be interrupted to see whether there
 * are any.
 */
export const microtasks: { pending: boolean } = { pending: false };

const hook = createHook({
  init() {
    microtasks.pending = true;
  },
  promiseResolve() {
    microtasks.pending = true;
  },
});

const worlds = new Set<World>();
/** Async code may come back later than its world is there. */
let hasAsync = false;

function caller(): World | null | undefined {
  if (p.slot !== 0) return isolation.world;
  const seat = seats.getStore();
  if (seat === undefined) return null;
  return seat.isOver ? undefined : seat.world;
}

export function worldBegins(world: World): void {
  if (worlds.size === 0) hook.enable();
  worlds.add(world);
  isolation.caller = caller;
}

/** `withAsync`: async functions have run in it. */
export function worldEnds(world: World, withAsync: boolean): void {
  worlds.delete(world);
  if (worlds.size === 0) hook.disable();
  hasAsync ||= withAsync;
  if (worlds.size > 0 || hasAsync) return;
  isolation.caller = null;
  seats.disable();
}
