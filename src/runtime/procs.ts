/**
 * GOMAXPROCS: the number of processors that may run goroutines at once.
 *
 * The environment, `run(main, { procs })` and `runtime.gomaxprocs(n)` set it; the default is what the system says is free to use.
 * Goroutines that are closures always run on the processor that made them; portable ones on any, and the layer `parallel` has as many processors as this says.
 *
 * Go: runtime/proc.go (procresize), runtime/debug.go (GOMAXPROCS).
 */
import { availableParallelism } from "node:os";
import { describe, InvalidNumberError } from "../base/errors.ts";
import { load, store } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { home } from "../shm/region.ts";
import { cores } from "./remote.ts";

/** There are no more, whatever is asked for: each is a thread with an isolate of its own. */
export const MOST_PROCS = 128;

let procs = 0;

/** The number in force; reads the environment the first time. */
export function currentProcs(): number {
  if (cores.procs !== null) return cores.procs.get();
  if (procs === 0) {
    const text = process.env["GOMAXPROCS"];
    const wanted = text === undefined || text === "" ? availableParallelism() : Number(text);
    if (!Number.isInteger(wanted) || wanted < 1) {
      throw new InvalidNumberError(`GOMAXPROCS is an integer of at least 1, got "${text}"`);
    }
    procs = Math.min(wanted, MOST_PROCS);
  }
  return procs;
}

export function setProcs(n: number): void {
  procs = Math.min(n, MOST_PROCS);
  cores.procs?.set(procs);
}

/** The number is in shared memory from here on, for threads that own no processor and only look: with one core nobody else has put it there. */
export function showProcs(): void {
  if (cores.procs !== null) return;
  const { words } = home();
  store(words, HOME.procs, currentProcs());
  cores.procs = { get: () => load(words, HOME.procs), set: (count) => store(words, HOME.procs, count) };
}

/**
 * Sets the number of processors and gives the old one; without an argument (or with 0) only asks.
 *
 * @throws InvalidNumberError (`GORT_INVALID_NUMBER`) for what is not an integer ≥ 0
 *
 * Go: runtime.GOMAXPROCS.
 */
export function gomaxprocs(n = 0): number {
  if (!Number.isInteger(n) || n < 0) {
    throw new InvalidNumberError(
      `gomaxprocs needs an integer of at least 1 (or 0 to ask), got ${describe(n)}`,
    );
  }
  const before = currentProcs();
  if (n > 0) setProcs(n);
  return before;
}
