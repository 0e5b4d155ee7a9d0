/** SharedMutex, SharedWaitGroup, SharedSemaphore and SharedCounter beyond what holds of the local ones (shared-contract): other cores, messages, lives. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  chan,
  go,
  InvalidNumberError,
  SharedCounter,
  SharedMutex,
  SharedSemaphore,
  SharedWaitGroup,
  select,
  sharedChan,
} from "gort";
import { readAll } from "#src/shm/inbox.ts";
import { disposers } from "#src/shm/shared-object.ts";
import { SharedPermits } from "#src/shm/shared-permits.ts";
import { Shared, waitsInUse } from "#src/shm/wait.ts";
import { inMain, inOrder, mustBlock, mustFinish, rest } from "../go/support.ts";
import { borrow, elsewhere, lend } from "./shared-core.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const TENURES = 1 << 22;

describe("SharedMutex and other cores", () => {
  it(
    "is handed over by an unlock elsewhere; the guard of who had it is worth nothing then",
    inMain(function* () {
      const mu = new SharedMutex();
      const guard = yield* mu.lock();
      const next = go(function* () {
        yield* mu.lock();
      });
      yield* rest(next);
      elsewhere(() => mu.unlock());
      guard[Symbol.dispose]();
      yield* mustBlock(next, "its mail has not been read");
      readAll();
      yield* mustFinish(next, "it holds the lock");
      guard[Symbol.dispose]();
      assert.equal(mu.tryLock(), false);
      assert.equal(
        elsewhere(() => mu.tryLock()),
        false,
      );
      mu.unlock();
      assert.equal(
        elsewhere(() => mu.tryLock()),
        true,
      );
      guard[Symbol.dispose]();
      assert.equal(mu.tryLock(), false, "the other core holds it");
      assert.equal(waitsInUse(), 0);
    }),
  );

  it(
    "as a case beside a local one, handed over elsewhere: the local one keeps what it has",
    inMain(function* () {
      const mu = new SharedMutex();
      const ch = chan<number>();
      mu.tryLock();
      const chooser = go(function* () {
        return (yield* select({ lock: mu.lock(), ch: ch.recv() })).case;
      });
      yield* rest(chooser);
      elsewhere(() => mu.unlock());
      assert.equal(ch.trySend(1), false, "nobody receives any more");
      readAll();
      assert.equal(yield* chooser, "lock");
      assert.equal(mu.tryLock(), false);
    }),
  );

  it(
    "as a case beside a local one that comes first: the lock goes past it",
    inMain(function* () {
      const mu = new SharedMutex();
      const ch = chan<number>();
      mu.tryLock();
      const chooser = go(function* () {
        return (yield* select({ lock: mu.lock(), ch: ch.recv() })).case;
      });
      yield* rest(chooser);
      assert.equal(ch.trySend(1), true);
      elsewhere(() => mu.unlock());
      assert.equal(yield* chooser, "ch");
      assert.equal(mu.tryLock(), true);
      assert.equal(waitsInUse(), 0);
    }),
  );

  it("knows a locking from one that comes when all its numbers have been used", () => {
    const mu = new SharedMutex();
    const op = mu.lock();
    let old: Disposable | undefined;
    void op.then((guard) => {
      old = guard;
    });
    return Promise.resolve().then(() => {
      assert.ok(old !== undefined);
      mu.unlock();
      for (let i = 0; i < TENURES - 1; i++) {
        mu.tryLock();
        mu.unlock();
      }
      mu.tryLock();
      old[Symbol.dispose]();
      assert.equal(mu.tryLock(), false, "a guard of long ago has given it back");
    });
  });
});

describe("SharedSemaphore and other cores", () => {
  it(
    "takes a release elsewhere from whoever has some: the guard of that is worth nothing then",
    inMain(function* () {
      const sem = new SharedSemaphore(3);
      const far = elsewhere(() => new SharedPermits((sem as unknown as { inner: SharedPermits }).inner.ref));
      const guard = yield* sem.acquire(1);
      assert.equal(
        elsewhere(() => far.release(2)),
        false,
        "more than is held",
      );
      assert.equal(
        elsewhere(() => far.release(1)),
        true,
      );
      assert.equal(sem.tryAcquire(3), true, "it has come back");
      guard[Symbol.dispose]();
      assert.equal(sem.tryAcquire(0), true);
      assert.equal(sem.tryAcquire(1), false, "what is held now is not the guard's");
      sem.release(3);
      assert.equal(
        elsewhere(() => far.take(3)),
        true,
      );
      guard[Symbol.dispose]();
      assert.equal(sem.tryAcquire(1), false, "nor what the other core holds");
      elsewhere(() => far.release(3));
    }),
  );

  it(
    "serves by a release elsewhere, in order, those who fit",
    inOrder(function* () {
      const sem = new SharedSemaphore(3);
      sem.tryAcquire(3);
      const seen: number[] = [];
      const waiters = [2, 1, 1].map((n) =>
        go(function* () {
          yield* sem.acquire(n);
          seen.push(n);
        }),
      );
      yield* rest(...waiters);
      elsewhere(() => sem.release(3));
      assert.deepEqual(seen, []);
      readAll();
      yield* rest(...waiters);
      assert.deepEqual(seen, [2, 1]);
      sem.release(1);
      yield* rest(...waiters);
      assert.deepEqual(seen, [2, 1, 1]);
      sem.release(3);
      assert.throws(() => sem.release(), /released more than held/);
      assert.equal(waitsInUse(), 0);
    }),
  );
});

it(
  "SharedWaitGroup.wait ends by a done elsewhere, for all who wait",
  inMain(function* () {
    const wg = new SharedWaitGroup();
    wg.add(2);
    const waiters = [1, 2, 3].map(() => go(() => wg.wait()));
    yield* rest(...waiters);
    wg.done();
    elsewhere(() => wg.done());
    wg.add(1);
    for (const one of waiters) yield* mustBlock(one, "its mail has not been read");
    readAll();
    for (const one of waiters) yield* mustFinish(one, "the count was zero");
    wg.done();
    assert.throws(() => elsewhere(() => wg.done()), { message: "sync: negative WaitGroup counter" });
  }),
);

describe("SharedCounter", () => {
  it("begins at 0 or at what is given, and adds bigints and integers", () => {
    const counter = new SharedCounter();
    assert.equal(counter.value, 0n);
    assert.equal(counter.add(5), 5n);
    assert.equal(counter.add(-7n), -2n);
    assert.equal(counter.value, -2n);
    assert.equal(new SharedCounter(2n ** 40n).add(1), 2n ** 40n + 1n);
    assert.equal(counter.add(Number.MAX_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER) - 2n);
  });

  it("wraps around at 64 bits", () => {
    const counter = new SharedCounter(2n ** 63n - 1n);
    assert.equal(counter.add(1), -(2n ** 63n));
    assert.equal(counter.value, -(2n ** 63n));
    assert.equal(counter.add(-1), 2n ** 63n - 1n);
    assert.equal(counter.add(2n ** 64n + 1n), -(2n ** 63n));
    assert.equal(new SharedCounter(2n ** 64n + 3n).value, 3n);
  });

  it("refuses what is neither a bigint nor an integer, and stays as it was", () => {
    const counter = new SharedCounter(1n);
    for (const wrong of [0.5, Number.NaN, 2 ** 53, "1", null, undefined, {}]) {
      assert.throws(() => counter.add(wrong as number), InvalidNumberError, String(wrong));
      if (wrong !== undefined) assert.throws(() => new SharedCounter(wrong as bigint), InvalidNumberError);
    }
    assert.equal(counter.value, 1n);
  });
});

describe("what is shared", () => {
  const all = {
    SharedMutex: () => new SharedMutex(),
    SharedWaitGroup: () => new SharedWaitGroup(),
    SharedSemaphore: () => new SharedSemaphore(1),
    SharedCounter: () => new SharedCounter(),
  };

  for (const [name, make] of Object.entries(all)) {
    it(`${name} goes through a shared channel, and comes back as the same object`, () => {
      const ch = sharedChan<ReturnType<typeof make>>(1);
      const one = make();
      ch.trySend(one);
      assert.equal(ch.tryRecv()?.[0], one);
      assert.equal(Object.prototype.toString.call(one), `[object ${name}]`);
    });
  }

  it("lives in a message, and is freed when nobody can reach it", async () => {
    const kinds = [Shared.mutex, Shared.waitGroup, Shared.semaphore, Shared.other];
    const freed = new Map<number, number>();
    const originals = kinds.map((kind) => disposers[kind] as (ref: number) => void);
    for (const [i, kind] of kinds.entries()) {
      disposers[kind] = (ref) => {
        freed.set(kind, (freed.get(kind) ?? 0) + 1);
        originals[i]?.(ref);
      };
    }
    const collect = async (): Promise<void> => {
      // The codec remembers the handles of the message before.
      sharedChan<number>(1).trySend(1);
      for (let i = 0; i < 5; i++) {
        gc();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await collect();
    await collect();
    freed.clear();
    const held = (() => {
      const [mutex, group, semaphore, counter] = [
        new SharedMutex(),
        new SharedWaitGroup(),
        new SharedSemaphore(2),
        new SharedCounter(7n),
      ] as const;
      mutex.tryLock();
      group.add(1);
      semaphore.tryAcquire(1);
      return lend(mutex, group, semaphore, counter);
    })();
    await collect();
    assert.deepEqual([...freed], [], "a message has them");
    (() => {
      type All = [SharedMutex, SharedWaitGroup, SharedSemaphore, SharedCounter];
      const [mutex, group, semaphore, counter] = borrow<All>(held);
      assert.equal(mutex.tryLock(), false);
      group.done();
      assert.equal(semaphore.tryAcquire(2), false);
      assert.equal(counter.value, 7n);
    })();
    for (let tries = 0; freed.size < kinds.length && tries < 50; tries++) await collect();
    assert.deepEqual([...freed.values()], [1, 1, 1, 1]);
  });
});
