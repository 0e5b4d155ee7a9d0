/**
 * Go: test/chan/select8.go. `break` leaves a select, whatever its shape.
 *
 * Differs: a select gives a result and a `switch` looks at it, so `break` is JavaScript's; what stays of the program is
 * that each shape goes through, beside a goroutine that sends without end, and that a select never meets itself.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, go, select, trySelect } from "gort";
import { inMain, rest } from "../support.ts";

test(
  "select8.go: every shape of select is left by its break",
  inMain(function* () {
    const ch = chan<number>();
    const sender = go(function* () {
      for (;;) yield* ch.send(5);
    });

    const one = yield* select({ got: ch.recv() });
    assert.deepEqual(one, { case: "got", value: 5 });

    assert.equal(trySelect({}), undefined);

    for (let i = 0; i < 20; i++) {
      yield* rest(sender);
      assert.deepEqual(trySelect({ got: ch.recv() }), { case: "got", value: 5 });
      assert.equal(
        trySelect({ got: ch.recv(), sent: ch.send(10) }),
        undefined,
        "the sender has had no turn yet",
      );
      yield* rest(sender);
      const s = trySelect({ got: ch.recv(), sent: ch.send(10) });
      assert.deepEqual(s, { case: "got", value: 5 }, "nobody receives, so the send cannot happen");
    }
  }),
);
