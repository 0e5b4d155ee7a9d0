/**
 * Goroutines from elsewhere: the global queue, and half of another machine's.
 *
 * Go: runtime/proc.go (stealWork, runqsteal, globrunqget).
 */
import { randomBelow } from "../base/rand.ts";
import { type Parkable, p, ready } from "../runtime/processor.ts";
import { capacity, load, store } from "../shm/atomic.ts";
import { HOME, MACHINE, machineAt } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { here, machineCount, queueOf, tally } from "./machine.ts";
import { adopt } from "./make.ts";
import { offer, published } from "./offers.ts";
import { R, Stage } from "./records.ts";
import type { Task } from "./task.ts";

const loot = new Int32Array(capacity.runQueue >>> 1);

/** Whether this machine may run goroutines that others have made: there are that many processors. */
export function mayTake(): boolean {
  return here.processor >= 0 && here.processor < load(here.words, HOME.procs);
}

/** The oldest task of the global queue. */
export function takeInjected(): Parkable | undefined {
  if (here.injector.size === 0 || !mayTake()) return undefined;
  const record = here.injector.take();
  if (record === 0) return undefined;
  claim(record);
  if (here.injector.size > 0) published.wake();
  return adopt(record) ?? undefined;
}

/** Half of another machine's unstarted goroutines: the first is given, and is to be run at once; the others are made ready. */
export function steal(): Parkable | undefined {
  return search(true);
}

/** Makes ready what there is elsewhere; true when there was any. Until they begin, others can still take them. */
export function fetchWork(): boolean {
  const injected = takeInjected();
  if (injected !== undefined) {
    keep(injected as Task);
    return true;
  }
  search(false);
  return p.runq.size > 0;
}

function search(runsFirst: boolean): Task | undefined {
  const machines = machineCount();
  if (machines < 2 || !mayTake()) return undefined;
  const start = randomBelow(machines);
  for (let i = 0; i < machines; i++) {
    const victim = start + i < machines ? start + i : start + i - machines;
    if (victim === self.machine || queueOf(victim).size === 0) continue;
    const task = stealFrom(victim, runsFirst);
    if (task !== undefined) return task;
  }
  return undefined;
}

/** Whether another machine has something to steal, or the global queue something to take. */
export function isWorkAround(): boolean {
  if (!mayTake()) return false;
  if (here.injector.size > 0) return true;
  const machines = machineCount();
  for (let i = 0; i < machines; i++) {
    if (i !== self.machine && queueOf(i).size > 0) return true;
  }
  return false;
}

function stealFrom(victim: number, runsFirst: boolean): Task | undefined {
  const { words, area } = here;
  // Whoever clears up after a machine that dies in here waits for the others to be out of here (salvage.ts).
  store(words, area + MACHINE.grabbing, 1);
  const amount = queueOf(victim).grab(loot);
  for (let i = 0; i < amount; i++) claim(loot[i] as Ref);
  store(words, area + MACHINE.grabbing, 0);
  if (amount === 0) return undefined;
  tally(MACHINE.stolen, amount);
  p.tracer?.stole(amount, load(words, machineAt(victim) + MACHINE.processor) - 1);
  let first: Task | undefined;
  for (let i = 0; i < amount; i++) {
    const task = adopt(loot[i] as Ref);
    if (task === null) continue;
    if (first !== undefined || !runsFirst) keep(task);
    first ??= task;
  }
  // Who found work wakes the next one, if there is more of it (idle.ts, I2).
  if (amount > 1) published.wake();
  return first;
}

function keep(task: Task): void {
  offer(task);
  ready(task);
}

function claim(record: Ref): void {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  words[at + R.claimer] = self.machine;
  words[at + R.stage] = Stage.taken;
}

/** Whether some machine is between taking an entry and saying that it has it. */
export function isAnybodyGrabbing(): boolean {
  for (let i = machineCount() - 1; i >= 0; i--) {
    if (load(here.words, machineAt(i) + MACHINE.grabbing) !== 0) return true;
  }
  return false;
}
