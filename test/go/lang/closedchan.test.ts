/**
 * Go: test/closedchan.go. A closed channel through every way of sending and receiving: bare, in a select of one, in a
 * select beside a channel that never is ready; waiting and not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, ChannelClosedError, chan, type Goroutine, select, trySelect } from "gort";
import { inMain, panicOf } from "../support.ts";

type Received = readonly [value: number | undefined, ok: boolean];

/** One way of using a channel; the non-waiting operations give undefined when nothing was ready. */
interface Way {
  send(c: Chan<number>, x: number): Goroutine<unknown>;
  trySend(c: Chan<number>, x: number): boolean;
  recv(c: Chan<number>): Goroutine<number | undefined>;
  recvOk(c: Chan<number>): Goroutine<Received>;
  tryRecvOk(c: Chan<number>): Received | undefined;
}

const never = chan<never>();

const ways: Record<string, Way> = {
  bare: {
    send: function* (c, x) {
      yield* c.send(x);
    },
    trySend: (c, x) => c.trySend(x),
    recv: function* (c) {
      return yield* c.recv();
    },
    recvOk: function* (c) {
      return yield* c.recvOk();
    },
    tryRecvOk: (c) => c.tryRecv(),
  },
  "select of one": {
    send: function* (c, x) {
      yield* select({ c: c.send(x) });
    },
    trySend: (c, x) => trySelect({ c: c.send(x) }) !== undefined,
    recv: function* (c) {
      return (yield* select({ c: c.recv() })).value;
    },
    recvOk: function* (c) {
      return (yield* select({ c: c.recvOk() })).value;
    },
    tryRecvOk: (c) => trySelect({ c: c.recvOk() })?.value,
  },
  "select of two": {
    send: function* (c, x) {
      yield* select({ never: never.recv(), c: c.send(x) });
    },
    trySend: (c, x) => trySelect({ never: never.recv(), c: c.send(x) }) !== undefined,
    recv: function* (c) {
      return (yield* select({ never: never.recv(), c: c.recv() })).value;
    },
    recvOk: function* (c) {
      const s = yield* select({ never: never.recv(), c: c.recvOk() });
      return s.case === "c" ? s.value : assert.fail("nobody sends on it");
    },
    tryRecvOk: (c) => {
      const s = trySelect({ never: never.recv(), c: c.recvOk() });
      return s?.case === "never" ? assert.fail("nobody sends on it") : s?.value;
    },
  },
};

function* assertClosed(way: Way, c: Chan<number>): Goroutine {
  for (let i = 0; i < 3; i++) {
    assert.equal(yield* way.recv(c), undefined);
    assert.deepEqual(yield* way.recvOk(c), [undefined, false]);
    assert.deepEqual(way.tryRecvOk(c), [undefined, false]);
  }
  assert.throws(() => way.trySend(c, 1), ChannelClosedError);
  assert.equal(yield* way.recv(c), undefined, "the value that could not be sent is gone");
  assert.ok((yield* panicOf(() => way.send(c, 2))) instanceof ChannelClosedError);
  assert.equal(yield* way.recv(c), undefined, "the value that could not be sent is gone");
}

for (const [name, way] of Object.entries(ways)) {
  test(
    `closedchan.go: an unbuffered channel that is closed, ${name}`,
    inMain(function* () {
      const c = chan<number>();
      assert.equal(way.tryRecvOk(c), undefined, "nothing is ready while it is open");
      assert.equal(way.trySend(c, 1), false);
      c.close();
      yield* assertClosed(way, c);
    }),
  );

  test(
    `closedchan.go: what was buffered before the close comes first, ${name}`,
    inMain(function* () {
      const drain: readonly ((c: Chan<number>) => Goroutine)[] = [
        function* (c) {
          assert.equal(yield* way.recv(c), 1);
        },
        function* (c) {
          assert.deepEqual(yield* way.recvOk(c), [1, true]);
        },
        function* (c) {
          assert.deepEqual(way.tryRecvOk(c), [1, true]);
        },
      ];
      for (const takeLast of drain) {
        const c = chan<number>(2);
        yield* way.send(c, 1);
        c.close();
        yield* takeLast(c);
        yield* assertClosed(way, c);
      }
    }),
  );
}

test("closedchan.go: close of a closed channel panics", () => {
  const c = chan<number>();
  c.close();
  assert.throws(() => c.close(), { message: "close of closed channel", code: "GORT_CHANNEL_CLOSED" });
});
