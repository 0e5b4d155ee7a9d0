/**
 * Sleep and wake: a machine that has nothing to do sleeps on its bell, and whoever has something for it rings.
 *
 * The order that loses no wake-up (both sides write, then read what the other wrote; atomics are sequentially consistent):
 *
 *   sleeper                              waker
 *   1. asleep := 1                       1. publishes (a message, an offer)
 *   2. looks at every source again       2. asleep? then asleep := 0 and bell += 1, notify
 *   3. sleeps while bell is unchanged
 *
 * Only one of several wakers finds `asleep` set, so a machine is rung once a sleep. Who is awake is not rung: it looks at its mail by itself (a load of 5 ns against 25 for a notify).
 *
 * Go: runtime/lock_futex.go (notesleep, notewakeup).
 */
import { add, exchange, futexWake, load, store } from "./atomic.ts";
import { MACHINE, machineAt } from "./layout.ts";
import { home } from "./region.ts";

/** Wakes `machine` if it sleeps; whether it did. Any thread, after it has published. */
export function ring(machine: number): boolean {
  const { words } = home();
  const area = machineAt(machine);
  if (load(words, area + MACHINE.asleep) === 0) return false;
  if (exchange(words, area + MACHINE.asleep, 0) === 0) return false;
  add(words, area + MACHINE.bell, 1);
  // All: a machine that once lay down asynchronously and got up for another reason still has that waiter here, and it would take the only wake-up.
  futexWake(words, area + MACHINE.bell);
  return true;
}

/** Wakes `machine` whatever it says of itself: whoever was about to ring it may have died in between. */
export function alarm(machine: number): void {
  const { words } = home();
  const area = machineAt(machine);
  store(words, area + MACHINE.asleep, 0);
  add(words, area + MACHINE.bell, 1);
  futexWake(words, area + MACHINE.bell);
}

/** Owner: says that it is going to sleep, and gives what its bell says now. It must look at every source again before it does. */
export function lieDown(machine: number): number {
  const { words } = home();
  const area = machineAt(machine);
  const seen = load(words, area + MACHINE.bell);
  store(words, area + MACHINE.asleep, 1);
  return seen;
}

/** Owner: it is up, whoever woke it. */
export function getUp(machine: number): void {
  store(home().words, machineAt(machine) + MACHINE.asleep, 0);
}
