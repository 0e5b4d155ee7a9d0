/**
 * bubble(): runs goroutines with a clock of their own, which moves when all of them are durably blocked.
 *
 * What that means word by word: docs/guide/testing.md. How: world.ts. Go: testing/synctest.
 */

import { BubbleError, checkFunction, DeadlockError, NotAFunctionError } from "../base/errors.ts";
import { forgetSites } from "../runtime/go.ts";
import { callersWorld } from "../runtime/isolation.ts";
import type { Park } from "../runtime/operation.ts";
import { ownStacks } from "../runtime/traceback.ts";
import { graphText } from "../runtime/wait-graph.ts";
import type { Job, Outcome } from "./job.ts";
import { networkOfBubble } from "./no-network.ts";
import { World } from "./world.ts";

type AnyFunction = (...args: never[]) => unknown;

const ALL_BLOCKED = "deadlock: all goroutines in bubble are blocked";
const REMAIN = "deadlock: main bubble goroutine has exited but blocked goroutines remain";

const ASYNC_GENERATOR = Object.getPrototypeOf(async function* () {}) as object;

/** @throws NotAFunctionError for what cannot be a main goroutine */
export function checkProgram(what: string, fn: unknown): void {
  checkFunction(what, fn);
  const isClass = /^class\b/.test(Function.prototype.toString.call(fn));
  if (!isClass && Object.getPrototypeOf(fn) !== ASYNC_GENERATOR) return;
  throw new NotAFunctionError(
    `${what} needs a function*, an async function or a plain one, got ${isClass ? "a class" : "an async generator function: it would never run"}`,
  );
}

/** Refuses a bubble (an exploration, …) inside a bubble. */
export function checkOutside(what: string): void {
  const world = callersWorld();
  if (world !== null && world !== undefined) {
    throw new BubbleError(
      `${what} inside a bubble: a bubble has one clock and one order, and no other one inside; call it where no bubble is, one after another`,
    );
  }
}

class Once implements Job {
  private readonly main: AnyFunction;
  private readonly settle: (outcome: Outcome) => void;
  private outcome: Outcome | null = null;
  private begun = false;
  world: World = null as never;

  constructor(main: AnyFunction, settle: (outcome: Outcome) => void) {
    this.main = main;
    this.settle = settle;
  }

  next(): boolean {
    if (this.begun) return false;
    this.begun = true;
    forgetSites();
    this.world.begin(this.main, null);
    return true;
  }

  stuck(): Outcome {
    const { world } = this;
    return {
      ok: false,
      value: new DeadlockError(world.isMainOver ? REMAIN : ALL_BLOCKED, ownStacks() + graphText()),
    };
  }

  over(outcome: Outcome): void {
    this.outcome = outcome;
  }

  done(): void {
    this.settle(this.outcome as Outcome);
  }
}

/**
 * Runs `fn` as the main goroutine of a bubble, and everything that it starts: with a clock that begins at 0 (2000-01-01 00:00 UTC) and moves only when all of them are durably blocked, to when the next of them is to be woken. A day of sleeps
 * takes no longer than what is done in it.
 *
 * Settles when all goroutines of the bubble have ended: with `fn`'s result or its error. Time stops when `fn` has ended: whoever is blocked then is named in the error.
 *
 * Goroutines of the bubble use what is made inside; real sockets, threads and signals are refused there, `net` works on a MemoryTransport, which is on the same clock. A promise of the host's can be waited for: then the clock stands still.
 *
 * @param fn - a `function*`, an async function or a plain one
 * @throws DeadlockError (`GORT_DEADLOCK`) with the goroutines' stacks when all are blocked and no time could wake one, or some are left; BubbleError (`GORT_BUBBLE`) inside another bubble; NotAFunctionError (`GORT_NOT_A_FUNCTION`); what
 *   `fn` throws, or a goroutine for which nobody waits
 * @example
 * ```ts
 * await bubble(function* () {
 *   const began = now();
 *   yield* sleep(86_400_000);
 *   assert.equal(now() - began, 86_400_000);
 * });
 * ```
 *
 * Go: testing/synctest.Test.
 */
export function bubble<R>(fn: () => Generator<Park, R, unknown>): Promise<R>;
export function bubble<R>(fn: () => PromiseLike<R>): Promise<R>;
export function bubble<R>(fn: () => R extends Generator<unknown, unknown, unknown> ? never : R): Promise<R>;
export async function bubble(fn: AnyFunction): Promise<unknown> {
  checkProgram("bubble", fn);
  checkOutside("bubble");
  const outcome = await new Promise<Outcome>((resolve) => {
    const job = new Once(fn, resolve);
    job.world = new World(job, networkOfBubble());
    job.world.visited();
  });
  if (!outcome.ok) throw outcome.value;
  return outcome.value;
}
