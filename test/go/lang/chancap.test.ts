/**
 * Go: test/chancap.go, test/makechan.go. What a capacity may be, and what length and capacity say.
 *
 * Differs: what Go's compiler refuses of constants is refused when the channel is made; there is no element size, so
 * only the number itself can be too large.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan } from "gort";
import { inMain } from "../support.ts";

test(
  "chancap.go: length counts what is buffered, capacity what can be",
  inMain(function* () {
    const c = chan<number>(10);
    assert.deepEqual([c.length, c.capacity], [0, 10]);
    for (let i = 0; i < 3; i++) yield* c.send(i);
    assert.deepEqual([c.length, c.capacity], [3, 10]);
    const unbuffered = chan<number>();
    assert.deepEqual([unbuffered.length, unbuffered.capacity], [0, 0]);
  }),
);

test("chancap.go, makechan.go: a capacity that is negative, fractional or beyond every integer panics", () => {
  for (const size of [-1, 0.5, 1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
    assert.throws(
      () => chan(size),
      { name: "RangeError", message: /makechan: size out of range/ },
      String(size),
    );
  }
});
