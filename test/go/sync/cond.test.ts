/**
 * Go: sync/cond_test.go. A signal wakes one of those who waited before it, a broadcast all of them, and each holds the lock when it goes on.
 *
 * Differs: what Go hopes for in TestCondSignalStealing and TestRace by repetition is here each possible order once. TestCondCopy has no
 * counterpart: objects are not copied.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cond, chan, type Goroutine, go, gosched, type Handle, Mutex } from "gort";
import { inMain, must, mustFinish, rest } from "../support.ts";

test(
  "cond_test.go TestCondSignal: each signal wakes exactly one, and one too many is nothing",
  inMain(function* () {
    const mu = new Mutex();
    const cond = new Cond(mu);
    const running = chan<void>(2);
    const awake = chan<void>(2);
    const all: Handle<void>[] = [];
    for (let i = 0; i < 2; i++) {
      all.push(
        go(function* () {
          yield* mu.lock();
          yield* running.send();
          yield* cond.wait();
          yield* awake.send();
          mu.unlock();
        }),
      );
    }
    for (let i = 0; i < 2; i++) yield* running.recv();
    for (let i = 0; i < 2; i++) {
      yield* rest(...all);
      assert.equal(awake.length, 0, "not asleep");
      yield* mu.lock();
      cond.signal();
      mu.unlock();
      yield* rest(...all);
      assert.equal(awake.length, 1, "one is to be awake");
      yield* awake.recv();
    }
    cond.signal();
    for (const one of all) yield* one;
  }),
);

test(
  "cond_test.go TestCondSignalGenerations: the one that has waited longest is woken",
  inMain(function* () {
    const mu = new Mutex();
    const cond = new Cond(mu);
    const n = 100;
    const running = chan<void>(n);
    const awake = chan<number>(n);
    for (let i = 0; i < n; i++) {
      go(function* () {
        yield* mu.lock();
        yield* running.send();
        yield* cond.wait();
        yield* awake.send(i);
        mu.unlock();
      });
      if (i > 0) assert.equal(yield* awake.recv(), i - 1);
      yield* running.recv();
      yield* mu.lock();
      cond.signal();
      mu.unlock();
    }
    assert.equal(yield* awake.recv(), n - 1);
  }),
);

test(
  "cond_test.go TestCondBroadcast: all are woken, each once, again and again",
  inMain(function* () {
    const mu = new Mutex();
    const cond = new Cond(mu);
    const n = 50;
    const running = chan<number>(n);
    const awake = chan<number>(n);
    const all: Handle<void>[] = [];
    let exit = false;
    for (let i = 0; i < n; i++) {
      all.push(
        go(function* () {
          yield* mu.lock();
          while (!exit) {
            yield* running.send(i);
            yield* cond.wait();
            yield* awake.send(i);
          }
          mu.unlock();
        }),
      );
    }
    for (let round = 0; round < n; round++) {
      for (let i = 0; i < n; i++) yield* running.recv();
      yield* mu.lock();
      if (round === n - 1) exit = true;
      assert.equal(awake.length, 0, "not asleep");
      cond.broadcast();
      mu.unlock();
      const seen = new Set<number>();
      for (let i = 0; i < n; i++) seen.add(must(yield* awake.recv()));
      assert.equal(seen.size, n, "one woke up twice");
    }
    for (const one of all) yield* mustFinish(one, "a waiter");
    assert.equal(running.length, 0);
    cond.broadcast();
  }),
);

/** All orders of three. */
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

for (const order of ORDERS) {
  test(
    `cond_test.go TestRace: three hand a number on under one lock, started in the order ${order.join(", ")}`,
    inMain(function* () {
      let x = 0;
      const mu = new Mutex();
      const cond = new Cond(mu);
      const parts: (() => Goroutine)[] = [
        function* () {
          yield* mu.lock();
          x = 1;
          yield* cond.wait();
          assert.equal(x, 2);
          x = 3;
          cond.signal();
          mu.unlock();
        },
        function* () {
          yield* mu.lock();
          while (x !== 1) {
            mu.unlock();
            yield* gosched();
            yield* mu.lock();
          }
          x = 2;
          cond.signal();
          mu.unlock();
        },
        function* () {
          yield* mu.lock();
          while (x !== 2 && x !== 3) {
            mu.unlock();
            yield* gosched();
            yield* mu.lock();
          }
          if (x === 2) {
            yield* cond.wait();
            assert.equal(x, 3);
          }
          mu.unlock();
        },
      ];
      const all = order.map((i) => go(parts[i] as () => Goroutine));
      for (const one of all) yield* one;
      assert.equal(x, 3);
    }),
  );
}

for (const order of [
  ["broadcast", "wait"],
  ["wait", "broadcast"],
]) {
  test(
    `cond_test.go TestCondSignalStealing: one that waits is woken, whoever comes later: ${order.join(", ")}`,
    inMain(function* () {
      const mu = new Mutex();
      const cond = new Cond(mu);
      const first = go(function* () {
        yield* mu.lock();
        yield* cond.wait();
        mu.unlock();
      });
      yield* rest(first);
      let done = false;
      let second: Handle<void> | undefined;
      const all: Handle<unknown>[] = [];
      for (const step of order) {
        if (step === "broadcast") {
          all.push(go(() => cond.broadcast()));
        } else {
          second = go(function* () {
            yield* mu.lock();
            while (!done) yield* cond.wait();
            mu.unlock();
          });
          all.push(second);
        }
      }
      yield* rest(...all);
      yield* mustFinish(first, "the first waiter");
      yield* mu.lock();
      done = true;
      mu.unlock();
      cond.broadcast();
      yield* mustFinish(second as Handle<void>, "the second waiter");
    }),
  );
}
