/**
 * `gort trace FILE`: what a trace says, as text or as JSON, or converted for Perfetto.
 *
 * A file that was cut off is read as far as it goes, and a line on standard error says so. What cannot be read or written is one line, and exit code 1.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { blockPipes } from "../../parallel/streams.ts";
import { perfettoFile } from "../../trace/read/perfetto.ts";
import { summarize } from "../../trace/read/summarize.ts";
import { ForeignTraceError, type Trace, TraceReader } from "../../trace/reader.ts";
import type { TraceCommand } from "../trace-args.ts";
import { quote, UsageError } from "../usage.ts";
import { summaryText } from "./trace-text.ts";

const PIECE = 4 << 20;
const STDOUT = 1;

/** One line instead of a trace; exit code 1. */
class TraceFileError extends Error {}

export async function traceFile(command: TraceCommand): Promise<void> {
  try {
    if (command.perfetto !== undefined && command.perfetto !== "-")
      checkTarget(command.perfetto, command.file);
    const trace = load(command.file);
    for (const line of remarks(trace)) console.error(`gort trace: ${line}`);
    if (command.perfetto !== undefined) convert(trace, command.perfetto);
    else {
      blockPipes();
      const summary = summarize(trace);
      process.stdout.write(command.json ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary));
    }
  } catch (error) {
    if (!(error instanceof TraceFileError)) throw error;
    console.error(`gort trace: ${error.message}`);
    process.exitCode = 1;
  }
}

function load(file: string): Trace {
  let fd: number | undefined;
  try {
    fd = openSync(file, "r");
    if (fstatSync(fd).isDirectory()) throw new TraceFileError(`FILE ${quote(file)} is a directory`);
    const reader = new TraceReader();
    const piece = Buffer.allocUnsafe(PIECE);
    let bytes = 0;
    for (let read = 0; (read = readSync(fd, piece, 0, PIECE, null)) > 0; bytes += read)
      reader.push(piece.subarray(0, read));
    if (bytes === 0) throw new TraceFileError(`FILE ${quote(file)} is empty`);
    return reader.finish();
  } catch (error) {
    if (error instanceof TraceFileError) throw error;
    if (error instanceof ForeignTraceError)
      throw new TraceFileError(`FILE ${quote(file)} is not a trace of gort's`);
    throw new TraceFileError(`FILE ${quote(file)} ${reasonOf(error)}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "cannot be read (permission denied)";
  return `cannot be read (${code ?? message})`;
}

/** What the reader of any form of it has to know. */
function remarks(trace: Trace): string[] {
  const lines: string[] = [];
  if (trace.end === null) {
    const cut = trace.cutBytes === 0 ? "" : `; ${trace.cutBytes} bytes at the end were not whole`;
    lines.push(`the trace ends early: the program was killed or is still running${cut}`);
  }
  if (trace.damagedChunks > 0)
    lines.push(`${trace.damagedChunks} parts of the file are damaged, and only read as far as they go`);
  if (trace.unknownChunks > 0)
    lines.push(`${trace.unknownChunks} parts of the file are of a later version of gort, and left out`);
  return lines;
}

/** Before minutes are spent on it. */
function checkTarget(target: string, file: string): void {
  const there = statSync(target, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new UsageError(`gort trace: --perfetto ${quote(target)} is a directory`);
  const source = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && source?.ino === there.ino && source.dev === there.dev)
    throw new UsageError(`gort trace: --perfetto ${quote(target)} is the trace itself`);
}

/** The file has its name when it is whole. */
function convert(trace: Trace, target: string): void {
  if (target === "-") {
    blockPipes();
    try {
      writeAll(trace, STDOUT);
    } catch (error) {
      // Whoever reads it has seen enough.
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    }
    return;
  }
  const unfinished = `${target}.${process.pid}.tmp`;
  let fd: number | undefined;
  try {
    fd = openSync(unfinished, "wx");
    const { bytes, written, withoutLane, lanes } = writeAll(trace, fd);
    closeSync(fd);
    fd = undefined;
    renameSync(unfinished, target);
    console.error(
      `gort trace: ${target}: ${written} events, ${(bytes / 1e6).toFixed(1)} MB: open it at https://ui.perfetto.dev`,
    );
    if (withoutLane > 0)
      console.error(
        `gort trace: the first ${lanes} goroutines have lanes, ${withoutLane} more are in those of the processors only`,
      );
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    rmSync(unfinished, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TraceFileError(
      `--perfetto ${quote(target)} cannot be written (${code === "ENOENT" ? "no such folder" : (code ?? message)})`,
    );
  }
}

function writeAll(
  trace: Trace,
  fd: number,
): { bytes: number; written: number; lanes: number; withoutLane: number } {
  const file = perfettoFile(trace);
  for (;;) {
    const { done, value } = file.next();
    if (done) return value;
    for (let at = 0; at < value.length; ) at += writeSync(fd, value, at);
  }
}
