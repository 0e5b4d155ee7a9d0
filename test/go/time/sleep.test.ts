/**
 * Go's time/sleep_test.go: sleeping, timers with a channel, timers with a function.
 *
 * Go's tests sleep and hope to be scheduled in time, and try again with more time; here time is virtual, and every bound is exact.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  afterFunc,
  type Chan,
  chan,
  type Goroutine,
  go,
  now,
  type RecvChan,
  select,
  sleep,
  Ticker,
  Timer,
  trySelect,
} from "gort";
import { random } from "../../base/seed.ts";
import { inTime } from "../../time/virtual.ts";

const HOUR = 3_600_000;
const HUGE = Number.MAX_VALUE;

/** What Go's tests call newTimerFunc: a timer whose function sends on a channel what the other kind gives by itself. */
function timerWithFunction(ms: number): { timer: Timer; c: RecvChan<number> } {
  const c: Chan<number> = chan(1);
  return { timer: afterFunc(ms, () => void c.trySend(now())), c };
}

function timerWithChannel(ms: number): { timer: Timer; c: RecvChan<number> } {
  const timer = new Timer(ms);
  return { timer, c: timer.c };
}

/** Both kinds, as Go's subtests "impl=chan" and "impl=func" have them. */
const kinds: [name: string, make: typeof timerWithChannel][] = [
  ["a channel", timerWithChannel],
  ["a function", timerWithFunction],
];

describe("Go's time/sleep_test.go", () => {
  it(
    "TestSleep: a sleep takes its time, whatever interrupts it meanwhile",
    inTime(function* () {
      go(function* () {
        yield* sleep(50);
      });
      const begun = now();
      yield* sleep(100);
      assert.equal(now() - begun, 100);
    }),
  );

  it(
    "TestAfterFunc: a function that runs after nothing may start the next one and sleep on",
    inTime(function* () {
      let left = 10;
      const last = chan<boolean>();
      function* next(): Goroutine {
        if (--left < 0) return yield* last.send(true);
        afterFunc(0, next);
        yield* sleep(1000);
      }
      afterFunc(0, next);
      yield* last.recv();
      assert.equal(left, -1);
      yield* sleep(2000);
    }),
  );

  it(
    "TestAfter: gives a time that is not before it was due, and not earlier",
    inTime(function* () {
      const begun = now();
      const end = yield* after(100).recv();
      assert.deepEqual([now() - begun, end], [100, begun + 100]);
    }),
  );

  it(
    "TestAfterTick: ten in a row take ten times as long",
    inTime(function* () {
      const begun = now();
      for (let i = 0; i < 10; i++) yield* after(100).recv();
      assert.equal(now() - begun, 1000);
    }),
  );

  for (const [kind, make] of kinds) {
    it(
      `TestAfterStop: a timer with ${kind} that is stopped in time never happens, and is stopped once`,
      inTime(function* () {
        afterFunc(100, () => {});
        const first = make(50);
        const seen = chan<boolean>(1);
        const second = afterFunc(150, () => void seen.trySend(true));
        const later = after(200);
        assert.equal(first.timer.stop(), true);
        assert.equal(second.stop(), true);
        yield* later.recv();
        assert.equal(trySelect({ first: first.c.recv(), second: seen.recv() }), undefined);
        assert.equal(first.timer.stop(), false);
        assert.equal(second.stop(), false);
      }),
    );

    it(
      `TestAfterQueuing: timers with ${kind} that are started in any order are over in the order of their times`,
      inTime(function* () {
        const slots = [5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0];
        const results = chan<[slot: number, at: number | undefined]>(slots.length);
        const begun = now();
        for (const slot of slots) {
          go(
            function* (c: RecvChan<number>) {
              yield* results.send([slot, yield* c.recv()]);
            },
            make(slot * 20).c,
          );
        }
        const order: (readonly [number, number | undefined])[] = [];
        for (const _ of slots) order.push((yield* results.recv()) ?? [-1, -1]);
        assert.deepEqual(
          order,
          // A host waits for a millisecond at least.
          slots.sort((a, b) => a - b).map((slot) => [slot, begun + timeOf(kind, slot * 20)]),
        );
      }),
    );

    it(
      `TestZeroTimer: a timer of nothing with ${kind} is never missed`,
      inTime(function* () {
        for (let i = 0; i < 2000; i++) {
          const begun = now();
          const { c } = make(0);
          yield* c.recv();
          assert.ok(now() - begun <= 1);
        }
      }),
    );

    it(
      `TestTimerModifiedEarlier: a timer with ${kind} that is moved earlier again and again is not lost`,
      inTime(function* () {
        for (let i = 0; i < 1000; i++) {
          const { timer, c } = make(HOUR);
          for (let j = 0; j < 10; j++) {
            assert.equal(timer.stop(), true);
            assert.equal(timer.reset(-1e12), false);
          }
          const s = yield* select({ moved: c.recv(), deadline: after(10_000).recv() });
          assert.equal(s.case, "moved");
        }
      }),
    );

    it(`TestAdjustTimers: timers with ${kind} moved earlier and later at random lose no time`, (t) => {
      const { below } = random(t, "go/time/sleep");
      return inTime(() => adjust(make, below))();
    });
  }

  it(
    "TestZeroTimer: a timer with a function that is used again is never missed",
    inTime(function* () {
      const { timer, c } = timerWithFunction(HOUR);
      for (let i = 0; i < 2000; i++) {
        assert.equal(timer.reset(0), i === 0);
        yield* c.recv();
      }
    }),
  );

  it(
    "TestReset: what reset says, and that only the new time counts",
    inTime(function* () {
      const timer = new Timer(20);
      yield* sleep(10);
      assert.equal(timer.reset(30), true, "of a timer that was active");
      yield* sleep(20);
      assert.equal(timer.c.tryRecv(), undefined, "early");
      yield* sleep(20);
      assert.equal(timer.c.tryRecv()?.[1], true, "late");
      assert.equal(timer.reset(50), false, "of a timer that is over");
    }),
  );

  it(
    "TestOverflowSleep: a time beyond all clocks never comes, one before all clocks is now, and others are not disturbed",
    inTime(function* () {
      for (const never of [HUGE, Number.POSITIVE_INFINITY]) {
        const s = yield* select({
          sleep: sleep(never),
          after: after(never).recv(),
          soon: after(25).recv(),
        });
        assert.equal(s.case, "soon");
      }
      for (const past of [-HUGE, Number.NEGATIVE_INFINITY]) {
        yield* sleep(past);
        const s = yield* select({ past: after(past).recv(), later: after(1000).recv() });
        assert.equal(s.case, "past");
      }
    }),
  );

  it(
    "TestOverflowPeriodRuntimeTimer: a ticker whose next tick is beyond all numbers goes on with others undisturbed",
    inTime(function* () {
      const ticker = new Ticker(HUGE);
      const s = yield* select({ tick: ticker.c.recv(), soon: sleep(10) });
      assert.equal(s.case, "soon");
      ticker.reset(1);
      yield* ticker.c.recv();
      ticker.reset(HUGE);
      assert.equal((yield* select({ tick: ticker.c.recv(), soon: sleep(10) })).case, "soon");
    }),
  );
});

/** When a timer of `ms` is over, counted from its start. */
function timeOf(kind: string, ms: number): number {
  // A channel says when it was due; a function runs when the host next calls, which is a millisecond later at least.
  return kind === "a channel" ? ms : Math.max(ms, 1);
}

/** Takes a hundred timers through a life of ten steps, each time one of them chosen at random. */
function* adjust(make: typeof timerWithChannel, below: (n: number) => number): Goroutine {
  const timers = Array.from({ length: 100 }, () => ({ step: 0, ...make(0) }));
  while (timers.length > 0) {
    const at = below(timers.length);
    const one = timers[at] as (typeof timers)[number];
    switch (one.step++) {
      // It is over, or will be in a moment.
      case 0:
      case 8: {
        const begun = now();
        yield* one.c.recv();
        assert.ok(now() - begun <= 1, `step ${one.step} took ${now() - begun} ms`);
        break;
      }
      // It has been idle: start it, with far ends of several lengths.
      case 1:
      case 3:
      case 5:
        assert.equal(one.timer.reset(60_000 * (1 + ((one.step * 7) % 3))), false, `step ${one.step}`);
        break;
      case 2:
      case 4:
      case 6:
        assert.equal(one.timer.stop(), true, `step ${one.step}`);
        break;
      case 7:
        assert.equal(one.timer.reset(0), false);
        break;
      case 9:
        assert.equal(one.timer.stop(), false);
        timers[at] = timers.at(-1) as typeof one;
        timers.pop();
    }
  }
}
