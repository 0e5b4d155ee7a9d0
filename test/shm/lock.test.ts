/** A lock in shared memory (shm/lock.ts): one holder at a time, and a dead holder's lock is taken over. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { load } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { lock, unlock } from "#src/shm/lock.ts";
import { home } from "#src/shm/region.ts";
import { Crew } from "./crew.ts";

/** A word that nobody else uses: the lock, and what it guards behind it. */
const AT = machineAt(200) + MACHINE.runqSlots;

describe("a lock", () => {
  it("names who holds it", () => {
    const { words } = home();
    lock(words, AT);
    assert.equal(load(words, AT), 1);
    unlock(words, AT);
    assert.equal(load(words, AT), 0);
  });

  for (const delays of [false, true]) {
    it(`has one holder at a time among three threads${delays ? ", delayed" : ""}`, async () => {
      const { words } = home();
      words.fill(0, AT, AT + 3);
      const rounds = delays ? 1000 : 40_000;
      const crew = new Crew("lock", { workers: 3, delays, data: { at: AT, rounds } });
      assert.deepEqual(await crew.finish(), [0, 0, 0], "seen inside: another holder");
      assert.equal(words[AT + 1], 3 * rounds);
      assert.equal(words[AT], 0);
    });
  }

  it("of a machine that has died goes to one who waits; that of a living one does not", async () => {
    const { words } = home();
    words.fill(0, AT, AT + 3);
    for (let round = 0; round < 3; round++) {
      const holder = new Crew("hold", { workers: 1, first: 5, data: { at: AT } });
      await holder.gathered();
      assert.equal(words[AT], 6);
      const waiting = new Crew("lock", { workers: 2, first: 6, data: { at: AT, rounds: 200 } });
      await waiting.gathered();
      // They spin and nap by now; the holder lives.
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(load(words, AT), 6);
      assert.equal(words[AT + 1], round * 400);
      await holder.kill(0);
      assert.deepEqual(await waiting.finish(), [0, 0]);
      assert.equal(words[AT + 1], (round + 1) * 400);
      assert.equal(words[AT], 0);
      holder.forget(0);
    }
  });
});
