/**
 * Go: test/chan/select2.go. A select that loses on a channel nobody uses leaves nothing behind on it.
 *
 * Differs: beside the memory, the queue itself is looked at: had a losing receive stayed, a non-blocking send would
 * find it and succeed. A leaked waiter costs far more than 10 bytes, so 100,000 of them cannot hide under the bound.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, type RecvChan, type SendChan, select } from "gort";
import { collectGarbage, inMain, onHost } from "../support.ts";

const N = 100_000;

function* sender(c: SendChan<number>): Goroutine {
  for (let i = 0; i < N; i++) yield* c.send(1);
}

function* receiver(c: RecvChan<number>, dummy: RecvChan<number>): Goroutine {
  for (let i = 0; i < N; i++) {
    const s = yield* select({ c: c.recv(), dummy: dummy.recv() });
    assert.equal(s.case, "c");
  }
}

test(
  "select2.go: 100,000 selects do not make the footprint grow",
  onHost(function* () {
    const c = chan<number>();
    const dummy = chan<number>();
    const round = function* (): Goroutine<number> {
      go(sender, c);
      yield* receiver(c, dummy);
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const warm = yield* round();
    const grown = (yield* round()) - warm;
    assert.ok(grown < 10 * N, `100,000 selects left ${grown} bytes behind`);
    assert.equal(dummy.trySend(7), false, "a losing receive still waits");
  }),
);

test(
  "select2.go: the same for a losing send",
  inMain(function* () {
    const c = chan<number>();
    const dummy = chan<number>();
    go(function* () {
      for (let i = 0; i < 1000; i++) yield* c.recv();
    });
    for (let i = 0; i < 1000; i++) {
      const s = yield* select({ dummy: dummy.send(i), c: c.send(i) });
      assert.equal(s.case, "c");
    }
    assert.equal(dummy.tryRecv(), undefined, "a losing send still waits");
  }),
);
