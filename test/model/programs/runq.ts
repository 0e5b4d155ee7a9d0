/** The run queue (shm/runq.ts): its owner, and thieves. */
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";
import { RunQueue } from "#src/shm/runq.ts";
import { expectAll, type Model } from "../world.ts";

const BEGIN = 0x7ffffffe;

function queue(): RunQueue {
  return new RunQueue(home().words, machineAt(0));
}

function prepare(): void {
  const { words } = home();
  words[machineAt(0) + MACHINE.runqHead] = BEGIN;
  words[machineAt(0) + MACHINE.runqTail] = BEGIN;
}

/** Puts `tasks`, and takes what it finds still there whenever there is no room, and at the end. */
function owner(tasks: number): () => () => number[] {
  return () => () => {
    const own = queue();
    const got: number[] = [];
    const positions: number[] = [];
    for (let task = 1; task <= tasks; ) {
      if (own.hasRoom) {
        positions.push(own.put(task));
        task++;
      } else if (own.take(positions[0] as number)) {
        got.push(task - positions.length);
        positions.shift();
      } else {
        positions.shift();
      }
    }
    while (positions.length > 0) {
      const task = tasks + 1 - positions.length;
      if (own.take(positions.shift() as number)) got.push(task);
    }
    return got;
  };
}

function thief(grabs: number): () => () => number[] {
  return () => () => {
    const own = queue();
    const into = new Int32Array(4);
    const got: number[] = [];
    for (let i = 0; i < grabs; i++) {
      const count = own.grab(into);
      got.push(...into.subarray(0, count));
    }
    return got;
  };
}

function eachOnce(tasks: number): (results: number[][]) => void {
  return (results) => {
    const all: number[] = [];
    for (let i = 1; i <= tasks; i++) all.push(i);
    expectAll(results.flat(), all, "each task once");
  };
}

export const oneThief: Model<number[]> = {
  prepare,
  threads: [owner(6), thief(2)],
  check: eachOnce(6),
};

export const twoThieves: Model<number[]> = {
  prepare,
  threads: [owner(3), thief(1), thief(1)],
  check: eachOnce(3),
};
