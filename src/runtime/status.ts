/**
 * The states of goroutines and of operations.
 *
 * A goroutine's are Go's own:
 *
 *   idle      made, not yet in a run queue (only inside `go`)
 *   runnable  in a run queue; the queue owns it
 *   running   its code is on the stack; the processor owns it
 *   waiting   parked in an operation, which owns it and will make it ready
 *   syscall   its code runs on a spare thread, off every processor
 *   dead      ended; its result or error is kept for whoever joins
 *
 * `exiting` is running after goexit(): parks and ready operations take their slow path, where it is noticed.
 *
 * Go: runtime/runtime2.go (_Gidle … _Gdead).
 */
export const G = {
  idle: 0,
  runnable: 1,
  running: 2,
  waiting: 3,
  syscall: 4,
  dead: 5,
  exiting: 6,
} as const;

/**
 * The states of an operation, in `done`, which `yield*` reads as a truth value: only `finished` may be seen there.
 *
 *   fresh → finished                        ready at once
 *   fresh → parked → fulfilled → finished   woken with a value
 *   fresh → parked → failed → finished      woken with an error
 *   fresh → entered → finished              a case of a select; it may lose
 *   fresh → entered → contested → finished  the same, and another core may decide the select (contest.ts)
 *   fresh → fulfilled → finished            ready at once, but the slice is over: its goroutine gives way first
 *   tracked → fresh                         GORT_DEBUG=ops: made, and so far not waited for
 */
export const State = {
  fresh: 0,
  finished: 1,
  parked: 2,
  fulfilled: 3,
  failed: 4,
  entered: 5,
  tracked: 6,
  contested: 7,
} as const;

/** What a goroutine's handle says of it. */
export type GoroutineStatus = "runnable" | "running" | "waiting" | "syscall" | "dead";

const words: readonly GoroutineStatus[] = [
  "runnable",
  "runnable",
  "running",
  "waiting",
  "syscall",
  "dead",
  "running",
];

/** The public word for a state. */
export function statusWord(status: number): GoroutineStatus {
  return words[status] as GoroutineStatus;
}
