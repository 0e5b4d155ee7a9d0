/**
 * cond.wait() as a case of select, beside a second one, with readers, and with a timeout: each lock is given up and got back once.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Cond, chan, type Goroutine, go, Mutex, RWMutex, select, sleep } from "gort";
import { inMain, mustBlock, mustFinish, rest, turn } from "../go/support.ts";
import { FakeHost } from "../runtime/fake-host.ts";
import { chooser, plainWaiter, setting } from "./cond-scene.ts";
import { mustBeFree, mustBeHeld } from "./exclusive-lock.ts";

describe("two cond.wait in one select", () => {
  it(
    "of one lock give it up once and get it back once, whoever wins",
    inMain(function* () {
      const mu = new Mutex();
      const [a, b] = [new Cond(mu), new Cond(mu)];
      const quit = chan<void>();
      const wakes = { a: () => a.signal(), b: () => b.broadcast(), quit: () => quit.trySend() };
      for (const [name, wake] of Object.entries(wakes)) {
        for (const taken of [false, true]) {
          const h = yield* chooser(mu, () => select({ a: a.wait(), b: b.wait(), quit: quit.recv() }));
          mustBeFree(mu);
          if (taken) yield* mu.lock();
          wake();
          if (taken) {
            yield* mustBlock(h, "the end of select");
            mu.unlock();
          }
          yield* mustFinish(h, "select");
          assert.equal(yield* h, name);
          mu.unlock();
          assert.throws(() => mu.unlock(), { code: "GORT_NOT_LOCKED" });
          // The one that lost is in no queue.
          const waiting = yield* plainWaiter(mu, name === "a" ? b : a);
          (name === "a" ? b : a).signal();
          yield* mustFinish(waiting, "a plain waiter");
          mustBeFree(mu);
        }
      }
    }),
  );

  it(
    "of one condition take one signal, and a broadcast once",
    inMain(function* () {
      const { mu, cond } = setting();
      for (const broadcast of [false, true]) {
        const h = yield* chooser(mu, () => select({ first: cond.wait(), second: cond.wait() }));
        const other = yield* plainWaiter(mu, cond);
        if (broadcast) cond.broadcast();
        else cond.signal();
        yield* mustFinish(h, "select");
        mu.unlock();
        if (!broadcast) {
          yield* mustBlock(other, "the other waiter");
          cond.signal();
        }
        yield* mustFinish(other, "the other waiter");
        mustBeFree(mu);
      }
    }),
  );

  it(
    "of two locks give both up and get both back",
    inMain(function* () {
      const [one, two] = [new Mutex(), new Mutex()];
      const [a, b] = [new Cond(one), new Cond(two)];
      const h = go(function* () {
        yield* one.lock();
        yield* two.lock();
        const s = yield* select({ a: a.wait(), b: b.wait() });
        mustBeHeld(one);
        mustBeHeld(two);
        return s.case;
      });
      yield* mustBlock(h, "select");
      mustBeFree(two);
      yield* one.lock();
      b.signal();
      yield* mustBlock(h, "the end of select: the first lock is taken");
      one.unlock();
      assert.equal(yield* h, "b");
      one.unlock();
      two.unlock();
      mustBeFree(one);
      mustBeFree(two);
    }),
  );
});

describe("a losing cond.wait with readers", () => {
  it(
    "gets its lock for reading back beside other readers, and not beside a writer",
    inMain(function* () {
      const mu = new RWMutex();
      const cond = new Cond(mu.rLocker());
      const quit = chan<void>();
      const reader = () =>
        go(function* () {
          using _ = yield* mu.rLock();
          return (yield* select({ c: cond.wait(), quit: quit.recv() })).case;
        });
      const [first, second] = [reader(), reader()];
      yield* rest(first, second);
      mustBeFree(mu);
      yield* mu.lock();
      assert.equal(quit.trySend(), true);
      cond.signal();
      yield* mustBlock(first, "the first reader");
      yield* mustBlock(second, "the second reader");
      mu.unlock();
      yield* mustFinish(first, "the first reader");
      yield* mustFinish(second, "the second reader");
      assert.deepEqual([yield* first, yield* second].sort(), ["c", "quit"]);
      mustBeFree(mu);
    }),
  );
});

describe("cond.wait with a timeout", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    host.install();
  });
  afterEach(() => host.restore());

  it("holds the lock when the time is over, and leaves no timer when it is not", async () => {
    const { mu, cond } = setting();
    const chosen: string[] = [];
    const body = function* (): Goroutine {
      using _ = yield* mu.lock();
      chosen.push((yield* select({ c: cond.wait(), late: sleep(50) })).case);
      mustBeHeld(mu);
    };
    const late = go(body);
    await turn();
    mustBeFree(mu);
    host.moveTo(host.now + 51);
    await late;
    mustBeFree(mu);
    const woken = go(body);
    await turn();
    cond.signal();
    await woken;
    assert.deepEqual(chosen, ["late", "c"]);
    mustBeFree(mu);
    host.moveTo(host.now + 100);
    await turn();
    mustBeFree(mu);
  });
});
