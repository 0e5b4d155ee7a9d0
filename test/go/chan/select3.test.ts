/**
 * Go: test/chan/select3.go. Which operations block for ever, which never block, and which panic.
 *
 * Differs: there is no nil channel; a select case that is `null`, `undefined` or `false` plays its part, and so a bare
 * operation on a nil channel has no counterpart. "Blocks" is a parked goroutine, not a timeout.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelClosedError, chan, type Goroutine, go, type Op, select, trySelect } from "gort";
import { inMain, mustBlock, mustFinish, panicOf } from "../support.ts";

const nilCase: Op<number> | null = null as Op<number> | null;

function closedChan(): ReturnType<typeof chan<number>> {
  const ch = chan<number>();
  ch.close();
  return ch;
}

const always: Record<string, () => Goroutine<unknown>> = {
  "receive from a channel that is not ready": function* () {
    yield* chan<number>().recv();
  },
  "send to an unbuffered channel without a receiver": function* () {
    yield* chan<number>().send(7);
  },
  "send to a full channel": function* () {
    const ch = chan<number>(1);
    yield* ch.send(7);
    yield* ch.send(7);
  },
  "select without cases": function* () {
    yield* select({});
  },
  "select of one disabled case": function* () {
    yield* select({ a: nilCase });
  },
  "select of disabled cases of every spelling": function* () {
    yield* select({ a: null, b: undefined, c: false });
  },
  "select of a channel that is not ready": function* () {
    yield* select({ a: chan<number>().recv() });
  },
  "select of a channel that is not ready and a disabled case": function* () {
    yield* select({ a: chan<number>().recv(), b: nilCase });
  },
  "select that sends to and receives from the same channel": function* () {
    const c = chan<number>();
    yield* select({ sent: c.send(1), got: c.recv() });
  },
};

const never: Record<string, () => Goroutine<unknown>> = {
  "send to a channel with room": function* () {
    yield* chan<number>(1).send(7);
  },
  "receive from a closed channel, again and again": function* () {
    const closed = closedChan();
    for (let i = 0; i < 10; i++) {
      assert.equal(yield* closed.recv(), undefined);
      assert.deepEqual(yield* closed.recvOk(), [undefined, false]);
    }
  },
  "select with only a default": function* () {
    assert.equal(trySelect({}), undefined);
  },
  "select with a disabled case and a default": function* () {
    assert.equal(trySelect({ a: nilCase }), undefined);
    assert.equal(trySelect({ a: null, b: undefined, c: false }), undefined);
  },
  "select with a default and a send that has room": function* () {
    assert.deepEqual(trySelect({ a: chan<number>(1).send(7) }), { case: "a", value: undefined });
  },
  "select with a default and a value to receive": function* () {
    const ch = chan<number>(1);
    yield* ch.send(7);
    assert.deepEqual(trySelect({ a: ch.recv() }), { case: "a", value: 7 });
  },
  "select of a receive from a closed channel": function* () {
    assert.deepEqual(yield* select({ a: closedChan().recv() }), { case: "a", value: undefined });
  },
  "select of a two-value receive from a closed channel": function* () {
    assert.deepEqual(yield* select({ a: closedChan().recvOk() }), { case: "a", value: [undefined, false] });
  },
};

for (const [what, body] of Object.entries(always)) {
  test(
    `select3.go: always blocks: ${what}`,
    inMain(function* () {
      yield* mustBlock(go(body), what);
    }),
  );
}

for (const [what, body] of Object.entries(never)) {
  test(
    `select3.go: never blocks: ${what}`,
    inMain(function* () {
      yield* mustFinish(go(body), what);
    }),
  );
}

const panics: Record<string, () => Goroutine<unknown>> = {
  "send to a closed channel": function* () {
    yield* closedChan().send(7);
  },
  "select of a send to a closed channel": function* () {
    yield* select({ a: closedChan().send(7) });
  },
  "select with a default and a send to a closed channel": function* () {
    trySelect({ a: closedChan().send(7) });
  },
};

for (const [what, body] of Object.entries(panics)) {
  test(
    `select3.go: panics: ${what}`,
    inMain(function* () {
      const error = yield* panicOf(body);
      assert.ok(error instanceof ChannelClosedError);
      assert.equal(error.message, "send on closed channel");
    }),
  );
}
