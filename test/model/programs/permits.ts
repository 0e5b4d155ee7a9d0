/** Permits (shm/shared-permits.ts): a semaphore of two. */
import { memoryOf, wordOf } from "#src/shm/region.ts";
import { OBJECT } from "#src/shm/shared-object.ts";
import { Entry, SharedPermits } from "#src/shm/shared-permits.ts";
import { beginWait, endWait, Shared, tellServed } from "#src/shm/wait.ts";
import { expect, label, type Model, publish, published } from "../world.ts";
import { awaitServed, stock, Waiting } from "./waiting.ts";

const SIZE = 2;

function prepare(): void {
  const ref = SharedPermits.make(SIZE);
  label(ref, 32, "semaphore", { lock: 0, size: 16, held: 18, acquireq: 20, accounts: 23 });
  publish(0, ref);
}

function acquirePermits(permits: SharedPermits, weight: number): void {
  if (permits.take(weight)) return;
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.semaphore);
  const outcome = permits.enter(record, 0, weight);
  tellServed();
  if (outcome === Entry.waiting) awaitServed(waiting);
  endWait(record);
}

/** Takes `weight` and gives it back. */
function user(weight: number): () => () => number {
  return () => {
    stock(1);
    const permits = new SharedPermits(published(0));
    expect(permits.ownAmount === 0, "nothing yet: and the account is there");
    return () => {
      acquirePermits(permits, weight);
      expect(permits.ownAmount === weight, "it has what it asked for", permits.ownAmount);
      expect(permits.release(weight), "it was held");
      tellServed();
      return weight;
    };
  };
}

function check(): void {
  const { words, doubles } = memoryOf(published(0));
  const at = wordOf(published(0));
  expect(doubles[(at + OBJECT.words + 2) >>> 1] === 0, "nothing is held");
  for (let i = 0; i < 3; i++) expect(words[at + OBJECT.words + 4 + i] === 0, "nobody stands in line");
  expect(new SharedPermits(published(0)).take(SIZE), "and all of it can be taken");
}

export const allOrNothing: Model<number> = { prepare, threads: [user(2), user(2)], check };
export const oneAndTwo: Model<number> = { prepare, threads: [user(1), user(2), user(1)], check };
