/** A count, and who waits for zero (shm/shared-count.ts). */
import { memoryOf, wordOf } from "#src/shm/region.ts";
import { Entry, SharedCount } from "#src/shm/shared-count.ts";
import { OBJECT } from "#src/shm/shared-object.ts";
import { beginWait, endWait, Shared, tellServed } from "#src/shm/wait.ts";
import { expect, label, type Model, publish, published } from "../world.ts";
import { awaitServed, stock, Waiting } from "./waiting.ts";

function prepare(): void {
  const ref = SharedCount.make();
  label(ref, 32, "count", { lock: 0, counter: 16, waitq: 18, accounts: 21, left: 30 });
  publish(0, ref);
  new SharedCount(ref).add(2);
}

/** Does something, and counts down. */
function worker(times: number, place: number): () => () => number {
  return () => {
    const count = new SharedCount(published(0));
    const { words } = memoryOf(published(0));
    const at = wordOf(published(0)) + place;
    return () => {
      for (let i = 0; i < times; i++) {
        // Plain: who waits must be told only when all that was done before can be seen.
        words[at] = (words[at] as number) + 1;
        count.add(-1);
      }
      return 0;
    };
  };
}

function waiter(): () => number {
  stock(1);
  const count = new SharedCount(published(0));
  const { words } = memoryOf(published(0));
  const at = wordOf(published(0));
  return () => {
    const waiting = new Waiting();
    const record = beginWait(waiting, Shared.waitGroup);
    const outcome = count.enter(record, 0);
    tellServed();
    if (outcome === Entry.waiting) awaitServed(waiting);
    endWait(record);
    return (words[at + 28] as number) + (words[at + 29] as number);
  };
}

function check(results: number[]): void {
  for (const seen of results) expect(seen === 0 || seen === 2, "who waited saw all of it", results);
  const { words } = memoryOf(published(0));
  const at = wordOf(published(0));
  expect(new SharedCount(published(0)).isZero, "it is zero");
  for (let i = 0; i < 3; i++) expect(words[at + OBJECT.words + 2 + i] === 0, "nobody stands in line");
}

export const twoWorkers: Model<number> = { prepare, threads: [worker(1, 28), worker(1, 29), waiter], check };
export const twoWaiters: Model<number> = { prepare, threads: [worker(2, 28), waiter, waiter], check };
