/**
 * Cond: who is woken, who holds the lock when, with every kind of lock. Its use in select is in cond-select.test.ts.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Cond,
  type Goroutine,
  GortError,
  go,
  type Handle,
  Mutex,
  NotALockError,
  type Op,
  OperationReusedError,
  RWMutex,
  runtime,
  trySelect,
} from "gort";
import { inMain, mustBlock, mustFinish, panicOf, rest, turn } from "../go/support.ts";
import { mustBeFree, mustBeHeld } from "./exclusive-lock.ts";

interface Locking {
  lock(): Op<Disposable>;
  unlock(): void;
}

/** The locks a Cond can be made for; `free` fails unless nobody at all holds it. */
const KINDS: {
  name: string;
  misuse: string;
  make: () => { lock: Locking; cond: Cond; free: () => void; held: () => void };
}[] = [
  {
    name: "a Mutex",
    misuse: "sync: unlock of unlocked mutex",
    make: () => {
      const mu = new Mutex();
      return { lock: mu, cond: new Cond(mu), free: () => mustBeFree(mu), held: () => mustBeHeld(mu) };
    },
  },
  {
    name: "an RWMutex",
    misuse: "sync: Unlock of unlocked RWMutex",
    make: () => {
      const mu = new RWMutex();
      return { lock: mu, cond: new Cond(mu), free: () => mustBeFree(mu), held: () => mustBeHeld(mu) };
    },
  },
  {
    name: "an rLocker",
    misuse: "sync: RUnlock of unlocked RWMutex",
    make: () => {
      const mu = new RWMutex();
      const rl = mu.rLocker();
      return { lock: rl, cond: new Cond(rl), free: () => mustBeFree(mu), held: () => mustBeHeld(mu) };
    },
  },
];

for (const { name, misuse, make } of KINDS) {
  describe(`Cond with ${name}`, () => {
    it(
      "gives the lock up while it waits and holds it when it goes on",
      inMain(function* () {
        const { lock, cond, free, held } = make();
        const waiter = go(function* () {
          yield* lock.lock();
          yield* cond.wait();
          held();
          lock.unlock();
        });
        yield* mustBlock(waiter, "cond.wait");
        free();
        cond.signal();
        held();
        yield* mustFinish(waiter, "cond.wait");
        free();
      }),
    );

    it(
      "keeps the guard of its lock alive: the block's end unlocks what wait has locked again",
      inMain(function* () {
        const { lock, cond, free } = make();
        const waiter = go(function* () {
          using _ = yield* lock.lock();
          yield* cond.wait();
          yield* cond.wait();
        });
        for (let i = 0; i < 2; i++) {
          yield* mustBlock(waiter, "cond.wait");
          free();
          cond.signal();
        }
        yield* mustFinish(waiter, "cond.wait");
        free();
      }),
    );

    it(
      "without the lock throws, and nobody waits",
      inMain(function* () {
        const { lock, cond, free } = make();
        const op = cond.wait();
        const error = yield* panicOf(() => drain(op));
        assert.ok(error instanceof GortError, String(error));
        assert.deepEqual([error.name, error.code], ["NotLockedError", "GORT_NOT_LOCKED"]);
        assert.ok(error.message.startsWith(misuse), error.message);
        yield* go(async () => {
          await assert.rejects(async () => await cond.wait(), { code: "GORT_NOT_LOCKED" });
        });
        free();
        // The signal goes to one who does wait, not to a leftover.
        const waiter = go(function* () {
          yield* lock.lock();
          yield* cond.wait();
          lock.unlock();
        });
        yield* mustBlock(waiter, "cond.wait");
        cond.signal();
        yield* mustFinish(waiter, "cond.wait");
        free();
      }),
    );

    it("can be awaited", async () => {
      const { lock, cond, free, held } = make();
      const order: string[] = [];
      const waiting = async (who: string): Promise<void> => {
        using _ = await lock.lock();
        await cond.wait();
        held();
        order.push(who);
      };
      const all = ["a", "b", "c"].map(waiting);
      await turn();
      free();
      cond.signal();
      await turn();
      assert.deepEqual(order, ["a"]);
      free();
      cond.broadcast();
      await Promise.all(all);
      assert.deepEqual(order, ["a", "b", "c"]);
      free();
    });
  });
}

/** A goroutine that waits for `cond` and writes down its name, holding the lock. */
function* waiter(mu: Locking, cond: Cond, order: string[], who: string): Goroutine<Handle<void>> {
  const h = go(function* () {
    yield* mu.lock();
    yield* cond.wait();
    order.push(who);
    mu.unlock();
  });
  yield* rest(h);
  return h;
}

describe("Cond.signal and broadcast", () => {
  it(
    "wake in the order of waiting; a signal wakes one, a broadcast all",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      const order: string[] = [];
      const all: Handle<void>[] = [];
      for (const who of ["a", "b", "c", "d", "e"]) all.push(yield* waiter(mu, cond, order, who));
      cond.signal();
      yield* rest(...all);
      assert.deepEqual(order, ["a"]);
      // Two at once, while the lock is held.
      yield* mu.lock();
      cond.signal();
      cond.signal();
      yield* rest(...all);
      assert.deepEqual(order, ["a"]);
      mu.unlock();
      yield* rest(...all);
      assert.deepEqual(order, ["a", "b", "c"]);
      cond.broadcast();
      for (const one of all) yield* mustFinish(one, "a waiter");
      assert.deepEqual(order, ["a", "b", "c", "d", "e"]);
      mustBeFree(mu);
    }),
  );

  it(
    "are not kept for those who come later",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      const order: string[] = [];
      cond.signal();
      cond.broadcast();
      const first = yield* waiter(mu, cond, order, "first");
      yield* mustBlock(first, "cond.wait");
      // It is woken while the second is on its way to wait.
      yield* mu.lock();
      cond.signal();
      cond.signal();
      const second = yield* waiter(mu, cond, order, "second");
      mu.unlock();
      yield* mustFinish(first, "the first");
      yield* mustBlock(second, "the second");
      assert.deepEqual(order, ["first"]);
    }),
  );

  it(
    "leave alone one that waits again at once: a broadcast wakes nobody twice",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      let woken = 0;
      const all = [1, 2, 3].map(() =>
        go(function* () {
          yield* mu.lock();
          for (;;) {
            yield* cond.wait();
            woken++;
          }
        }),
      );
      yield* rest(...all);
      for (let round = 1; round <= 3; round++) {
        cond.broadcast();
        yield* rest(...all);
        assert.equal(woken, 3 * round);
      }
      cond.signal();
      yield* rest(...all);
      assert.equal(woken, 10);
    }),
  );

  it(
    "put the woken one in the line for the lock, behind those who stand there",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      const order: string[] = [];
      const woken = yield* waiter(mu, cond, order, "woken");
      yield* mu.lock();
      const taker = (who: string) =>
        go(function* () {
          yield* mu.lock();
          order.push(who);
          mu.unlock();
        });
      const before = taker("before");
      yield* rest(before);
      cond.signal();
      const after = taker("after");
      yield* rest(after);
      assert.equal(woken.status, "waiting");
      mu.unlock();
      for (const one of [before, woken, after]) yield* mustFinish(one, "a goroutine");
      assert.deepEqual(order, ["before", "woken", "after"]);
    }),
  );

  it(
    "of one condition leave another one of the same lock alone",
    inMain(function* () {
      const mu = new Mutex();
      const [a, b] = [new Cond(mu), new Cond(mu)];
      const order: string[] = [];
      const onA = yield* waiter(mu, a, order, "a");
      const onB = yield* waiter(mu, b, order, "b");
      b.signal();
      yield* mustFinish(onB, "who waits for b");
      yield* mustBlock(onA, "who waits for a");
      a.broadcast();
      yield* mustFinish(onA, "who waits for a");
    }),
  );
});

describe("Cond with an rLocker", () => {
  it(
    "gives the waiter a lock of its own back, not one of whoever signals",
    inMain(function* () {
      const mu = new RWMutex();
      const rl = mu.rLocker();
      const cond = new Cond(rl);
      const waiting = go(function* () {
        yield* rl.lock();
        yield* cond.wait();
        rl.unlock();
      });
      yield* mustBlock(waiting, "cond.wait");
      const guard = yield* mu.rLock();
      cond.signal();
      yield* mustFinish(waiting, "cond.wait");
      mustBeHeld(mu);
      guard[Symbol.dispose]();
      mustBeFree(mu);
    }),
  );

  it(
    "gives up one lock of its own, and not that of another reader",
    inMain(function* () {
      const mu = new RWMutex();
      const rl = mu.rLocker();
      const cond = new Cond(rl);
      const guard = yield* mu.rLock();
      const waiting = go(function* () {
        using _ = yield* rl.lock();
        yield* cond.wait();
      });
      yield* mustBlock(waiting, "cond.wait");
      mustBeHeld(mu);
      guard[Symbol.dispose]();
      mustBeFree(mu);
      cond.signal();
      mustBeHeld(mu);
      yield* mustFinish(waiting, "cond.wait");
      mustBeFree(mu);
    }),
  );
});

describe("Cond", () => {
  it(
    "says why its waiters wait",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      const waiting = yield* waiter(mu, cond, [], "");
      assert.match(runtime.stacks(), new RegExp(`^goroutine ${waiting.id} \\[sync\\.Cond\\.Wait\\]:`, "m"));
      cond.signal();
      yield* waiting;
    }),
  );

  it("can only be made for a lock of gort's", () => {
    const pretender = { lock() {}, unlock() {} };
    for (const wrong of [undefined, null, {}, pretender, Mutex, "mu"]) {
      assert.throws(
        () => new Cond(wrong as never),
        (error) =>
          error instanceof NotALockError && error instanceof TypeError && error.code === "GORT_NOT_A_LOCK",
      );
    }
  });

  it(
    "each of its waits is waited for once, and a second one leaves lock and signals alone",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      yield* mu.lock();
      const op = cond.wait();
      const waiting = go(() => op);
      yield* mustBlock(waiting, "cond.wait");
      assert.ok((yield* panicOf(() => drain(op))) instanceof OperationReusedError);
      cond.signal();
      yield* waiting;
      mustBeHeld(mu);
      assert.ok((yield* panicOf(() => drain(op))) instanceof OperationReusedError);
      assert.throws(() => trySelect({ op }), OperationReusedError);
      mustBeHeld(mu);
      mu.unlock();
      mustBeFree(mu);
    }),
  );

  it(
    "does nothing before it is waited for",
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      yield* mu.lock();
      cond.wait();
      mustBeHeld(mu);
      const other = go(() => mu.lock());
      yield* mustBlock(other, "lock");
    }),
  );
});

function* drain(op: Op<unknown>): Goroutine<unknown> {
  return yield* op;
}
