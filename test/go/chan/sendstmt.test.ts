/**
 * Go: test/chan/sendstmt.go. A channel received from a channel can be sent to in one expression.
 *
 * Differs: the precedence of `<-` has no counterpart; that a send's operand is a whole expression is a method call's nature.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, select, trySelect } from "gort";
import { inMain, must } from "../support.ts";

test(
  "sendstmt.go chanchan: a channel out of a channel is a select case's channel",
  inMain(function* () {
    const cc = chan<Chan<number>>(1);
    const c = chan<number>(1);
    yield* cc.send(c);
    const s = trySelect({ sent: must(yield* cc.recv()).send(2) });
    assert.equal(s?.case, "sent");
    assert.equal(yield* c.recv(), 2);
  }),
);

test(
  "sendstmt.go chanchan: the inner receive happens before the select, even when the select then waits",
  inMain(function* () {
    const cc = chan<Chan<number>>(2);
    const full = chan<number>(1);
    const free = chan<number>(1);
    yield* full.send(0);
    yield* cc.send(full);
    yield* cc.send(free);
    const s = yield* select({ a: must(yield* cc.recv()).send(1), b: must(yield* cc.recv()).send(2) });
    assert.equal(s.case, "b");
    assert.equal(cc.length, 0);
    assert.equal(yield* full.recv(), 0);
    assert.equal(yield* free.recv(), 2);
  }),
);

test(
  "sendstmt.go sendprec: the operand is evaluated before it is sent",
  inMain(function* () {
    const c = chan<boolean>(1);
    const no = false as boolean;
    yield* c.send(no || true);
    assert.equal(yield* c.recv(), true);
  }),
);
