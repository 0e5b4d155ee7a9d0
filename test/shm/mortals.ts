/** Workers that are ended at random moments, for kill*.test.ts. */
import type { TestContext } from "node:test";
import { CLASSES, HOME, LINE, MACHINE, machineAt } from "#src/shm/layout.ts";
import { lock, unlock } from "#src/shm/lock.ts";
import { home } from "#src/shm/region.ts";
import { type Random, random } from "../base/seed.ts";
import { Crew, turn } from "./crew.ts";

/** A lock that only these tests use, and behind it two words that are changed together under it. */
export const LOCK: number = machineAt(200) + MACHINE.runqSlots;

/** Starts three workers that do `what` until they are ended, each at a moment of its own. `meanwhile` is called while they live. */
export async function endAll(what: string, dice: Random, data: object, meanwhile: () => void): Promise<void> {
  const crew = new Crew("mortal", { workers: 3, data: { what, lock: LOCK, ...data } });
  await crew.gathered();
  for (let i = 0; i < 3; i++) {
    for (let turns = dice.below(8); turns >= 0; turns--) {
      meanwhile();
      await turn();
    }
    // The main thread must not wait for a lock here: it would not hear of the death.
    await crew.kill(i);
  }
  meanwhile();
  releaseLocks();
  await crew.stop();
  for (let i = 0; i < 3; i++) crew.forget(i);
}

/** What has to be done before the number of a dead machine is given again. */
function releaseLocks(): void {
  const { words } = home();
  const locks = [LOCK, HOME.growLock, HOME.internLock];
  for (let cls = 0; cls < CLASSES; cls++) locks.push(HOME.classes + cls * LINE);
  for (const at of locks) {
    lock(words, at);
    unlock(words, at);
  }
}

/** Does it a number of times, with three deaths each. */
export async function rounds(
  t: TestContext,
  count: number,
  round: (dice: Random) => Promise<void>,
): Promise<void> {
  const dice = random(t, "shm/kill");
  for (let i = 0; i < count; i++) await round(dice);
}
