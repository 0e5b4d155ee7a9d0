/**
 * Go's time/tick_test.go: tickers, and the channels of timers and tickers as they are since Go 1.23.
 *
 * Time is virtual: where Go allows 30 %, nothing is allowed here.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  afterFunc,
  chan,
  type Goroutine,
  go,
  InvalidNumberError,
  now,
  type RecvChan,
  select,
  sleep,
  Ticker,
  Timer,
  tick,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { inTime } from "../../time/virtual.ts";
import { collectGarbage, mustBlock, rest, turn } from "../support.ts";

const FAR = 10_000_000;
const HOUR = 3_600_000;
/** A nanosecond, which is what Go's tests mean by 1. */
const AT_ONCE = 1e-6;
const MOMENT = 10;

interface Kind {
  readonly name: string;
  readonly isTicker: boolean;
  make(): { c: RecvChan<number>; stop(): unknown; reset(ms: number): unknown };
}

const kinds: readonly Kind[] = [
  { name: "Timer", isTicker: false, make: () => new Timer(FAR) },
  { name: "Ticker", isTicker: true, make: () => new Ticker(FAR) },
];

/** Whether `c` gives a value now; takes it. */
const gives = (c: RecvChan<number>): boolean => c.tryRecv() !== undefined;

describe("Go's time/tick_test.go", () => {
  it(
    "TestTicker: ticks come at their times, after a reset at the new ones, after a stop no more",
    inTime(function* () {
      for (const [count, delta] of [
        [10, 20],
        [8, 1000],
      ] as const) {
        const ticker = new Ticker(delta);
        const begun = now();
        for (let i = 1; i <= count / 2; i++) {
          assert.equal(yield* ticker.c.recv(), begun + i * delta);
          assert.equal(now() - begun, i * delta);
        }
        ticker.reset(delta * 2);
        for (let i = 0; i < count / 2; i++) yield* ticker.c.recv();
        ticker.stop();
        assert.equal(now() - begun, (3 * delta * count) / 2);
        yield* sleep(2 * delta);
        assert.equal(gives(ticker.c), false);
      }
    }),
  );

  it(
    "TestTeardown: a ticker is stopped after its first tick, several times over",
    inTime(function* () {
      for (let i = 0; i < 3; i++) {
        const ticker = new Ticker(100);
        yield* ticker.c.recv();
        ticker.stop();
      }
      assert.equal(counts.waiting, 0);
    }),
  );

  it(
    "TestTick: of less than nothing never gives a value",
    inTime(function* () {
      for (const ms of [-1, 0, Number.NEGATIVE_INFINITY]) {
        const s = yield* select({ tick: tick(ms).recv(), late: sleep(HOUR) });
        assert.equal(s.case, "late");
      }
    }),
  );

  it("TestNewTickerLtZeroDuration: a ticker of nothing or less is refused", () => {
    for (const ms of [-1, 0]) {
      assert.throws(
        () => new Ticker(ms),
        (error) =>
          error instanceof InvalidNumberError && error.message === "non-positive interval for NewTicker",
      );
    }
  });

  it("TestTickerResetLtZeroDuration: and so is the reset of one", () => {
    const ticker = new Ticker(1000);
    for (const ms of [0, -1]) {
      assert.throws(
        () => ticker.reset(ms),
        (error) =>
          error instanceof InvalidNumberError && error.message === "non-positive interval for Ticker.Reset",
      );
    }
  });

  it(
    "TestLongAdjustTimers: time limits that are never reached, thousands of them beside many sleepers, leave nothing",
    inTime(function* () {
      for (let i = 0; i < 5000; i++) {
        go(function* () {
          yield* sleep(0.01);
        });
      }
      const expired = afterFunc(60_000, () => assert.fail("the clock ran"));
      const [input, output] = [chan<number>(), chan<number>()];
      const queue = go(function* () {
        const waiting: number[] = [];
        for (;;) {
          const first = waiting[0];
          const s = yield* select({
            out: first !== undefined && output.send(first),
            got: input.recvOk(),
          });
          if (s.case === "out") {
            waiting.shift();
            continue;
          }
          const [value, ok] = s.value;
          if (!ok) return;
          waiting.push(value);
        }
      });
      for (let i = 0; i < 500; i++) {
        for (let n = 0; n < 20; n++) yield* input.send(n);
        for (let n = 0; n < 20; n++) {
          const s = yield* select({ got: output.recv(), late: after(5000).recv() });
          assert.deepEqual(s, { case: "got", value: n });
        }
      }
      input.close();
      yield* queue;
      yield* sleep(1);
      assert.equal(expired.stop(), true);
    }),
  );

  for (const [name, make] of [
    ["After", () => after(HOUR)],
    ["Tick", () => tick(HOUR)],
    ["NewTimer", () => new Timer(HOUR)],
    ["NewTicker", () => new Ticker(HOUR)],
    ["NewTimerStop", () => stopped(new Timer(HOUR))],
    ["NewTickerStop", () => stopped(new Ticker(HOUR))],
  ] as const) {
    it(`TestTimerGC: ${name}, which nobody holds any more, is garbage`, async () => {
      const refs = Array.from({ length: 1000 }, () => new WeakRef<object>(make()));
      await turn();
      collectGarbage();
      assert.equal(refs.filter((ref) => ref.deref() !== undefined).length, 0);
      assert.equal(counts.waiting, 0);
    });
  }

  for (const kind of kinds) {
    describe(`TestChan, ${kind.name}`, () => chanFacts(kind));
  }

  it(
    "TestAfterTimes: the value is when it was due, not when it was received",
    inTime(function* () {
      const begun = now();
      const c = after(10);
      yield* sleep(500);
      assert.equal(yield* c.recv(), begun + 10);
    }),
  );

  it(
    "TestTickTimes: the value of a tick that was waiting is when it was due",
    inTime(function* () {
      const begun = now();
      const c = tick(10);
      yield* sleep(505);
      assert.equal(yield* c.recv(), begun + 10);
      assert.equal(yield* c.recv(), begun + 510);
    }),
  );
});

function chanFacts({ make, isTicker }: Kind): void {
  it(
    "gives nothing after a stop, nor before its time",
    inTime(function* () {
      const one = make();
      one.stop();
      assert.equal(gives(one.c), false);
      one.reset(FAR);
      assert.equal(gives(one.c), false);
      yield* sleep(1);
    }),
  );

  it(
    "has length and capacity 0 while a value is there, and a reset takes that value away",
    inTime(function* () {
      const one = make();
      one.reset(AT_ONCE);
      yield* sleep(MOMENT);
      assert.deepEqual([one.c.length, one.c.capacity, one.c.closed], [0, 0, false]);
      assert.equal(gives(one.c), true);
      yield* sleep(MOMENT);
      one.reset(FAR);
      assert.equal(gives(one.c), false);
    }),
  );

  it(
    "lets a receiver that waits wait on after a far reset, and wakes it after a near one",
    inTime(function* () {
      const one = make();
      const receiver = go(function* () {
        yield* one.c.recv();
      });
      yield* mustBlock(receiver, "a receive before the time");
      one.reset(2 * FAR);
      yield* sleep(MOMENT);
      yield* mustBlock(receiver, "a receive after a reset to a later time");
      one.reset(AT_ONCE);
      yield* sleep(MOMENT);
      yield* rest(receiver);
      assert.equal(receiver.status, "dead");
      assert.equal(gives(one.c), isTicker, "the next value");
      one.stop();
      assert.equal(gives(one.c), false);
    }),
  );

  it(
    "wakes one of two that wait in a select, and the other one can give up",
    inTime(function* () {
      const one = make();
      const done = chan<string>(2);
      const stop = chan<boolean>();
      function* waiter(): Goroutine {
        const s = yield* select({ got: one.c.recv(), stop: stop.recv() });
        if (s.case === "got") yield* done.send("got");
      }
      const waiters = [go(waiter), go(waiter)];
      yield* rest(...waiters);
      assert.equal(done.length, 0);
      one.reset(MOMENT / 2);
      yield* done.recv();
      one.stop();
      stop.close();
      yield* rest(...waiters);
      assert.equal(done.length, 0);
      assert.deepEqual(
        waiters.map(({ status }) => status),
        ["dead", "dead"],
      );
      assert.equal(gives(one.c), false);
    }),
  );

  it(
    "gives nothing to those who began to wait when it was stopped",
    inTime(function* () {
      const one = make();
      one.stop();
      const stop = chan<boolean>();
      const cases: string[] = [];
      const waiters = [0, 1].map(() =>
        go(function* () {
          cases.push((yield* select({ got: one.c.recv(), stop: stop.recv() })).case);
        }),
      );
      yield* rest(...waiters);
      assert.equal(counts.waiting, 0);
      yield* sleep(FAR);
      stop.close();
      yield* rest(...waiters);
      assert.deepEqual(cases, ["stop", "stop"]);
    }),
  );

  it(
    "says whether it was active, and keeps no old value back (proposal 37196)",
    inTime(function* () {
      const one = make();
      const says = (pending: boolean): boolean | undefined => (isTicker ? undefined : pending);
      one.reset(AT_ONCE);
      yield* sleep(MOMENT);
      assert.equal(one.stop(), says(true), "stop of a value that is there");
      assert.equal(gives(one.c), false);
      assert.equal(one.reset(HOUR), says(false), "reset of a stopped one");
      assert.equal(gives(one.c), false);
      assert.equal(one.reset(AT_ONCE), says(true), "reset of an active one");
      yield* sleep(MOMENT);
      assert.equal(gives(one.c), true);
      yield* sleep(MOMENT);
      assert.equal(gives(one.c), isTicker, "the next value");
      assert.equal(one.reset(HOUR), says(false), "reset after its value was taken");
      assert.equal(gives(one.c), false);
    }),
  );
}

function stopped(one: Timer | Ticker): Timer | Ticker {
  one.stop();
  return one;
}
