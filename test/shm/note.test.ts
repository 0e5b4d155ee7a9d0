/** Sleep and wake (shm/note.ts): no wake-up is lost, in either way to sleep, and nobody is rung more often than it lies down. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { futexWaitAsync, load } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { getUp, lieDown, ring } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";
import { Crew } from "./crew.ts";
import { sleepAsync } from "./programs/sleep-async.ts";

describe("a note", () => {
  it("rings who sleeps, once, and nobody else", () => {
    const bell = machineAt(9) + MACHINE.bell;
    const { words } = home();
    assert.equal(ring(9), false);
    assert.equal(load(words, bell), 0);
    const seen = lieDown(9);
    assert.equal(ring(9), true);
    assert.equal(ring(9), false);
    assert.notEqual(load(words, bell), seen);
    assert.equal(futexWaitAsync(words, bell, seen).value, "not-equal");
    lieDown(9);
    getUp(9);
    assert.equal(ring(9), false);
  });

  it("wakes a machine that sleeps although it has an older waiter on its bell", async () => {
    // It lay down asynchronously, got up for a timer, say, and now sleeps with its loop standing still.
    const crew = new Crew("stale", { workers: 1 });
    await crew.gathered();
    const finished = crew.finish();
    while (load(home().words, machineAt(1) + MACHINE.asleep) === 0) await new Promise(setImmediate);
    // The mark is set just before it sleeps: ring when it does.
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(ring(1), true);
    assert.deepEqual(await finished, ["ok"]);
  });

  for (const delays of [false, true]) {
    const how = delays ? ", delayed" : "";
    for (const way of ["sync", "async"] as const) {
      it(`loses no wake-up between two threads that sleep ${way}${how}`, async () => {
        const rounds = delays ? 1000 : way === "sync" ? 20_000 : 6000;
        const crew = new Crew("turns", { workers: 2, delays, data: { rounds, way } });
        await crew.finish();
      });

      it(`rings a machine that sleeps ${way} once a sleep, however many ring${how}`, async () => {
        const rounds = delays ? 500 : 4000;
        const before = load(home().words, machineAt(1) + MACHINE.bell);
        const crew = new Crew("rings", { workers: 3, delays, data: { rounds, way } });
        const [sleeper, ...wakers] = await crew.finish<{ sleeps: number; rung: number }>();
        const rung = wakers.reduce((sum, one) => sum + one.rung, 0);
        assert.equal(load(home().words, machineAt(1) + MACHINE.bell) - before, rung);
        assert.ok(rung <= (sleeper as { sleeps: number }).sleeps, `${rung} rings`);
      });
    }

    it(`loses no wake-up of the main thread${how}`, async () => {
      const rounds = delays ? 500 : 2000;
      const word = machineAt(0) + MACHINE.beat;
      const { words } = home();
      const begin = load(words, word);
      const crew = new Crew("wake-main", { workers: 1, delays, data: { rounds } });
      const finished = crew.finish();
      for (let seen = begin; seen < begin + rounds; ) {
        if (load(words, word) === seen) await sleepAsync(0, () => load(words, word) !== seen);
        else words[machineAt(0) + MACHINE.since] = ++seen;
      }
      await finished;
    });
  }
});
