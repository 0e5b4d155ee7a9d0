/**
 * Threads that are ended at random moments, in the middle of every operation of the queues: nothing is lost but what they held, and everything goes on working.
 *
 * V8 ends a thread at a loop's back edge, at a function's entry, and at the call of an atomic operation: so it may end between any two of them. Real ones: delays would be the places where most of them end.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capacity, load } from "#src/shm/atomic.ts";
import { hasMail, onMail, readAll } from "#src/shm/inbox.ts";
import { Injector } from "#src/shm/injector.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home, memoryOf, wordOf } from "#src/shm/region.ts";
import { RunQueue } from "#src/shm/runq.ts";
import { free } from "#src/shm/slab.ts";
import { endAll, rounds } from "./mortals.ts";

const { words } = home();

describe("a thread that ends", () => {
  it("in post has posted a message or has not, and never counted too few", async (t) => {
    let total = 0;
    await rounds(t, 12, async (dice) => {
      const sum = (word: number): number =>
        [1, 2, 3].reduce((total, machine) => total + load(words, machineAt(machine) + word), 0);
      const sentBefore = sum(MACHINE.sent);
      const receivedBefore = load(words, machineAt(0) + MACHINE.received);
      const seen = [0, 0, 0, 0];
      onMail[1] = (ref) => {
        const block = memoryOf(ref).words;
        const from = block[wordOf(ref) + 2] as number;
        assert.equal(block[wordOf(ref) + 3], seen[from], `of machine ${from}`);
        seen[from] = (seen[from] as number) + 1;
        words[machineAt(from) + MACHINE.beat + 1] = seen[from] as number;
        free(ref);
      };
      await endAll("post", dice, {}, readAll);
      assert.equal(hasMail(0), false);
      const received = load(words, machineAt(0) + MACHINE.received) - receivedBefore;
      assert.equal(received, seen[1]! + seen[2]! + seen[3]!);
      total += received;
      // One that it had counted and not posted yet.
      const held = sum(MACHINE.sent) - sentBefore - received;
      assert.ok(held >= 0 && held <= 3, `${held} were counted and not posted`);
    });
    // In a single round a busy machine may end all before they have posted anything.
    assert.ok(total > 0);
  });

  it("in the global queue leaves no hole in it, and takes at most one task along", async (t) => {
    const queue = new Injector(words);
    queue.prepare();
    await rounds(t, 12, async (dice) => {
      const got: number[][] = [[], [], [], []];
      // Machine 3 takes and counts; 1 and 2 put.
      await endAll("inject", dice, {}, () => {
        for (let i = 0; i < 5000; i++) {
          const task = queue.take();
          if (task === 0) return;
          got[task >>> 24]?.push(task & 0xffffff);
        }
      });
      const tookAndCounted = load(words, machineAt(3) + MACHINE.beat);
      let missing = 0;
      for (const putter of [1, 2]) {
        const numbers = got[putter] as number[];
        for (let i = 1; i < numbers.length; i++)
          assert.ok((numbers[i] as number) > (numbers[i - 1] as number));
        // One that it had put when it ended may not be counted.
        const put = Math.max(load(words, machineAt(putter) + MACHINE.beat), (numbers.at(-1) ?? -1) + 1);
        missing += put - numbers.length;
      }
      const held = missing - tookAndCounted;
      assert.ok(held >= -1 && held <= 1, `${missing} are not here, ${tookAndCounted} were counted`);
      // Every slot still works.
      for (let i = 1; i <= capacity.injector; i++) assert.equal(queue.put(i), true);
      assert.equal(queue.put(1), false);
      for (let i = 1; i <= capacity.injector; i++) assert.equal(queue.take(), i);
    });
  });

  it("in its run queue leaves what it has put there, and a thief takes at most what it grabbed along", async (t) => {
    const into = new Int32Array(capacity.runQueue);
    await rounds(t, 12, async (dice) => {
      const queue = new RunQueue(words, machineAt(1));
      const got: number[] = [];
      const grab = (): void => {
        for (let i = 0; i < 100; i++) got.push(...into.subarray(0, queue.grab(into)));
      };
      grab();
      got.length = 0;
      // Machine 1 puts 1, 2, …; 2 and 3 steal and count.
      await endAll("runq", dice, {}, grab);
      for (let i = 1; i < got.length; i++) assert.ok((got[i] as number) > (got[i - 1] as number));
      const put = Math.max(load(words, machineAt(1) + MACHINE.beat), got.at(-1) ?? 0);
      const stolen = load(words, machineAt(2) + MACHINE.beat) + load(words, machineAt(3) + MACHINE.beat);
      const held = put - got.length - stolen;
      assert.ok(held >= -1 && held <= capacity.runQueue, `${held} of ${put} were lost`);
      assert.equal(queue.size, 0);
      for (let i = 1; i <= capacity.runQueue; i++) queue.put(i);
      assert.equal(queue.hasRoom, false);
      grab();
      assert.deepEqual(got.slice(-3), [254, 255, 256]);
    });
  });
});
