/**
 * Go: test/chanlinear.go. Thousands of selects that queue on one channel, and leave it again from the middle.
 *
 * Differs: Go measures that the time is linear; here the number is such that a queue searched from its end for each
 * leaver needs tens of millions of steps, and what is checked is that everyone was woken and nobody was left.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, go, select } from "gort";
import { inMain, rest } from "../support.ts";

test(
  "chanlinear.go: 5,000 goroutines queue on a common channel and are called away from it, 4 times",
  inMain(function* () {
    const messages = 4;
    const common = chan<boolean>();
    let woken = 0;
    const own = Array.from({ length: 5000 }, () => chan<boolean>());
    const handles = own.map((d) =>
      go(function* () {
        for (let i = 0; i < messages; i++) {
          const s = yield* select({ common: common.recv(), own: d.recv() });
          assert.equal(s.case, "own");
          woken++;
        }
      }),
    );
    for (let i = 0; i < messages; i++) for (const d of own) yield* d.send(true);
    yield* rest(...handles);
    assert.equal(woken, messages * own.length);
    assert.equal(common.trySend(true), false, "someone still waits on the common channel");
  }),
);
