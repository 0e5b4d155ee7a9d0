/** Mail (shm/inbox.ts): everything arrives once, in the order of each sender, and the counts never say too early that nothing is under way. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { load } from "#src/shm/atomic.ts";
import { hasMail, KIND, onMail, post, readAll } from "#src/shm/inbox.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home, memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { alloc, free } from "#src/shm/slab.ts";
import { Crew, turn } from "./crew.ts";

function message(value: number): Ref {
  const ref = alloc(64);
  const { words } = memoryOf(ref);
  words[wordOf(ref) + KIND] = 1;
  words[wordOf(ref) + 2] = 0;
  words[wordOf(ref) + 3] = value;
  return ref;
}

/** How many messages all machines have received, and then how many they have sent: in this order no message can be counted as received only. */
function counts(): { received: number; sent: number } {
  const sum = (word: number): number =>
    [0, 1, 2, 3].reduce((total, machine) => total + load(home().words, machineAt(machine) + word), 0);
  const received = sum(MACHINE.received);
  return { received, sent: sum(MACHINE.sent) };
}

describe("an inbox", () => {
  it("is read oldest first, with what has been posted meanwhile left for the next time", () => {
    const seen: number[] = [];
    onMail[1] = (ref) => {
      const value = memoryOf(ref).words[wordOf(ref) + 3] as number;
      seen.push(value);
      // Written over and given back before the next one is looked at.
      memoryOf(ref).words.fill(-1, wordOf(ref), wordOf(ref) + 16);
      free(ref);
      if (value === 1) post(0, message(9));
    };
    assert.equal(hasMail(0), false);
    assert.equal(readAll(), false);
    for (const value of [1, 2, 3]) post(0, message(value));
    assert.equal(hasMail(0), true);
    assert.equal(readAll(), true);
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(hasMail(0), true);
    assert.equal(readAll(), true);
    assert.deepEqual(seen, [1, 2, 3, 9]);
    assert.equal(hasMail(0), false);
    assert.deepEqual(counts(), { received: 4, sent: 4 });
  });

  it("counts a message as received only when it has been dealt with", () => {
    const before = counts();
    onMail[1] = (ref) => {
      assert.deepEqual(counts(), { received: before.received, sent: before.sent + 2 });
      free(ref);
    };
    post(0, message(1));
    post(0, message(2));
    readAll();
    assert.deepEqual(counts(), { received: before.received + 2, sent: before.sent + 2 });
  });

  for (const delays of [false, true]) {
    it(`gets every message of three threads once, in order${delays ? ", delayed" : ""}`, async () => {
      const messages = delays ? 2000 : 20_000;
      const before = counts();
      const crew = new Crew("post", { workers: 3, delays, data: { messages } });
      const seen = [0, 0, 0, 0];
      onMail[1] = (ref) => {
        const { words } = memoryOf(ref);
        const from = words[wordOf(ref) + 2] as number;
        assert.equal(words[wordOf(ref) + 3], seen[from]);
        seen[from] = (seen[from] as number) + 1;
        free(ref);
      };
      await crew.gathered();
      let over = false;
      const finished = crew.finish().finally(() => {
        over = true;
      });
      while (!over || hasMail(0)) {
        for (let i = 0; i < 100; i++) {
          readAll();
          const { received, sent } = counts();
          assert.ok(((sent - received) | 0) >= 0, `${received} received of ${sent}`);
        }
        await turn();
      }
      await finished;
      assert.deepEqual(seen, [0, messages, messages, messages]);
      const now = counts();
      assert.equal(now.sent - before.sent, 3 * messages);
      assert.equal(now.received, now.sent);
    });
  }
});
