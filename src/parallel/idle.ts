/**
 * Who looks for work, who sleeps, and who wakes whom.
 *
 * A machine with nothing to run looks around for a moment (spins), because waking a sleeping thread costs 25 µs and a spinning one sees work in 0.15; then it sleeps: its event loop goes on, and its bell
 * (shm/note.ts) rings it.
 *
 * Invariants:
 *   I1  at most half of the processors spin, and none when there are more of them than cores: a spinning thread that keeps a working one off its core costs more than it can win.
 *   I2  work that is published while somebody sleeps wakes one, unless one spins: and who finds some elsewhere wakes the next one before it begins (steal.ts). So as long as there is work and a sleeper, somebody is on the way.
 *   I3  when there are more processors than cores, no more machines are woken than there are cores; a patrol sees to it that work does not wait for ever behind one that is blocked.
 *   I4  a sleeper says that it sleeps, then is in the set of idle machines, then looks around for the last time (test/model/programs/idle.ts).
 *
 * Go: runtime/proc.go (wakep, resetspinning, stopm; "Worker thread parking/unparking").
 */
import { availableParallelism } from "node:os";
import { publishBooks } from "../runtime/account.ts";
import { clock } from "../runtime/clock.ts";
import { host } from "../runtime/netpoll.ts";
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { patience } from "../runtime/shared-operation.ts";
import { loudTimers } from "../runtime/timers.ts";
import { add, futexWaitAsync, load, pause, store, swap } from "../shm/atomic.ts";
import { hasMail, readAll } from "../shm/inbox.ts";
import { HOME, Host, MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { anyOf, exclude, include } from "../shm/mask.ts";
import { getUp, lieDown, ring } from "../shm/note.ts";
import { here, isAlive, machineCount, wordOfMachine } from "./machine.ts";
import { published } from "./offers.ts";
import { fetchWork, isWorkAround, mayTake } from "./steal.ts";

/** How long a machine looks around before it sleeps. */
const SPIN_MS = 0.05;
/** How often a wait on something shared looks before it parks: a microsecond or two. */
const PATIENT_LOOKS = 200;
/** How often it looks between two readings of the clock. */
const LOOKS = 64;
/** How long work may wait while every core has a machine that is awake. */
const PATROL_MS = 5;
/** After a look around that was in vain, the next so many rests go without one; then twice as many. */
const MOST_SKIPPED = 64;

const spinning = { skip: 0, skipNext: 1 };
/** No number that a bell says. */
const NOTHING = 0.5;
/** What the bell said when the wait for it began that is pending, and which wait that is. */
const listening = { bell: NOTHING, wait: 0 };

/** What upper parts do when a machine goes to sleep. */
export const resting: {
  /** Everything that this machine could do is done. */
  asleep: () => void;
  /** More machines are wanted than there are. */
  wanted: () => void;
  /** Somebody is on the way to the work; if there is more of it, one more machine may be needed. */
  crowded: () => void;
} = { asleep: () => {}, wanted: () => {}, crowded: () => {} };

/** Work has been published: wakes one machine that may take it, unless one is looking already. Any machine, after it has published. */
export function wakeOne(): void {
  const { words } = here;
  if (load(words, HOME.spinning) > 0) {
    resting.crowded();
    return;
  }
  const machines = machineCount();
  if (load(words, HOME.procs) > CORES && awake(machines) >= CORES) {
    if (sendPatrol(machines)) resting.crowded();
    else resting.wanted();
    return;
  }
  if (wakeIdle(machines)) resting.crowded();
  else resting.wanted();
}

/** Wakes some idle machine; false when none is idle. */
function wakeIdle(machines: number): boolean {
  const { words } = here;
  for (;;) {
    const machine = anyOf(words, HOME.idle, 0, machines);
    if (machine < 0) return false;
    if (!exclude(words, HOME.idle, machine)) continue;
    ring(machine);
    return true;
  }
}

function awake(machines: number): number {
  let count = 0;
  for (let i = 0; i < machines; i++) if (isUp(i)) count++;
  return count;
}

function isUp(machine: number): boolean {
  return isAlive(machine) && wordOfMachine(machine, MACHINE.asleep) === 0;
}

/**
 * All cores have a machine that is awake, so another one would only take theirs; but those may be blocked in a call of the program's, which nobody can see. So one sleeper looks after them: if there still is work after {@link PATROL_MS},
 * it takes it. False when there is no sleeper.
 */
function sendPatrol(machines: number): boolean {
  const { words } = here;
  if (load(words, HOME.patrol) !== 0) return true;
  const machine = anyOf(words, HOME.idle, 0, machines);
  if (machine < 0) return false;
  if (swap(words, HOME.patrol, 0, machine + 1) !== 0) return true;
  exclude(words, HOME.idle, machine);
  // It may be up by now, or have died: then the next one is asked for.
  if (!ring(machine)) store(words, HOME.patrol, 0);
  return true;
}

/** The loop has ended with nothing to run. */
export function rest(): void {
  if (look() || (maySpin() && spin())) return;
  sleep();
}

/** The loop begins again. */
export function rise(): void {
  cores.resting = false;
  exclude(here.words, HOME.idle, self.machine);
  getUp(self.machine);
}

/** Reads mail and looks for work elsewhere; true when something is to be run now. */
function look(): boolean {
  readAll();
  if (p.runq.size > 0) {
    // It may have been spinning, and so be the one on whom somebody with work relied.
    if (isWorkAround()) wakeOne();
    return true;
  }
  return fetchWork();
}

function maySpin(): boolean {
  if (spinning.skip > 0) {
    spinning.skip--;
    return false;
  }
  const procs = load(here.words, HOME.procs);
  // Who spins is relied on to take work: nobody else is woken.
  if (procs < 2 || procs > CORES || !mayTake() || !isAnybodyAwake()) return false;
  if (add(here.words, HOME.spinning, 1) < procs >>> 1) return true;
  add(here.words, HOME.spinning, -1);
  return false;
}

const CORES: number = availableParallelism();

function spin(): boolean {
  const until = clock.read() + SPIN_MS;
  let found = false;
  do {
    for (let i = 0; i < LOOKS && !found; i++) {
      found = hasMail(self.machine) || isWorkAround();
      pause();
    }
  } while (!found && clock.read() < until);
  add(here.words, HOME.spinning, -1);
  if (!found) {
    spinning.skip = spinning.skipNext;
    spinning.skipNext = Math.min(spinning.skipNext * 2, MOST_SKIPPED);
    return false;
  }
  spinning.skipNext = 1;
  return look();
}

/** Whether another machine is up, and so may have something for this one soon. */
function isAnybodyAwake(): boolean {
  for (let i = machineCount() - 1; i >= 0; i--) {
    if (i !== self.machine && isUp(i)) return true;
  }
  return false;
}

/** It sleeps; `takes`: and is to be woken for work. */
function sleep(takes = true): void {
  const { words, area } = here;
  store(words, area + MACHINE.host, hostWaits());
  publishBooks();
  for (;;) {
    cores.resting = true;
    // First the bell: who takes it out of the set finds it asleep, and rings. The other way round it could sleep, and not be in the set.
    const seen = lieDown(self.machine);
    if (takes && mayTake()) include(words, HOME.idle, self.machine);
    // I4, and the order of shm/note.ts: now that everybody can see that it sleeps, once more.
    if (!hasMail(self.machine) && !(takes && isWorkAround())) {
      listen(seen);
      resting.asleep();
      return;
    }
    rise();
    if (look()) return;
  }
}

/** What of its host's this machine waits for: one of Host. */
function hostWaits(): number {
  if (host.waiting > 0 || loudTimers() > 0) return Host.holds;
  return host.latent > 0 ? Host.latent : Host.nothing;
}

function listen(seen: number): void {
  if (listening.bell === seen) return;
  const waited = futexWaitAsync(here.words, here.area + MACHINE.bell, seen);
  if (!waited.async) {
    setImmediate(rang);
    return;
  }
  listening.bell = seen;
  const wait = ++listening.wait;
  waited.value.then(() => {
    if (listening.wait === wait) listening.bell = NOTHING;
    rang();
  });
}

/** The bell has rung. */
function rang(): void {
  if (!cores.resting) {
    // It is up already; whoever rang has left something that the loop finds.
    readAll();
    return;
  }
  rise();
  if (load(here.words, HOME.patrol) === self.machine + 1) patrol();
  else rest();
}

/** It has been rung only to look after the others. */
function patrol(): void {
  setTimeout(() => {
    store(here.words, HOME.patrol, 0);
    if (!cores.resting) return;
    rise();
    // What it takes may block it as well: somebody else looks after the rest.
    if (isWorkAround()) wakeOne();
    rest();
  }, PATROL_MS);
  readAll();
  if (p.runq.size === 0) sleep(false);
}

published.wake = wakeOne;
// A wait on something shared looks a few times before it parks, when this machine has nothing else to do and another one is at work.
patience.looks = () =>
  here.joined && p.runq.size === 0 && mayTake() && isAnybodyAwake() ? PATIENT_LOOKS : 0;
