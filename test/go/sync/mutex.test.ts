/**
 * Go: sync/mutex_test.go. A lock is held by one at a time, an unlock of what is not locked says so, and nobody is kept from it for ever.
 *
 * Differs: misuse is an error that can be caught (Go: a fatal error, exit 2), and the lock is then as it was. TestMutexFairness gives
 * turns instead of sleeping and counts them. TestSemaphore is in semaphore.test.ts.
 */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { type Goroutine, go, gosched, type Handle, Mutex, NotLockedError, RWMutex } from "gort";
import { inMain, inOrder, mustFinish, rest } from "../support.ts";

/** Locks and unlocks; every third time it only tries. Gives way while it holds the lock: otherwise nobody would ever wait. */
function* hammer(mu: Mutex, loops: number, inside: { count: number }): Goroutine<number> {
  let locked = 0;
  for (let i = 0; i < loops; i++) {
    if (i % 3 === 0) {
      if (!mu.tryLock()) continue;
    } else {
      yield* mu.lock();
    }
    inside.count++;
    assert.equal(inside.count, 1, "two hold the lock");
    locked++;
    if (i % 2 === 0) yield* gosched();
    inside.count--;
    mu.unlock();
  }
  return locked;
}

test(
  "mutex_test.go TestMutex: tryLock, and ten that hammer the same lock",
  inMain(function* () {
    const mu = new Mutex();
    yield* mu.lock();
    assert.equal(mu.tryLock(), false);
    mu.unlock();
    assert.equal(mu.tryLock(), true);
    mu.unlock();

    const inside = { count: 0 };
    const all = Array.from({ length: 10 }, () => go(hammer, mu, 1000, inside));
    for (const one of all) assert.ok((yield* one) >= 666);
    assert.equal(mu.tryLock(), true);
  }),
);

interface Misuse {
  readonly name: string;
  readonly message: string;
  /** The last step is the wrong one. */
  readonly steps: readonly (keyof RWMutex & ("lock" | "unlock" | "rLock" | "rUnlock"))[];
}

const UNLOCK = "sync: Unlock of unlocked RWMutex";
const RUNLOCK = "sync: RUnlock of unlocked RWMutex";
const MISUSES: readonly Misuse[] = [
  { name: "RWMutex.Unlock", message: UNLOCK, steps: ["unlock"] },
  { name: "RWMutex.Unlock2", message: UNLOCK, steps: ["rLock", "unlock"] },
  { name: "RWMutex.Unlock3", message: UNLOCK, steps: ["lock", "unlock", "unlock"] },
  { name: "RWMutex.RUnlock", message: RUNLOCK, steps: ["rUnlock"] },
  { name: "RWMutex.RUnlock2", message: RUNLOCK, steps: ["lock", "rUnlock"] },
  { name: "RWMutex.RUnlock3", message: RUNLOCK, steps: ["rLock", "rUnlock", "rUnlock"] },
];

/** What the lock answers to those who try: [tryLock, tryRLock]. */
function answers(mu: RWMutex): [writer: boolean, reader: boolean] {
  const writer = mu.tryLock();
  if (writer) mu.unlock();
  const reader = mu.tryRLock();
  if (reader) mu.rUnlock();
  return [writer, reader];
}

describe("mutex_test.go TestMutexMisuse", () => {
  for (const locks of [0, 1]) {
    it(
      locks === 0 ? "Mutex.Unlock" : "Mutex.Unlock2",
      inMain(function* () {
        const mu = new Mutex();
        for (let i = 0; i < locks; i++) {
          yield* mu.lock();
          mu.unlock();
        }
        assert.throws(
          () => mu.unlock(),
          (error) => error instanceof NotLockedError && error.message === "sync: unlock of unlocked mutex",
        );
        assert.equal(mu.tryLock(), true);
        assert.equal(mu.tryLock(), false);
      }),
    );
  }

  for (const { name, message, steps } of MISUSES) {
    it(
      name,
      inMain(function* () {
        const mu = new RWMutex();
        const wrong = steps.at(-1) as "unlock" | "rUnlock";
        for (const step of steps.slice(0, -1)) {
          if (step === "lock" || step === "rLock") yield* mu[step]();
          else mu[step]();
        }
        const before = answers(mu);
        assert.throws(
          () => mu[wrong](),
          (error) => error instanceof NotLockedError && error.message === message,
        );
        assert.deepEqual(answers(mu), before, "the lock is not as it was");
      }),
    );
  }
});

test(
  "mutex_test.go TestMutexFairness: who locks again at once does not keep out another one",
  inOrder(function* () {
    const mu = new Mutex();
    let stop = false;
    let rounds = 0;
    const greedy: Handle<void> = go(function* () {
      while (!stop) {
        rounds++;
        assert.ok(rounds < 1000, "the lock is always taken by the same one");
        yield* mu.lock();
        yield* gosched();
        mu.unlock();
      }
    });
    const modest = go(function* () {
      for (let i = 0; i < 10; i++) {
        yield* gosched();
        yield* mu.lock();
        mu.unlock();
      }
      stop = true;
    });
    yield* rest(greedy, modest);
    yield* mustFinish(modest, "the modest one");
    yield* greedy;
    assert.ok(rounds <= 25, `${rounds} rounds of the greedy one for 10 of the other`);
  }),
);
