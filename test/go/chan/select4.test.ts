/**
 * Go: test/chan/select4.go. Only the chosen case has an effect; where its value goes is worked out after the choice.
 *
 * Differs: a case's value comes back in the result and the program puts it where it wants, so nothing about a losing
 * case can run by construction; that the losing receive has let go of its channel is checked instead.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, select } from "gort";
import { inMain } from "../support.ts";

test(
  "select4.go: the ready case happens and the other leaves no trace",
  inMain(function* () {
    const x = { a: 0 };
    const c = chan<number>(1);
    const c1 = chan<number>();
    yield* c.send(42);
    const s = yield* select({ other: c1.recv(), ready: c.recv() });
    switch (s.case) {
      case "other":
        assert.fail("nobody sent on c1");
        break;
      case "ready":
        x.a = s.value ?? -1;
    }
    assert.equal(x.a, 42);
    assert.equal(c.length, 0);
    assert.equal(c1.trySend(1), false, "the losing receive still waits");
  }),
);
