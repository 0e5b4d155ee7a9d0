/** Shared locks between threads: one at a time holds the mutex, no more is held of a semaphore than there is, all of it comes back, and each group's end is told to all cores. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SharedCounter, SharedMutex, SharedSemaphore, SharedWaitGroup } from "gort";
import { waitsInUse } from "#src/shm/wait.ts";
import { takePart } from "../chan/shared-core.ts";
import { Crew } from "../shm/crew.ts";
import { lend } from "./shared-core.ts";
import { type Plan, SIZE, WORD, work } from "./shared-work.ts";

async function stress(workers: number, goroutines: number, rounds: number, delays = false): Promise<void> {
  const mutex = new SharedMutex();
  const semaphore = new SharedSemaphore(SIZE);
  const group = new SharedWaitGroup();
  const counter = new SharedCounter();
  const words = new Int32Array(new SharedArrayBuffer(4 * WORD.words));
  const machines = workers + 1;
  // So that nobody's wait ends before all have begun.
  group.add(machines);
  const grabs = delays ? 300 : 30_000;
  const plans: Plan[] = [];
  for (let i = 0; i < machines; i++) {
    plans.push({ message: lend(mutex, semaphore, group, counter), words, goroutines, rounds, grabs });
  }
  const leave = takePart();
  const crew = new Crew("shared-locks", { workers, delays, data: plans });
  try {
    await crew.gathered();
    const [mine, theirs] = await Promise.all([work(plans[0] as Plan), crew.finish<number>()]);
    assert.equal(Atomics.load(words, WORD.wrong), 0, "nobody was let in who should not have been");
    assert.equal(
      words[WORD.plain],
      theirs.reduce((sum, had) => sum + had, mine),
      "every change under the lock is there",
    );
    assert.equal(mutex.tryLock(), true, "the mutex is free");
    assert.equal(semaphore.tryAcquire(SIZE), true, "all of the semaphore has come back");
    assert.throws(() => group.done(), /negative WaitGroup counter/);
    assert.equal(counter.value, BigInt(machines * goroutines * rounds), "each addition counts");
    assert.equal(waitsInUse(), 0, "no wait is left");
  } finally {
    leave();
    await crew.stop();
  }
}

for (const workers of [1, 2, 3]) {
  describe(`shared locks between ${workers + 1} threads`, () => {
    test("a goroutine of each kind", () => stress(workers, 1, 2000));
    test("several goroutines of each kind", () => stress(workers, 4, 400));
  });
}

test("shared locks, with delays at every atomic step", () => stress(2, 2, 200, true));
