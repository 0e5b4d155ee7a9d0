/**
 * Go: golang.org/x/sync/singleflight, singleflight_test.go. An operation is what DoChan's channel is: something to wait for now or later.
 *
 * Differs: the function has a goroutine of its own, so its panic is an error of those who wait (Go: theirs with Do, the program's with DoChan), and its
 * Goexit ends nobody else.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, goexit, SingleFlight, select, sleep } from "gort";
import { inMain, mustBlock, rest } from "../support.ts";
import { inFakeTime } from "./fake-time.ts";

test(
  "singleflight_test.go TestDo, TestDoChan: one caller gets the value",
  inMain(function* () {
    const flights = new SingleFlight<string, string>();
    const result = yield* flights.do("key", function* () {
      return "bar";
    });
    assert.deepEqual({ ...result }, { value: "bar", shared: false });
  }),
);

test(
  "singleflight_test.go TestDoErr: one caller gets the error, as it was thrown",
  inMain(function* () {
    const flights = new SingleFlight<string, never>();
    const thrown = new Error("some error");
    let caught: unknown;
    try {
      yield* flights.do("key", function* () {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, thrown);
  }),
);

test(
  "singleflight_test.go TestDoDupSuppress: ten callers at once, one call",
  inFakeTime(function* () {
    const flights = new SingleFlight<string, string>();
    const c = chan<string>(1);
    let calls = 0;
    const fetch = function* (): Goroutine<string> {
      calls++;
      const value = (yield* c.recv()) as string;
      yield* sleep(10);
      return value;
    };
    const callers = Array.from({ length: 10 }, () =>
      go(function* () {
        return yield* flights.do("key", fetch);
      }),
    );
    yield* rest(...callers);
    yield* c.send("bar");
    for (const caller of callers) assert.deepEqual({ ...(yield* caller) }, { value: "bar", shared: true });
    assert.equal(calls, 1);
  }),
);

test(
  "singleflight_test.go TestForget: after forget a second call begins beside the first, and the third joins the second",
  inMain(function* () {
    const flights = new SingleFlight<string, number>();
    const unblockFirst = chan<void>();
    const unblockSecond = chan<void>();
    const firstFinished = chan<void>();
    const call = (fn: () => Goroutine<number>) =>
      go(function* () {
        return (yield* flights.do("key", fn)).value;
      });

    const first = call(function* () {
      yield* unblockFirst.recv();
      firstFinished.close();
      return 1;
    });
    yield* mustBlock(first, "the first call");
    flights.forget("key");
    const second = call(function* () {
      yield* unblockSecond.recv();
      return 2;
    });
    yield* mustBlock(second, "the second call");
    unblockFirst.close();
    yield* firstFinished.recv();
    assert.equal(yield* first, 1);
    const third = call(function* () {
      return 3;
    });
    yield* mustBlock(third, "the end of the first has not forgotten the second");
    unblockSecond.close();
    assert.equal(yield* second, 2);
    assert.equal(yield* third, 2);
  }),
);

test(
  "singleflight_test.go TestPanicDo, TestPanicDoChan, TestPanicDoSharedByDoChan: nobody hangs, everybody gets the error",
  inMain(function* () {
    const flights = new SingleFlight<string, number>();
    const unblock = chan<void>();
    const boom = new TypeError("invalid memory address or nil pointer dereference");
    const blow = function* (): Goroutine<number> {
      yield* unblock.recv();
      throw boom;
    };
    const callers = Array.from({ length: 5 }, (_, i) =>
      go(function* () {
        try {
          const op = flights.do("key", blow);
          // Some wait for it alone, some as one case of several.
          yield* i % 2 === 0 ? op : select({ op, never: chan<never>().recv() });
          return undefined;
        } catch (error) {
          return error;
        }
      }),
    );
    yield* rest(...callers);
    unblock.close();
    for (const caller of callers) assert.equal(yield* caller, boom);
  }),
);

test(
  "singleflight_test.go TestGoexitDo: nobody hangs and nobody gets an error when the function ends its goroutine",
  inMain(function* () {
    const flights = new SingleFlight<string, number>();
    const callers = Array.from({ length: 5 }, () =>
      go(function* () {
        return (yield* flights.do("key", function* () {
          yield* sleep0();
          return goexit();
        })).value;
      }),
    );
    for (const caller of callers) assert.equal(yield* caller, undefined);
    assert.equal((yield* flights.do("key", () => 1)).value, 1, "the next call is a new one");
  }),
);

/** Something that parks. */
function* sleep0(): Goroutine {
  const ch = chan<void>();
  go(() => ch.close());
  yield* ch.recv();
}
