/**
 * A nap: this thread stands still for a while, its event loop as well, and nobody wakes it. For what has no word to sleep on.
 */
import { futexWait } from "./atomic.ts";

const nobodys = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps for `ms` milliseconds; with `Infinity` it never returns. */
export function nap(ms: number): void {
  futexWait(nobodys, 0, 0, ms);
}
