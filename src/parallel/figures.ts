/**
 * The numbers of other machines, for runtime.metrics(): their books (runtime/account.ts) and a count of their goroutines.
 *
 * The books are read where they are published. The count is asked for by message, and answered in the machine's area: whoever asks waits until all have answered, at most {@link PATIENCE_MS}; what a machine said last stands for one
 * that computes and does not read its mail. A machine that sleeps and has run nothing since it counted is not woken.
 */
import { booksOf, publishBooks } from "../runtime/account.ts";
import { type Census, emptyCensus, takeCensus } from "../runtime/census.ts";
import { now } from "../runtime/kernel.ts";
import type { Figures } from "../runtime/remote.ts";
import { exchange, futexWait, futexWake, store } from "../shm/atomic.ts";
import { LIFE, MACHINE, machineAt } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { here, machineCount, wordOfMachine } from "./machine.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { isElsewhere } from "./task.ts";

const PATIENCE_MS = 10;
/** How often a thread that waits looks whether somebody waits for it. */
const LOOK_MS = 0.2;

/** All other machines, those that have gone too: what they have done counts. */
export function otherFigures(): Figures[] {
  const machines: number[] = [];
  const asked: [machine: number, counted: number][] = [];
  for (let i = 0; i < machineCount(); i++) {
    if (i === self.machine) continue;
    machines.push(i);
    if (wordOfMachine(i, MACHINE.life) !== LIFE.alive || isFresh(i)) continue;
    asked.push([i, wordOfMachine(i, MACHINE.counted)]);
    if (exchange(here.words, machineAt(i) + MACHINE.asked, 1) === 0) tell(i, Order.count);
  }
  const until = now() + PATIENCE_MS;
  for (const [machine, counted] of asked) {
    while (wordOfMachine(machine, MACHINE.counted) === counted && now() < until) {
      // It may wait for this one's.
      if (wordOfMachine(self.machine, MACHINE.asked) !== 0) answer();
      futexWait(here.words, machineAt(machine) + MACHINE.counted, counted, LOOK_MS);
    }
  }
  return machines.map(figuresOf);
}

/** It sleeps, and has run nothing since it counted. */
function isFresh(machine: number): boolean {
  if (wordOfMachine(machine, MACHINE.asleep) === 0) return false;
  return wordOfMachine(machine, MACHINE.beat) === wordOfMachine(machine, MACHINE.countedBeat);
}

function figuresOf(machine: number): Figures {
  const isAlive = wordOfMachine(machine, MACHINE.life) === LIFE.alive;
  return {
    ...booksOf(machine),
    processor: wordOfMachine(machine, MACHINE.processor) - 1,
    isAlive,
    goroutines: isAlive ? wordOfMachine(machine, MACHINE.goroutines) : 0,
    runq: isAlive ? wordOfMachine(machine, MACHINE.runq) : 0,
    timers: isAlive ? wordOfMachine(machine, MACHINE.timers) : 0,
    stolen: wordOfMachine(machine, MACHINE.stolen) >>> 0,
    census: isAlive ? censusOf(machine) : emptyCensus(),
  };
}

function censusOf(machine: number): Census {
  const census = emptyCensus();
  for (let i = 0; i < census.inState.length; i++)
    census.inState[i] = wordOfMachine(machine, MACHINE.inState + i);
  for (let i = 0; i < census.inWait.length; i++)
    census.inWait[i] = wordOfMachine(machine, MACHINE.inWait + i);
  return census;
}

/** Counts this machine's goroutines. */
function answer(): void {
  const { words, area } = here;
  store(words, area + MACHINE.asked, 0);
  const { inState, inWait } = takeCensus(isElsewhere);
  for (let i = 0; i < inState.length; i++) words[area + MACHINE.inState + i] = inState[i] as number;
  for (let i = 0; i < inWait.length; i++) words[area + MACHINE.inWait + i] = inWait[i] as number;
  publishBooks();
  // Within a slice more may happen before it sleeps: then this count is not fresh.
  const beat = words[area + MACHINE.beat] as number;
  words[area + MACHINE.countedBeat] = words[area + MACHINE.since] === 0 ? beat : (beat - 1) | 0;
  store(words, area + MACHINE.counted, ((words[area + MACHINE.counted] as number) + 1) | 0);
  futexWake(words, area + MACHINE.counted);
}

onOrder(Order.count, () => {
  // It may have answered while it waited for others.
  if (wordOfMachine(self.machine, MACHINE.asked) !== 0) answer();
});
