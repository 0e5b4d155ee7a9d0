/**
 * How a goroutine's error ends the program: panic.
 *
 * An error that nobody waits for is decided on when the event loop next turns, the rule that people know from promises: who attaches by then
 * gets the error instead. Then a program that handles `uncaughtException` gets it there, and any other is ended:
 *
 *   panic: message
 *
 *   goroutine 7 [running]:
 *   …
 *
 * on standard error, exit code 2. Go: runtime/panic.go (fatalpanic, printpanics).
 */
import { writeSync } from "node:fs";
import { GortError } from "../base/errors.ts";
import { PANIC, publishEvent } from "./diagnostics.ts";
import type { Go } from "./goroutine.ts";
import { isolation } from "./isolation.ts";
import { allStacks, panicText } from "./traceback.ts";
import { tracebackLevel } from "./traceback-level.ts";

/** Go's exit code for a panic and for a fatal error. */
export const EXIT_PANIC = 2;

/** An error may be its own cause. */
const MOST_CAUSES = 16;

let undecided: Go[] = [];

/** Called before a panic or a deadlock is reported; op-tracking.ts sets it. */
export const ending: {
  before: () => void;
  /** Ends the process: on a machine's own thread that is the main thread's business. Set by the layer parallel. */
  exit: (code: number) => never;
  /** The runtime ends the process, and has said why: a fatal error, or a panic. Its text, the first line first. Filled by the layer trace. */
  reported: ((text: string) => void)[];
} = { before: () => {}, exit: (code) => process.exit(code), reported: [] };

/** `g` ended with an error. */
export function failed(g: Go, error: unknown): void {
  g.end(true, error);
  if (!g.observed) undecide(g);
}

/** `g` has ended with an error for which nobody has waited so far. */
export function undecide(g: Go): void {
  if (isolation.world !== null) {
    isolation.world.undecided(g);
    return;
  }
  if (undecided.length === 0) setImmediate(decide);
  undecided.push(g);
}

function decide(): void {
  const ended = undecided;
  undecided = [];
  for (const g of ended) {
    if (!g.observed) panic(g.value, g);
    g.decided();
  }
}

/** Ends the program with a panic, unless it handles uncaught exceptions. */
export function panic(error: unknown, g: Go): void {
  publishEvent(PANIC, () => ({ error, goroutine: g.id, name: g.name }));
  if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) {
    // Thrown from a callback of its own, so that Node hands it to the handler and the others are decided as well.
    setImmediate(() => {
      throw error;
    });
    return;
  }
  fatal(`panic: ${panicMessage(error)}\n${panicStacks(error, g)}`);
}

/** The goroutine that it came from, and as many others as GORT_TRACEBACK asks for. */
function panicStacks(error: unknown, g: Go): string {
  const level = tracebackLevel();
  if (level === "none") return "";
  const own = `\n${panicText(g, (error as { stack?: unknown } | null | undefined)?.stack)}`;
  const others = level === "all" ? allStacks() : "";
  return others === "" ? own : `${own}\n${others}`;
}

/** Prints and ends the process, as Go's runtime does. */
export function fatal(text: string): never {
  ending.before();
  printError(text);
  for (const hear of ending.reported) hear(text);
  return ending.exit(EXIT_PANIC);
}

/** Writes to standard error at once: the process is about to end. */
export function printError(text: string): void {
  let rest = Buffer.from(text.endsWith("\n") ? text : `${text}\n`);
  for (let tries = 0; rest.length > 0 && tries < 10_000; tries++) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      // A pipe whose reader is slow: try again; anything else cannot be helped.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
  }
}

/** Go prints an error's text alone; a class that says more than "Error" is named. Further lines are indented, as Go's are. */
function panicMessage(error: unknown, causes = 0): string {
  if (error instanceof GortError) return indented(error.message);
  if (error instanceof Error) {
    const text = indented(error.name === "Error" ? error.message : `${error.name}: ${error.message}`);
    if (error.cause === undefined || causes === MOST_CAUSES) return text;
    return `${text}\n\t[cause: ${panicMessage(error.cause, causes + 1)}]`;
  }
  if (typeof error === "string") return indented(error);
  // Not imported: on Node 22 importing node:util opens the standard streams, and importing gort is to open nothing.
  return indented(process.getBuiltinModule("node:util").inspect(error));
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n\t");
}
