/** The run queue (shm/runq.ts): alone, at every wrap of its counters, and with thieves. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capacity } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";
import { RunQueue } from "#src/shm/runq.ts";
import { Crew } from "./crew.ts";

const FULL = capacity.runQueue;
/** Where the counters begin: at zero, before they turn negative, before they come back to zero. */
const BEGINNINGS = [0, 0x7fffffff - 300, -300];

function queueAt(machine: number, begin: number): RunQueue {
  const { words } = home();
  words[machineAt(machine) + MACHINE.runqHead] = begin;
  words[machineAt(machine) + MACHINE.runqTail] = begin;
  return new RunQueue(words, machineAt(machine));
}

for (const begin of BEGINNINGS) {
  describe(`a run queue that begins at ${begin}`, () => {
    it("takes as many as it has slots, and gives the older half, rounded up", () => {
      const queue = queueAt(100, begin);
      const into = new Int32Array(FULL);
      let next = 1;
      let oldest = 1;
      for (let round = 0; round < 20; round++) {
        while (queue.hasRoom) queue.put(next++);
        assert.equal(queue.size, FULL);
        for (let there = FULL; there > 0; ) {
          const count = queue.grab(into);
          assert.equal(count, Math.ceil(there / 2));
          for (let i = 0; i < count; i++) assert.equal(into[i], oldest++);
          there -= count;
          assert.equal(queue.size, there);
        }
        assert.equal(queue.grab(into), 0);
        assert.equal(queue.hasRoom, true);
      }
      assert.equal(oldest, next);
    });

    it("lets its owner take the oldest, but not what a thief has", () => {
      const queue = queueAt(101, begin);
      const into = new Int32Array(FULL);
      for (let round = 0; round < 100; round++) {
        const positions = [1, 2, 3, 4, 5, 6].map((task) => queue.put(task));
        assert.equal(queue.take(positions[0] as number), true);
        assert.equal(queue.take(positions[0] as number), false);
        assert.equal(queue.take(positions[2] as number), false, "not the oldest");
        assert.equal(queue.grab(into), 3);
        assert.deepEqual([...into.subarray(0, 3)], [2, 3, 4]);
        assert.equal(queue.take(positions[2] as number), false);
        assert.equal(queue.take(positions[4] as number), true);
        assert.equal(queue.take(positions[5] as number), true);
        assert.equal(queue.size, 0);
      }
    });

    for (const delays of [false, true]) {
      it(`gives every task to one thread, in order, with two thieves${delays ? ", delayed" : ""}`, async () => {
        queueAt(1, begin);
        const tasks = delays ? 4000 : 100_000;
        const crew = new Crew("runq", { workers: 3, delays, data: { tasks } });
        const got = await crew.finish<Int32Array>();
        for (const list of got) {
          for (let i = 1; i < list.length; i++) assert.ok((list[i] as number) > (list[i - 1] as number));
        }
        const all = Int32Array.from(got.flatMap((list) => [...list])).sort();
        assert.equal(all.length, tasks);
        for (let i = 0; i < tasks; i++) assert.equal(all[i], i + 1);
      });
    }
  });
}
