/**
 * `run`: a program's main goroutine, and a promise for its end.
 *
 * Go: runtime/proc.go (main). Differs: the other goroutines go on when main returns, because the host program does; the command
 * (`gort run`) ends the process instead.
 */
import { type DeadlockError, describe, InvalidNumberError, InvalidOptionError } from "../base/errors.ts";
import { type Main, mains } from "./deadlock.ts";
import { goFrom } from "./go.ts";
import type { Go } from "./goroutine.ts";
import { inCallersWorld } from "./isolation.ts";
import type { Park } from "./operation.ts";
import { setProcs } from "./procs.ts";
import { cores } from "./remote.ts";

/** How {@link run} runs a program. */
export interface RunOptions {
  /** What a deadlock does: rejects with a {@link DeadlockError} (the default), or prints Go's report and ends the process with code 2. */
  readonly onDeadlock?: "exit" | "reject";
  /** The number of processors, an integer ≥ 1; as `runtime.gomaxprocs(n)`. */
  readonly procs?: number;
}

const OPTIONS: ReadonlySet<string> = new Set(["onDeadlock", "procs"]);

/**
 * Runs `main` as the program's main goroutine; settles when it ends, with its result or its error.
 *
 * Other goroutines go on. Rejects with a DeadlockError (`GORT_DEADLOCK`) when every goroutine is asleep and nothing can wake one.
 * When main calls goexit(), it settles only by that. May be called several times, also at once.
 *
 * @example
 * ```ts
 * await run(function* main() { yield* go(worker); });
 * ```
 */
export function run<R>(main: () => Generator<Park, R, unknown>, options?: RunOptions): Promise<R>;
export function run<R>(main: () => PromiseLike<R>, options?: RunOptions): Promise<R>;
export function run<R>(
  main: () => R extends Generator<unknown, unknown, unknown> ? never : R,
  options?: RunOptions,
): Promise<R>;
export function run(main: () => unknown, options: RunOptions = {}): Promise<unknown> {
  if (cores.runReached !== null) {
    cores.runReached();
    return new Promise(() => {});
  }
  return new Promise((resolve, reject) => {
    const onDeadlock = checkOptions(options);
    if (options.procs !== undefined) setProcs(options.procs);
    inCallersWorld(() =>
      startMain(main, onDeadlock, reject, (_, failed, value) => {
        if (failed) reject(value);
        else resolve(value);
      }),
    );
  });
}

/**
 * Starts a main goroutine; `ended` is called when it has ended, unless by goexit(): then it has not returned (Go's rule), and the program goes on
 * until nobody is left, which is `deadlocked`.
 */
export function startMain(
  main: () => unknown,
  onDeadlock: "exit" | "reject",
  deadlocked: (error: DeadlockError) => void,
  ended: (g: Go, failed: boolean, value: unknown) => void,
): void {
  const g = goFrom(run as never, main as never, [], true);
  const entry: Main = { onDeadlock, reject: deadlocked };
  mains.add(entry);
  g.watch({
    fire: () => {
      if (g.exited) return;
      mains.delete(entry);
      ended(g, g.failed, g.value);
    },
  });
}

function checkOptions(options: RunOptions): "exit" | "reject" {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`run: the options are an object, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name))
      throw new InvalidOptionError(`run: there is no option "${name}" (${[...OPTIONS].join(", ")})`);
  }
  const { onDeadlock = "reject", procs } = options;
  if (onDeadlock !== "exit" && onDeadlock !== "reject") {
    throw new InvalidOptionError(`run: onDeadlock is "exit" or "reject", got ${describe(onDeadlock)}`);
  }
  if (procs !== undefined && !(Number.isInteger(procs) && procs >= 1)) {
    throw new InvalidNumberError(`run: procs is an integer of at least 1, got ${describe(procs)}`);
  }
  return onDeadlock;
}
