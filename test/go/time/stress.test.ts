/**
 * Go's time/sleep_test.go, the part that presses hard: many that use one timer, timers beside busy goroutines and the collector.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  afterFunc,
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  select,
  sleep,
  Ticker,
  Timer,
} from "gort";
import { inTime } from "../../time/virtual.ts";
import { collectGarbage, inMain } from "../support.ts";

const HOUR = 3_600_000;

function* all(handles: Iterable<Handle<unknown>>): Goroutine {
  for (const handle of handles) yield* handle;
}

describe("Go's time/sleep_test.go", () => {
  for (const receivers of [1, 10]) {
    const name = receivers === 1 ? "TestTickerStress" : "TestTickerConcurrentStress";
    it(
      `${name}: the fastest ticker there is serves ${receivers} while garbage is collected`,
      inMain(function* () {
        const ticker = new Ticker(1e-6);
        let over = false;
        const collector = go(function* () {
          for (let i = 0; !over; i++) {
            if (i < 5) collectGarbage();
            yield* sleep(1e-6);
          }
        });
        const received = Array.from({ length: receivers }, () =>
          go(function* () {
            for (let i = 0; i < 100; i++) assert.equal(typeof (yield* ticker.c.recv()), "number");
          }),
        );
        yield* all(received);
        ticker.stop();
        over = true;
        yield* collector;
        assert.equal(ticker.c.tryRecv(), undefined);
      }),
    );
  }

  it(
    "TestAfterFuncStarvation: a function gets its turn beside goroutines that never stop passing values",
    inMain(function* () {
      let stop = false;
      const c = chan<boolean>(1);
      const sender = go(function* () {
        while (!stop) yield* c.send(true);
        c.close();
      });
      const receiver = go(function* () {
        while ((yield* c.recv()) !== undefined);
      });
      afterFunc(0.001, () => {
        stop = true;
      });
      yield* all([sender, receiver]);
    }),
  );

  it(
    "TestTimerStopStress: of many timers that are stopped in time none happens",
    inTime(function* () {
      let happened = 0;
      for (let i = 0; i < 100; i++) {
        go(function* () {
          const timer = afterFunc(2000, () => {
            happened++;
          });
          yield* sleep(1000);
          assert.equal(timer.stop(), true);
        });
      }
      yield* sleep(3000);
      assert.equal(happened, 0);
    }),
  );

  it(
    "TestSleepZeroDeadlock: sleeps of nothing end while garbage is collected",
    inMain(function* () {
      const collector = go(function* () {
        for (let i = 0; i < 10; i++) {
          collectGarbage();
          yield* gosched();
        }
      });
      for (let i = 0; i < 100; i++) {
        yield* sleep(0);
        const c = chan<boolean>(1);
        yield* c.send(true);
        yield* c.recv();
      }
      yield* collector;
    }),
  );

  for (const [name, stopOrReset] of [
    ["TestStopResult", (timer: Timer) => timer.stop()],
    ["TestResetResult", (timer: Timer) => timer.reset(HOUR)],
  ] as const) {
    it(
      `${name}: of two timers that are due at once the loser still has its value, or says that it has it no more`,
      inTime(function* () {
        const racers = Array.from({ length: 100 }, () =>
          go(function* () {
            for (let i = 0; i < 20; i++) {
              const [one, two] = [new Timer(1), new Timer(1)];
              const s = yield* select({ one: one.c.recv(), two: two.c.recv() });
              const loser = s.case === "one" ? two : one;
              assert.equal(stopOrReset(loser), true);
              assert.equal(loser.c.tryRecv(), undefined);
            }
          }),
        );
        yield* all(racers);
      }),
    );
  }

  it(
    "TestMultiWakeupTicker: many that wait for one ticker, each with a time limit",
    inTime(function* () {
      const ticker = new Ticker(0.3);
      let ticks = 0;
      const waiters = Array.from({ length: 8 }, () =>
        go(function* () {
          for (let i = 0; i < 1000; i++) {
            const s = yield* select({ tick: ticker.c.recv(), late: after(1).recv() });
            if (s.case === "tick") ticks++;
          }
        }),
      );
      yield* all(waiters);
      assert.ok(ticks > 0);
    }),
  );

  it(
    "TestMultiWakeupTimer: many that look at one timer and start it anew",
    inTime(function* () {
      const timer = new Timer(1e-6);
      let values = 0;
      const users = Array.from({ length: 8 }, () =>
        go(function* () {
          for (let i = 0; i < 500; i++) {
            const due = timer.c.tryRecv() !== undefined;
            if (due) values++;
            // Active, or its value not taken: unless it was taken just now.
            assert.equal(timer.reset(1e-6), !due);
            yield* sleep(i % 2);
          }
        }),
      );
      yield* all(users);
      assert.ok(values > 0);
    }),
  );
});
