/**
 * Work for those who sleep: the set of idle machines (shm/mask.ts), their bells (shm/note.ts) and the global queue (shm/injector.ts), in the order in which parallel/idle.ts uses them (its invariant I4).
 */
import { futexWait } from "#src/shm/atomic.ts";
import { Injector } from "#src/shm/injector.ts";
import { HOME, MACHINE, machineAt } from "#src/shm/layout.ts";
import { self } from "#src/shm/lock.ts";
import { anyOf, exclude, include } from "#src/shm/mask.ts";
import { getUp, lieDown, ring } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";
import { expectAll, type Model } from "../world.ts";

const MACHINES = 3;
/** Nobody looks any more. */
const LAST = 99;

function prepare(): void {
  new Injector(home().words).prepare();
}

/** As wakeIdle in parallel/idle.ts. */
function wakeOne(): void {
  const { words } = home();
  for (;;) {
    const machine = anyOf(words, HOME.idle, 0, MACHINES);
    if (machine < 0) return;
    if (!exclude(words, HOME.idle, machine)) continue;
    ring(machine);
    return;
  }
}

/** Takes work until it finds the last; who finds some wakes the next one before it begins: between the two words that a size is made of, one may come and another go. */
function worker(): () => number[] {
  const queue = new Injector(home().words);
  return () => {
    const { words } = home();
    const got: number[] = [];
    for (;;) {
      const task = queue.take();
      if (task !== 0) {
        got.push(task);
        // As takeInjected in parallel/steal.ts.
        if (queue.size > 0) wakeOne();
        if (task === LAST) return got;
        continue;
      }
      const seen = lieDown(self.machine);
      include(words, HOME.idle, self.machine);
      if (queue.size === 0) futexWait(words, machineAt(self.machine) + MACHINE.bell, seen);
      exclude(words, HOME.idle, self.machine);
      getUp(self.machine);
    }
  };
}

function publisher(tasks: readonly number[]): () => () => number[] {
  return () => {
    const queue = new Injector(home().words);
    return () => {
      for (const task of tasks) {
        queue.put(task);
        wakeOne();
      }
      return [];
    };
  };
}

function check(tasks: readonly number[]): (results: number[][]) => void {
  return (results) => expectAll(results.flat(), tasks, "each task once");
}

export const oneWorker: Model<number[]> = {
  prepare,
  threads: [publisher([11, LAST]), worker],
  check: check([11, LAST]),
};

export const twoWorkers: Model<number[]> = {
  prepare,
  threads: [publisher([LAST, LAST]), worker, worker],
  check: check([LAST, LAST]),
};

export const twoPublishers: Model<number[]> = {
  prepare,
  threads: [publisher([11]), publisher([LAST]), worker],
  // What is put behind the last stays.
  check: (results) => {
    const left: number[] = [];
    const queue = new Injector(home().words);
    for (let task = queue.take(); task !== 0; task = queue.take()) left.push(task);
    expectAll([...results.flat(), ...left], [11, LAST], "each task once");
  },
};
