/**
 * How the command's process ends: main has returned, Ctrl-C, or a top-level await that never settles.
 */
import { printError } from "../runtime/exit.ts";
import { externalCount } from "../runtime/external.ts";
import { p } from "../runtime/processor.ts";

/** As a shell reports a program that SIGINT has ended. */
const EXIT_INTERRUPTED = 130;
/** Node's own code for a top-level await that never settles. */
const EXIT_UNSETTLED = 13;

/** Ends the process after its output has been handed over; the exit code is what the program has set, else 0. */
export function endProcess(): void {
  flush(process.stdout, () => {
    flush(process.stderr, () => {
      // A goroutine that failed before main returned is decided on when the event loop turns: its panic wins.
      setImmediate(() => process.exit());
    });
  });
}

/** Calls `then` when `stream` holds nothing back: files and pipes of some systems are written later. */
function flush(stream: NodeJS.WriteStream, then: () => void): void {
  if (stream.writableLength === 0 || stream.destroyed) then();
  else if (stream.writableEnded) stream.once("close", then);
  else stream.write("", then);
}

/** SIGINT ends the process with 130, unless the program listens for it: then it is the program's affair alone. */
export function onInterrupt(): void {
  process.on("SIGINT", () => {
    if (process.listenerCount("SIGINT") === 1) process.exit(EXIT_INTERRUPTED);
  });
}

/** Node says so when the file it was started with never gets past a top-level await; the command's file is not that one. */
export function watchUnsettledImport(): () => void {
  const unsettled = (code: number): void => {
    if (code !== 0 || process.exitCode) return;
    process.exitCode = EXIT_UNSETTLED;
    // With goroutines or waiters left over it is a deadlock, and gort's own listener, which comes after this one, reports that.
    if (p.count === 0 && externalCount() === 0)
      printError("gort run: a top-level await of the program never settled");
  };
  process.once("exit", unsettled);
  return () => process.off("exit", unsettled);
}
