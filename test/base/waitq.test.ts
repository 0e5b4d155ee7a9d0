/** A channel's queue of waiters against a plain array. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alone, join, left, served } from "#src/base/waitq.ts";
import { members } from "../chan/queues.ts";
import { random } from "./seed.ts";

class Waiter {
  before: Waiter | null = null;
  behind: Waiter | null = null;
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

/** A queue as a channel holds it. */
class Queue {
  first: Waiter | null = null;
  push(one: Waiter): void {
    if (this.first === null) this.first = alone(one);
    else join(this.first, one);
  }
  remove(one: Waiter): void {
    assert.ok(this.first !== null);
    this.first = one === this.first ? served(this.first) : left(this.first, one);
  }
}

describe("a queue of waiters", () => {
  it("is first come, first served", () => {
    const queue = new Queue();
    const [a, b, c] = [new Waiter(1), new Waiter(2), new Waiter(3)];
    assert.equal(queue.first, null);
    for (const one of [a, b, c]) queue.push(one);
    assert.deepEqual(members(queue.first), [a, b, c]);
    for (const one of [a, b, c]) {
      assert.equal(queue.first, one);
      queue.remove(one);
    }
    assert.equal(queue.first, null);
  });

  it("lets anyone leave, and come again", (t) => {
    const { below } = random(t, "base/waitq");
    for (let round = 0; round < 100; round++) {
      const queue = new Queue();
      const outside = Array.from({ length: 8 }, (_, id) => new Waiter(id));
      const model: Waiter[] = [];
      for (let step = 0; step < 200; step++) {
        if (outside.length > 0 && below(2) === 0) {
          const [one] = outside.splice(below(outside.length), 1) as [Waiter];
          queue.push(one);
          model.push(one);
        } else if (model.length > 0) {
          const [one] = model.splice(below(3) === 0 ? 0 : below(model.length), 1) as [Waiter];
          queue.remove(one);
          outside.push(one);
        }
        assert.deepEqual(
          members(queue.first).map(({ id }) => id),
          model.map(({ id }) => id),
        );
      }
    }
  });
});
