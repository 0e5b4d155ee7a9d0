/** RWMutex: the readers' guards, `rLocker`, and misuse. Who goes before whom is in rwmutex.test.ts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, OperationReusedError, RWMutex, runtime, select } from "gort";
import { inMain, panicOf, rest, turn } from "../go/support.ts";
import { mustBeFree, mustBeHeld } from "./exclusive-lock.ts";

describe("RWMutex: a reader's guard", () => {
  it(
    "gives back one lock for reading, once",
    inMain(function* () {
      const mu = new RWMutex();
      const [a, b] = [yield* mu.rLock(), yield* mu.rLock()];
      a[Symbol.dispose]();
      a[Symbol.dispose]();
      mustBeHeld(mu);
      b[Symbol.dispose]();
      mustBeFree(mu);
      yield* mu.lock();
      a[Symbol.dispose]();
      b[Symbol.dispose]();
      mustBeHeld(mu);
    }),
  );

  it(
    "disposed after rUnlock by its goroutine leaves the locks of others alone",
    inMain(function* () {
      const mu = new RWMutex();
      const other = chan<void>();
      const holder = go(function* () {
        using _ = yield* mu.rLock();
        yield* other.recv();
      });
      yield* rest(holder);
      {
        using _ = yield* mu.rLock();
        mu.rUnlock();
      }
      mustBeHeld(mu);
      const guard = yield* mu.rLock();
      mu.rUnlock();
      guard[Symbol.dispose]();
      guard[Symbol.dispose]();
      mustBeHeld(mu);
      other.trySend();
      yield* holder;
      mustBeFree(mu);
    }),
  );

  it(
    "is not undone by what another goroutine unlocks by hand",
    inMain(function* () {
      const mu = new RWMutex();
      for (const byHandFirst of [true, false]) {
        const locked = chan<void>();
        const unlock = chan<void>();
        const byHand = () =>
          go(function* () {
            yield* mu.rLock();
            yield* locked.send();
            yield* unlock.recv();
            mu.rUnlock();
          });
        const hands = byHandFirst ? byHand() : null;
        if (byHandFirst) yield* locked.recv();
        const guard = yield* mu.rLock();
        const later = hands ?? byHand();
        if (!byHandFirst) yield* locked.recv();
        yield* unlock.send();
        yield* later;
        mustBeHeld(mu);
        guard[Symbol.dispose]();
        mustBeFree(mu);
      }
    }),
  );

  it(
    "is not what rUnlock gives back as long as its goroutine has taken another lock since, whoever came in between and after",
    inMain(function* () {
      const mu = new RWMutex();
      const [first, second] = [yield* mu.rLock(), yield* mu.rLock()];
      yield* mu.rLock();
      const other = go(() => mu.rLock());
      yield* other;
      mu.rUnlock();
      first[Symbol.dispose]();
      second[Symbol.dispose]();
      mustBeHeld(mu);
      (yield* other)[Symbol.dispose]();
      mustBeFree(mu);
    }),
  );

  it(
    "and a lock taken again by hand inside its block are two",
    inMain(function* () {
      const mu = new RWMutex();
      {
        using _ = yield* mu.rLock();
        yield* mu.rLock();
        mu.rUnlock();
        mustBeHeld(mu);
      }
      mustBeFree(mu);
      yield* mu.rLock();
      {
        using _ = yield* mu.rLock();
      }
      mustBeHeld(mu);
      mu.rUnlock();
      mustBeFree(mu);
      // Two guards, and one of them is given back by hand.
      const [a, b] = [yield* mu.rLock(), yield* mu.rLock()];
      mu.rUnlock();
      mustBeHeld(mu);
      a[Symbol.dispose]();
      b[Symbol.dispose]();
      mustBeFree(mu);
    }),
  );

  it("works in async code, and in a select", async () => {
    const mu = new RWMutex();
    const reading = async (): Promise<void> => {
      using _ = await mu.rLock();
      await turn();
      mustBeHeld(mu);
    };
    await Promise.all([reading(), reading()]);
    mustBeFree(mu);
    const s = await select({ read: mu.rLock(), never: chan<number>().recv() });
    mustBeHeld(mu);
    if (s.case === "read") s.value[Symbol.dispose]();
    mustBeFree(mu);
  });
});

describe("RWMutex: the readers' side", () => {
  it(
    "says why it waits",
    inMain(function* () {
      const mu = new RWMutex();
      yield* mu.lock();
      const direct = go(function* () {
        yield* mu.rLock();
      });
      const through = go(function* () {
        yield* mu.rLocker().lock();
      });
      yield* rest(direct, through);
      const stacks = runtime.stacks();
      for (const { id } of [direct, through])
        assert.match(stacks, new RegExp(`^goroutine ${id} \\[sync\\.RWMutex\\.RLock\\]:`, "m"));
      mu.unlock();
    }),
  );

  it(
    "is taken once by an operation that is waited for twice",
    inMain(function* () {
      const mu = new RWMutex();
      const op = mu.rLock();
      yield* op;
      const error = yield* panicOf(function* () {
        yield* op;
      });
      assert.ok(error instanceof OperationReusedError);
      mu.rUnlock();
      mustBeFree(mu);
    }),
  );

  it(
    "through rLocker: locks, guards, tries and misuse are those of readers",
    inMain(function* () {
      const mu = new RWMutex();
      const rl = mu.rLocker();
      {
        using _ = yield* rl.lock();
        assert.equal(mu.tryRLock(), true);
        mustBeHeld(mu);
        mu.rUnlock();
        mustBeHeld(mu);
      }
      mustBeFree(mu);
      yield* rl.lock();
      rl.unlock();
      mustBeFree(mu);
      assert.throws(() => rl.unlock(), {
        code: "GORT_NOT_LOCKED",
        message: "sync: RUnlock of unlocked RWMutex",
      });
      yield* mu.rLock();
      rl.unlock();
      mustBeFree(mu);
    }),
  );

  it("an unlock too many says so, and the lock stays as it was", () => {
    const mu = new RWMutex();
    const message = "sync: RUnlock of unlocked RWMutex";
    assert.throws(() => mu.rUnlock(), { name: "NotLockedError", code: "GORT_NOT_LOCKED", message });
    assert.equal(mu.tryRLock(), true);
    mu.rUnlock();
    assert.throws(() => mu.rUnlock(), { message });
    assert.equal(mu.tryLock(), true);
    assert.throws(() => mu.rUnlock(), { message });
    mustBeHeld(mu);
    mu.unlock();
    mustBeFree(mu);
  });
});
