/** The global queue (shm/injector.ts): alone, at every wrap of its counters, and with several threads on both ends. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capacity } from "#src/shm/atomic.ts";
import { Injector } from "#src/shm/injector.ts";
import { home } from "#src/shm/region.ts";
import { Crew } from "./crew.ts";

const FULL = capacity.injector;
/** Where the counters begin: at zero, before they turn negative, before they come back to zero. */
const BEGINNINGS = [0, 0x7fffffff - 2 * FULL + 1, -2 * FULL];

function queueFrom(begin: number): Injector {
  const queue = new Injector(home().words);
  queue.prepare(begin);
  return queue;
}

describe("the global queue", () => {
  it("is empty when it has been prepared", () => {
    const queue = new Injector(home().words);
    queue.prepare();
    assert.equal(queue.take(), 0);
    assert.equal(queue.put(9), true);
    assert.equal(queue.take(), 9);
    assert.equal(queue.take(), 0);
  });

  for (const begin of BEGINNINGS) {
    it(`keeps order, and says when it is full and when empty, from ${begin} on`, () => {
      const queue = queueFrom(begin);
      let next = 1;
      let oldest = 1;
      for (let round = 0; round < 6; round++) {
        while (queue.put(next)) next++;
        assert.equal(queue.size, FULL);
        assert.equal(next - oldest, FULL);
        // Not all: so that the ends do not stay at a multiple of the capacity.
        for (let i = 0; i < FULL - round * 5; i++) assert.equal(queue.take(), oldest++);
        assert.equal(queue.size, next - oldest);
      }
      for (let task = queue.take(); task !== 0; task = queue.take()) assert.equal(task, oldest++);
      assert.equal(oldest, next);
    });

    for (const delays of [false, true]) {
      const how = `from ${begin} on${delays ? ", delayed" : ""}`;
      it(`gives every task to one thread, in each putter's order, ${how}`, async () => {
        const queue = queueFrom(begin);
        const tasks = delays ? 2000 : 30_000;
        // Two put, one takes beside the main thread, which comes late: so it is full at times.
        const crew = new Crew("injector", { workers: 3, delays, data: { tasks } });
        await crew.gathered();
        const mine: number[] = [];
        let over = false;
        const finished = crew.finish<Int32Array>().finally(() => {
          over = true;
        });
        while (!over || queue.size > 0) {
          for (let task = queue.take(); task !== 0; task = queue.take()) mine.push(task);
          await new Promise((resolve) => setImmediate(resolve));
        }
        const got = [...(await finished), Int32Array.from(mine)];
        for (const putter of [1, 2]) {
          const numbers = got.map((list) => [...list].filter((task) => task >>> 24 === putter));
          for (const list of numbers) {
            for (let i = 1; i < list.length; i++) assert.ok((list[i] as number) > (list[i - 1] as number));
          }
          const all = numbers.flat().sort((a, b) => a - b);
          assert.equal(all.length, tasks);
          for (let i = 0; i < tasks; i++) assert.equal(all[i], (putter << 24) + i);
        }
      });
    }
  }
});
