/**
 * A machine has ended: what becomes of what it had.
 *
 *   goroutines that it was running, of others      their handles throw ProcessorLostError (each owner clears up for itself: bereave.ts)
 *   goroutines that it had taken and not begun     run elsewhere
 *   goroutines that it had made and not begun      run elsewhere; nobody waits for them any more
 *   its own goroutines that had begun              are gone, with the handles to them
 *   locks, waiting lists of shared channels        are put in order (obituary, and what else registers here)
 *   its memory, slots of channels left half done   when every machine that lives has heard of it: then none is in the middle any more of what it was doing when that happened
 *
 * Runs on the main thread, which alone hears of a worker's end.
 */
import { load, store } from "../shm/atomic.ts";
import { HOME, LIFE, MACHINE, machineAt } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { exclude } from "../shm/mask.ts";
import { alarm } from "../shm/note.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { buryHoldings, forgetHoldings } from "../shm/shared-heirs.ts";
import { forgetObjects } from "../shm/shared-object.ts";
import { buryWaits, forgetWaits, recoverWaits } from "../shm/wait.ts";
import { bereave } from "./bereave.ts";
import { wakeOne } from "./idle.ts";
import { here, isAlive, machineCount, queueOf } from "./machine.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { R, recordsOf, Stage } from "./records.ts";
import { isAnybodyGrabbing, isWorkAround } from "./steal.ts";

/** What else has to be done for a machine that has died. */
export const mourners: ((machine: number) => void)[] = [];

/** The thread of `machine` has ended. */
export function died(machine: number): void {
  const { words } = here;
  const area = machineAt(machine);
  const retired = load(words, area + MACHINE.life) === LIFE.retired;
  store(words, area + MACHINE.life, retired ? LIFE.unused : LIFE.dead);
  exclude(words, HOME.idle, machine);
  for (const [dead, others] of mourning) heard(dead, others, machine);
  if (retired) return;
  store(words, area + MACHINE.grabbing, 0);
  // A thief that is alive says what it has taken before it does anything else: a few instructions.
  while (isAnybodyGrabbing());
  salvage(machine);
  forgetWaits(machine);
  forgetHoldings(machine);
  forgetObjects(machine);
  mourn(machine);
  const others = new Set<number>();
  for (let i = machineCount() - 1; i > 0; i--) {
    if (!isAlive(i)) continue;
    others.add(i);
    tell(i, Order.lost, machine);
    alarm(i);
  }
  mourning.set(machine, others);
  heard(machine, others, self.machine);
  if (isWorkAround() || here.queue.size > 0) wakeOne();
}

/** What it had made and not begun goes to the global queue: whoever runs it answers to nobody. */
function salvage(machine: number): void {
  const queue = queueOf(machine);
  const taken = new Int32Array(queue.size);
  while (queue.grab(taken) > 0);
  for (const record of recordsOf(machine)) {
    const { words } = memoryOf(record);
    const at = wordOf(record);
    const stage = words[at + R.stage] as number;
    if (stage !== Stage.waiting && stage !== Stage.offered) continue;
    if (words[at + R.claimer] !== machine) continue;
    orphan(record);
    here.injector.put(record);
  }
}

/** Its owner is gone: the main thread gets its end, and knows no goroutine of that token. */
function orphan(record: Ref): void {
  const { words } = memoryOf(record);
  words[wordOf(record) + R.owner] = self.machine;
  words[wordOf(record) + R.token] = -1;
}

/** Each machine for itself: what it waits for of the dead one. */
function mourn(machine: number): void {
  recoverWaits(machine);
  for (const mourner of mourners) mourner(machine);
  bereave(machine);
}

onOrder(Order.lost, (machine) => {
  mourn(machine);
  tell(0, Order.mourned, machine, self.machine);
});

/** Main thread: the machines that have yet to hear of each death. */
const mourning = new Map<number, Set<number>>();

/** Machine `by` has heard of `dead`, or has ended itself: after the last one nothing of the dead one's is in use any more. */
function heard(dead: number, others: Set<number>, by: number): void {
  others.delete(by);
  if (others.size > 0) return;
  mourning.delete(dead);
  buryHoldings(dead);
  buryWaits(dead);
}

onOrder(Order.mourned, (dead, by) => {
  const others = mourning.get(dead);
  if (others !== undefined) heard(dead, others, by);
});
