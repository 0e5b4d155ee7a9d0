/**
 * A machine's standard output and standard error: written at once, by the machine itself.
 *
 * Node's own streams in a worker are messages to the main thread, which writes them when its event loop turns: a line would appear after one that the program printed later on another core, and lines would be lost
 * when the process ends. Here each write is done when the call returns, so what a program prints appears in the order in which it happened, whichever core it was on.
 *
 * The main thread's streams stay Node's, which keeps back what a full pipe does not take: lines of other cores would overtake it, and it would be lost when the process ends. So pipes are told to block, as files and terminals do, from
 * the moment when other cores are started.
 */
import { writeSync } from "node:fs";
import { nap } from "../shm/nap.ts";

/** A pipe whose reader is slow is tried again after this long. */
const FULL_PIPE_MS = 1;

type Write = (chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void) => void;

/** How a stream of Node's writes, put in the place of its own way. */
function directly(fd: number): Write {
  return (chunk, encoding, done) => {
    try {
      writeAll(fd, typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
      done();
    } catch (error) {
      // Nobody reads any more: as on the main thread, that is not the program's end.
      done((error as NodeJS.ErrnoException).code === "EPIPE" ? null : (error as Error));
    }
  };
}

function writeAll(fd: number, chunk: Buffer): void {
  for (let rest = chunk; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      nap(FULL_PIPE_MS);
    }
  }
}

/** Called before the program's first line runs on this thread. The streams stay Node's own objects, which its inside knows. */
export function writeDirectly([out, err]: readonly [boolean, boolean]): void {
  direct(process.stdout, 1, out);
  direct(process.stderr, 2, err);
}

function direct(stream: NodeJS.WriteStream, fd: number, isTTY: boolean): void {
  Object.defineProperties(stream, {
    _write: { value: directly(fd), configurable: true, writable: true },
    _writev: { value: null, configurable: true, writable: true },
    fd: { value: fd, configurable: true, enumerable: true },
    isTTY: { value: isTTY, configurable: true, enumerable: true },
  });
}

/** Main thread, when other cores are started: what is printed is written when the call returns, here as well. */
export function blockPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // Node has no public word for it. Files and terminals have no such handle, and need none.
    (stream as { _handle?: { setBlocking?: (on: boolean) => void } | null })._handle?.setBlocking?.(true);
  }
}
