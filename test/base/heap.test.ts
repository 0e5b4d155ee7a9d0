/** The heap of `base/heap.ts` against a sorted array. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Heap, type HeapItem } from "#src/base/heap.ts";
import { random } from "./seed.ts";

class Item implements HeapItem {
  place = -1;
  readonly when: number;
  readonly seq: number;

  constructor(when: number, seq: number) {
    this.when = when;
    this.seq = seq;
  }
}

const byTime = (a: Item, b: Item): number => (a.when === b.when ? a.seq - b.seq : a.when < b.when ? -1 : 1);

/** I1 and I2. */
function check(heap: Heap<Item>, inside: readonly Item[]): void {
  const { items } = heap as unknown as { items: Item[] };
  assert.deepEqual(new Set(items), new Set(inside));
  for (const [at, one] of items.entries()) {
    assert.equal(one.place, at);
    if (at > 0) assert.ok(byTime(items[(at - 1) >> 2] as Item, one) < 0, `item ${at} is before its parent`);
  }
}

describe("a heap", () => {
  it("gives items in the order of their times, equal times as they came", () => {
    const heap = new Heap<Item>();
    for (const [seq, when] of [5, 1, 3, 1, 5, 1, Infinity, 0, -1, Infinity].entries())
      heap.push(new Item(when, seq), when);
    const order: number[] = [];
    for (let first = heap.pop(); first !== undefined; first = heap.pop()) order.push(first.seq);
    assert.deepEqual(order, [8, 7, 1, 3, 5, 2, 0, 4, 6, 9]);
  });

  it("does as a sorted array does under random pushes, pops and removals", (t) => {
    const { below } = random(t, "base/heap");
    for (let round = 0; round < 60; round++) {
      const limit = round === 0 ? 6000 : 300; // The first is large enough to be given back in the end.
      const heap = new Heap<Item>();
      const model: Item[] = [];
      const spread = 1 + below(50);
      for (let step = 0; step < limit; step++) {
        const what = below(10);
        if (what < 5 || model.length === 0) {
          const one = new Item(below(spread), step);
          heap.push(one, one.when);
          model.push(one);
          model.sort(byTime);
        } else if (what < 7) {
          assert.equal(heap.peek(), model[0]);
          assert.equal(heap.first, model[0]?.when);
          assert.equal(heap.pop(), model.shift());
        } else {
          const [one] = model.splice(below(model.length), 1) as [Item];
          assert.equal(heap.remove(one), true);
          assert.equal(one.place, -1);
          assert.equal(heap.remove(one), false);
        }
        assert.equal(heap.size, model.length);
        check(heap, model);
      }
      while (model.length > 0) assert.equal(heap.pop(), model.shift());
      assert.equal(heap.pop(), undefined);
      assert.equal(heap.peek(), undefined);
      assert.equal(heap.first, Infinity);
    }
  });
});
