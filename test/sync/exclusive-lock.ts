/**
 * What every exclusive lock promises: a Mutex, and the writers' side of an RWMutex.
 *
 * First come, first served, by handing over; a guard gives back once what it got, and nothing else; each way to wait, and each way to give up.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  GortError,
  go,
  gosched,
  type Handle,
  type Op,
  OperationReusedError,
  runtime,
  select,
  trySelect,
} from "gort";
import { inMain, inOrder, mustBlock, mustFinish, panicOf, rest, turn } from "../go/support.ts";

export interface ExclusiveLock {
  lock(): Op<Disposable>;
  tryLock(): boolean;
  unlock(): void;
}

/** Fails unless the lock is free. It is free afterwards as well. */
export function mustBeFree(mu: ExclusiveLock): void {
  assert.equal(mu.tryLock(), true, "the lock is not free");
  mu.unlock();
}

export function mustBeHeld(mu: ExclusiveLock): void {
  assert.equal(mu.tryLock(), false, "nobody holds the lock");
}

/** A goroutine that takes the lock, writes down its name and keeps the lock. */
export function taker(mu: ExclusiveLock, order: string[], who: string): Handle<void> {
  return go(function* () {
    yield* mu.lock();
    order.push(who);
  });
}

export function exclusiveLock(name: string, make: () => ExclusiveLock, reason: string, misuse: string): void {
  describe(`${name}: the lock`, () => {
    it("is taken when it is waited for, not when the operation is made", () => {
      const mu = make();
      mu.lock();
      mustBeFree(mu);
    });

    it(
      "is free at first, and again after unlock; any goroutine may unlock it",
      inMain(function* () {
        const mu = make();
        mustBeFree(mu);
        yield* mu.lock();
        mustBeHeld(mu);
        yield* go(() => mu.unlock());
        mustBeFree(mu);
      }),
    );

    it(
      "is handed to those who wait in the order of their coming",
      inOrder(function* () {
        const mu = make();
        const order: string[] = [];
        yield* mu.lock();
        const all = ["a", "b", "c", "d"].map((who) => taker(mu, order, who));
        yield* rest(...all);
        assert.deepEqual(order, []);
        for (const one of all) {
          mu.unlock();
          mustBeHeld(mu);
          yield* mustFinish(one, "the next one");
          mustBeHeld(mu);
        }
        mu.unlock();
        mustBeFree(mu);
        assert.deepEqual(order, ["a", "b", "c", "d"]);
      }),
    );

    it(
      "is not snatched from the one it was handed to",
      inMain(function* () {
        const mu = make();
        const order: string[] = [];
        yield* mu.lock();
        const waiting = taker(mu, order, "waiting");
        yield* rest(waiting);
        mu.unlock();
        // The waiter has not run yet.
        mustBeHeld(mu);
        assert.equal(trySelect({ l: mu.lock() }), undefined);
        const late = go(function* () {
          yield* mu.lock();
          order.push("late");
        });
        yield* rest(waiting, late);
        mu.unlock();
        yield* late;
        assert.deepEqual(order, ["waiting", "late"]);
      }),
    );

    it("serves goroutines and async code in one line", async () => {
      const mu = make();
      const order: string[] = [];
      await mu.lock();
      taker(mu, order, "goroutine");
      await turn();
      const external = mu.lock().then(() => order.push("async"));
      taker(mu, order, "goroutine too");
      await turn();
      for (let i = 1; i <= 3; i++) {
        mu.unlock();
        await turn();
        assert.equal(order.length, i);
      }
      await external;
      assert.deepEqual(order, ["goroutine", "async", "goroutine too"]);
      mu.unlock();
      mustBeFree(mu);
    });

    it(
      `says why its waiters wait: ${reason}`,
      inMain(function* () {
        const mu = make();
        yield* mu.lock();
        const waiting = go(function* () {
          yield* mu.lock();
        });
        yield* mustBlock(waiting, "lock");
        assert.match(
          runtime.stacks(),
          new RegExp(`^goroutine ${waiting.id} \\[${reason.replaceAll(".", "\\.")}\\]:`, "m"),
        );
        mu.unlock();
        yield* waiting;
      }),
    );

    it("of which an unlock is one too many says so, and stays as it was", () => {
      const mu = make();
      for (let i = 0; i < 2; i++) {
        assert.throws(
          () => mu.unlock(),
          (error) =>
            error instanceof GortError &&
            error.name === "NotLockedError" &&
            error.code === "GORT_NOT_LOCKED" &&
            error.message === misuse,
        );
      }
      mustBeFree(mu);
      assert.equal(mu.tryLock(), true);
      mu.unlock();
      assert.throws(() => mu.unlock(), { message: misuse });
      mustBeFree(mu);
    });

    it(
      "is taken once by an operation that is waited for twice",
      inMain(function* () {
        const mu = make();
        const op = mu.lock();
        yield* op;
        const error = yield* panicOf(function* () {
          yield* op;
        });
        assert.ok(error instanceof OperationReusedError);
        mu.unlock();
        mustBeFree(mu);
        yield* gosched();
        const again = yield* panicOf(function* () {
          yield* op;
        });
        assert.ok(again instanceof OperationReusedError);
        mustBeFree(mu);
        assert.throws(() => trySelect({ op }), OperationReusedError);
      }),
    );

    it("is taken once by an operation that is awaited twice", async () => {
      const mu = make();
      const op = mu.lock();
      await op;
      await assert.rejects(async () => await op, OperationReusedError);
      mu.unlock();
      await assert.rejects(async () => await select({ op }), OperationReusedError);
      mustBeFree(mu);
    });
  });

  describe(`${name}: its guard`, () => {
    it(
      "unlocks at the end of the block, however that is left",
      inMain(function* () {
        const mu = make();
        {
          using _ = yield* mu.lock();
          mustBeHeld(mu);
        }
        mustBeFree(mu);
        yield* panicOf(function* () {
          using _ = yield* mu.lock();
          yield* gosched();
          throw new Error("left");
        });
        mustBeFree(mu);
        const early = function* () {
          using _ = yield* mu.lock();
          mustBeHeld(mu);
          return 1;
        };
        yield* go(early);
        mustBeFree(mu);
      }),
    );

    it("does so in async code", async () => {
      const mu = make();
      const inside = async (): Promise<void> => {
        using _ = await mu.lock();
        await turn();
        mustBeHeld(mu);
      };
      await Promise.all([inside(), inside(), inside()]);
      mustBeFree(mu);
    });

    it(
      "hands over to the next one",
      inMain(function* () {
        const mu = make();
        const order: string[] = [];
        const guard = yield* mu.lock();
        const next = taker(mu, order, "next");
        yield* mustBlock(next, "lock");
        guard[Symbol.dispose]();
        yield* mustFinish(next, "the next one");
      }),
    );

    it(
      "disposed twice has no effect, even if somebody else holds the lock by then",
      inMain(function* () {
        const mu = make();
        const guard = yield* mu.lock();
        guard[Symbol.dispose]();
        guard[Symbol.dispose]();
        mustBeFree(mu);
        yield* go(function* () {
          yield* mu.lock();
        });
        guard[Symbol.dispose]();
        mustBeHeld(mu);
        mu.unlock();
        // Its own goroutine holds it again.
        const second = yield* mu.lock();
        guard[Symbol.dispose]();
        mustBeHeld(mu);
        second[Symbol.dispose]();
        mustBeFree(mu);
        assert.equal(mu.tryLock(), true);
        guard[Symbol.dispose]();
        second[Symbol.dispose]();
        mustBeHeld(mu);
      }),
    );

    it(
      "disposed after unlock has no effect, whoever has it then: nobody, its goroutine, another one, one that waited",
      inMain(function* () {
        const mu = make();
        const guard = yield* mu.lock();
        mu.unlock();
        guard[Symbol.dispose]();
        mustBeFree(mu);

        const old = yield* mu.lock();
        mu.unlock();
        assert.equal(mu.tryLock(), true);
        old[Symbol.dispose]();
        mustBeHeld(mu);
        mu.unlock();

        const older = yield* mu.lock();
        mu.unlock();
        const newer = yield* mu.lock();
        older[Symbol.dispose]();
        mustBeHeld(mu);
        newer[Symbol.dispose]();
        mustBeFree(mu);

        const mine = yield* mu.lock();
        const waiter = go(function* () {
          yield* mu.lock();
        });
        yield* mustBlock(waiter, "lock");
        mu.unlock();
        mine[Symbol.dispose]();
        mustBeHeld(mu);
        yield* waiter;
        mine[Symbol.dispose]();
        mustBeHeld(mu);
        mu.unlock();
        mustBeFree(mu);
      }),
    );

    it(
      "of a lock that another goroutine unlocked is worth nothing",
      inMain(function* () {
        const mu = make();
        const guard = yield* mu.lock();
        yield* go(() => mu.unlock());
        yield* go(function* () {
          yield* mu.lock();
        });
        guard[Symbol.dispose]();
        mustBeHeld(mu);
      }),
    );
  });
}
