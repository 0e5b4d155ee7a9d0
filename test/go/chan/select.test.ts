/**
 * Go: test/chan/select.go. Operands of every case are evaluated on every pass; a case is switched off by a nil channel.
 *
 * Differs: a disabled case is written `null`. Whether its operand is still evaluated is up to the expression that gives
 * the null: a helper that takes the value evaluates it (Go's rule), `ch && ch.send(value())` does not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Op, trySelect } from "gort";
import { inMain, must } from "../support.ts";

type Nilable = Chan<number> | null;

/** Go's `case ch <- value`: the value is there whether or not the channel is nil. */
function sendTo(ch: Nilable, value: number): Op<void> | null {
  return ch && ch.send(value);
}

test(
  "select.go: sends until both channels are switched off, evaluating every operand on every pass",
  inMain(function* () {
    let evaluations = 0;
    let shift = 0;
    const value = (): number => {
      evaluations++;
      return 1 << shift;
    };
    const sendAll = (first: Nilable, second: Nilable): number => {
      let [a, b] = [first, second];
      for (let sent = 0; ; sent++, shift++) {
        const s = trySelect({ a: sendTo(a, value()), b: sendTo(b, value()) });
        if (s === undefined) return sent;
        if (s.case === "a") a = null;
        else b = null;
      }
    };
    const a = chan<number>(1);
    const b = chan<number>(1);
    assert.equal(sendAll(a, b), 2);
    assert.equal(must(yield* a.recv()) | must(yield* b.recv()), 3, "the second pass sent the second value");
    assert.equal(sendAll(a, null), 1);
    assert.equal(evaluations, 10);
  }),
);

test(
  "select.go: an operand behind && is not evaluated when its channel is null",
  inMain(function* () {
    let evaluations = 0;
    const a = chan<number>(1);
    const off: Nilable = null as Nilable;
    const s = trySelect({ a: a.send(++evaluations), off: off && off.send(++evaluations) });
    assert.equal(s?.case, "a");
    assert.equal(evaluations, 1);
    assert.equal(yield* a.recv(), 1);
  }),
);
