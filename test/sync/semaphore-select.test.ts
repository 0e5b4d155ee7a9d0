/** Semaphore.acquire as a case of a select, or with a context: one that gives up holds nothing, and lets those go whom it held up. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  ContextCanceledError,
  chan,
  type Goroutine,
  go,
  Semaphore,
  select,
  trySelect,
  withCancel,
} from "gort";
import { inMain, inOrder, mustBlock, panicOf, rest } from "../go/support.ts";

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

describe("a wait for a Semaphore that is given up", () => {
  it(
    "takes nothing and stands in no line",
    inMain(function* () {
      const sem = full(2);
      const stop = chan<void>();
      const chooser = go(function* () {
        return (yield* select({ got: sem.acquire(2), stop: stop.recv() })).case;
      });
      yield* mustBlock(chooser, "nothing is free");
      assert.ok(stop.trySend());
      sem.release(2);
      assert.equal(yield* chooser, "stop");
      assert.equal(free(sem, 2), 2);
    }),
  );

  it(
    "at the front lets those behind go that fit, in order, up to the first that does not",
    inOrder(function* () {
      const sem = new Semaphore(10);
      yield* sem.acquire(6);
      const seen: string[] = [];
      const stop = chan<void>();
      const large = go(function* () {
        return (yield* select({ got: sem.acquire(10), stop: stop.recv() })).case;
      });
      yield* rest(large);
      const behind = [
        go(acquire, sem, 1, "a1", seen),
        go(acquire, sem, 2, "b2", seen),
        go(acquire, sem, 3, "c3", seen),
        go(acquire, sem, 1, "d1", seen),
      ];
      yield* rest(...behind);
      assert.deepEqual(seen, []);
      assert.ok(stop.trySend());
      yield* rest(...behind);
      assert.equal(yield* large, "stop");
      assert.deepEqual(seen, ["a1", "b2"]);
      sem.release(6);
      yield* rest(...behind);
      assert.deepEqual(seen, ["a1", "b2", "c3", "d1"]);
      assert.equal(free(sem, 10), 3);
    }),
  );

  it(
    "in the middle lets nobody go before his time",
    inMain(function* () {
      const sem = new Semaphore(10);
      yield* sem.acquire(6);
      const seen: string[] = [];
      const stop = chan<void>();
      const front = go(acquire, sem, 10, "front", seen);
      yield* rest(front);
      const middle = go(function* () {
        yield* select({ got: sem.acquire(5), stop: stop.recv() });
      });
      yield* rest(middle);
      const back = go(acquire, sem, 1, "back", seen);
      yield* rest(back);
      assert.ok(stop.trySend());
      yield* rest(front, back, middle);
      assert.deepEqual(seen, []);
      sem.release(6);
      yield* rest(front, back);
      assert.deepEqual(seen, ["front"]);
      sem.release(10);
      yield* back;
    }),
  );

  it(
    "by its context throws the context's error and holds nothing",
    inMain(function* () {
      const sem = full(1);
      const [ctx, cancel] = withCancel(background());
      const waiter = go(function* () {
        return yield* panicOf(function* () {
          yield* ctx.wait(sem.acquire());
        });
      });
      yield* mustBlock(waiter, "nothing is free");
      cancel();
      sem.release();
      const error = yield* waiter;
      assert.ok(error instanceof ContextCanceledError);
      assert.equal(error, ctx.err);
      assert.equal(free(sem, 1), 1);
    }),
  );

  it(
    "with two cases on one semaphore: the one that stood in the other's way takes it along",
    inOrder(function* () {
      const outcomes = new Set<string>();
      for (let round = 0; round < 40; round++) {
        const sem = full(10);
        const stop = chan<void>();
        const chooser = go(function* () {
          return (yield* select({ large: sem.acquire(10), small: sem.acquire(9), stop: stop.recv() })).case;
        });
        yield* mustBlock(chooser, "nothing is free");
        // Enough for the small one, which has it unless the large one came first (the order is random).
        sem.release(9);
        const stopped = stop.trySend();
        const won = yield* chooser;
        outcomes.add(won);
        assert.equal(won, stopped ? "stop" : "small");
        assert.equal(free(sem, 10), stopped ? 9 : 0);
      }
      assert.deepEqual([...outcomes].sort(), ["small", "stop"]);
    }),
  );

  it(
    "with two cases inside a wait with a context: neither is served when the context ends",
    inMain(function* () {
      for (let round = 0; round < 40; round++) {
        const sem = full(10);
        const [ctx, cancel] = withCancel(background());
        const chooser = go(function* () {
          return yield* panicOf(function* () {
            yield* ctx.wait(select({ large: sem.acquire(10), small: sem.acquire(9) }));
            throw new Error("it was served");
          });
        });
        yield* mustBlock(chooser, "nothing is free");
        sem.release(9);
        cancel();
        const outcome = (yield* chooser) as Error;
        if (outcome === ctx.err) assert.equal(free(sem, 10), 9);
        else assert.equal(outcome.message, "it was served");
      }
    }),
  );

  it(
    "with two cases that become possible together: one is taken",
    inMain(function* () {
      const sem = full(10);
      const chooser = go(function* () {
        return (yield* select({ one: sem.acquire(1), two: sem.acquire(2) })).case;
      });
      yield* mustBlock(chooser, "nothing is free");
      sem.release(10);
      const won = yield* chooser;
      assert.equal(free(sem, 10), won === "one" ? 9 : 8);
    }),
  );

  it("is not begun by a trySelect", () => {
    const sem = new Semaphore(1);
    const s = trySelect({ got: sem.acquire() });
    assert.equal(s?.case, "got");
    assert.equal(trySelect({ got: sem.acquire() }), undefined);
    s.value[Symbol.dispose]();
    assert.equal(free(sem, 1), 1);
  });
});
