/** A set of machines (shm/mask.ts) against a plain Set, and two threads at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOME, MASK_WORDS, MOST_MACHINES } from "#src/shm/layout.ts";
import { anyOf, exclude, include } from "#src/shm/mask.ts";
import { home } from "#src/shm/region.ts";
import { random } from "../base/seed.ts";
import { Crew } from "./crew.ts";

/** What anyOf is to say. */
function expected(set: ReadonlySet<number>, from: number, limit: number): number {
  const below = [...set].filter((machine) => machine < limit).sort((a, b) => a - b);
  return below.find((machine) => machine >= from) ?? below[0] ?? -1;
}

describe("a mask", () => {
  it("does what a set does", (t) => {
    const { below } = random(t, "shm/mask");
    const words = new Int32Array(new SharedArrayBuffer(4 * (MASK_WORDS + 2)));
    const set = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      // Few members, so that searches are long; the edges of the words come often.
      const machine = below(4) === 0 ? below(8) * 32 + (below(2) === 0 ? 0 : 31) : below(MOST_MACHINES);
      if (below(5) < 2) {
        assert.equal(include(words, 1, machine), !set.has(machine));
        set.add(machine);
      } else {
        assert.equal(exclude(words, 1, machine), set.delete(machine));
      }
      const from = below(MOST_MACHINES);
      const limit = below(MOST_MACHINES + 1);
      assert.equal(anyOf(words, 1, from, limit), expected(set, from, limit), `${[...set]} ${from} ${limit}`);
    }
    assert.equal(words[0], 0);
    assert.equal(words[MASK_WORDS + 1], 0);
  });

  it("finds who is below `from` when another one is above the limit", () => {
    const words = new Int32Array(new SharedArrayBuffer(4 * MASK_WORDS));
    for (const machine of [1, 12, 31]) include(words, 0, machine);
    assert.equal(anyOf(words, 0, 5, 10), 1);
    assert.equal(anyOf(words, 0, 13, 32), 31);
    assert.equal(anyOf(words, 0, 0, 0), -1);
  });

  for (const delays of [false, true]) {
    it(`tells one of several threads that it took a machine out${delays ? ", delayed" : ""}`, async () => {
      const { words } = home();
      const rounds = delays ? 300 : 10_000;
      const crew = new Crew("mask", { workers: 2, delays, data: { rounds } });
      const results = await crew.finish<{ put: number; taken: number }>();
      let left = 0;
      for (let i = 0; i < MASK_WORDS; i++) {
        for (let bits = words[HOME.idle + i] as number; bits !== 0; bits &= bits - 1) left++;
        words[HOME.idle + i] = 0;
      }
      const put = results.reduce((sum, one) => sum + one.put, 0);
      const taken = results.reduce((sum, one) => sum + one.taken, 0);
      assert.equal(put - taken, left);
      assert.ok(taken > 0);
    });
  }
});
