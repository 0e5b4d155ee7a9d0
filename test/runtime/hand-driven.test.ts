/** Generators that a program drives by hand instead of with yield*: a clear error, and nobody else is hurt. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Chan,
  chan,
  type Goroutine,
  go,
  gosched,
  NotInGoroutineError,
  OperationReusedError,
  run,
  runtime,
} from "gort";

function* receives(ch: Chan<number>): Goroutine<number | undefined> {
  return yield* ch.recv();
}

/** As a loop or a spread would, which do not hand on what is yielded. */
function drive(body: Goroutine<unknown>): void {
  while (body.next().done !== true);
}

describe("a generator that is driven by hand", () => {
  it("works outside any goroutine while nothing has to wait, and says so when it has", () => {
    const ch = chan<number>(1);
    ch.trySend(1);
    assert.equal(receives(ch).next().value, 1);
    assert.throws(() => receives(ch).next(), NotInGoroutineError);
    assert.equal(ch.trySend(2), true, "the receive that could not wait has left no waiter");
    assert.deepEqual(ch.tryRecv(), [2, true]);
  });

  it("inside a goroutine throws there, and the wake-up that comes later reaches nobody else", async () => {
    const ch = chan<number>();
    const quiet = chan<number>();
    await run(function* () {
      const before = runtime.numGoroutine();
      const bad = go(function* () {
        drive(receives(ch));
        yield* gosched();
      });
      try {
        yield* bad;
        assert.fail("it went unnoticed");
      } catch (error) {
        assert.ok(error instanceof OperationReusedError, String(error));
      }
      // These would get its place in the table, and the wake-up with it.
      const others = [1, 2, 3].map(() => go(() => receives(quiet)));
      yield* gosched();
      assert.equal(ch.trySend(1), true, "its receive still stands in the queue");
      yield* gosched();
      assert.equal(bad.status, "dead");
      assert.deepEqual(
        others.map((h) => h.status),
        ["waiting", "waiting", "waiting"],
      );
      for (const h of others) {
        yield* quiet.send(h.id);
        assert.equal(yield* h, h.id);
      }
      assert.equal(runtime.numGoroutine(), before);
    });
  });
});
