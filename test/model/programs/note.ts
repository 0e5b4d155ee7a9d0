/** Sleep and wake (shm/note.ts) over mail (shm/inbox.ts): the order that loses no wake-up. */
import { futexWait } from "#src/shm/atomic.ts";
import { hasMail, post, readAll } from "#src/shm/inbox.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { self } from "#src/shm/lock.ts";
import { getUp, lieDown, ring } from "#src/shm/note.ts";
import { home, type Ref } from "#src/shm/region.ts";
import { expect, expectAll, expectOrder, type Model } from "../world.ts";
import { got, letter } from "./letters.ts";

interface Result {
  readonly got: number[];
  /** How often it lay down. */
  readonly sleeps: number;
  /** How often it has woken the other one. */
  readonly rung: number;
}

/** Sleeps until it has had so many messages. */
function sleeper(messages: number): () => () => Result {
  return () => () => {
    const { words } = home();
    const bell = machineAt(self.machine) + MACHINE.bell;
    let sleeps = 0;
    while (got.length < messages) {
      if (readAll()) continue;
      sleeps++;
      const seen = lieDown(self.machine);
      if (!hasMail(self.machine)) futexWait(words, bell, seen);
      getUp(self.machine);
    }
    return { got, sleeps, rung: 0 };
  };
}

/** Posts to the first machine, and rings it. */
function poster(items: readonly number[]): () => () => Result {
  return () => {
    const letters: Ref[] = [];
    for (const item of items) letters.push(letter(item));
    return () => {
      let rung = 0;
      for (const ref of letters) {
        post(0, ref);
        if (ring(0)) rung++;
      }
      return { got: [], sleeps: 0, rung };
    };
  };
}

function check(items: readonly number[]): (results: Result[]) => void {
  return (results) => {
    const [{ got: mail, sleeps }] = results as [Result];
    expectAll(mail, items, "each message once");
    expectOrder(mail, "in the order in which they were posted");
    const area = machineAt(0);
    const { words } = home();
    const rung = results.reduce((sum, one) => sum + one.rung, 0);
    expect(rung <= sleeps, "rung once a sleep at most", rung, sleeps);
    expect(words[area + MACHINE.bell] === rung, "as many rings as were said");
    expect(words[area + MACHINE.received] === items.length, "counted");
  };
}

export const oneWaker: Model<Result> = {
  threads: [sleeper(2), poster([11, 12])],
  check: check([11, 12]),
};

export const twoWakers: Model<Result> = {
  threads: [sleeper(2), poster([11]), poster([21])],
  check: check([11, 21]),
};
