import assert, { AssertionError } from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  background,
  Cond,
  chan,
  go,
  gosched,
  Mutex,
  RWMutex,
  run,
  Semaphore,
  select,
  sharedChan,
  sleep,
  WaitGroup,
  wait,
  withCancel,
} from "gort";
import { assertDoesNotPark, assertParks, bubble, explore, MemoryTransport, sequencer } from "gort/testing";
import { host } from "#src/runtime/netpoll.ts";

/** The message of the AssertionError that `asserts` throws. */
function failure(asserts: () => unknown): string {
  try {
    asserts();
  } catch (error) {
    assert.ok(error instanceof AssertionError, String(error));
    assert.equal(error.code, "ERR_ASSERTION");
    assert.match((error.stack as string).split("\n    at ")[1] as string, /parking\.test\.[jt]s/);
    return error.message;
  }
  assert.fail("it passed");
}

describe("assertParks and assertDoesNotPark", () => {
  it("ask a channel, which is as before when the operation would park", () => {
    const ch = chan<number>(1);
    assertParks(ch.recv());
    assert.equal(assertDoesNotPark(ch.send(1)), undefined);
    assertParks(ch.send(2));
    assert.deepEqual(assertDoesNotPark(ch.recvOk()), [1, true]);
    assertParks(ch.recv());
    assert.equal(ch.length, 0);
    assert.equal(ch.trySend(3), true);
    // No receiver was left behind that would have taken it.
    assert.equal(assertDoesNotPark(ch.recv()), 3);
    ch.close();
    assert.equal(assertDoesNotPark(ch.recv()), undefined);
  });

  it("say which operation it was", () => {
    const ch = chan<number>(1);
    assert.equal(
      failure(() => assertDoesNotPark(ch.recv())),
      "chan receive would park",
    );
    assert.equal(
      failure(() => assertParks(ch.send(7))),
      "chan send did not park: it took effect at once",
    );
    assert.equal(ch.length, 1);
    assert.equal(
      failure(() => assertDoesNotPark(ch.send(8))),
      "chan send would park",
    );
    assert.equal(
      failure(() => assertParks(ch.recv())),
      "chan receive did not park: it took effect at once with 7",
    );
    assert.equal(
      failure(() => assertDoesNotPark(select({ a: ch.recv(), b: sleep(1) }))),
      "select would park",
    );
    assert.equal(
      failure(() => assertDoesNotPark(gosched())),
      "gosched would park",
    );
    assert.equal(
      failure(() => assertDoesNotPark(sequencer()(3))),
      "sequencer step 3 would park",
    );
  });

  it("hand on what an operation throws at once, or name it", () => {
    const ch = chan<number>();
    ch.close();
    assert.throws(() => assertDoesNotPark(ch.send(1)), { code: "GORT_CHANNEL_CLOSED" });
    try {
      assertParks(ch.send(1));
      assert.fail("it passed");
    } catch (error) {
      assert.ok(error instanceof AssertionError);
      assert.equal(
        error.message,
        "chan send did not park: it threw ChannelClosedError: send on closed channel",
      );
      assert.equal((error.cause as { code: string }).code, "GORT_CHANNEL_CLOSED");
    }
  });

  it("know everything that can be waited for, and leave nothing of it behind", async () => {
    await run(function* () {
      const mutex = new Mutex();
      assertDoesNotPark(mutex.lock());
      assertParks(mutex.lock());
      mutex.unlock();
      assert.equal(mutex.tryLock(), true);
      const rw = new RWMutex();
      assertDoesNotPark(rw.rLock());
      assertDoesNotPark(rw.rLock());
      assertParks(rw.lock());
      // The writer that was given up holds nobody up.
      assertDoesNotPark(rw.rLock());
      const sem = new Semaphore(2);
      assertDoesNotPark(sem.acquire(1));
      assertParks(sem.acquire(2));
      assertDoesNotPark(sem.acquire(1));
      const wg = new WaitGroup();
      assertDoesNotPark(wg.wait());
      wg.add(1);
      assertParks(wg.wait());
      wg.done();
      const cond = new Cond(mutex);
      assertParks(cond.wait());
      assert.equal(mutex.tryLock(), false, "the lock is still held");
      const [ctx, cancel] = withCancel(background());
      assertParks(ctx.done());
      cancel();
      assertDoesNotPark(ctx.done());
      const before = host.waiting;
      assertParks(sleep(0));
      assertParks(gosched());
      assertParks(after(1000).recv());
      assertParks(wait(Promise.resolve(1)));
      assert.equal(host.waiting, before, "something waits for the host");
      const shared = sharedChan<number>(1);
      assertParks(shared.recv());
      assertDoesNotPark(shared.send(1));
      assert.equal(assertDoesNotPark(shared.recv()), 1);
      const s = select({ a: shared.recv(), b: mutex.lock() });
      assertParks(s);
      mutex.unlock();
      assert.equal(assertDoesNotPark(select({ a: shared.recv(), b: mutex.lock() })).case, "b");
    });
  });

  it("ask the handle of a goroutine, any number of times", async () => {
    await run(function* () {
      const handle = go(function* () {
        return 7;
      });
      assertParks(handle);
      assertParks(handle);
      yield* gosched();
      assert.equal(assertDoesNotPark(handle), 7);
      assert.equal(yield* handle, 7);
      const failing = go(function* () {
        throw new RangeError("mine");
      });
      yield* gosched();
      assert.throws(() => assertDoesNotPark(failing), /mine/);
    });
  });

  it("use the operation up", async () => {
    await run(function* () {
      const step = sequencer()(1);
      assertParks(step);
      assert.throws(() => assertParks(step), { code: "GORT_OPERATION_REUSED" });
      assert.throws(() => assertDoesNotPark(step), { code: "GORT_OPERATION_REUSED" });
    });
  });

  it("never switch to another goroutine, and work in a bubble and in an exploration", async () => {
    const program = function* () {
      const ch = chan<number>(1);
      let ran = false;
      const other = go(function* () {
        ran = true;
      });
      assertParks(ch.recv());
      assertDoesNotPark(ch.send(1));
      assert.equal(assertDoesNotPark(ch.recv()), 1);
      assert.equal(ran, false);
      yield* other;
    };
    await run(program);
    await bubble(program);
    await explore(program, { strategy: "dfs" });
  });

  it("refuse what is no operation", () => {
    const cases: [unknown, RegExp][] = [
      [undefined, /^assertParks needs an operation, got undefined$/],
      [
        Promise.resolve(),
        /^assertParks needs an operation, got an object of class Promise: wrap a promise in wait\(…\)$/,
      ],
      [new MemoryTransport(), /^assertParks needs an operation, got an object of class MemoryTransport$/],
    ];
    for (const [value, message] of cases) {
      assert.throws(() => assertParks(value as never), { code: "GORT_NOT_AN_OPERATION", message });
    }
    assert.throws(() => assertDoesNotPark(5 as never), /^TypeError.*assertDoesNotPark needs an operation/);
  });
});
