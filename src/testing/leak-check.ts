/**
 * leakCheck(): a test that leaves goroutines behind fails.
 *
 * Go: no counterpart in the standard library; go.uber.org/goleak is what people use. Differs: it looks at what descends from the test alone (descent.ts), so tests may run beside each other.
 */
import { BubbleError, checkFunction } from "../base/errors.ts";
import { type Main, mains } from "../runtime/deadlock.ts";
import { captureStack } from "../runtime/frames.ts";
import { goFrom } from "../runtime/go.ts";
import { isolation } from "../runtime/isolation.ts";
import type { Park } from "../runtime/operation.ts";
import { cores } from "../runtime/remote.ts";
import { allStacks } from "../runtime/traceback.ts";
import { blocksOf, Line, numberOf } from "./descent.ts";
import { GoroutineLeakError, saidAt } from "./errors.ts";

type AnyFunction = (...args: never[]) => unknown;

/** So many times each of those that are left may be run: who spins for ever is known by that, however slow the machine is. */
const RUNS_EACH = 1000;
/** How long those that wait are waited for, again and again: 0 is a turn of the event loop, else milliseconds. Whenever they have become fewer it begins anew. */
const PAUSES_MS = [0, 0, 0, 1, 2, 4, 8, 16, 32] as const;

/**
 * Runs `fn` as `run` does, and then looks whether goroutines are left that it has started, or that those have: settles with `fn`'s result when there are none.
 *
 * Those that can still run get the time to end: some turns of the event loop, and some milliseconds more for those that wait for the host. Goroutines that were there before do not count, nor do those of other tests that run at
 * the same time. What `fn` throws is thrown as it is, and nobody looks then.
 *
 * @param fn - a `function*`, an async function or a plain one
 * @throws GoroutineLeakError (`GORT_GOROUTINE_LEAK`): "goroutines left: 2", with their stacks and where each was made; BubbleError (`GORT_BUBBLE`) inside a bubble, which looks for itself, or an exploration; NotAFunctionError (`GORT_NOT_A_FUNCTION`); as
 *   `run` does, a DeadlockError
 * @example
 * ```ts
 * await leakCheck(function* () {
 *   const ch = chan<number>();
 *   go(function* producer() { yield* ch.send(1); }); // Nobody receives: it is left.
 * });
 * ```
 */
export function leakCheck<R>(fn: () => Generator<Park, R, unknown>): Promise<R>;
export function leakCheck<R>(fn: () => PromiseLike<R>): Promise<R>;
export function leakCheck<R>(
  fn: () => R extends Generator<unknown, unknown, unknown> ? never : R,
): Promise<R>;
export async function leakCheck(fn: AnyFunction): Promise<unknown> {
  checkFunction("leakCheck", fn);
  if (isolation.world !== null) {
    throw new BubbleError(
      "leakCheck inside a bubble or an exploration: call it outside, where real time goes on; a bubble needs none, it rejects by itself when goroutines are left",
    );
  }
  // As run: a core has this module only for its portable functions.
  if (cores.runReached !== null) {
    cores.runReached();
    return new Promise(() => {});
  }
  const site = captureStack(leakCheck as AnyFunction);
  const line = new Line();
  try {
    const value = await main(line, fn);
    const left = await leftOver(line);
    if (left !== null) throw leakError(left, site.stack);
    return value;
  } finally {
    line.leave();
  }
}

/** Runs `fn` as the first of `line`, as `run` does. */
function main(line: Line, fn: AnyFunction): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const g = line.begin(() => goFrom(leakCheck as AnyFunction, fn, [], true));
    const entry: Main = { onDeadlock: "reject", reject };
    mains.add(entry);
    g.watch({
      fire: () => {
        if (g.exited) return;
        mains.delete(entry);
        if (g.failed) reject(g.value);
        else resolve(g.value);
      },
    });
  });
}

/** The stacks of those that do not end; null when all have. */
async function leftOver(line: Line): Promise<string[] | null> {
  let fewest = Number.POSITIVE_INFINITY;
  let mostRuns = 0;
  for (let i = 0; ; ) {
    const alive = line.alive();
    if (alive.size === 0) return null;
    if (fewest === Number.POSITIVE_INFINITY) mostRuns = line.runs + RUNS_EACH * alive.size;
    if (alive.size < fewest) i = 0;
    fewest = Math.min(fewest, alive.size);
    const ms = line.isMoving && line.runs < mostRuns ? 0 : PAUSES_MS[i++];
    if (ms === undefined) return stacksOf(alive);
    await new Promise<void>((resolve) => {
      if (ms === 0) setImmediate(resolve);
      else setTimeout(resolve, ms);
    });
  }
}

function stacksOf(alive: Set<number>): string[] {
  return blocksOf(allStacks(Number.POSITIVE_INFINITY))
    .filter((block) => alive.has(numberOf(block)))
    .map((block) => `${block.trimEnd()}\n`);
}

function leakError(stacks: readonly string[], site: string | undefined): GoroutineLeakError {
  const text = stacks.join("\n");
  return saidAt(new GoroutineLeakError(`goroutines left: ${stacks.length}\n\n${text.trimEnd()}`, text), site);
}
