/** The lock that is held as long as one likes (shm/shared-lock.ts). */

import { winClaim } from "#src/shm/claim.ts";
import { memoryOf, wordOf } from "#src/shm/region.ts";
import { SharedLock, WAITING } from "#src/shm/shared-lock.ts";
import { OBJECT } from "#src/shm/shared-object.ts";
import { beginWait, endWait, leaveLine, Shared, tellServed } from "#src/shm/wait.ts";
import { expect, label, type Model, publish, published } from "../world.ts";
import { awaitServed, stock, Waiting } from "./waiting.ts";

const STATE = OBJECT.words;

function prepare(): void {
  const ref = SharedLock.make();
  label(ref, 32, "mutex", { lock: 0, state: STATE, epoch: STATE + 1, lockq: STATE + 2, guarded: 30 });
  publish(0, ref);
}

/** As SharedMutex (sync/shared-mutex.ts): the locking. */
function acquireLock(mutex: SharedLock): number {
  const taken = mutex.take();
  if (taken !== 0) return taken;
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.mutex);
  let held = mutex.enter(record, 0);
  tellServed();
  if (held === WAITING) {
    awaitServed(waiting);
    held = record.outcome;
  }
  endWait(record);
  return held;
}

function locker(times: number, byGuard = false): () => () => number {
  return () => {
    stock(1);
    const mutex = new SharedLock(published(0));
    const { words } = memoryOf(published(0));
    const at = wordOf(published(0)) + 30;
    return () => {
      for (let i = 0; i < times; i++) {
        const held = acquireLock(mutex);
        const epoch = mutex.epochNow;
        // Plain: were two threads in here, it would be a race of data.
        words[at] = (words[at] as number) + 1;
        if (byGuard) mutex.releaseHeld(held, epoch);
        else expect(mutex.release(), "it was held");
      }
      return times;
    };
  };
}

/** Takes it if it is free at once. */
function tryer(): () => number {
  const mutex = new SharedLock(published(0));
  return () => {
    const held = mutex.take();
    if (held === 0) return 0;
    mutex.release();
    return 0;
  };
}

/** Waits, and gives up if it still waits then. */
function quitter(): () => number {
  stock(1);
  const mutex = new SharedLock(published(0));
  return () => {
    const waiting = new Waiting();
    const record = beginWait(waiting, Shared.mutex);
    const held = mutex.enter(record, 0);
    tellServed();
    if (held === WAITING) {
      // As a select whose other case has come.
      if (winClaim(record.ownClaim)) {
        leaveLine(record);
        endWait(record);
        return 0;
      }
      awaitServed(waiting);
    }
    endWait(record);
    expect(mutex.release(), "it was held");
    return 0;
  };
}

function check(results: number[]): void {
  const mutex = new SharedLock(published(0));
  const sum = results.reduce((a, b) => a + b, 0);
  const { words } = memoryOf(published(0));
  const at = wordOf(published(0));
  expect(words[at + 30] === sum, "each has held it alone", words[at + 30]);
  expect(mutex.heldNow === 0, "it is free");
  for (let i = 0; i < 3; i++) expect(words[at + STATE + 2 + i] === 0, "nobody stands in line");
  expect(mutex.take() !== 0, "and can be taken");
}

export const twoThreads: Model<number> = { prepare, threads: [locker(2), locker(2)], check };
export const threeThreads: Model<number> = { prepare, threads: [locker(1), locker(1), locker(1)], check };
export const guards: Model<number> = { prepare, threads: [locker(2, true), locker(1, true)], check };
export const oneTries: Model<number> = { prepare, threads: [locker(1), locker(1), tryer], check };
export const oneGivesUp: Model<number> = { prepare, threads: [locker(1), quitter, locker(1)], check };
