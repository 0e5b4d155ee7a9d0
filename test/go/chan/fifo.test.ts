/**
 * Go: test/chan/fifo.go. Values leave a channel in the order they entered it, buffered or not.
 *
 * Differs: nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, go, type RecvChan, type SendChan } from "gort";
import { inMain } from "../support.ts";

const N = 10;

test(
  "fifo.go AsynchFifo: a full buffer is emptied in the order it was filled",
  inMain(function* () {
    const ch = chan<number>(N);
    for (let i = 0; i < N; i++) yield* ch.send(i);
    for (let i = 0; i < N; i++) assert.equal(yield* ch.recv(), i);
  }),
);

/** Waits for its turn, takes `expected` from the common channel, and passes the turn on. */
function* link(
  values: RecvChan<number>,
  expected: number,
  turn: RecvChan<void>,
  next: SendChan<void>,
): Goroutine {
  yield* turn.recv();
  assert.equal(yield* values.recv(), expected);
  yield* next.send();
}

test(
  "fifo.go SynchFifo: values handed over one by one reach receivers that take turns",
  inMain(function* () {
    const values = chan<number>();
    const first: Chan<void> = chan();
    let turn = first;
    for (let i = 0; i < N; i++) {
      const next: Chan<void> = chan();
      go(link, values, i, turn, next);
      turn = next;
    }
    yield* first.send();
    for (let i = 0; i < N; i++) yield* values.send(i);
    assert.deepEqual(yield* turn.recvOk(), [undefined, true], "the last link passed the turn on");
  }),
);
