/**
 * The command line as data: which command, with which options.
 *
 * Options end at FILE: whatever stands behind it belongs to the program. A mistake is a UsageError, whose message is one line that says
 * what is wrong and how it is written. Pure functions: nothing is printed, started or looked up here.
 *
 * Go: cmd/go (go run). Differs: no build flags.
 */
import { parsePeriod } from "../parallel/sysmon.ts";
import { parseTop, TOP_USAGE, type TopCommand } from "./top-args.ts";
import { parseTrace, TRACE_HELP, TRACE_USAGE, type TraceCommand } from "./trace-args.ts";
import { quote, UsageError } from "./usage.ts";

export { quote, UsageError } from "./usage.ts";

/** What `gort` was asked to do. */
export type Command =
  | {
      readonly name: "run";
      readonly file: string;
      readonly args: readonly string[];
      readonly procs?: number;
      readonly schedtrace?: number;
      /** All events go to this file. */
      readonly trace?: string;
      /** The live page is served at this port; 0: at any that is free. */
      readonly ui?: number;
    }
  | TopCommand
  | TraceCommand
  | { readonly name: "version" }
  | { readonly name: "help" };

/** EX_USAGE of sysexits.h. */
export const EXIT_USAGE = 64;

const RUN_USAGE = "gort run [--procs N] [--trace FILE] [--ui [PORT]] [--schedtrace MS] FILE [args…]";
const USAGE = `${RUN_USAGE} | gort top [PID|URL] | ${TRACE_USAGE} | gort version | gort help`;

/** The options of run, and what stands behind each; --ui may stand alone. */
const RUN_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["--procs", "a number"],
  ["--schedtrace", "a number"],
  ["--trace", "a file"],
  ["--ui", "a port"],
]);
const HIGHEST_PORT = 65_535;

/** Reads what stands behind `gort`. */
export function parseCommand(words: readonly string[]): Command {
  const [word, ...rest] = words;
  if (word === undefined) throw new UsageError(`gort: no command (usage: ${USAGE})`);
  if (word === "run") return parseRun(rest);
  if (word === "top") return parseTop(rest);
  if (word === "trace") return parseTrace(rest);
  if (word === "version" || word === "--version") return alone("version", rest);
  if (word === "help" || word === "--help" || word === "-h") return { name: "help" };
  const kind = word.startsWith("-") ? "option" : "command";
  throw new UsageError(`gort: unknown ${kind} ${quote(word)} (usage: ${USAGE})`);
}

function alone(name: "version", rest: readonly string[]): Command {
  if (rest.length > 0)
    throw new UsageError(`gort ${name}: takes no argument, got ${quote(rest[0] as string)}`);
  return { name };
}

function parseRun(words: readonly string[]): Command {
  const options: { procs?: number; schedtrace?: number; trace?: string; ui?: number } = {};
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    const equals = word.indexOf("=");
    const option = equals < 0 ? word : word.slice(0, equals);
    if (option === "--help" || option === "-h") return { name: "help" };
    const needs = RUN_OPTIONS.get(option);
    if (needs === undefined) {
      throw new UsageError(`gort run: unknown option ${quote(option)} (usage: ${RUN_USAGE})`);
    }
    // What follows --ui is its port if it is a number, else the program.
    if (option === "--ui" && equals < 0 && !/^[0-9]+$/.test(words[at + 1] ?? "")) {
      options.ui = 0;
      continue;
    }
    const value = equals < 0 ? words[++at] : word.slice(equals + 1);
    if (value === undefined || (option === "--trace" && value === "")) {
      throw new UsageError(`gort run: ${option} needs ${needs} (usage: ${RUN_USAGE})`);
    }
    if (option === "--procs") options.procs = parseProcs("gort run: --procs", value);
    else if (option === "--schedtrace")
      options.schedtrace = parseMilliseconds("gort run: --schedtrace", value);
    else if (option === "--trace") options.trace = value;
    else options.ui = parsePort("gort run: --ui", value);
  }
  const file = words[at];
  if (file === undefined || file === "") throw new UsageError(`gort run: no FILE (usage: ${RUN_USAGE})`);
  const args = words.slice(at + 1);
  return { name: "run", file, args, ...options };
}

/** A number of processors: an integer of at least 1. `what` is where it was written. */
export function parseProcs(what: string, text: string): number {
  const n = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (n < 1 || !Number.isSafeInteger(n)) {
    throw new UsageError(`${what} is an integer of at least 1, got ${quote(text)}`);
  }
  return n;
}

/** A time in milliseconds: an integer of at least 1, and what the host can count. */
function parseMilliseconds(what: string, text: string): number {
  const ms = parsePeriod(text);
  if (ms === undefined) {
    throw new UsageError(`${what} is an integer of at least 1 (milliseconds), got ${quote(text)}`);
  }
  return ms;
}

/** A port: an integer from 0 (any that is free) to 65535. */
function parsePort(what: string, text: string): number {
  const port = /^[0-9]+$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > HIGHEST_PORT) {
    throw new UsageError(`${what} is a port, an integer from 0 to ${HIGHEST_PORT}, got ${quote(text)}`);
  }
  return port;
}

export const HELP: string = `gort: goroutines for TypeScript

usage:
  ${RUN_USAGE}   run FILE: its exported main is the main goroutine
  ${TOP_USAGE}
                                      what the goroutines of a running program do, as a table
  ${TRACE_USAGE}   what a trace says, or as JSON for ui.perfetto.dev
  gort version                        print the version
  gort help                           print this

FILE is TypeScript (.ts, .mts, .cts) or JavaScript (.js, .mjs, .cjs) and runs as it is. When it exports a function
main, main runs as the main goroutine, and the process ends when it returns. Otherwise the file is just run.
What stands behind FILE belongs to the program: process.argv is [node, FILE, ...args].

options of run:
  --procs N     the number of processors, an integer of at least 1 (default: GOMAXPROCS in the environment, else
                what the system offers)
  --trace FILE  write down who runs, who wakes whom and who is made, until the program ends: gort trace FILE
  --ui [PORT]   serve the scheduler as a live page on this machine alone; its address is printed on standard error
  --schedtrace MS
                print a line about the scheduler each MS milliseconds on standard error, in Go's form; with
                GORT_DEBUG=scheddetail=1 also one for each processor, thread and goroutine

gort top shows a program that gort run has started (PID; without it the only one there is), or that serves its page
(URL, with its #token=). ? lists its keys. Its options:
  --plain       text, one block each time (also when the output is no terminal); --json: one line of JSON each time
  --once        one time only
  --interval MS the time between two looks, an integer of at least 250 (default: 1000)
  --no-color    no colours (also with NO_COLOR in the environment)
  --ascii       nothing but ASCII

${TRACE_HELP}
exit code: 2 a panic, a deadlock, SIGQUIT (prints all goroutines), or a file that cannot be loaded; 1 a trace that
cannot be read, or gort top found nothing to show; 64 bad usage; 130 interrupted (SIGINT); otherwise the program's own
`;
