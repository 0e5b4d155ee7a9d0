/**
 * A machine's standard output and standard error: written at once, by the machine itself.
 *
 * Node's own streams in a worker are messages to the main thread, which writes them when its event loop turns: a line would appear after one that the program printed later on another core, and lines would be lost
 * when the process ends. Here each write is done when the call returns, so what a program prints appears in the order in which it happened, whichever core it was on.
 *
 * Only in threads that gort has started; the main thread's streams are Node's.
 */
import { writeSync } from "node:fs";
import { futexWait } from "../shm/atomic.ts";

/** A pipe whose reader is slow is tried again after this long. */
const FULL_PIPE_MS = 1;
const nap = new Int32Array(new SharedArrayBuffer(4));

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
      futexWait(nap, 0, 0, FULL_PIPE_MS);
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
