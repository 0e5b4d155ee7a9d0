/**
 * Go: sync/rwmutex_test.go. Many readers or one writer; a writer that waits is not overtaken by new readers.
 *
 * Differs: gomaxprocs is one; the goroutines give way inside the lock instead of spinning there, so that they do meet.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, gosched, type Handle, RWMutex } from "gort";
import { inMain, inOrder, mustFinish, rest } from "../support.ts";

for (const count of [1, 3, 4]) {
  test(
    `rwmutex_test.go TestParallelReaders: ${count} hold the lock at once`,
    inMain(function* () {
      const mu = new RWMutex();
      const locked = chan<void>();
      const unlock = chan<void>();
      const all: Handle<void>[] = [];
      for (let i = 0; i < count; i++) {
        all.push(
          go(function* () {
            yield* mu.rLock();
            yield* locked.send();
            yield* unlock.recv();
            mu.rUnlock();
          }),
        );
      }
      for (let i = 0; i < count; i++) yield* locked.recv();
      assert.equal(mu.tryLock(), false);
      for (let i = 0; i < count; i++) yield* unlock.send();
      for (const one of all) yield* one;
      assert.equal(mu.tryLock(), true);
    }),
  );
}

/** Readers that are inside, and 10,000 for each writer. */
interface Activity {
  sum: number;
  /** The most readers that were inside at once. */
  most: number;
}

function* reader(mu: RWMutex, loops: number, activity: Activity): Goroutine {
  for (let i = 0; i < loops; i++) {
    yield* mu.rLock();
    activity.sum++;
    assert.ok(activity.sum >= 1 && activity.sum < 10_000, `a reader beside a writer: ${activity.sum}`);
    activity.most = Math.max(activity.most, activity.sum);
    yield* gosched();
    activity.sum--;
    mu.rUnlock();
  }
}

function* writer(mu: RWMutex, loops: number, activity: Activity): Goroutine {
  for (let i = 0; i < loops; i++) {
    yield* mu.lock();
    activity.sum += 10_000;
    assert.equal(activity.sum, 10_000, "a writer is not alone");
    yield* gosched();
    activity.sum -= 10_000;
    mu.unlock();
  }
}

test(
  "rwmutex_test.go TestRWMutex: who may try when",
  inMain(function* () {
    const mu = new RWMutex();
    yield* mu.lock();
    assert.deepEqual([mu.tryLock(), mu.tryRLock()], [false, false]);
    mu.unlock();
    assert.equal(mu.tryLock(), true);
    mu.unlock();
    assert.deepEqual([mu.tryRLock(), mu.tryRLock(), mu.tryLock()], [true, true, false]);
    mu.rUnlock();
    mu.rUnlock();
    assert.equal(mu.tryLock(), true);
  }),
);

for (const readers of [1, 3, 5, 10]) {
  test(
    `rwmutex_test.go TestRWMutex: ${readers} readers and two writers that hammer the same lock`,
    inOrder(function* () {
      const mu = new RWMutex();
      const activity: Activity = { sum: 0, most: 0 };
      const all = [go(writer, mu, 1000, activity)];
      for (let i = 0; i < readers; i++) {
        if (i === Math.floor(readers / 2)) all.push(go(writer, mu, 1000, activity));
        all.push(go(reader, mu, 1000, activity));
      }
      for (const one of all) yield* one;
      assert.equal(activity.most, readers, "the readers were never all inside at once");
      assert.equal(mu.tryLock(), true);
    }),
  );
}

test(
  "rwmutex_test.go TestRLocker: it locks for reading, and a writer waits for every one of its locks",
  inMain(function* () {
    const mu = new RWMutex();
    const rl = mu.rLocker();
    const wLocked = chan<void>(1);
    const rLocked = chan<void>(1);
    const n = 10;
    const other = go(function* () {
      for (let i = 0; i < n; i++) {
        yield* rl.lock();
        yield* rl.lock();
        yield* rLocked.send();
        yield* mu.lock();
        yield* wLocked.send();
      }
    });
    for (let i = 0; i < n; i++) {
      yield* rLocked.recv();
      rl.unlock();
      yield* rest(other);
      assert.equal(wLocked.tryRecv(), undefined, "the writer did not wait for the second lock");
      rl.unlock();
      yield* wLocked.recv();
      yield* rest(other);
      assert.equal(rLocked.tryRecv(), undefined, "a reader beside the writer");
      mu.unlock();
    }
    yield* mustFinish(other, "the other one");
  }),
);
