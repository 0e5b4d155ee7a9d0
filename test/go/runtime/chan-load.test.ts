/**
 * Go: runtime/chan_test.go TestMultiConsumer, TestChanSendInterface, TestShrinkStackDuringBlockedSend,
 * TestSelectStackAdjust. Channels under work: many consumers, values of interface type, and a garbage collector that
 * runs while goroutines are parked deep inside.
 *
 * Differs: a goroutine's stack is its chain of generators, which the collector must keep while nothing but a wait queue
 * refers to it; there are no stack addresses to adjust.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  type RecvChan,
  range,
  select,
  trySelect,
} from "gort";
import { collectGarbage, inMain, must, rest } from "../support.ts";

test(
  "chan_test.go TestMultiConsumer: 23 workers that range over one queue, some giving way, lose nothing",
  inMain(function* () {
    const workers = 23;
    const items = 27_182;
    const primes = [2, 3, 7, 11, 13, 17, 19, 23, 27, 31];
    const queue = chan<number>(workers * 3);
    const results = chan<number>(workers * 3);
    const running: Handle<void>[] = [];
    for (let w = 0; w < workers; w++) {
      running.push(
        go(function* () {
          for (const v = range(queue); yield* v.next(); ) {
            if (primes[w % primes.length] === v.value) yield* gosched();
            yield* results.send(v.value);
          }
        }),
      );
    }
    let expected = 0;
    go(function* () {
      for (let i = 0; i < items; i++) {
        const v = must(primes[i % primes.length]);
        expected += v;
        yield* queue.send(v);
      }
      queue.close();
      for (const h of running) yield* h;
      results.close();
    });
    let [count, sum] = [0, 0];
    for (const v = range(results); yield* v.next(); ) {
      count++;
      sum += v.value;
    }
    assert.deepEqual([count, sum], [items, expected]);
  }),
);

test(
  "chan_test.go TestChanSendInterface: a value of any type, sent in every way, is the same value when received",
  inMain(function* () {
    const value: unknown = Object.freeze({});
    const c = chan<unknown>(1);
    yield* c.send(value);
    assert.equal(trySelect({ c: c.send(value) }), undefined);
    assert.equal(trySelect({ a: c.send(value), b: c.send({}) }), undefined);
    assert.equal(yield* c.recv(), value);
  }),
);

/** Runs `body` at the bottom of `depth` generators. */
function* deep<R>(depth: number, body: () => Goroutine<R>): Goroutine<R> {
  return depth === 0 ? yield* body() : yield* deep(depth - 1, body);
}

test(
  "chan_test.go TestShrinkStackDuringBlockedSend: garbage collections while a sender is parked deep in its stack",
  inMain(function* () {
    const n = 10;
    const c = chan<{ readonly i: number }>();
    const sender = go(function* () {
      for (let i = 0; i < n; i++) yield* deep(20 * i, () => sendOne(i));
    });
    function* sendOne(i: number): Goroutine {
      yield* c.send({ i });
    }
    for (let i = 0; i < n; i++) {
      yield* rest(sender);
      collectGarbage();
      assert.deepEqual(yield* c.recv(), { i });
    }
    yield* sender;
  }),
);

test(
  "chan_test.go TestSelectStackAdjust: what a parked select holds survives a garbage collection",
  inMain(function* () {
    interface Box {
      n: number;
    }
    const c = chan<Box>();
    const d = chan<Box>();
    const body = function* (c2: RecvChan<Box> | null, d2: RecvChan<Box> | null): Goroutine<Box> {
      const box: Box = { n: 42 };
      let current = box;
      const s = yield* select({ c: c.recv(), c2: c2 && c2.recv(), d: d.recv(), d2: d2 && d2.recv() });
      if (s.case === "c") current = must(s.value);
      assert.ok(s.case === "d" || s.case === "d2");
      assert.equal(current, box);
      current.n++;
      return box;
    };
    const single = go(body, null, null);
    const duplicate = go(body, c, d);
    yield* rest(single, duplicate);
    collectGarbage();
    d.close();
    assert.deepEqual(yield* single, { n: 43 });
    assert.deepEqual(yield* duplicate, { n: 43 });
    assert.equal(c.trySend({ n: 0 }), false, "a losing case still waits");
  }),
);
