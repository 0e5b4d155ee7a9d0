/**
 * M, the machine: this thread among the threads. The main thread is number 0, each worker the next free one.
 *
 * A thread takes part (`joined`) from the first portable goroutine on that may run elsewhere, or from its birth if it is a worker. Before that nothing here exists and nothing is paid.
 *
 * Go: runtime/runtime2.go (m). Differs: a machine keeps its processor for life, because its started goroutines cannot leave its isolate; threads for blocking calls have none.
 */
import { keepShared } from "../runtime/account.ts";
import { cores } from "../runtime/remote.ts";
import { load, store } from "../shm/atomic.ts";
import { Injector } from "../shm/injector.ts";
import { HOME, LIFE, MACHINE, machineAt } from "../shm/layout.ts";
import { obituary, self } from "../shm/lock.ts";
import { ring } from "../shm/note.ts";
import { home } from "../shm/region.ts";
import { RunQueue } from "../shm/runq.ts";

/** This thread. */
export const here: {
  /** Whether it takes part. */
  joined: boolean;
  /** The number of its processor; -1 for a thread that has none. */
  processor: number;
  words: Int32Array;
  /** The first word of its area. */
  area: number;
  queue: RunQueue;
  injector: Injector;
} = {
  joined: false,
  processor: 0,
  words: new Int32Array(0),
  area: 0,
  queue: null as never,
  injector: null as never,
};

/** This thread takes part from here on, as machine `index`. */
export function takePart(index: number, processor: number): void {
  const { words } = home();
  self.machine = index;
  here.words = words;
  here.area = machineAt(index);
  here.processor = processor;
  here.queue = new RunQueue(words, here.area);
  here.injector = new Injector(words);
  if (index === 0) here.injector.prepare();
  obituary.isDead = (machine) => load(words, machineAt(machine) + MACHINE.life) === LIFE.dead;
  if (index === 0) store(words, HOME.machines, 1);
  store(words, here.area + MACHINE.processor, processor + 1);
  keepShared(index);
  // One that had this area before may have left without an answer.
  store(words, here.area + MACHINE.asked, 0);
  store(words, here.area + MACHINE.life, LIFE.alive);
  here.joined = true;
}

/** GOMAXPROCS is in shared memory from here on. */
export function shareProcs(): void {
  cores.procs = {
    get: () => load(here.words, HOME.procs),
    set: (procs) => {
      store(here.words, HOME.procs, procs);
      store(here.words, HOME.wanted, 0);
      // Who sleeps is in the set of those who may be woken, or is not, by the number that was.
      for (let i = machineCount() - 1; i >= 0; i--) ring(i);
    },
  };
}

/** One more than the highest number of a machine there has been. */
export function machineCount(): number {
  return load(here.words, HOME.machines);
}

export function isAlive(machine: number): boolean {
  return load(here.words, machineAt(machine) + MACHINE.life) === LIFE.alive;
}

/** A word of a machine's area: one of MACHINE. */
export function wordOfMachine(machine: number, word: number): number {
  return load(here.words, machineAt(machine) + word);
}

/** The run queue of any machine. */
export function queueOf(machine: number): RunQueue {
  queues[machine] ??= new RunQueue(here.words, machineAt(machine));
  return queues[machine];
}

const queues: RunQueue[] = [];

/** Adds to one of this machine's own counters. */
export function tally(word: number, by = 1): void {
  const { words, area } = here;
  words[area + word] = ((words[area + word] as number) + by) | 0;
}
