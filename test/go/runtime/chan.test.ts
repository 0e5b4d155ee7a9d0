/**
 * Go: runtime/chan_test.go TestChan. What a channel promises, for capacities from 0 up.
 *
 * Differs: "blocks" is a parked goroutine, not a millisecond of silence; a closed channel gives `undefined`, not zero.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go } from "gort";
import { inMain, mustBlock, rest } from "../support.ts";

const capacities = [...Array(20).keys(), 50, 100, 199];

/** One test that runs `body` for every capacity. */
function testChan(what: string, body: (capacity: number, at: string) => Goroutine): void {
  test(
    `chan_test.go TestChan: ${what}`,
    inMain(function* () {
      for (const capacity of capacities) yield* body(capacity, `chan[${capacity}]`);
    }),
  );
}

testChan("receive from an empty channel blocks", function* (capacity, at) {
  const c = chan<number>(capacity);
  const bare = go(function* () {
    return yield* c.recv();
  });
  yield* mustBlock(bare, at);
  const withOk = go(function* () {
    return yield* c.recvOk();
  });
  yield* mustBlock(withOk, at);
  assert.equal(c.tryRecv(), undefined, at);
  yield* c.send(1);
  yield* c.send(2);
  assert.equal(yield* bare, 1, at);
  assert.deepEqual(yield* withOk, [2, true], at);
});

testChan("send to a full channel blocks", function* (capacity, at) {
  const c = chan<number>(capacity);
  for (let i = 0; i < capacity; i++) yield* c.send(i);
  const sender = go(function* () {
    yield* c.send(capacity);
  });
  yield* mustBlock(sender, at);
  assert.equal(c.trySend(-1), false, at);
  assert.equal(c.length, capacity, at);
  for (let i = 0; i <= capacity; i++) assert.equal(yield* c.recv(), i, at);
  yield* sender;
});

testChan("a closed channel gives its buffer, then nothing for ever", function* (capacity, at) {
  const c = chan<number>(capacity);
  for (let i = 0; i < capacity; i++) yield* c.send(i);
  c.close();
  for (let i = 0; i < capacity; i++) assert.equal(yield* c.recv(), i, at);
  assert.equal(yield* c.recv(), undefined, at);
  assert.deepEqual(yield* c.recvOk(), [undefined, false], at);
  assert.deepEqual(c.tryRecv(), [undefined, false], at);
});

testChan("close wakes a receiver", function* (capacity, at) {
  const c = chan<number>(capacity);
  const receiver = go(function* () {
    return yield* c.recvOk();
  });
  yield* mustBlock(receiver, at);
  c.close();
  assert.deepEqual(yield* receiver, [undefined, false], at);
});

testChan("100 values arrive uncorrupted and in order", function* (capacity, at) {
  const c = chan<number>(capacity);
  const sendAll = function* () {
    for (let i = 0; i < 100; i++) yield* c.send(i);
  };
  go(sendAll);
  for (let i = 0; i < 100; i++) assert.equal(yield* c.recv(), i, at);
  go(sendAll);
  for (let i = 0; i < 100; i++) assert.deepEqual(yield* c.recvOk(), [i, true], at);
});

testChan("4 senders and 4 receivers of 1,000 values lose and double none", function* (capacity, at) {
  const P = 4;
  const L = 1000;
  const c = chan<number>(capacity);
  for (let p = 0; p < P; p++) {
    go(function* () {
      for (let i = 0; i < L; i++) yield* c.send(i);
    });
  }
  const done = chan<number[]>();
  for (let p = 0; p < P; p++) {
    go(function* () {
      const counts = new Array<number>(L).fill(0);
      for (let i = 0; i < L; i++) {
        const v = (yield* c.recv()) ?? -1;
        counts[v] = (counts[v] ?? 0) + 1;
      }
      yield* done.send(counts);
    });
  }
  const total = new Array<number>(L).fill(0);
  for (let p = 0; p < P; p++) {
    for (const [v, n] of ((yield* done.recv()) ?? []).entries()) total[v] = (total[v] ?? 0) + n;
  }
  assert.deepEqual(total, new Array<number>(L).fill(P), at);
});

testChan("length and capacity", function* (capacity, at) {
  const c = chan<number>(capacity);
  assert.deepEqual([c.length, c.capacity], [0, capacity], at);
  for (let i = 0; i < capacity; i++) yield* c.send(i);
  assert.deepEqual([c.length, c.capacity], [capacity, capacity], at);
  const sender = go(function* () {
    yield* c.send(0);
  });
  yield* rest(sender);
  assert.equal(c.length, capacity, `${at}: a blocked sender's value is not counted`);
});
