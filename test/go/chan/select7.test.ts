/**
 * Go: test/chan/select7.go. Every way of sending meets every way of receiving: bare, select of one, select of two.
 *
 * Differs: both orders of arrival are tried, and the value is checked.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, go, select } from "gort";
import { inMain, rest } from "../support.ts";

const receivers: Record<string, (c: Chan<number>) => Goroutine<number | undefined>> = {
  "bare receive": function* (c) {
    return yield* c.recv();
  },
  "select of one receive": function* (c) {
    return (yield* select({ c: c.recv() })).value;
  },
  "select of two receives": function* (c) {
    return (yield* select({ c: c.recv(), c2: chan<number>().recv() })).value;
  },
  "receive with ok": function* (c) {
    return (yield* c.recvOk())[0];
  },
};

const senders: Record<string, (c: Chan<number>) => Goroutine<unknown>> = {
  "bare send": function* (c) {
    yield* c.send(1);
  },
  "select of one send": function* (c) {
    yield* select({ c: c.send(1) });
  },
  "select of two sends": function* (c) {
    const s = yield* select({ c: c.send(1), c2: chan<number>().send(2) });
    assert.equal(s.case, "c");
  },
};

for (const [sendName, send] of Object.entries(senders)) {
  for (const [recvName, recv] of Object.entries(receivers)) {
    test(
      `select7.go: ${sendName} meets ${recvName}`,
      inMain(function* () {
        const c = chan<number>();
        const waitingReceiver = go(recv, c);
        yield* rest(waitingReceiver);
        yield* send(c);
        assert.equal(yield* waitingReceiver, 1);

        const waitingSender = go(send, c);
        yield* rest(waitingSender);
        assert.equal(yield* recv(c), 1);
        yield* waitingSender;
      }),
    );
  }
}
