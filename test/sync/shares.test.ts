/**
 * Shares that are given back by hand beside shares that guards give back: whoever gives each of his back once, in whatever way, is right.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Goroutine, go, RWMutex, Semaphore, sleep, WaitGroup } from "gort";
import { bubble } from "gort/testing";
import { Holdings } from "#src/sync/hold.ts";
import { inMain } from "../go/support.ts";

/** How much of a semaphore of `size` is free. */
function free(sem: Semaphore, size: number): number {
  let n = 0;
  while (n < size && sem.tryAcquire()) n++;
  if (n > 0) sem.release(n);
  return n;
}

describe("guards and releases by hand, of different holders", () => {
  it("in async code, which is nobody in particular", async () => {
    const sem = new Semaphore(3);
    const guarded = async (ms: number): Promise<void> => {
      const guard = await sem.acquire();
      await sleep(ms);
      guard[Symbol.dispose]();
    };
    const byHand = async (ms: number): Promise<void> => {
      await sem.acquire();
      await sleep(ms);
      sem.release();
    };
    await bubble(() => Promise.all([byHand(1), guarded(3), guarded(1), byHand(3), guarded(2)]));
    assert.equal(free(sem, 3), 3);
  });

  it("when one goroutine acquires and another releases", async () => {
    const sem = new Semaphore(3);
    await bubble(function* () {
      const wg = new WaitGroup();
      wg.go(function* () {
        const guard = yield* sem.acquire();
        yield* sleep(4);
        guard[Symbol.dispose]();
      });
      yield* sleep(1);
      yield* sem.acquire();
      wg.go(function* () {
        yield* sleep(1);
        sem.release();
      });
      yield* wg.wait();
    });
    assert.equal(free(sem, 3), 3);
  });

  it("when shares that were tried for have no guard at all", async () => {
    for (const release of ["before", "after"]) {
      const sem = new Semaphore(2);
      assert.ok(sem.tryAcquire());
      const guard = await sem.acquire();
      if (release === "before") sem.release();
      guard[Symbol.dispose]();
      if (release === "after") sem.release();
      assert.equal(free(sem, 2), 2, release);
    }
  });

  it(
    "of an RWMutex: the next writer gets in",
    inMain(function* () {
      const mu = new RWMutex();
      yield* mu.rLock();
      const guard = yield* mu.rLock();
      mu.rUnlock();
      assert.equal(mu.tryLock(), false);
      guard[Symbol.dispose]();
      assert.equal(mu.tryLock(), true);
    }),
  );
});

describe("a guard after a release by hand", () => {
  it(
    "has no effect, whoever holds something by then",
    inMain(function* () {
      const sem = new Semaphore(2);
      const guard = yield* sem.acquire();
      sem.release();
      const other = go(function* (): Goroutine {
        yield* sem.acquire(2);
      });
      yield* other;
      guard[Symbol.dispose]();
      assert.equal(free(sem, 2), 0);
    }),
  );

  it(
    "gives back what the release has left",
    inMain(function* () {
      const sem = new Semaphore(8);
      const [a, b] = [yield* sem.acquire(3), yield* sem.acquire(4)];
      sem.release(2);
      a[Symbol.dispose]();
      b[Symbol.dispose]();
      a[Symbol.dispose]();
      assert.equal(free(sem, 8), 8);
      assert.throws(() => sem.release(), { message: "semaphore: released more than held" });
    }),
  );
});

describe("the accounts of who holds what", () => {
  it("stay few, however many goroutines acquire what others release", () => {
    const holdings = new Holdings();
    const pool = { holdings, returned: () => {} };
    const { accounts } = holdings as unknown as { accounts: Map<number, unknown> };
    holdings.take(pool, 1, 1_000_000); // Something is held all the time.
    for (let goid = 1; goid < 1000; goid++) {
      holdings.take(pool, 1, goid);
      holdings.byHand(1, -goid);
      assert.ok(accounts.size <= holdings.held, `${accounts.size} accounts for ${holdings.held}`);
    }
    assert.equal(holdings.held, 1);
  });
});
