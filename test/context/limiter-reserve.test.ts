/** Limiter.reserve and the arithmetic of giving back, where gort is more exact than x/time/rate or has cases that it has not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Limiter, type Reservation } from "gort";
import { inFakeTime } from "../go/x/fake-time.ts";

/** A limiter of ten a second whose burst has been used up. */
function empty(burst = 1): Limiter {
  const limiter = new Limiter(10, burst);
  assert.ok(limiter.allow(burst));
  return limiter;
}

describe("Limiter.reserve", () => {
  it(
    "counts down to the time that it promises",
    inFakeTime(function* (time) {
      const limiter = empty();
      const promise = limiter.reserve();
      assert.equal(promise.ok, true);
      assert.equal(promise.delay, 100);
      time.now += 60;
      assert.equal(promise.delay, 40);
      time.now += 60;
      assert.equal(promise.delay, 0);
    }),
  );

  it(
    "gives back once, however often it is cancelled",
    inFakeTime(function* () {
      const limiter = empty(3);
      limiter.reserve(1);
      const promise = limiter.reserve(2);
      assert.equal(limiter.tokens(), -3);
      for (let i = 0; i < 3; i++) {
        promise.cancel();
        assert.equal(limiter.tokens(), -1);
      }
      assert.equal(promise.ok, true);
    }),
  );

  it(
    "never gives back more than was taken, also when the rate was raised in between",
    inFakeTime(function* () {
      const limiter = new Limiter(1, 100);
      assert.ok(limiter.allow(100));
      const slow = limiter.reserve(10);
      limiter.setLimit(1000);
      limiter.reserve(10);
      slow.cancel();
      assert.equal(limiter.tokens(), -10);
    }),
  );

  it(
    "cancelled from the last one back gives back everything",
    inFakeTime(function* (time) {
      for (const rate of [10, 3, 7.3, 0.77, 1e-3]) {
        const limiter = new Limiter(rate, 9);
        assert.ok(limiter.allow(9));
        time.now += 123.456789;
        // What is there is not promised but taken: only a debt is given back whole.
        limiter.reserve(9);
        const before = limiter.tokens();
        const promises = [1, 5, 2, 9, 3].map((n) => limiter.reserve(n));
        for (const promise of promises.reverse()) promise.cancel();
        assert.ok(Math.abs(limiter.tokens() - before) < 1e-6, `${limiter.tokens()}, and before ${before}`);
      }
    }),
  );

  it(
    "cancelled in the middle gives back what those after it do not count on, and they keep their times",
    inFakeTime(function* (time) {
      const limiter = empty(5);
      const [one, five, last] = [1, 5, 1].map((n) => limiter.reserve(n)) as [
        Reservation,
        Reservation,
        Reservation,
      ];
      assert.deepEqual(
        [one, five, last].map(({ delay }) => Math.round(delay)),
        [100, 600, 700],
      );
      five.cancel();
      assert.equal(limiter.tokens(), -3, "one of the five is promised again");
      one.cancel();
      assert.equal(limiter.tokens(), -3, "it is promised again as well");
      assert.equal(Math.round(last.delay), 700);
      last.cancel();
      assert.equal(limiter.tokens(), -2);
      time.now += 200;
      assert.ok(limiter.allow(0));
    }),
  );

  it(
    "says the time at which the tokens are there, whatever fractions are left over",
    inFakeTime(function* (time) {
      for (const rate of [3, 7, 11.1, 49, 0.77, 1e5 / 3]) {
        const limiter = new Limiter(rate, 2);
        assert.ok(limiter.allow(2));
        for (let i = 0; i < 200; i++) {
          time.now += limiter.reserve(1 + (i % 2)).delay;
          assert.ok(limiter.allow(0), `${limiter.tokens()} tokens at ${rate} a second`);
        }
      }
    }),
  );

  it(
    "of nothing earned is a promise for never, which can be given back, as one that is due can",
    inFakeTime(function* () {
      const limiter = new Limiter(0, 2);
      const due = limiter.reserve(1);
      const never = limiter.reserve(2);
      assert.deepEqual([due.ok, due.delay], [true, 0]);
      assert.deepEqual([never.ok, never.delay], [true, Number.POSITIVE_INFINITY]);
      assert.equal(limiter.tokens(), -1);
      due.cancel();
      assert.equal(limiter.tokens(), 0);
      never.cancel();
      assert.equal(limiter.tokens(), 2);
      assert.ok(limiter.allow(2));
    }),
  );

  it(
    "knows its burst at any rate",
    inFakeTime(function* () {
      const limiter = new Limiter(1e12, 2);
      assert.equal(limiter.allow(3), false);
      assert.equal(limiter.reserve(3).ok, false);
      assert.equal(limiter.tokens(), 2);
      assert.ok(limiter.allow(2));
    }),
  );

  it(
    "of an infinite rate takes nothing, and gives nothing back",
    inFakeTime(function* () {
      const limiter = new Limiter(Number.POSITIVE_INFINITY, 2);
      const promise = limiter.reserve(1000);
      assert.deepEqual([promise.ok, promise.delay], [true, 0]);
      limiter.setLimit(10);
      assert.ok(limiter.allow(2));
      promise.cancel();
      assert.equal(limiter.tokens(), 0);
    }),
  );
});
