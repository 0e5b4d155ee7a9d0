/**
 * Semaphore: what gort promises beyond x/sync/semaphore (test/go/x/semaphore.test.ts): order, guards, awaited, with bad input. As a case of a select:
 * semaphore-select.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  type Handle,
  InvalidNumberError,
  runtime,
  Semaphore,
  SemaphoreError,
  select,
} from "gort";
import { inMain, inOrder, mustBlock, mustFinish, rest, turn } from "../go/support.ts";

/** A semaphore that is held whole. */
function full(size: number): Semaphore {
  const sem = new Semaphore(size);
  assert.ok(sem.tryAcquire(size));
  return sem;
}

/** How much is free, while nobody waits. */
function free(sem: Semaphore, size: number): number {
  for (let n = size; n > 0; n--) {
    if (!sem.tryAcquire(n)) continue;
    sem.release(n);
    return n;
  }
  return 0;
}

function* acquire(sem: Semaphore, n: number, name: string, seen: string[]): Goroutine {
  yield* sem.acquire(n);
  seen.push(name);
}

describe("Semaphore.acquire", () => {
  it(
    "is over at once when there is room, and waits when there is none",
    inMain(function* () {
      const sem = new Semaphore(3);
      yield* sem.acquire();
      yield* sem.acquire(2);
      const waiter = go(acquire, sem, 1, "late", []);
      yield* mustBlock(waiter, "nothing is free");
      sem.release(2);
      yield* mustFinish(waiter, "two were given back");
      assert.equal(free(sem, 3), 1);
    }),
  );

  it(
    "serves first come, first served; what fits does not overtake what does not",
    inOrder(function* () {
      const sem = full(10);
      const seen: string[] = [];
      const waiters = [
        go(acquire, sem, 2, "a2", seen),
        go(acquire, sem, 9, "b9", seen),
        go(acquire, sem, 1, "c1", seen),
        go(acquire, sem, 0, "d0", seen),
      ];
      yield* rest(...waiters);
      sem.release(3);
      yield* rest(...waiters);
      assert.deepEqual(seen, ["a2"]);
      assert.equal(sem.tryAcquire(1), false, "one is free, and not for him who did not wait");
      assert.equal(sem.tryAcquire(0), false, "nor is nothing");
      sem.release(8);
      yield* rest(...waiters);
      assert.deepEqual(seen, ["a2", "b9"]);
      sem.release(2);
      yield* rest(...waiters);
      assert.deepEqual(seen, ["a2", "b9", "c1", "d0"]);
      assert.equal(free(sem, 10), 1);
    }),
  );

  it(
    "is handed over: what is given back belongs to who waits before he has run",
    inMain(function* () {
      const sem = full(1);
      const seen: string[] = [];
      const waiter = go(acquire, sem, 1, "waiter", seen);
      yield* rest(waiter);
      sem.release();
      assert.equal(sem.tryAcquire(), false);
      assert.deepEqual(seen, []);
      yield* waiter;
    }),
  );

  it(
    "of more than there is waits for ever, whoever gives back",
    inMain(function* () {
      const sem = full(2);
      const seen: string[] = [];
      const stop = chan<void>();
      const hopeless = go(function* () {
        return (yield* select({ got: sem.acquire(3), stop: stop.recv() })).case;
      });
      const hopeful = go(acquire, sem, 2, "two", seen);
      yield* rest(hopeless, hopeful);
      sem.release(2);
      yield* mustFinish(hopeful, "all of it is free");
      sem.release(2);
      yield* mustBlock(hopeless, "more than there is");
      assert.equal(free(sem, 2), 2);
      assert.ok(stop.trySend());
      assert.equal(yield* hopeless, "stop");
      assert.equal(free(sem, 2), 2);
    }),
  );

  it(
    "says semacquire in a dump",
    inMain(function* () {
      const sem = full(1);
      const waiter = go(acquire, sem, 1, "waiter", []);
      yield* rest(waiter);
      assert.ok(runtime.stacks().includes(`goroutine ${waiter.id} [semacquire]:`), runtime.stacks());
      sem.release();
      yield* waiter;
    }),
  );

  it("can be awaited, in one line with goroutines", async () => {
    const sem = full(1);
    const seen: string[] = [];
    const outside = async (name: string): Promise<void> => {
      const guard = await sem.acquire();
      seen.push(name);
      guard[Symbol.dispose]();
    };
    const inside = (name: string): Handle<void> =>
      go(function* () {
        const guard = yield* sem.acquire();
        seen.push(name);
        guard[Symbol.dispose]();
      });
    const ends: PromiseLike<void>[] = [];
    ends.push(outside("a"));
    ends.push(inside("b"));
    await turn();
    ends.push(outside("c"));
    ends.push(inside("d"));
    await turn();
    assert.deepEqual(seen, []);
    sem.release();
    await Promise.all(ends);
    assert.deepEqual(seen, ["a", "b", "c", "d"]);
    assert.equal(free(sem, 1), 1);
  });
});

describe("a Semaphore's guard", () => {
  it(
    "gives back what was acquired, once",
    inMain(function* () {
      const sem = new Semaphore(5);
      const guard = yield* sem.acquire(2);
      yield* sem.acquire(3);
      guard[Symbol.dispose]();
      assert.equal(free(sem, 5), 2);
      guard[Symbol.dispose]();
      assert.equal(free(sem, 5), 2);
    }),
  );

  it(
    "has no effect after a release by hand, even if others hold it now",
    inMain(function* () {
      const sem = new Semaphore(1);
      const guard = yield* sem.acquire();
      sem.release();
      const other = go(function* () {
        yield* sem.acquire();
      });
      yield* mustFinish(other, "it is free");
      guard[Symbol.dispose]();
      assert.equal(sem.tryAcquire(), false, "the other one holds it");
    }),
  );

  it(
    "of what was given back in part by hand gives back the rest",
    inMain(function* () {
      const sem = new Semaphore(5);
      const guard = yield* sem.acquire(5);
      sem.release(2);
      assert.equal(free(sem, 5), 2);
      guard[Symbol.dispose]();
      assert.equal(free(sem, 5), 5);
    }),
  );

  it(
    "lets those go who wait",
    inOrder(function* () {
      const sem = new Semaphore(2);
      const guard = yield* sem.acquire(2);
      const seen: string[] = [];
      const waiters = [go(acquire, sem, 1, "a", seen), go(acquire, sem, 1, "b", seen)];
      yield* rest(...waiters);
      guard[Symbol.dispose]();
      yield* rest(...waiters);
      assert.deepEqual(seen, ["a", "b"]);
    }),
  );
});

describe("Semaphore, misused", () => {
  it("refuses amounts that are none, at the call", () => {
    const sem = new Semaphore(1);
    for (const bad of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, "1", null]) {
      const n = bad as number;
      for (const call of [
        () => new Semaphore(n),
        () => sem.acquire(n),
        () => sem.tryAcquire(n),
        () => sem.release(n),
      ]) {
        assert.throws(call, InvalidNumberError);
      }
    }
    assert.equal(free(sem, 1), 1);
  });

  it(
    "refuses a release of more than is held, and nothing comes back then",
    inMain(function* () {
      const sem = new Semaphore(5);
      yield* sem.acquire(2);
      assert.throws(() => sem.release(3), SemaphoreError);
      assert.equal(free(sem, 5), 3);
      sem.release(2);
      assert.throws(() => sem.release(), { message: "semaphore: released more than held" });
    }),
  );
});
