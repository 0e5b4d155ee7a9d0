/**
 * cond.wait() as a case of select: the lock is held whenever the select returns, whichever case happened, and no signal is lost to a
 * case that lost.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChannelClosedError, chan, go, gosched, select, trySelect } from "gort";
import { inMain, mustBlock, mustFinish, panicOf, rest, turn } from "../go/support.ts";
import { chooser, plainWaiter, setting } from "./cond-scene.ts";
import { mustBeFree, mustBeHeld } from "./exclusive-lock.ts";

describe("cond.wait in select", () => {
  it(
    "gives the lock up, wins by a signal, and holds the lock",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const h = yield* chooser(mu, () => select({ c: cond.wait(), quit: quit.recv() }));
      mustBeFree(mu);
      cond.signal();
      assert.equal(quit.trySend(), false, "it was decided by the signal");
      yield* mustFinish(h, "select");
      assert.equal(yield* h, "c");
      mu.unlock();
      mustBeFree(mu);
    }),
  );

  it(
    "loses, and holds the lock again",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const h = yield* chooser(mu, () => select({ c: cond.wait(), quit: quit.recv() }));
      mustBeFree(mu);
      assert.equal(quit.trySend(), true);
      yield* mustFinish(h, "select");
      assert.equal(yield* h, "quit");
      mu.unlock();
      mustBeFree(mu);
    }),
  );

  it(
    "that has lost waits for the lock as long as somebody else has it",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const h = yield* chooser(mu, () => select({ c: cond.wait(), quit: quit.recv() }));
      yield* mu.lock();
      assert.equal(quit.trySend(), true);
      yield* mustBlock(h, "the end of select");
      // What it was decided by is not undone.
      cond.signal();
      assert.equal(quit.trySend(), false);
      yield* mustBlock(h, "the end of select");
      mu.unlock();
      yield* mustFinish(h, "select");
      assert.equal(yield* h, "quit");
      mu.unlock();
      mustBeFree(mu);
    }),
  );

  it(
    "that has won waits for the lock as long as somebody else has it",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const h = yield* chooser(mu, () => select({ c: cond.wait(), quit: quit.recv() }));
      yield* mu.lock();
      cond.signal();
      yield* mustBlock(h, "the end of select");
      assert.equal(quit.trySend(), false, "it has been decided");
      mu.unlock();
      assert.equal(yield* h, "c");
      mu.unlock();
      mustBeFree(mu);
    }),
  );

  it(
    "that has lost does not get the next signal",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const h = yield* chooser(mu, () => select({ c: cond.wait(), quit: quit.recv() }));
      const other = yield* plainWaiter(mu, cond);
      assert.equal(quit.trySend(), true);
      cond.signal();
      assert.equal(yield* h, "quit");
      mu.unlock();
      yield* mustFinish(other, "the other waiter");
      mustBeFree(mu);
    }),
  );

  it(
    "that has lost while others wait before and behind it leaves these two the signals",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const before = yield* plainWaiter(mu, cond);
      const h = yield* chooser(mu, () => select({ c: cond.wait(), quit: quit.recv() }));
      const behind = yield* plainWaiter(mu, cond);
      assert.equal(quit.trySend(), true);
      yield* h;
      mu.unlock();
      cond.signal();
      yield* mustFinish(before, "the one before");
      yield* mustBlock(behind, "the one behind");
      cond.signal();
      yield* mustFinish(behind, "the one behind");
    }),
  );

  it(
    "beside a case that is ready at once never gives the lock up",
    inMain(function* () {
      const { mu, cond } = setting();
      const ready = chan<number>(1);
      ready.trySend(1);
      yield* mu.lock();
      const other = go(() => mu.lock());
      yield* rest(other);
      assert.equal((yield* select({ c: cond.wait(), ready: ready.recv() })).case, "ready");
      yield* mustBlock(other, "lock");
      mu.unlock();
      yield* mustFinish(other, "lock");
    }),
  );

  it(
    "tried, never gives the lock up and never waits",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      yield* mu.lock();
      const other = go(() => mu.lock());
      yield* rest(other);
      for (let i = 0; i < 3; i++) assert.equal(trySelect({ c: cond.wait(), quit: quit.recv() }), undefined);
      yield* mustBlock(other, "lock");
      mu.unlock();
      yield* other;
      mu.unlock();
      // Nothing of it stands in the queue: the signal goes to the one who waits.
      const waiting = yield* plainWaiter(mu, cond);
      cond.signal();
      yield* mustFinish(waiting, "cond.wait");
    }),
  );

  it(
    "beside one that completes while it is entered holds the lock",
    inMain(function* () {
      const { mu, cond } = setting();
      for (let i = 0; i < 20; i++) {
        yield* mu.lock();
        const s = yield* select({ turn: gosched(), c: cond.wait(), d: cond.wait() });
        assert.equal(s.case, "turn");
        mustBeHeld(mu);
        mu.unlock();
        mustBeFree(mu);
      }
      const waiting = yield* plainWaiter(mu, cond);
      cond.signal();
      yield* mustFinish(waiting, "cond.wait");
    }),
  );

  it(
    "without the lock throws, and the other cases have not happened",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      const error = yield* panicOf(function* () {
        yield* select({ c: cond.wait(), quit: quit.recv() });
      });
      assert.equal((error as { code: string }).code, "GORT_NOT_LOCKED");
      assert.equal(quit.trySend(), false);
      mustBeFree(mu);
    }),
  );

  it(
    "beside a case that throws, at once or later, holds the lock",
    inMain(function* () {
      const { mu, cond } = setting();
      const ch = chan<number>();
      const h = yield* chooser(mu, function* () {
        const error = yield* panicOf(function* () {
          yield* select({ c: cond.wait(), send: ch.send(1) });
        });
        assert.ok(error instanceof ChannelClosedError);
        return { case: "thrown" };
      } as never);
      mustBeFree(mu);
      ch.close();
      assert.equal(yield* h, "thrown");
      const again = yield* panicOf(function* () {
        for (;;) yield* select({ c: cond.wait(), send: ch.send(1) });
      });
      assert.ok(again instanceof ChannelClosedError);
      mustBeHeld(mu);
      mu.unlock();
      mustBeFree(mu);
    }),
  );

  it(
    "keeps the guard of its lock alive, whichever case happens",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      for (const wake of [() => cond.signal(), () => quit.trySend()]) {
        const h = go(function* () {
          using _ = yield* mu.lock();
          yield* select({ c: cond.wait(), quit: quit.recv() });
          mustBeHeld(mu);
        });
        yield* mustBlock(h, "select");
        wake();
        yield* h;
        mustBeFree(mu);
      }
    }),
  );

  it(
    "nested: the lock is held when the outer select returns",
    inMain(function* () {
      const { mu, cond, quit } = setting();
      for (const wake of [() => cond.signal(), () => quit.trySend()]) {
        const h = yield* chooser(mu, () =>
          select({ inner: select({ deeper: select({ c: cond.wait() }) }), quit: quit.recv() }),
        );
        mustBeFree(mu);
        yield* mu.lock();
        wake();
        yield* mustBlock(h, "the end of select");
        mu.unlock();
        yield* mustFinish(h, "select");
        mustBeHeld(mu);
        mu.unlock();
        mustBeFree(mu);
      }
    }),
  );

  it("awaited: the lock is held when it is decided, won or lost", async () => {
    const { mu, cond, quit } = setting();
    for (const [wake, expected] of [
      [() => cond.signal(), "c"],
      [() => quit.trySend(), "quit"],
    ] as const) {
      await mu.lock();
      let chosen = "";
      const done = select({ c: cond.wait(), quit: quit.recv() }).then((s) => {
        chosen = s.case;
        mustBeHeld(mu);
      });
      mustBeFree(mu);
      assert.equal(mu.tryLock(), true);
      wake();
      await turn();
      assert.equal(chosen, "");
      mu.unlock();
      await done;
      assert.equal(chosen, expected);
      mu.unlock();
      mustBeFree(mu);
    }
  });
});
