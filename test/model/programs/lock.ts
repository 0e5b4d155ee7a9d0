/** The lock for a few instructions (shm/lock.ts): what it guards is changed by one thread at a time. */
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { lock, unlock } from "#src/shm/lock.ts";
import { home } from "#src/shm/region.ts";
import { expect, type Model } from "../world.ts";

const AT = machineAt(30) + MACHINE.runqSlots;

function locker(times: number): () => () => number {
  return () => () => {
    const { words } = home();
    for (let i = 0; i < times; i++) {
      lock(words, AT);
      // Plain: were two threads in here, it would be a race of data.
      words[AT + 1] = (words[AT + 1] as number) + 1;
      unlock(words, AT);
    }
    return times;
  };
}

function check(results: number[]): void {
  const { words } = home();
  const sum = results.reduce((a, b) => a + b, 0);
  expect(words[AT + 1] === sum, "each has added its own", words[AT + 1]);
  expect(words[AT] === 0, "it is free");
}

export const twoThreads: Model<number> = { threads: [locker(3), locker(2)], check };
export const threeThreads: Model<number> = { threads: [locker(1), locker(1), locker(1)], check };
export const withNaps: Model<number> = { threads: [locker(2), locker(2)], check, naps: 2 };
