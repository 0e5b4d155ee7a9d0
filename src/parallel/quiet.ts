/**
 * Whether anything can still happen on another core: for the deadlock report, and for keeping the process alive.
 *
 * Quiet means that every other machine sleeps and waits for nothing of its host's, and that nothing lies in a queue or an inbox. A message is in an inbox from the moment it is sent until its receiver, who is awake, reads it:
 * there is nothing in between. One look at all machines is not enough, as they are not looked at at once; but two that find the same are, with counts of what each has sent, received and been rung: who has been awake in the
 * meantime shows it.
 *
 * While it is not quiet the main thread holds the process; the last machine that goes to sleep rings the main thread, which then looks again.
 *
 * Go: runtime/proc.go (checkdead).
 */
import { host } from "../runtime/netpoll.ts";
import { p } from "../runtime/processor.ts";
import { Host, LIFE, MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { ring } from "../shm/note.ts";
import { resting } from "./idle.ts";
import { here, machineCount, queueOf, wordOfMachine } from "./machine.ts";
import { retireLater } from "./retire.ts";

/** Holds the process while other machines work. */
let holder: NodeJS.Timeout | null = null;
const HOLD_MS = 2 ** 30;

/** Nothing on other cores can wake anybody here. */
export function isQuiet(): boolean {
  return isStill(Host.nothing);
}

/** As {@link isQuiet}, but for waits for the host's up to `most` (one of Host). */
function isStill(most: number): boolean {
  const first = look(most);
  return first !== null && look(most) === first;
}

/** A text that tells one state of all machines from another; null when one of them is at work. */
function look(most: number): string | null {
  if (here.injector.size > 0) return null;
  const state: number[] = [];
  for (let i = machineCount() - 1; i >= 0; i--) {
    const life = wordOfMachine(i, MACHINE.life);
    if (life === LIFE.booting) return null;
    // This thread's own mail, too: it may have come since it was read last.
    if (queueOf(i).size > 0 || (life === LIFE.alive && wordOfMachine(i, MACHINE.inbox) !== 0)) return null;
    if (i === self.machine || life !== LIFE.alive) continue;
    if (wordOfMachine(i, MACHINE.asleep) === 0 || wordOfMachine(i, MACHINE.host) > most) return null;
    state.push(
      wordOfMachine(i, MACHINE.sent),
      wordOfMachine(i, MACHINE.received),
      wordOfMachine(i, MACHINE.bell),
    );
  }
  return state.join();
}

/** Main thread: holds the process while it is not quiet. */
export function watchQuiet(): void {
  resting.asleep = () => {
    // What may still come and holds nothing on one core holds nothing on several.
    if (isStill(Host.latent)) release();
    else hold();
  };
}

function hold(): void {
  holder ??= setInterval(() => {}, HOLD_MS);
  holder.ref();
}

function release(): void {
  holder?.unref();
}

/** A worker that goes to sleep as the last one tells the main thread to look again. */
export function watchLast(): void {
  resting.asleep = () => {
    if (here.processor >= 0) retireLater();
    for (let i = machineCount() - 1; i > 0; i--) {
      if (i === self.machine || wordOfMachine(i, MACHINE.life) !== LIFE.alive) continue;
      if (wordOfMachine(i, MACHINE.asleep) === 0) return;
    }
    if (p.runq.size === 0 && host.waiting === 0) ring(0);
  };
}
