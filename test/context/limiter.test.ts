/**
 * Limiter: what gort promises beyond x/time/rate (test/go/x/rate.test.ts): order, awaited, with a context, with bad input. As a case of a select: limiter-select.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  type Goroutine,
  go,
  InvalidContextError,
  InvalidNumberError,
  Limiter,
  now,
  type Op,
  OperationReusedError,
  RateLimitError,
  runtime,
  select,
  sleep,
  trySelect,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { mustBlock, panicOf, rest } from "../go/support.ts";
import { inFakeTime } from "../go/x/fake-time.ts";
import { drive, letGo } from "../time/virtual.ts";
import { FakeTime } from "./fake-time.ts";

/** A limiter of ten a second whose burst has been used up. */
function empty(burst = 1): Limiter {
  const limiter = new Limiter(10, burst);
  assert.ok(limiter.allow(burst));
  return limiter;
}

describe("Limiter.wait", () => {
  it(
    "serves in the order of asking, each when its tokens are earned",
    inFakeTime(function* () {
      const limiter = empty(5);
      const begun = now();
      const seen: [name: string, at: number][] = [];
      const wg = new WaitGroup();
      for (const [name, n] of [
        ["large", 5],
        ["small", 1],
        ["none", 0],
        ["pair", 2],
      ] as const) {
        wg.go(function* () {
          yield* limiter.wait(n);
          seen.push([name, Math.round(now() - begun)]);
        });
      }
      yield* wg.wait();
      assert.deepEqual(seen, [
        ["large", 500],
        ["small", 600],
        ["none", 600],
        ["pair", 800],
      ]);
    }),
  );

  it(
    "is over at once while there are tokens, and takes them",
    inFakeTime(function* () {
      const limiter = new Limiter(10, 3);
      const begun = now();
      yield* limiter.wait();
      yield* limiter.wait(2);
      assert.equal(now(), begun);
      assert.equal(limiter.tokens(), 0);
    }),
  );

  it("can be awaited, in one line with goroutines", async () => {
    const time = new FakeTime();
    time.install();
    try {
      const limiter = empty();
      const begun = now();
      const seen: [name: string, at: number][] = [];
      const outside = async (name: string): Promise<void> => {
        await limiter.wait();
        seen.push([name, Math.round(now() - begun)]);
      };
      const first = outside("async");
      const inside = go(function* () {
        yield* limiter.wait();
        seen.push(["goroutine", Math.round(now() - begun)]);
      });
      await drive(time, Promise.all([first, inside]));
      await drive(time, outside("async again"));
      assert.deepEqual(seen, [
        ["async", 100],
        ["goroutine", 200],
        ["async again", 300],
      ]);
    } finally {
      letGo(time);
    }
  });

  it(
    "takes nothing before it is waited for",
    inFakeTime(function* (time) {
      const limiter = empty();
      const op = limiter.wait();
      time.now += 50;
      assert.equal(limiter.tokens(), 0.5);
      const begun = now();
      yield* op;
      assert.equal(Math.round(now() - begun), 50);
    }),
  );

  it(
    "says sleep in a dump",
    inFakeTime(function* () {
      const limiter = empty();
      const waiter = go(() => limiter.wait());
      const sleeper = go(function* () {
        yield* limiter.wait();
      });
      yield* rest(waiter, sleeper);
      assert.ok(runtime.stacks().includes(`goroutine ${sleeper.id} [sleep]:`), runtime.stacks());
      yield* sleeper;
    }),
  );

  it(
    "keeps the time that was promised when rate and burst change",
    inFakeTime(function* () {
      const limiter = empty(3);
      const begun = now();
      const waiter = go(function* () {
        yield* limiter.wait(3);
        return Math.round(now() - begun);
      });
      yield* mustBlock(waiter, "no tokens");
      limiter.setLimit(1000);
      limiter.setBurst(1);
      assert.equal(yield* waiter, 300);
    }),
  );
});

describe("Limiter.wait with a context", () => {
  it(
    "ends with the context, and the tokens are given back",
    inFakeTime(function* () {
      const limiter = empty(2);
      const [ctx, cancel] = withCancel(background());
      const waiter = go(function* () {
        return yield* panicOf(() => waiting(limiter, 2, ctx));
      });
      yield* mustBlock(waiter, "no tokens");
      cancel(new Error("why"));
      const error = yield* waiter;
      assert.ok(error instanceof ContextCanceledError);
      assert.equal(error, ctx.err);
      assert.equal(limiter.tokens(), 0);
      assert.equal(counts.waiting, 0);
    }),
  );

  it(
    "does not begin when it would last beyond the deadline, and begins when it just does not",
    inFakeTime(function* () {
      const limiter = empty(3);
      const [tight, cancelTight] = withTimeout(background(), 299);
      const begun = now();
      const error = yield* panicOf(() => waiting(limiter, 3, tight));
      assert.ok(error instanceof RateLimitError);
      assert.equal(error.message, "rate: Wait(n=3) would exceed context deadline");
      assert.equal(now(), begun);
      assert.equal(limiter.tokens(), 0);
      const [wide, cancelWide] = withTimeout(background(), 301);
      yield* limiter.wait(3, wide);
      assert.equal(Math.round(now() - begun), 300);
      cancelTight();
      cancelWide();
    }),
  );

  it(
    "does not mind that somebody sets the wall clock",
    inFakeTime(function* (time) {
      const limiter = empty(3);
      const [tight, cancelTight] = withTimeout(background(), 299);
      const [wide, cancelWide] = withTimeout(background(), 301);
      time.jumped -= 3_600_000;
      assert.ok((yield* panicOf(() => waiting(limiter, 3, tight))) instanceof RateLimitError);
      time.jumped += 2 * 3_600_000;
      yield* limiter.wait(3, wide);
      cancelTight();
      cancelWide();
    }),
  );

  it(
    "asks the context first: its error comes before tokens that are there",
    inFakeTime(function* () {
      const limiter = new Limiter(10, 1);
      const [ctx, cancel] = withCancel(background());
      cancel();
      assert.equal(yield* panicOf(() => waiting(limiter, 1, ctx)), ctx.err);
      assert.equal(limiter.tokens(), 1);
    }),
  );

  it(
    "is a case like any other, also when it loses",
    inFakeTime(function* () {
      const limiter = empty();
      const [ctx, cancel] = withCancel(background());
      const s = yield* select({ turn: limiter.wait(1, ctx), late: sleep(50) });
      assert.equal(s.case, "late");
      assert.ok(Math.abs(limiter.tokens() - 0.5) < 1e-9, `${limiter.tokens()} tokens`);
      assert.equal(counts.waiting, 0);
      cancel();
    }),
  );

  it(
    "leaves it to a context that a program made itself how to wait",
    inFakeTime(function* (time) {
      const asked: string[] = [];
      const own = {
        done: () => background().done(),
        err: undefined,
        deadline: time.wall + 101,
        value: () => undefined,
        signal: new AbortController().signal,
        wait<T>(op: Op<T>): Op<T> {
          asked.push("wait");
          return op;
        },
      } satisfies Context;
      yield* empty().wait(1, own);
      assert.deepEqual(asked, ["wait"]);
      own.deadline = time.wall + 99;
      assert.ok((yield* panicOf(() => waiting(empty(), 1, own))) instanceof RateLimitError);
    }),
  );
});

function* waiting(limiter: Limiter, n: number, ctx?: Context): Goroutine {
  yield* limiter.wait(n, ctx);
}

describe("Limiter, misused", () => {
  it("refuses rates, bursts and amounts that mean nothing, at the call", () => {
    const limiter = new Limiter(1, 1);
    for (const bad of [Number.NaN, -1, Number.NEGATIVE_INFINITY, "5", undefined, null]) {
      const rate = bad as number;
      for (const call of [() => new Limiter(rate, 1), () => limiter.setLimit(rate)]) {
        assert.throws(call, (error) => {
          assert.ok(error instanceof InvalidNumberError && error instanceof RangeError);
          assert.match(error.message, /needs a rate of at least 0 tokens a second, got /);
          return true;
        });
      }
    }
    for (const bad of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, "1", null]) {
      const n = bad as number;
      for (const call of [
        () => new Limiter(1, n),
        () => limiter.setBurst(n),
        () => limiter.allow(n),
        () => limiter.reserve(n),
        () => limiter.wait(n),
      ]) {
        assert.throws(call, InvalidNumberError);
      }
    }
    assert.deepEqual([limiter.limit, limiter.burst], [1, 1]);
    for (const bad of [null, {}, 5, () => {}]) {
      assert.throws(() => limiter.wait(1, bad as never), InvalidContextError);
    }
  });

  it(
    "says only to whoever waits that it can never be his turn",
    inFakeTime(function* () {
      const limiter = new Limiter(10, 3);
      const message = "rate: Wait(n=4) exceeds limiter's burst 3";
      const op = limiter.wait(4);
      const inSelect = select({ turn: limiter.wait(4), late: sleep(1) });
      for (const wait of [op, inSelect]) {
        const error = yield* panicOf(function* () {
          yield* wait;
        });
        assert.ok(error instanceof RateLimitError);
        assert.equal(error.message, message);
      }
      assert.throws(() => trySelect({ turn: limiter.wait(4) }), { message });
      assert.equal(limiter.tokens(), 3);
    }),
  );

  it("rejects an await of what can never be", async () => {
    await assert.rejects(async () => await new Limiter(1, 0).wait(), {
      code: "GORT_RATE_LIMIT",
      message: "rate: Wait(n=1) exceeds limiter's burst 0",
    });
  });

  it(
    "refuses to be waited for twice",
    inFakeTime(function* () {
      const limiter = empty();
      const op = limiter.wait();
      yield* op;
      const error = yield* panicOf(function* () {
        yield* op;
      });
      assert.ok(error instanceof OperationReusedError);
      assert.match(error.message, /Limiter/);
      assert.equal(limiter.tokens(), 0);
    }),
  );

  it(
    "waits for ever where nothing is earned, until it gives up",
    inFakeTime(function* () {
      const limiter = new Limiter(0, 1);
      assert.ok(limiter.allow());
      const begun = now();
      assert.equal((yield* select({ turn: limiter.wait(), late: sleep(1e9) })).case, "late");
      assert.equal(now() - begun, 1e9);
      assert.equal(limiter.tokens(), 0);
      const [ctx, cancel] = withTimeout(background(), 1e9);
      assert.ok((yield* panicOf(() => waiting(limiter, 1, ctx))) instanceof RateLimitError);
      cancel();
      assert.equal(counts.waiting, 0);
    }),
  );
});
