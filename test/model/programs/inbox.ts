/** Mail (shm/inbox.ts): posted by several, read by one, who spins. */
import { pause } from "#src/shm/atomic.ts";
import { post, readAll } from "#src/shm/inbox.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home, type Ref } from "#src/shm/region.ts";
import { expect, expectAll, expectOrder, type Model } from "../world.ts";
import { got, letter } from "./letters.ts";

function reader(messages: number): () => () => number[] {
  return () => () => {
    while (got.length < messages) if (!readAll()) pause();
    return got;
  };
}

function poster(items: readonly number[]): () => () => number[] {
  return () => {
    const letters: Ref[] = [];
    for (const item of items) letters.push(letter(item));
    return () => {
      for (const ref of letters) post(0, ref);
      return [];
    };
  };
}

function check(items: readonly number[]): (results: number[][]) => void {
  return (results) => {
    expectAll(results[0] as number[], items, "each message once");
    expectOrder(results[0] as number[], "in the order in which they were posted");
    const { words } = home();
    expect(words[machineAt(0) + MACHINE.received] === items.length, "counted");
    expect(words[machineAt(0) + MACHINE.inbox] === 0, "no more");
  };
}

export const onePoster: Model<number[]> = {
  threads: [reader(4), poster([11, 12, 13, 14])],
  check: check([11, 12, 13, 14]),
};

export const twoPosters: Model<number[]> = {
  threads: [reader(3), poster([11, 12]), poster([21])],
  check: check([11, 12, 21]),
};
