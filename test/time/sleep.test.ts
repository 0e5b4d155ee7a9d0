/** sleep, on a clock that the test moves. Go: TestSleep and TestAfter of time/sleep_test.go. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  chan,
  go,
  goexit,
  gosched,
  NotInGoroutineError,
  now,
  OperationReusedError,
  run,
  select,
  sleep,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { FakeHost } from "../runtime/fake-host.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("sleep", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    host.install();
  });
  afterEach(() => {
    host.moveTo(host.now + 2 ** 32);
    host.restore();
    assert.equal(counts.waiting, 0);
  });

  it("is over when its time has passed, not before; shorter ones are over first", async () => {
    const seen: string[] = [];
    const sleeper = (name: string, ms: number): void => {
      go(function* () {
        const begun = now();
        yield* sleep(ms);
        seen.push(`${name} ${now() - begun >= ms}`);
      });
    };
    sleeper("slow", 50);
    sleeper("quick", 10.5);
    sleeper("slow too", 50);
    await turn();
    host.moveTo(host.now + 10, 0.6);
    await turn();
    assert.deepEqual(seen, []);
    host.moveTo(host.now + 2, 0.6);
    await turn();
    assert.deepEqual(seen, ["quick true"]);
    host.moveTo(host.now + 50, 0.6);
    await turn();
    assert.deepEqual(seen, ["quick true", "slow true", "slow too true"]);
  });

  it("counts from when it is waited for", async () => {
    const op = sleep(10);
    host.moveTo(host.now + 100);
    let over = false;
    void op.then(() => {
      over = true;
    });
    host.moveTo(host.now + 9);
    await turn();
    assert.equal(over, false);
    host.moveTo(host.now + 2);
    await turn();
    assert.equal(over, true);
  });

  it("of nothing or less lets others run, and ends", async () => {
    for (const ms of [0, -5, Number.NEGATIVE_INFINITY]) {
      const seen: string[] = [];
      const main = run(function* () {
        go(() => seen.push("other"));
        yield* sleep(ms);
        seen.push("main");
      });
      await turn();
      host.moveTo(host.now + 1);
      await main;
      assert.deepEqual(seen, ["other", "main"]);
    }
  });

  it("that loses a select leaves no timer, and one that wins takes the rivals out", async () => {
    const ch = chan<number>();
    const cases: string[] = [];
    go(function* () {
      cases.push((yield* select({ late: sleep(1000), got: ch.recv() })).case);
      cases.push((yield* select({ late: sleep(1000), got: ch.recv() })).case);
    });
    await turn();
    assert.equal(counts.waiting, 1);
    ch.trySend(1);
    assert.equal(counts.waiting, 0);
    await turn();
    assert.equal(counts.waiting, 1);
    host.moveTo(host.now + 1001);
    await turn();
    assert.deepEqual(cases, ["got", "late"]);
    assert.equal(ch.trySend(2), false);
  });

  it("is served while goroutines never stop", async () => {
    let over = false;
    let turns = 0;
    go(function* () {
      yield* sleep(5);
      over = true;
    });
    await go(function* () {
      while (!over && turns < 100_000) {
        host.now += 0.001;
        turns++;
        yield* gosched();
      }
    });
    // The host timer never fires here: due timers are looked for when the slice reads the clock.
    assert.ok(over && turns < 100_000, `${turns} turns`);
  });

  it("is waited for once, while others sleep as well", async () => {
    const woken: string[] = [];
    const again: unknown[] = [];
    go(function* () {
      const op = sleep(5);
      yield* op;
      woken.push("first");
      try {
        yield* op;
      } catch (error) {
        again.push(error);
      }
      yield* sleep(5);
      woken.push("first again");
    });
    go(function* () {
      yield* sleep(7);
      woken.push("second");
    });
    await turn();
    for (const at of [5, 7, 10]) {
      host.moveTo(1000 + at);
      await turn();
    }
    assert.deepEqual(woken, ["first", "second", "first again"]);
    assert.equal(again.length, 1);
    assert.ok(again[0] instanceof OperationReusedError);
  });

  it("begun by hand disturbs nobody who sleeps", async () => {
    const seen: string[] = [];
    go(function* () {
      yield* sleep(5);
      seen.push("sleeper");
    });
    const misled: unknown[] = [];
    go(function* () {
      // Asked for its iterator, and left: the next sleep is its own all the same.
      sleep(1)[Symbol.iterator]();
      const inner = (function* () {
        yield* sleep(50);
        seen.push("inner");
      })();
      inner.next(); // Driven by hand: this goroutine is parked from here on, and yet it runs.
      try {
        inner.next();
      } catch (error) {
        misled.push(error);
      }
    });
    await turn();
    assert.throws(() => sleep(1)[Symbol.iterator]().next(), NotInGoroutineError);
    host.moveTo(host.now + 5);
    await turn();
    assert.deepEqual(seen, ["sleeper"]);
    assert.equal(misled.length, 1);
    assert.ok(misled[0] instanceof OperationReusedError);
  });

  it("in a finally block ends a goroutine that calls goexit, when its time is over", async () => {
    const seen: string[] = [];
    const h = go(function* () {
      try {
        yield* sleep(1);
        goexit();
      } finally {
        yield* sleep(5);
        seen.push("cleaned up");
      }
    });
    await turn();
    for (const ms of [1, 4]) {
      host.moveTo(host.now + ms);
      await turn();
      assert.deepEqual(seen, []);
    }
    host.moveTo(host.now + 1);
    await turn();
    assert.deepEqual([seen, h.status], [["cleaned up"], "dead"]);
  });
});
