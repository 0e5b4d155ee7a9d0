/**
 * When nobody can run: every goroutine waits for another one, and nothing outside can wake any of them.
 *
 * It is looked for while a `run` is not over, or when the process ends with a top-level await unsettled; goroutines that are still
 * parked after that are left-overs. Three places notice:
 *   1. the loop goes idle and no goroutine waits for the host, or a callback of the host's has withdrawn the last such wait: after a millisecond, is the event loop alive without us? If it
 *      is, ask again later, ever more rarely.
 *   2. `beforeExit`: the event loop has run dry. Then a wait for a promise is a wait for ever, too.
 *   3. `exit` with code 13, Node's own for a top-level await that never settled.
 * A false alarm is worse than a missed one: whatever cannot be known counts as alive.
 *
 * Rejected: (2) alone. A test runner or any other host that listens to `beforeExit` would have failed the program before we can reject its `run`.
 *
 * Go: runtime/proc.go (checkdead).
 */
import { DeadlockError } from "../base/errors.ts";
import { DEADLOCK, publishEvent } from "./diagnostics.ts";
import { EXIT_PANIC, ending, fatal, printError } from "./exit.ts";
import { externalCount } from "./external.ts";
import { host, hostIsAlive } from "./netpoll.ts";
import { p } from "./processor.ts";
import { cores } from "./remote.ts";
import { allStacks } from "./traceback.ts";
import { tracebackLevel } from "./traceback-level.ts";
import { graphText } from "./wait-graph.ts";

const ALL_ASLEEP = "all goroutines are asleep - deadlock!";
const NO_GOROUTINES = "no goroutines (main called runtime.Goexit) - deadlock!";
const UNSETTLED_TOP_LEVEL_AWAIT = 13;
const FIRST_CHECK_MS = 1;
const LAST_CHECK_MS = 250;

/** A `run` that is not over. */
export interface Main {
  readonly onDeadlock: "exit" | "reject";
  reject(error: DeadlockError): void;
}

/** Every `run` that is not over. */
export const mains: Set<Main> = new Set();

let check: NodeJS.Timeout | null = null;
let delayMs = FIRST_CHECK_MS;
let checkedTick = -1;

/** The loop has nothing to run. */
export function idle(): void {
  if (mains.size === 0 || host.waiting > 0 || check !== null) return;
  // Something has run since the last look: begin with short delays again.
  if (p.tick !== checkedTick) delayMs = FIRST_CHECK_MS;
  check = setTimeout(look, delayMs);
}

host.onWithdrawn = idle;

function look(): void {
  if (check !== null) clearTimeout(check);
  check = null;
  if (mains.size === 0 || host.waiting > 0 || p.runq.size > 0) return;
  if (cores.remote.isQuiet() && !hostIsAlive()) {
    report();
    return;
  }
  delayMs = p.tick === checkedTick ? Math.min(delayMs * 2, LAST_CHECK_MS) : FIRST_CHECK_MS * 2;
  checkedTick = p.tick;
  check = setTimeout(look, delayMs);
}

/** All asleep: every `run` hears of it, or the process ends. */
function report(): void {
  if (host.latent > 0) {
    // Something may still come. The timer keeps the process alive until then.
    if (check !== null) clearTimeout(check);
    delayMs = Math.min(delayMs * 2, LAST_CHECK_MS);
    check = setTimeout(look, delayMs);
    return;
  }
  const message = p.count === 0 && externalCount() === 0 ? NO_GOROUTINES : ALL_ASLEEP;
  ending.before();
  const dump = allStacks() + graphText();
  publishEvent(DEADLOCK, () => ({ kind: "all", message, dump }));
  const over = [...mains];
  mains.clear();
  if (over.some((main) => main.onDeadlock === "exit")) fatal(deadlockText(message, dump));
  for (const main of over) main.reject(new DeadlockError(message, dump));
}

/** Go's report of a deadlock; with GORT_TRACEBACK=none its message alone. */
export function deadlockText(message: string, dump: string): string {
  return `fatal error: ${message}\n${dump === "" || tracebackLevel() === "none" ? "" : `\n${dump}`}`;
}

/** Called when the first goroutine or waiter is made: importing gort listens to nothing. */
export function watchExit(): void {
  let ranDry = false;
  process.prependListener("beforeExit", () => {
    // A program may choose that code for itself: then it is there already, or there is no beforeExit.
    ranDry = process.exitCode !== UNSETTLED_TOP_LEVEL_AWAIT;
    if (mains.size > 0 && p.runq.size === 0 && cores.remote.isQuiet()) report();
  });
  process.on("exit", (code) => {
    if (!ranDry) return;
    if (code !== UNSETTLED_TOP_LEVEL_AWAIT && process.exitCode !== UNSETTLED_TOP_LEVEL_AWAIT) return;
    if (p.count === 0 && externalCount() === 0) return;
    ending.before();
    const dump = allStacks() + graphText();
    publishEvent(DEADLOCK, () => ({ kind: "all", message: ALL_ASLEEP, dump }));
    const text = deadlockText(ALL_ASLEEP, dump);
    printError(text);
    for (const hear of ending.reported) hear(text);
    process.exitCode = EXIT_PANIC;
  });
}
