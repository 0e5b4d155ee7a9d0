/** The books of a processor in shared memory (runtime/account.ts): they go on where those of the machine before ended. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { go, run } from "gort";
import { booksOf, keepShared, ownBooks } from "#src/runtime/account.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";

const AREA = 5;

it("a machine in the area of one that has gone adds to its numbers, and publishes when a slice is over", async () => {
  const { words, doubles } = home();
  const at = machineAt(AREA);
  doubles[(at + MACHINE.steps) >>> 1] = 2 ** 40;
  doubles[(at + MACHINE.created) >>> 1] = 2 ** 33;
  doubles[(at + MACHINE.busyMs) >>> 1] = 1e9;
  words[at + MACHINE.longSlices] = 7;
  await run(function* main() {
    yield* go(() => {});
  });
  const own = ownBooks();
  keepShared(AREA);
  assert.notEqual(words[at + MACHINE.since], 0, "the slice lasts until the event loop turns");
  assert.equal(booksOf(AREA).created, 2 ** 33 + own.created);
  assert.ok(booksOf(AREA).steps >= 2 ** 40 + own.steps);
  assert.ok(booksOf(AREA).busyMs >= 1e9);
  assert.equal(booksOf(AREA).longSlices, 7);
  // Once more is not twice.
  keepShared(AREA);
  assert.equal(booksOf(AREA).created, 2 ** 33 + own.created);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const beat = words[at + MACHINE.beat] as number;
  await run(function* main() {
    yield* go(() => {
      assert.notEqual(words[at + MACHINE.since], 0);
    });
  });
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok((words[at + MACHINE.beat] as number) > beat);
  assert.equal(words[at + MACHINE.since], 0);
  assert.equal(words[at + MACHINE.goroutines], 0);
  assert.equal(booksOf(AREA).created, 2 ** 33 + own.created + 2);
  assert.deepEqual({ ...booksOf(AREA), steps: 0 }, { ...ownBooks(), steps: 0 });
});
