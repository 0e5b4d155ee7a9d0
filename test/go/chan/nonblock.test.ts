/**
 * Go: test/chan/nonblock.go. Non-blocking sends and receives, with capacity 0 and 1, for values of several types.
 *
 * Differs: Go tries again every few microseconds; here `gosched` gives the partner its turn, and the first try against
 * a partner that has not run yet must fail (a goroutine never starts inside `go`).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, go, gosched, type SendChan, trySelect } from "gort";
import { inOrder } from "../support.ts";

function* receiver<T>(ch: Chan<T>, expected: T, strobe: SendChan<boolean>): Goroutine {
  assert.equal(yield* ch.recv(), expected);
  yield* strobe.send(true);
}

function* sender<T>(ch: Chan<T>, value: T, strobe: SendChan<boolean>): Goroutine {
  yield* ch.send(value);
  yield* strobe.send(true);
}

/** Repeats a non-blocking attempt until it succeeds; the result is the number of failures before. */
function* until(attempt: () => boolean): Goroutine<number> {
  let failures = 0;
  for (; !attempt(); failures++) {
    assert.ok(failures < 100, "the partner never came");
    yield* gosched();
  }
  return failures;
}

const cases: readonly (readonly [type: string, sent: unknown, received: unknown])[] = [
  ["number", 123, 234],
  ["bigint", 123_456n, 234_567n],
  ["boolean", true, false],
  ["string", "hello", "hello again"],
  ["undefined", undefined, undefined],
  ["null", null, null],
];

for (const capacity of [0, 1]) {
  for (const [type, sent, received] of cases) {
    test(
      `nonblock.go: ${type} through a channel of capacity ${capacity}`,
      inOrder(function* () {
        const strobe = chan<boolean>();
        const ch = chan<unknown>(capacity);

        assert.equal(trySelect({ got: ch.recv() }), undefined, "nothing to receive yet");

        go(receiver, ch, sent, strobe);
        const sendFailures = yield* until(() => trySelect({ sent: ch.send(sent) }) !== undefined);
        assert.equal(
          sendFailures,
          capacity === 0 ? 1 : 0,
          "only an unbuffered send needs the receiver to be there",
        );
        yield* strobe.recv();

        go(sender, ch, received, strobe);
        if (capacity > 0) yield* strobe.recv();
        let got: { readonly value: unknown } | undefined;
        const recvFailures = yield* until(() => {
          got = trySelect({ got: ch.recv() });
          return got !== undefined;
        });
        assert.equal(recvFailures, capacity === 0 ? 1 : 0);
        assert.equal(got?.value, received);
        if (capacity === 0) yield* strobe.recv();
      }),
    );
  }
}
