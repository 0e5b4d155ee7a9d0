/**
 * Go: test/chan/goroutines.go. A value travels through a chain of 10,000 goroutines that all exist at once.
 *
 * Differs: each link adds one, so that a link left out would show.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, type RecvChan, runtime, type SendChan } from "gort";
import { inMain, must } from "../support.ts";

function* passOn(left: SendChan<number>, right: RecvChan<number>): Goroutine {
  yield* left.send(1 + must(yield* right.recv()));
}

test(
  "goroutines.go: a value passes through 10,000 goroutines",
  inMain(function* () {
    const n = 10_000;
    const before = runtime.numGoroutine();
    const leftmost = chan<number>();
    let right = leftmost;
    for (let i = 0; i < n; i++) {
      const left = right;
      right = chan<number>();
      go(passOn, left, right);
    }
    assert.equal(runtime.numGoroutine(), before + n);
    go(function* (end: SendChan<number>) {
      yield* end.send(0);
    }, right);
    assert.equal(yield* leftmost.recv(), n);
  }),
);
