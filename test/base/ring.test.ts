/** The ring of `base/ring.ts` against a plain array. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ring } from "#src/base/ring.ts";
import { random } from "./seed.ts";

/** What is inside, oldest first. */
const inside = <T>(ring: Ring<T>): (T | undefined)[] =>
  Array.from({ length: ring.size }, (_, i) => ring.at(i));
const slots = (ring: Ring<unknown>): unknown[] => (ring as unknown as { items: unknown[] }).items;

describe("a ring", () => {
  it("gives back what came in, in order, also when it has grown while it was wrapped around", () => {
    const ring = new Ring<number>(4);
    for (let i = 0; i < 3; i++) ring.push(i);
    assert.equal(ring.shift(), 0);
    assert.equal(ring.shift(), 1);
    for (let i = 3; i < 12; i++) ring.push(i);
    assert.deepEqual(inside(ring), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for (let i = 2; i < 12; i++) assert.equal(ring.shift(), i);
    assert.equal(ring.shift(), undefined);
    assert.equal(ring.size, 0);
  });

  it("begins with a power of two that holds what was asked for", () => {
    for (const [asked, length] of [
      [1, 1],
      [2, 2],
      [3, 4],
      [16, 16],
      [17, 32],
    ] as const) {
      assert.equal(slots(new Ring(asked)).length, length);
    }
  });

  it("holds undefined and null as values", () => {
    const ring = new Ring<null | undefined>(1);
    ring.push(undefined);
    ring.push(null);
    assert.equal(ring.size, 2);
    assert.deepEqual([ring.shift(), ring.size], [undefined, 1]);
    assert.deepEqual([ring.shift(), ring.size], [null, 0]);
  });

  it("does as an array does, and keeps nothing alive that has left (I1, I2)", (t) => {
    const { below } = random(t, "base/ring");
    for (let round = 0; round < 200; round++) {
      const ring = new Ring<number>(1 + below(20));
      const model: number[] = [];
      for (let step = 0; step < 300; step++) {
        const what = below(10);
        if (what < 5) {
          ring.push(step);
          model.push(step);
        } else if (what < 9) {
          assert.equal(ring.shift(), model.shift());
        } else {
          const index = below(model.length + 2);
          assert.equal(ring.removeAt(index), model.splice(index, 1)[0]);
        }
        assert.equal(ring.size, model.length);
        assert.equal(ring.at(model.length), undefined);
        const items = slots(ring);
        assert.equal(items.length & (items.length - 1), 0);
        assert.equal(items.filter((item) => item !== undefined).length, model.length);
      }
      assert.deepEqual(inside(ring), model);
    }
  });
});
