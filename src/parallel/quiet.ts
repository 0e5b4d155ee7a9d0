/**
 * Whether anything can still happen on another core: for the deadlock report, and for keeping the process alive.
 *
 * Quiet means that every other machine sleeps, waits for nothing of its host's, and that nothing lies in a queue or is under way. Each machine says so of itself when it goes to sleep, and counts what it has sent and
 * received; messages are counted as received when they have taken effect. One look at all of them is not enough, as they are not looked at at once: two looks that find the same, and equal sums, are.
 *
 * While it is not quiet the main thread holds the process; the last machine that goes to sleep rings the main thread, which then looks again.
 *
 * Go: runtime/proc.go (checkdead). Learned from Mattern's counting of messages for distributed termination.
 */
import { host } from "../runtime/netpoll.ts";
import { p } from "../runtime/processor.ts";
import { load } from "../shm/atomic.ts";
import { LIFE, MACHINE, machineAt } from "../shm/layout.ts";
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
  const first = look();
  return first !== null && look() === first && sumsAgree();
}

/** A text that tells one state of all machines from another; null when one of them is at work. */
function look(): string | null {
  if (here.injector.size > 0) return null;
  const state: number[] = [];
  for (let i = machineCount() - 1; i >= 0; i--) {
    const life = wordOfMachine(i, MACHINE.life);
    if (life === LIFE.booting) return null;
    if (queueOf(i).size > 0) return null;
    if (i === self.machine || life !== LIFE.alive) continue;
    if (wordOfMachine(i, MACHINE.asleep) === 0 || wordOfMachine(i, MACHINE.host) !== 0) return null;
    if (wordOfMachine(i, MACHINE.inbox) !== 0) return null;
    state.push(
      wordOfMachine(i, MACHINE.sent),
      wordOfMachine(i, MACHINE.received),
      wordOfMachine(i, MACHINE.bell),
    );
  }
  return state.join();
}

/** Also of machines that have ended: what they sent has been received, or never will be. */
function sumsAgree(): boolean {
  let sum = 0;
  for (let i = machineCount() - 1; i >= 0; i--) {
    const area = machineAt(i);
    if (load(here.words, area + MACHINE.life) === LIFE.dead) continue;
    sum += load(here.words, area + MACHINE.sent) - load(here.words, area + MACHINE.received);
  }
  return sum === 0;
}

/** Main thread: holds the process while it is not quiet. */
export function watchQuiet(): void {
  resting.asleep = () => {
    if (isQuiet()) release();
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
