/**
 * Go: golang.org/x/time/rate, rate_test.go. Tokens, reservations and waits, at the times that Go's tables name.
 *
 * Times are counted in tenths of a second from the limiter's making, as there. Go's tests hand the time to the limiter; here the runtime's clock is moved,
 * also backwards, which a real one never is.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  background,
  type Context,
  type Goroutine,
  go,
  Limiter,
  now,
  RateLimitError,
  type Reservation,
  sleep,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gort";
import type { FakeHost } from "../../runtime/fake-host.ts";
import { mustBlock, panicOf, rest } from "../support.ts";
import { inFakeTime } from "./fake-time.ts";

const TENTH = 100;

/** A limiter, and a clock that is read and set in tenths of a second. */
class Bench {
  readonly limiter: Limiter;
  private readonly time: FakeHost;
  private readonly begun: number;

  constructor(time: FakeHost, perSecond: number, burst: number) {
    this.time = time;
    this.begun = time.now;
    this.limiter = new Limiter(perSecond, burst);
  }

  at(tenths: number): Limiter {
    this.time.now = this.begun + tenths * TENTH;
    return this.limiter;
  }

  /** Each step: when, how many tokens there are, how many are asked for, whether they may be had. */
  allows(...steps: readonly (readonly [at: number, tokens: number, n: number, ok: boolean])[]): void {
    for (const [i, [at, tokens, n, ok]] of steps.entries()) {
      assert.equal(this.at(at).tokens(), tokens, `step ${i}: tokens`);
      assert.equal(this.limiter.allow(n), ok, `step ${i}: allow(${n})`);
    }
  }

  /** Reserves `n` at a time, which must be promised for the time `act`; never: null. */
  reserves(at: number, n: number, act: number | null): Reservation {
    const reservation = this.at(at).reserve(n);
    assert.equal(reservation.ok, act !== null, `reserve(${n}) at ${at}: ok`);
    if (act === null) assert.equal(reservation.delay, Number.POSITIVE_INFINITY);
    else assert.equal(Math.round(reservation.delay / TENTH), act - at, `reserve(${n}) at ${at}: delay`);
    return reservation;
  }

  cancels(at: number, reservation: Reservation): void {
    this.at(at);
    reservation.cancel();
  }
}

/** A test on a limiter of `perSecond` and `burst`. */
function limited(title: string, perSecond: number, burst: number, body: (bench: Bench) => void): void {
  test(
    `rate_test.go ${title}`,
    inFakeTime(function* (time) {
      body(new Bench(time, perSecond, burst));
    }),
  );
}

limited("TestLimiterBurst1: one at a time, never two", 10, 1, (bench) => {
  bench.allows(
    [0, 1, 1, true],
    [0, 0, 1, false],
    [0, 0, 1, false],
    [1, 1, 1, true],
    [1, 0, 1, false],
    [1, 0, 1, false],
    [2, 1, 2, false],
    [2, 1, 1, true],
    [2, 0, 1, false],
  );
});

limited(
  "TestLimiterBurst3: three at once, then one each tenth; no more than three are saved up",
  10,
  3,
  (bench) => {
    bench.allows(
      [0, 3, 2, true],
      [0, 1, 2, false],
      [0, 1, 1, true],
      [0, 0, 1, false],
      [1, 1, 4, false],
      [2, 2, 1, true],
      [3, 2, 1, true],
      [4, 2, 1, true],
      [4, 1, 1, true],
      [4, 0, 1, false],
      [4, 0, 1, false],
      [9, 3, 3, true],
      [9, 0, 0, true],
    );
  },
);

limited(
  "TestLimiterJumpBackwards: a clock that goes back earns nothing and loses nothing",
  10,
  3,
  (bench) => {
    bench.allows(
      [1, 3, 1, true],
      [0, 2, 1, true],
      [0, 1, 1, true],
      [0, 0, 1, false],
      [0, 0, 1, false],
      [1, 1, 1, true],
      [1, 0, 1, false],
      [1, 0, 1, false],
      [2, 1, 1, true],
      [2, 0, 1, false],
      [2, 0, 1, false],
    );
  },
);

limited(
  "TestLimiter_noTruncationErrors: the first token is there at any rate",
  0.7692307692307693,
  1,
  (bench) => {
    assert.equal(bench.limiter.allow(), true);
  },
);

test(
  "rate_test.go TestSimultaneousRequests: of 15 goroutines as many get through as the burst says",
  inFakeTime(function* () {
    const limiter = new Limiter(1, 5);
    const wg = new WaitGroup();
    let allowed = 0;
    for (let i = 0; i < 15; i++) {
      wg.go(function* () {
        if (limiter.allow()) allowed++;
      });
    }
    yield* wg.wait();
    assert.equal(allowed, 5);
  }),
);

test(
  "rate_test.go TestLongRunningQPS: over five seconds the rate is what was asked for",
  inFakeTime(function* (time) {
    const limiter = new Limiter(100, 100);
    const begun = time.now;
    let allowed = 0;
    while (time.now < begun + 5000) {
      if (limiter.allow()) allowed++;
      time.now += 2;
    }
    const ideal = 100 + 100 * 5;
    assert.ok(allowed <= ideal + 1 && allowed >= 0.999 * ideal - 1, `${allowed} of ${ideal}`);
  }),
);

limited("TestSimpleReserve: what is missing says how long", 10, 2, (bench) => {
  bench.reserves(0, 2, 0);
  bench.reserves(0, 2, 2);
  bench.reserves(3, 2, 4);
});

limited("TestMix: allow beside promises, tokens below zero", 10, 2, (bench) => {
  bench.reserves(0, 3, null);
  bench.reserves(0, 2, 0);
  bench.allows([1, 1, 2, false]);
  bench.reserves(1, 2, 2);
  bench.allows([1, -1, 1, false], [3, 1, 1, true]);
});

limited("TestCancelInvalid: what was not promised cannot be given back", 10, 2, (bench) => {
  bench.reserves(0, 2, 0);
  bench.cancels(0, bench.reserves(0, 3, null));
  bench.reserves(0, 2, 2);
});

limited("TestCancelLast: the last promise is given back whole", 10, 2, (bench) => {
  bench.reserves(0, 2, 0);
  bench.cancels(1, bench.reserves(0, 2, 2));
  bench.reserves(1, 2, 2);
});

limited("TestCancelTooLate: after its time nothing is given back", 10, 2, (bench) => {
  bench.reserves(0, 2, 0);
  bench.cancels(3, bench.reserves(0, 2, 2));
  bench.reserves(3, 2, 4);
});

limited("TestCancel0Tokens: one token, promised again since", 10, 2, (bench) => {
  bench.reserves(0, 2, 0);
  const promise = bench.reserves(0, 1, 1);
  bench.reserves(0, 1, 2);
  bench.cancels(0, promise);
  bench.reserves(0, 1, 3);
});

limited("TestCancel1Token: two tokens, one of them promised again since", 10, 2, (bench) => {
  bench.reserves(0, 2, 0);
  const promise = bench.reserves(0, 2, 2);
  bench.reserves(0, 1, 3);
  bench.cancels(2, promise);
  bench.reserves(2, 2, 4);
});

limited("TestCancelMulti: the last one cancelled first, then one before it", 10, 4, (bench) => {
  bench.reserves(0, 4, 0);
  const a = bench.reserves(0, 3, 3);
  bench.reserves(0, 1, 4);
  const c = bench.reserves(0, 1, 5);
  bench.cancels(1, c);
  bench.cancels(1, a);
  bench.reserves(1, 3, 5);
});

test(
  "rate_test.go TestReserveJumpBack: promises while the clock goes back; what is refused changes nothing",
  inFakeTime(function* (time) {
    const bench = new Bench(time, 10, 2);
    bench.reserves(1, 2, 1);
    bench.reserves(0, 1, 1);
    bench.reserves(2, 2, 3);
    bench.reserves(0, 3, null);
    bench.reserves(2, 1, 4);
    bench.at(0);
    const [ctx, cancel] = withTimeout(background(), TENTH);
    const error = yield* panicOf(() => waiting(bench.limiter, 2, ctx));
    assert.ok(error instanceof RateLimitError);
    cancel();
    bench.reserves(2, 1, 5);
  }),
);

limited("TestReserveJumpBackCancel: one token given back at a time before the promise", 10, 2, (bench) => {
  bench.reserves(1, 2, 1);
  const promise = bench.reserves(1, 2, 3);
  bench.reserves(1, 1, 4);
  bench.cancels(0, promise);
  bench.reserves(1, 2, 4);
});

limited("TestReserveSetLimit: a new rate counts from then on", 5, 2, (bench) => {
  bench.reserves(0, 2, 0);
  bench.reserves(0, 2, 4);
  bench.at(2).setLimit(10);
  assert.equal(bench.limiter.limit, 10);
  bench.reserves(2, 1, 4);
});

limited("TestReserveSetBurst: a new burst counts from then on", 5, 2, (bench) => {
  bench.reserves(0, 2, 0);
  bench.reserves(0, 2, 4);
  bench.at(3).setBurst(4);
  assert.equal(bench.limiter.burst, 4);
  bench.reserves(0, 4, 9);
});

limited("TestReserveSetLimitCancel: a promise made at the old rate is given back whole", 5, 2, (bench) => {
  bench.reserves(0, 2, 0);
  const promise = bench.reserves(0, 2, 4);
  bench.at(2).setLimit(10);
  bench.cancels(2, promise);
  bench.reserves(2, 2, 3);
});

/** Waits; ends with how many tenths of a second that took. */
function* waiting(limiter: Limiter, n: number, ctx?: Context): Goroutine<number> {
  const begun = now();
  yield* limiter.wait(n, ctx);
  return Math.round((now() - begun) / TENTH);
}

test(
  "rate_test.go TestReserveMax: a deadline bounds how far ahead is promised",
  inFakeTime(function* () {
    const limiter = new Limiter(10, 2);
    const [ctx] = withTimeout(background(), TENTH);
    assert.equal(yield* waiting(limiter, 2, ctx), 0);
    // The promise and the deadline fall on the same moment: it is not too late, but the context wins.
    const soon = go(waiting, limiter, 1, ctx);
    yield* mustBlock(soon, "a token within the deadline");
    const error = yield* panicOf(() => waiting(limiter, 1, ctx));
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.message, "rate: Wait(n=1) would exceed context deadline");
    yield* sleep(TENTH);
    yield* rest(soon);
    assert.equal(soon.status, "dead");
    yield* panicOf(() => waiting(limiter, 0, ctx));
    try {
      yield* soon;
    } catch (lost) {
      assert.equal(lost, ctx.err);
    }
  }),
);

test(
  "rate_test.go TestWaitSimple: cancelled already, too many, now, and later",
  inFakeTime(function* () {
    const limiter = new Limiter(10, 3);
    const [ctx, cancel] = withCancel(background());
    cancel();
    assert.equal(yield* panicOf(() => waiting(limiter, 1, ctx)), ctx.err);
    const error = yield* panicOf(() => waiting(limiter, 4, background()));
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.code, "GORT_RATE_LIMIT");
    assert.equal(error.message, "rate: Wait(n=4) exceeds limiter's burst 3");
    assert.equal(yield* waiting(limiter, 2, background()), 0);
    assert.equal(yield* waiting(limiter, 3, background()), 2);
  }),
);

test(
  "rate_test.go TestWaitCancel: who gives up gives his tokens back",
  inFakeTime(function* () {
    const limiter = new Limiter(10, 3);
    const [ctx, cancel] = withCancel(background());
    assert.equal(yield* waiting(limiter, 2, ctx), 0);
    go(function* () {
      yield* sleep(TENTH);
      cancel();
    });
    const begun = now();
    assert.equal(yield* panicOf(() => waiting(limiter, 3, ctx)), ctx.err);
    assert.equal(now() - begun, TENTH);
    assert.equal(limiter.tokens(), 2);
    assert.equal(yield* waiting(limiter, 2, background()), 0);
  }),
);

test(
  "rate_test.go TestWaitTimeout: what would come after the deadline is not waited for",
  inFakeTime(function* () {
    const limiter = new Limiter(10, 3);
    const [ctx, cancel] = withTimeout(background(), TENTH);
    assert.equal(yield* waiting(limiter, 2, ctx), 0);
    const begun = now();
    const error = yield* panicOf(() => waiting(limiter, 3, ctx));
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.message, "rate: Wait(n=3) would exceed context deadline");
    assert.equal(now(), begun);
    assert.equal(limiter.tokens(), 1);
    cancel();
  }),
);

test(
  "rate_test.go TestWaitInf: the infinite rate knows no burst",
  inFakeTime(function* () {
    assert.equal(yield* waiting(new Limiter(Number.POSITIVE_INFINITY, 0), 3, background()), 0);
  }),
);

limited("TestZeroLimit: without a rate there is the burst, and then nothing", 0, 1, (bench) => {
  assert.equal(bench.limiter.allow(), true);
  assert.equal(bench.at(1000).allow(), false);
});

test(
  "rate_test.go TestSetAfterZeroLimit: a rate given later is earned from then on",
  inFakeTime(function* () {
    const limiter = new Limiter(0, 1);
    assert.equal(limiter.allow(), true);
    assert.equal(limiter.allow(), false);
    limiter.setLimit(10);
    assert.equal(yield* waiting(limiter, 1, background()), 1);
  }),
);

limited("TestTinyLimit: a tiny rate allows no more than the burst", 1e-10, 1, (bench) => {
  assert.equal(bench.limiter.allow(), true);
  assert.equal(bench.limiter.allow(), false);
});
