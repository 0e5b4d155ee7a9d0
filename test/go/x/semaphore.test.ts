/**
 * Go: golang.org/x/sync/semaphore, semaphore_test.go. An acquire with a context is `ctx.wait(sem.acquire(n))`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  background,
  DeadlineExceededError,
  type Goroutine,
  Group,
  go,
  gosched,
  Semaphore,
  SemaphoreError,
  sleep,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gort";
import { random } from "../../base/seed.ts";
import { inMain, mustBlock, mustFinish } from "../support.ts";
import { inFakeTime } from "./fake-time.ts";

test("semaphore_test.go TestWeighted: goroutines of every weight take turns", async (t) => {
  const { below } = random(t, "go/x/semaphore");
  const size = 8;
  const loops = 200;
  await inFakeTime(function* () {
    const sem = new Semaphore(size);
    const wg = new WaitGroup();
    let held = 0;
    let done = 0;
    for (let weight = 0; weight < size; weight++) {
      wg.go(function* () {
        for (let i = 0; i < loops; i++) {
          yield* sem.acquire(weight);
          held += weight;
          assert.ok(held <= size, `${held} held`);
          yield* sleep(below(1000) / 1000);
          held -= weight;
          sem.release(weight);
          done++;
        }
      });
    }
    yield* wg.wait();
    assert.equal(done, size * loops);
    assert.ok(sem.tryAcquire(size), "all of it came back");
  })();
});

test("semaphore_test.go TestWeightedPanic: what is not held cannot be released", () => {
  const sem = new Semaphore(1);
  assert.throws(
    () => sem.release(1),
    (error) => {
      assert.ok(error instanceof SemaphoreError);
      assert.equal(error.code, "GORT_SEMAPHORE");
      assert.equal(error.message, "semaphore: released more than held");
      return true;
    },
  );
  assert.ok(sem.tryAcquire(1));
  assert.ok(!sem.tryAcquire(1), "the refused release has freed nothing");
});

/** One is held; then one more, too many, both given back, one, one held, too many. */
function tries(title: string, attempt: (sem: Semaphore) => Goroutine<boolean>): void {
  test(
    title,
    inFakeTime(function* () {
      const sem = new Semaphore(2);
      const seen: boolean[] = [];
      yield* sem.acquire(1);
      seen.push(yield* attempt(sem));
      seen.push(yield* attempt(sem));
      sem.release(2);
      seen.push(yield* attempt(sem));
      yield* sem.acquire(1);
      seen.push(yield* attempt(sem));
      assert.deepEqual(seen, [true, false, true, false]);
    }),
  );
}

tries("semaphore_test.go TestWeightedTryAcquire: only what is free", function* (sem) {
  return sem.tryAcquire(1);
});

tries("semaphore_test.go TestWeightedAcquire: a wait that is given up takes nothing", function* (sem) {
  const [ctx, cancel] = withTimeout(background(), 10);
  try {
    yield* ctx.wait(sem.acquire(1));
    return true;
  } catch (error) {
    assert.ok(error instanceof DeadlineExceededError);
    return false;
  } finally {
    cancel();
  }
});

test(
  "semaphore_test.go TestWeightedDoesntBlockIfTooBig: more than there is waits for ever and stands in nobody's way",
  inFakeTime(function* () {
    const size = 2;
    const sem = new Semaphore(size);
    const [doomed, cancel] = withCancel(background());
    const hopeless = go(function* () {
      yield* doomed.wait(sem.acquire(size + 1));
    });
    yield* mustBlock(hopeless, "more than the semaphore has");
    const group = new Group(background());
    for (let i = 0; i < size * 3; i++) {
      group.go(function* () {
        yield* group.ctx!.wait(sem.acquire(1));
        yield* sleep(1);
        sem.release(1);
      });
    }
    yield* group.wait();
    assert.equal(hopeless.status, "waiting");
    cancel();
    try {
      yield* hopeless;
      assert.fail("acquired more than there is");
    } catch (error) {
      assert.equal(error, doomed.err);
    }
  }),
);

test(
  "semaphore_test.go TestLargeAcquireDoesntStarve: among small ones that come again and again the large one has its turn",
  inFakeTime(function* () {
    const size = 8;
    const sem = new Semaphore(size);
    const wg = new WaitGroup();
    let running = true;
    for (let i = 0; i < size; i++) {
      yield* sem.acquire(1);
      wg.go(function* () {
        while (running) {
          yield* sleep(1);
          sem.release(1);
          yield* sem.acquire(1);
        }
        sem.release(1);
      });
    }
    yield* sem.acquire(size);
    running = false;
    sem.release(size);
    yield* wg.wait();
    assert.ok(sem.tryAcquire(size));
  }),
);

for (const cancelFirst of [true, false]) {
  test(
    `semaphore_test.go TestAllocCancelDoesntStarve: the large one at the front gives up ${cancelFirst ? "before" : "after"} a small one comes`,
    inMain(function* () {
      const sem = new Semaphore(10);
      yield* sem.acquire(1);
      const [ctx, cancel] = withCancel(background());
      const large = go(function* () {
        try {
          yield* ctx.wait(sem.acquire(10));
          return "acquired";
        } catch {
          return "given up";
        }
      });
      while (sem.tryAcquire(1)) {
        sem.release(1);
        yield* gosched();
      }
      const small = function* (): Goroutine {
        yield* sem.acquire(1);
        sem.release(1);
      };
      if (cancelFirst) go(() => cancel());
      const one = go(small);
      if (!cancelFirst) {
        yield* mustBlock(one, "behind the large one");
        cancel();
      }
      yield* mustFinish(one, "once nothing large stands before it");
      assert.equal(yield* large, "given up");
    }),
  );
}
