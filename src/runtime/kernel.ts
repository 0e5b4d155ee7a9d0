/**
 * THE WAIST: everything that blocks is written on this file, operation.ts and wait-reason.ts, and on nothing else of the scheduler (and, for what cores share, on contest.ts and shared-operation.ts).
 *
 *   go           start a goroutine; maker and goFor: remember who asks for one, and start it later
 *   park         (operation.ts) stop the running goroutine until another one makes it ready: for channels, locks, joins
 *   parkOutside  the same for a wait that the host can end: enterHost() when it begins, leaveHost() when it is over or withdrawn
 *   ready        put a stopped one back in the run queue; operations do it by fulfil() and fail()
 *   gather       a callback of the host's that may be one of many: whom it wakes goes on when the host has called them all
 *   stacks       the program's frames of one
 *   now, timers  the runtime's clock
 *
 * A new kind of waiting is a class that extends Operation: poll (take effect at once if possible), enqueue, dequeue, reason; and whoever
 * ends the wait calls fulfil or fail. (Who gives something away by that asks contest.ts first: another core may have decided the wait.) It can then be waited for with yield* and await, and be a case of a select.
 *
 * Go: gopark, goready (runtime/proc.go). Learned from libdill's cr.h.
 */
import { clock } from "./clock.ts";
import type { Go } from "./goroutine.ts";
import { inCallersWorld, isolation } from "./isolation.ts";
import { p } from "./processor.ts";
import { currentProcs } from "./procs.ts";
import { cores } from "./remote.ts";
import { slice } from "./slice.ts";

export { captureStack, positionText, userFrames } from "./frames.ts";
export { go, goAnywhereFor, goFor, goFrom, goHeld, goHere, type Maker, maker } from "./go.ts";
export type { Go, Handle } from "./goroutine.ts";
export { callersWorld, hostOnly, inWorld, isolation, type World } from "./isolation.ts";
export { enterHost, enterLatent, leaveHost, leaveLatent } from "./netpoll.ts";
export { wait } from "./promise.ts";
export { KernelTimer, setQuiet, startTimer, stopTimer, type Timed } from "./timers.ts";

/** Milliseconds that never go back, with fractions; 0 is when the process began. */
export function now(): number {
  return isolation.caller === null ? clock.read() : inCallersWorld(() => clock.read());
}

/** The wall clock: milliseconds since 1970. For deadlines that are given as a date; everything else counts by {@link now}. */
export function wallNow(): number {
  return isolation.caller === null ? clock.wall() : inCallersWorld(() => clock.wall());
}

/** Such a callback begins, or ends (slice.ts). */
export function gather(begins: boolean): void {
  slice.gather(begins);
}

/** The number of the running goroutine; 0 outside any. */
export function currentId(): number {
  return p.current.id;
}

/** The number of processors, and which one this thread is. */
export function processors(): { count: number; own: number } {
  return { count: currentProcs(), own: cores.remote.procId };
}

/** Starts a goroutine of a portable function on the processor of that number, for what has to be on each of them. */
export function goOn(processor: number, fn: (...args: never[]) => unknown, args: unknown[]): Go {
  return (cores.startOn as NonNullable<typeof cores.startOn>)(processor, fn, args);
}
