/**
 * `gort run FILE`: imports the file and runs its exported `main` as the main goroutine.
 *
 * Go's rules: the process ends when main returns, whoever else still runs; main's uncaught error and an error while the file is loaded are
 * panics; all goroutines asleep is the end, too. A file without `main` is just run, and ends as under node.
 */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import "../../index.ts";
import { DeadlockError, ObserverError, TraceError } from "../../base/errors.ts";
import { preloads } from "../../parallel/preloads.ts";
import { blockPipes } from "../../parallel/streams.ts";
import { startSchedtrace } from "../../parallel/sysmon.ts";
import { deadlockText } from "../../runtime/deadlock.ts";
import { fatal, panic, printError } from "../../runtime/exit.ts";
import { Go } from "../../runtime/goroutine.ts";
import { gomaxprocs } from "../../runtime/procs.ts";
import { watchQuit } from "../../runtime/quit.ts";
import { startMain } from "../../runtime/run.ts";
import { startTrace } from "../../trace/session.ts";
import { type Command, parseProcs, quote, UsageError } from "../args.ts";
import { letAttach } from "../attach.ts";
import { endProcess, onInterrupt, watchUnsettledImport } from "../ending.ts";
import { isPanic, reportUnloadable } from "../load-error.ts";
import { installLoader } from "../loader.ts";

const ENDINGS: readonly string[] = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

export async function runFile(command: Extract<Command, { name: "run" }>): Promise<void> {
  const path = resolve(command.file);
  checkFile(path, command.file);
  setProcs(command.procs);
  if (command.schedtrace !== undefined) startSchedtrace(command.schedtrace);
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, ...command.args);
  if (command.trace !== undefined) traceTo(command.trace);
  if (command.ui !== undefined) await serve(command.ui);
  onInterrupt();
  watchQuit();
  letAttach();
  // What the program prints is written when the call returns: a panic ends the process at once.
  blockPipes();
  installLoader();
  preloads.push(new URL("../preload.js", import.meta.url).href);
  const program = await load(path);
  if (program === null) return;
  const main = mainOf(program, path);
  if (main !== null) runMain(main);
}

/** What the shell can get wrong is bad usage; what is inside the file is the program's affair. */
function checkFile(path: string, file: string): void {
  let reason: string | undefined;
  try {
    if (statSync(path).isDirectory()) reason = "is a directory";
    else accessSync(path, constants.R_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") reason = "does not exist";
    else
      reason =
        code === "EACCES" ? "cannot be read (permission denied)" : `cannot be read (${code ?? message})`;
  }
  if (reason === undefined && !ENDINGS.includes(extname(path)))
    reason = `is not one of ${ENDINGS.join(", ")}`;
  if (reason !== undefined) throw new UsageError(`gort run: FILE ${quote(file)} ${reason}`);
}

/** The option wins over the environment; the file finds the number set when it is loaded. */
function setProcs(option: number | undefined): void {
  const env = process.env["GOMAXPROCS"];
  if (option !== undefined) gomaxprocs(option);
  else if (env !== undefined && env !== "")
    gomaxprocs(parseProcs("gort run: GOMAXPROCS in the environment", env));
}

function traceTo(file: string): void {
  try {
    startTrace({ file });
  } catch (error) {
    throw error instanceof TraceError
      ? new UsageError(`gort run: --trace: ${error.message.replace(/^trace: /, "")}`)
      : error;
  }
}

/** The page is there before the program begins: nothing is missed. */
async function serve(port: number): Promise<void> {
  const { startObserver } = await import("../../web/serve.ts");
  try {
    const { url } = await startObserver({ port });
    printError(`gort: the scheduler is shown at ${url}`);
  } catch (error) {
    throw error instanceof ObserverError
      ? new UsageError(`gort run: --ui: ${error.message.replace(/^trace.serve: /, "")}`)
      : error;
  }
}

async function load(path: string): Promise<Record<string, unknown> | null> {
  const settled = watchUnsettledImport();
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    // Nobody but the loader runs the file's top level: it counts as goroutine 1.
    if (isPanic(error)) died(error, new Go(1, load as never, [], 0, null));
    else reportUnloadable(error);
    return null;
  } finally {
    settled();
  }
}

/** The exported function `main`; of a CommonJS file as it is in module.exports, which not every form of export makes visible to import. */
function mainOf(program: Record<string, unknown>, path: string): (() => unknown) | null {
  const commonjs = createRequire(import.meta.url).cache[realpathSync(path)];
  const exports =
    commonjs === undefined ? program : (commonjs.exports as Record<string, unknown> | null | undefined);
  const main = exports?.["main"];
  return typeof main === "function" ? (main as () => unknown) : null;
}

function runMain(main: () => unknown): void {
  startMain(
    main,
    "exit",
    () => {},
    (g, failed, value) => {
      if (failed) died(value, g);
      else endProcess();
    },
  );
}

/** An error that nobody caught. A deadlock that a `run` of the program's own rejected with is Go's fatal error here, too. */
function died(error: unknown, g: Go): void {
  if (error instanceof DeadlockError) fatal(deadlockText(error.message, error.dump));
  panic(error, g);
}
