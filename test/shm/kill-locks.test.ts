/**
 * Threads that are ended at random moments, in the middle of every operation under a lock: nothing is lost but what they held, and everything goes on working.
 *
 * V8 ends a thread at a loop's back edge, at a function's entry, and at the call of an atomic operation: so it may end between any two of them. Real ones: delays would be the places where most of them end.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { load } from "#src/shm/atomic.ts";
import { HOME } from "#src/shm/layout.ts";
import { internedName, numberOf } from "#src/shm/names.ts";
import { home, memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { alloc, free } from "#src/shm/slab.ts";
import { endAll, LOCK, rounds } from "./mortals.ts";

const { words } = home();

describe("a thread that ends", () => {
  it("in alloc or free takes only its own blocks along, and none is given to two", async (t) => {
    await rounds(t, 12, async (dice) => {
      const live: Ref[] = [];
      await endAll("blocks", dice, {}, () => {
        for (let i = 0; i < 40; i++) live.push(own(alloc(128 << (i & 3))));
        while (live.length > 100) disown(live.shift() as Ref);
      });
      // Enough to go through all the lists that they left.
      for (let i = 0; i < 3000; i++) live.push(own(alloc(128 << (i & 3))));
      assert.equal(new Set(live).size, live.length);
      for (const ref of live) disown(ref);
    });
  });

  it("under a lock leaves what it guards before a step or behind it, and the lock is taken over", async (t) => {
    words.fill(0, LOCK, LOCK + 3);
    await rounds(t, 12, async (dice) => {
      await endAll("lock", dice, {}, () => {});
      assert.equal(words[LOCK + 1], words[LOCK + 2]);
    });
  });

  it("in giving a name its number leaves the names as they are", async (t) => {
    await rounds(t, 8, async (dice) => {
      await endAll("names", dice, { prefix: `round ${dice.below(1e9)} ` }, () => {});
      const name = `after ${dice.below(1e9)}`;
      const number = numberOf(name);
      assert.equal(number, load(words, HOME.interned) - 1);
      // Each number has a name, and the name has that number.
      for (let one = 0; one <= number; one++) assert.equal(numberOf(internedName(one)), one);
    });
  });
});

/** Marks a block as used; nobody else may have. */
function own(ref: Ref): Ref {
  const { words } = memoryOf(ref);
  assert.equal(Atomics.exchange(words, wordOf(ref) + 2, 1), 0, "somebody else has this block");
  return ref;
}

function disown(ref: Ref): void {
  memoryOf(ref).words[wordOf(ref) + 2] = 0;
  free(ref);
}
