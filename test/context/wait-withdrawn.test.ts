/**
 * What ctx.wait gives up leaves no trace: the operation is withdrawn as a case that loses its select.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  Cond,
  type Context,
  ContextCanceledError,
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  Mutex,
  type Op,
  RWMutex,
  Semaphore,
  select,
  sleep,
  WaitGroup,
  wait,
  withCancel,
  withTimeout,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { inMain, mustBlock, onHost, panicOf, rest, turn } from "../go/support.ts";

/** Waits for `op` in a goroutine until nothing moves, then cancels; checks that the context's error came out. */
function* givenUp<T>(make: (ctx: Context) => Op<T>): Goroutine {
  const [ctx, cancel] = withCancel(background());
  const waiter = go(function* () {
    try {
      return { value: yield* make(ctx) };
    } catch (error) {
      return { error };
    }
  });
  yield* mustBlock(waiter, "ctx.wait");
  cancel(new Error("why"));
  assert.deepEqual(yield* waiter, { error: ctx.err });
  assert.ok(ctx.err instanceof ContextCanceledError, "err, not the cause");
}

describe("an operation that ctx.wait gave up leaves no trace:", () => {
  it(
    "a receive takes no value",
    inMain(function* () {
      const ch = chan<number>();
      yield* givenUp((ctx) => ctx.wait(ch.recv()));
      assert.equal(ch.trySend(1), false);
    }),
  );

  it(
    "a send sends nothing",
    inMain(function* () {
      const ch = chan<number>();
      yield* givenUp((ctx) => ctx.wait(ch.send(1)));
      assert.equal(ch.tryRecv(), undefined);
    }),
  );

  it(
    "a sleep leaves no timer",
    inMain(function* () {
      const before = counts.waiting;
      yield* givenUp((ctx) => ctx.wait(sleep(3_600_000)));
      assert.equal(counts.waiting, before);
    }),
  );

  it(
    "a promise is left to itself, and its rejection is nobody's",
    onHost(function* () {
      const before = counts.waiting;
      let reject!: (error: Error) => void;
      const promise = new Promise<never>((_, no) => {
        reject = no;
      });
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => {
        unhandled.push(reason);
      };
      process.on("unhandledRejection", note);
      try {
        yield* givenUp((ctx) => ctx.wait(wait(promise)));
        assert.equal(counts.waiting, before);
        reject(new Error("late"));
        yield* wait(turn());
        yield* wait(turn());
      } finally {
        process.off("unhandledRejection", note);
      }
      assert.deepEqual(unhandled, []);
    }),
  );

  it(
    "a promise that a context which was over was given, too",
    onHost(function* () {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => {
        unhandled.push(reason);
      };
      process.on("unhandledRejection", note);
      try {
        const [ctx, cancel] = withCancel(background());
        cancel();
        // As fetch(url, { signal: ctx.signal }) does for a signal that is aborted.
        const rejected = Promise.reject(new Error("aborted before it began"));
        assert.equal(yield* panicOf(() => ctx.wait(wait(rejected)) as never), ctx.err);
        yield* wait(turn());
        yield* wait(turn());
      } finally {
        process.off("unhandledRejection", note);
      }
      assert.deepEqual(unhandled, []);
    }),
  );

  it(
    "a lock is not held, and those behind it get it",
    inMain(function* () {
      const mu = new Mutex();
      const rw = new RWMutex();
      yield* mu.lock();
      yield* rw.rLock();
      yield* givenUp((ctx) => ctx.wait(mu.lock()));
      yield* givenUp((ctx) => ctx.wait(rw.lock()));
      assert.equal(rw.tryRLock(), true, "a writer that gave up blocks no reader");
      rw.rUnlock();
      rw.rUnlock();
      mu.unlock();
      assert.deepEqual([mu.tryLock(), rw.tryLock()], [true, true]);
    }),
  );

  it(
    "a condition's lock is held again when the error is thrown",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      const [ctx, cancel] = withCancel(background());
      const waiter = go(function* () {
        yield* mu.lock();
        const error = yield* panicOf(() => ctx.wait(cond.wait()) as never);
        assert.equal(mu.tryLock(), false, "held");
        mu.unlock();
        return error;
      });
      yield* mustBlock(waiter, "cond.wait");
      yield* mu.lock();
      cancel();
      yield* mustBlock(waiter, "cond.wait: until the lock is free");
      mu.unlock();
      assert.equal(yield* waiter, ctx.err);
      assert.equal(mu.tryLock(), true);
      cond.signal();
    }),
  );

  it(
    "a semaphore's amount is not taken, and those behind it go",
    inMain(function* () {
      const sem = new Semaphore(2);
      yield* sem.acquire(1);
      const [ctx, cancel] = withCancel(background());
      const large = go(function* () {
        return yield* panicOf(() => ctx.wait(sem.acquire(2)) as never);
      });
      yield* mustBlock(large, "acquire(2)");
      const small = go(function* () {
        yield* sem.acquire(1);
      });
      yield* mustBlock(small, "acquire(1), behind");
      cancel();
      yield* small;
      assert.equal(yield* large, ctx.err);
      sem.release(2);
      assert.equal(sem.tryAcquire(2), true);
    }),
  );

  it(
    "a wait group and a goroutine are only no longer waited for",
    inMain(function* () {
      const wg = new WaitGroup();
      wg.add(1);
      yield* givenUp((ctx) => ctx.wait(wg.wait()));
      const ch = chan<number>();
      const other: Handle<number | undefined> = go(function* () {
        return yield* ch.recv();
      });
      yield* givenUp((ctx) => ctx.wait(other));
      assert.equal(other.status, "waiting");
      ch.trySend(7);
      assert.equal(yield* other, 7);
      wg.done();
      yield* wg.wait();
    }),
  );

  it(
    "a select, and another context's wait",
    inMain(function* () {
      const before = counts.waiting;
      const a = chan<number>();
      const b = chan<number>();
      const [other, cancelOther] = withCancel(background());
      yield* givenUp((ctx) => ctx.wait(select({ a: a.recv(), b: b.send(1), late: sleep(3_600_000) })));
      yield* givenUp((ctx) => ctx.wait(other.wait(a.recv())));
      yield* givenUp((ctx) => other.wait(ctx.wait(a.recv())));
      assert.deepEqual([a.trySend(1), b.tryRecv()], [false, undefined]);
      assert.equal(counts.waiting, before);
      cancelOther();
      yield* gosched();
    }),
  );

  it(
    "nor does the context keep anything of a wait that the operation won",
    inMain(function* () {
      const before = counts.waiting;
      const [ctx, cancel] = withTimeout(background(), 3_600_000);
      const ch = chan<number>();
      const waiter = go(function* () {
        return yield* ctx.wait(ch.recv());
      });
      yield* rest(waiter);
      assert.ok(counts.waiting > before, "its deadline can end the wait");
      ch.trySend(1);
      assert.equal(yield* waiter, 1);
      assert.equal(counts.waiting, before);
      cancel();
      assert.equal(counts.waiting, before);
    }),
  );
});
