/**
 * Timers of one processor: a heap of their own, and one host timer armed for the earliest.
 *
 * Invariants:
 *   I1  while the heap is not empty a host timer is armed that fires no later than the earliest is due (but see I3).
 *   I2  the host timer holds the process alive exactly while the heap is not empty.
 *   I3  a delay beyond what the host counts (2^31-1 ms) is waited for in stages.
 *   I4  a timer never fires early: the host rounds to milliseconds and may call a little before the time; then it is armed again.
 *
 * A timer that is stopped leaves the heap at once. The host timer is then left armed and only let go of (unref): arming and clearing one per
 * `select` with a time limit would cost more than the select.
 *
 * Go: runtime/time.go. Differs: one host timer stands for the poller's deadline.
 */
import { Heap, type HeapItem } from "../base/heap.ts";
import { clock } from "./clock.ts";
import { enterHost, leaveHost } from "./netpoll.ts";
import { slice } from "./slice.ts";

const LONGEST_HOST_DELAY = 0x7fffffff;

export class KernelTimer implements HeapItem {
  when = 0;
  seq = 0;
  heapIndex = -1;
  /** Called once when it is due, in the loop or in the host timer's callback; it must not run user code. */
  readonly fire: () => void;

  constructor(fire: () => void) {
    this.fire = fire;
  }
}

const heap = new Heap<KernelTimer>();
let hostTimer: NodeJS.Timeout | null = null;
let hostWhen = Number.POSITIVE_INFINITY;
let seq = 0;

/** Starts (or moves) `timer`: it is due at `when`, in the clock's milliseconds. */
export function startTimer(timer: KernelTimer, when: number): void {
  if (heap.remove(timer)) leaveHost();
  timer.when = when;
  timer.seq = seq++;
  heap.push(timer);
  enterHost();
  arm();
}

/** Takes `timer` out; false when it has fired or was never started. */
export function stopTimer(timer: KernelTimer): boolean {
  if (!heap.remove(timer)) return false;
  leaveHost();
  if (heap.size === 0) hostTimer?.unref();
  return true;
}

/** Fires what is due. */
function runDue(at: number): void {
  for (;;) {
    const first = heap.peek();
    if (first === undefined || first.when > at) return;
    heap.pop();
    leaveHost();
    first.fire();
  }
}

function arm(): void {
  const first = heap.peek();
  if (first === undefined) {
    hostTimer?.unref();
    return;
  }
  if (hostTimer !== null) {
    if (hostWhen <= first.when) {
      hostTimer.ref();
      return;
    }
    clearTimeout(hostTimer);
  }
  hostWhen = first.when;
  const delay = Math.ceil(first.when - clock.read());
  hostTimer = setTimeout(rang, Math.min(Math.max(delay, 1), LONGEST_HOST_DELAY));
}

function rang(): void {
  hostTimer = null;
  hostWhen = Number.POSITIVE_INFINITY;
  runDue(clock.read());
  arm();
}

slice.onRead = (at) => {
  const first = heap.peek();
  if (first !== undefined && first.when <= at) {
    runDue(at);
    arm();
  }
};
