/**
 * Go: sync/mutex_test.go TestSemaphore, of the semaphore below Go's locks. The nearest here is a Semaphore of one.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Goroutine, go, gosched, Semaphore } from "gort";
import { inMain } from "../support.ts";

function* hammer(sem: Semaphore, loops: number, inside: { count: number }): Goroutine {
  for (let i = 0; i < loops; i++) {
    yield* sem.acquire();
    inside.count++;
    assert.equal(inside.count, 1, "two hold the only one");
    if (i % 2 === 0) yield* gosched();
    inside.count--;
    sem.release();
  }
}

test(
  "mutex_test.go TestSemaphore: ten that acquire and release one, a thousand times each",
  inMain(function* () {
    const sem = new Semaphore(1);
    const inside = { count: 0 };
    const all = Array.from({ length: 10 }, () => go(hammer, sem, 1000, inside));
    for (const one of all) yield* one;
    assert.equal(sem.tryAcquire(), true);
    assert.equal(sem.tryAcquire(), false);
  }),
);
