/**
 * Go: test/chan/zerosize.go. Channels of values without size can be made; here they are used as well.
 *
 * Differs: Go's zero-size values are `undefined` here, which a channel carries like any other value.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, go } from "gort";
import { inMain } from "../support.ts";

for (const capacity of [0, 1]) {
  test(
    `zerosize.go: a channel of nothing, capacity ${capacity}`,
    inMain(function* () {
      const ch = chan<void>(capacity);
      assert.equal(ch.capacity, capacity);
      go(function* () {
        yield* ch.send();
        yield* ch.send();
        ch.close();
      });
      assert.deepEqual(yield* ch.recvOk(), [undefined, true]);
      assert.deepEqual(yield* ch.recvOk(), [undefined, true]);
      assert.deepEqual(yield* ch.recvOk(), [undefined, false]);
    }),
  );
}

test(
  "zerosize.go: a buffer of a million nothings counts them",
  inMain(function* () {
    const ch = chan<void>(1_000_000);
    for (let i = 0; i < 1_000_000; i++) assert.ok(ch.trySend());
    assert.equal(ch.length, 1_000_000);
    assert.equal(ch.trySend(), false);
    assert.deepEqual(yield* ch.recvOk(), [undefined, true]);
  }),
);
