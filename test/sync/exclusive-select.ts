/**
 * What every exclusive lock promises as a case of select: it wins with a guard, loses without a trace, is tried without waiting.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, select, trySelect } from "gort";
import { inMain, mustBlock, rest } from "../go/support.ts";
import { type ExclusiveLock, mustBeFree, mustBeHeld, taker } from "./exclusive-lock.ts";

export function exclusiveSelect(name: string, make: () => ExclusiveLock): void {
  describe(`${name}: as a case of select`, () => {
    it(
      "wins when it is free, with the guard as its value",
      inMain(function* () {
        const mu = make();
        const s = yield* select({ lock: mu.lock(), never: chan<number>().recv() });
        assert.equal(s.case, "lock");
        mustBeHeld(mu);
        if (s.case === "lock") s.value[Symbol.dispose]();
        mustBeFree(mu);
      }),
    );

    it(
      "wins when it is handed over; what came with it has not happened",
      inMain(function* () {
        const mu = make();
        const other = chan<number>();
        yield* mu.lock();
        const chosen = go(function* () {
          return yield* select({ lock: mu.lock(), other: other.recv() });
        });
        yield* mustBlock(chosen, "select");
        mu.unlock();
        mustBeHeld(mu);
        assert.equal(other.trySend(1), false);
        const s = yield* chosen;
        assert.equal(s.case, "lock");
        if (s.case === "lock") s.value[Symbol.dispose]();
        mustBeFree(mu);
      }),
    );

    it(
      "loses and leaves no trace: the lock is not taken later, and those beside it are served",
      inMain(function* () {
        const mu = make();
        const order: string[] = [];
        yield* mu.lock();
        const before = taker(mu, order, "before");
        yield* rest(before);
        const other = chan<number>();
        const loser = go(function* () {
          return (yield* select({ lock: mu.lock(), other: other.recv() })).case;
        });
        yield* rest(loser);
        const after = taker(mu, order, "after");
        yield* rest(after);
        assert.equal(other.trySend(1), true);
        mu.unlock();
        assert.equal(yield* loser, "other");
        yield* before;
        mu.unlock();
        yield* after;
        mu.unlock();
        mustBeFree(mu);
        assert.deepEqual(order, ["before", "after"]);
      }),
    );

    it(
      "that loses alone leaves the lock free for others",
      inMain(function* () {
        const mu = make();
        const other = chan<number>();
        yield* mu.lock();
        const loser = go(() => select({ other: other.recv(), lock: mu.lock() }));
        yield* mustBlock(loser, "select");
        assert.equal(other.trySend(1), true);
        mu.unlock();
        mustBeFree(mu);
        yield* loser;
        mustBeFree(mu);
      }),
    );

    it("does so when it is awaited", async () => {
      const mu = make();
      const other = chan<number>();
      await mu.lock();
      const loser = select({ other: other.recv(), lock: mu.lock() }).then((s) => s.case);
      assert.equal(other.trySend(1), true);
      mu.unlock();
      mustBeFree(mu);
      assert.equal(await loser, "other");
      mustBeFree(mu);
    });

    it("is not taken when a ready case is chosen instead of it, and the other is not when it is", async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 100 && seen.size < 2; i++) {
        const mu = make();
        const ready = chan<number>(1);
        ready.trySend(1);
        const s = await select({ lock: mu.lock(), ready: ready.recv() });
        seen.add(s.case);
        assert.equal(ready.length, s.case === "lock" ? 1 : 0);
        if (s.case === "lock") mustBeHeld(mu);
        else mustBeFree(mu);
      }
      assert.equal(seen.size, 2);
    });

    it(
      "is taken by trySelect only when it is free, and trySelect does not line up",
      inMain(function* () {
        const mu = make();
        const s = trySelect({ lock: mu.lock() });
        assert.equal(s?.case, "lock");
        mustBeHeld(mu);
        assert.equal(trySelect({ lock: mu.lock() }), undefined);
        s?.value[Symbol.dispose]();
        mustBeFree(mu);
        yield* mu.lock();
        assert.equal(trySelect({ lock: mu.lock(), again: mu.lock() }), undefined);
        mu.unlock();
        mustBeFree(mu);
      }),
    );

    it(
      "twice in one select takes it once",
      inMain(function* () {
        const mu = make();
        yield* select({ a: mu.lock(), b: mu.lock() });
        mu.unlock();
        mustBeFree(mu);
        yield* mu.lock();
        const both = go(function* () {
          yield* select({ a: mu.lock(), inner: select({ b: mu.lock(), c: mu.lock() }) });
        });
        yield* mustBlock(both, "select");
        mu.unlock();
        yield* both;
        mustBeHeld(mu);
        mu.unlock();
        mustBeFree(mu);
      }),
    );

    it(
      "of which the winner is another lock holds that one alone",
      inMain(function* () {
        const [a, b] = [make(), make()];
        yield* a.lock();
        yield* b.lock();
        const chosen = go(function* () {
          return (yield* select({ a: a.lock(), b: b.lock() })).case;
        });
        yield* mustBlock(chosen, "select");
        b.unlock();
        a.unlock();
        assert.equal(yield* chosen, "b");
        mustBeFree(a);
        mustBeHeld(b);
      }),
    );
  });
}
