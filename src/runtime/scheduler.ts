/**
 * The scheduler of one thread.
 *
 * Its job is to hand the thread to one runnable goroutine after another, and to hand it back to the host in time. A goroutine is a
 * generator; to run it is to call next() on it; it comes back when an operation parks it (it yields PARKED) or when it ends.
 *
 * Rejected, because they would work badly:
 *   1. Resuming the woken goroutine inside whoever woke it. Saves the queue, but a chain of a hundred thousand wakes is a stack
 *      of a hundred thousand frames, and who runs next is then whoever was touched last.
 *   2. A promise per goroutine step. Three microtasks a switch, nobody chooses the order, and timers and sockets starve.
 *   3. setImmediate per switch. Fair, and ten times slower than (1).
 * What is done: one queue, one loop, a time slice (slice.ts) after which the event loop turns.
 *
 * The loop is entered from a microtask (something became ready while the host ran) or from setImmediate (the slice was spent, or it gathered),
 * never from inside a goroutine: `ready` only queues.
 *
 * Go: runtime/proc.go (schedule, execute, goexit0).
 */
import { YieldError } from "../base/errors.ts";
import { drive, settlement } from "./body.ts";
import { idle, watchExit } from "./deadlock.ts";
import { failed } from "./exit.ts";
import { admitGlobal, findRunnable } from "./find-runnable.ts";
import { isGenerator, isGeneratorFunction, resume, resumeReturning, resumeThrowing } from "./generator.ts";
import { isExitSignal } from "./goexit.ts";
import { ends, type Go } from "./goroutine.ts";
import { longSlices, runTimed } from "./long-slice.ts";
import { PARKED } from "./operation.ts";
import { leave, p, spend } from "./processor.ts";
import { isQuitSwitched, watchQuit } from "./quit.ts";
import { cores } from "./remote.ts";
import { slice } from "./slice.ts";

type Result = IteratorResult<unknown, unknown>;

/** The process's ends are watched from the first goroutine on; importing gort listens to nothing. */
export const watching: {
  on: boolean;
  /** Called then, for others who begin with the first goroutine. */
  first: () => void;
} = { on: false, first: () => {} };

// A constant of this module, which V8 folds into the loop.
const timesEach: boolean = longSlices.timed;

/** Whoever is left when the event loop has run dry is reported from here on. */
export function watchEnds(): void {
  if (watching.on) return;
  watching.on = true;
  watchExit();
  watching.first();
  if (isQuitSwitched()) watchQuit();
}

/** Runs what is runnable until nothing is, or the slice is spent. */
function schedule(): void {
  if (!watching.on) watchEnds();
  // Nothing to do begins no slice: its end would be one more turn of the event loop, for ever.
  if (p.runq.size === 0 || p.looping || !slice.begin()) return;
  if (cores.resting) cores.remote.rise();
  p.looping = true;
  p.tick++;
  p.owesMicrotasks = false;
  if (p.tracer !== null) p.tracer.begin();
  for (;;) {
    const next = findRunnable();
    if (next === undefined) break;
    if (p.tracer !== null) p.tracer.run(next);
    else if (timesEach) runTimed(next);
    else next.run();
    if (spend()) {
      if (slice.check()) break;
      if (p.owesMicrotasks) {
        // Behind the microtasks of those who have been woken, in the same slice.
        slice.request();
        break;
      }
      admitGlobal();
    }
  }
  leave();
  p.looping = false;
  if (p.tracer !== null) p.tracer.end();
  if (longSlices.watched && !slice.spent) slice.left();
  if (p.runq.size > 0) return;
  cores.remote.rest();
  if (p.runq.size === 0) idle();
}

/** Its first run: makes the generator; other functions run here as far as they get. */
function start(g: Go): Result {
  const args = g.value as never[];
  g.value = undefined;
  g.body = null;
  const { fn } = g; // Called without a receiver, which V8 would name in stacks.
  const made: unknown = args.length === 0 ? fn() : fn(...args);
  if (isGeneratorFunction(fn) || isGenerator(made)) {
    g.body = made as Generator;
    return resume.call(made as Generator);
  }
  const awaited = settlement(made);
  if (awaited === null) return { done: true, value: made };
  g.body = drive(awaited) as Generator;
  return resume.call(g.body);
}

/** It came back without having parked: it has ended, or has yielded what only `yield*` can take. */
function came(g: Go, first: Result): void {
  let result = first;
  while (result !== PARKED) {
    if (result.done === true) {
      g.end(false, g.exiting ? undefined : result.value);
      return;
    }
    try {
      result = resumeThrowing.call(g.body as Generator, misyielded(result.value));
    } catch (error) {
      crashed(g, error);
      return;
    }
  }
}

function crashed(g: Go, error: unknown): void {
  if (isExitSignal(error) && g.exiting) g.end(false, undefined);
  else failed(g, error);
}

/** Ends a goroutine where it waits: its finally blocks run, its catch blocks do not. */
function unwind(g: Go): void {
  let result: Result;
  try {
    result = resumeReturning.call(g.body as Generator, undefined);
  } catch (error) {
    crashed(g, error);
    return;
  }
  if (result !== PARKED) came(g, result);
}

function misyielded(value: unknown): YieldError {
  const isOperation =
    typeof value === "object" && value !== null && Symbol.iterator in value && "then" in value;
  return new YieldError(
    isOperation
      ? "yield of an operation without a star: use yield* (yield* ch.recv(), not yield ch.recv())"
      : "a goroutine can only yield operations: use yield* with an operation; for a promise, yield* wait(promise)",
  );
}

ends.start = start;
ends.came = came;
ends.crashed = crashed;
ends.unwind = unwind;
slice.loop = schedule;
