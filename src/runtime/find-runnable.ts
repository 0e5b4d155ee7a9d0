/**
 * What runs next: the search order on one screen. Go: runtime/proc.go (findRunnable).
 *
 *   1. each time the clock is read (at most every 128 switches; Go: every 61st), mail from other cores and the global queue, so that a busy processor cannot
 *      starve them, and due timers (timers.ts)
 *   2. the processor's own queue
 *   3. mail from other cores, the global queue, another processor's unstarted goroutines
 *   4. nothing: the event loop polls (timers and sockets come back through netpoll)
 */
import { type Runnable, ready, take } from "./processor.ts";
import { cores } from "./remote.ts";

export function findRunnable(): Runnable | undefined {
  return take() ?? elsewhere();
}

/** Moves the oldest goroutine of the global queue to the end of the processor's own, and reads the mail. */
export function admitGlobal(): void {
  const { remote } = cores;
  remote.readMail();
  const shared = remote.takeGlobal();
  if (shared !== undefined) ready(shared);
}

function elsewhere(): Runnable | undefined {
  const { remote } = cores;
  const woken = remote.readMail() ? take() : undefined;
  return woken ?? remote.takeGlobal() ?? remote.steal();
}
