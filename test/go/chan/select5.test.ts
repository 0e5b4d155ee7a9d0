/**
 * Go: test/chan/select5.go. One real send or receive, phrased in every way, beside dummy, disabled and default cases;
 * the operands of all cases are evaluated once, in the order they are written, before anything is chosen.
 *
 * Go generates a program for each combination; here the combinations are a loop. Differs: assignment to the left-hand
 * side of a case has no counterpart (the value is in the result), nor has the place of `default` (`trySelect` has none).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, type Op, select, trySelect } from "gort";
import { inMain } from "../support.ts";

type Case = Op<unknown> | null;

/** Checks that it is called with ever larger numbers, so that the order of evaluation shows. */
class Order {
  #last = 0;
  count = 0;

  at<T>(place: number, value: T): T {
    assert.ok(place > this.#last, `place ${place} evaluated after ${this.#last}`);
    this.#last = place;
    this.count++;
    return value;
  }
}

/** Every choice of which of the four bystanders take part. */
const bystanders = Array.from({ length: 16 }, (_, bits) => ({
  dummySend: (bits & 1) !== 0,
  dummyRecv: (bits & 2) !== 0,
  nilSend: (bits & 4) !== 0,
  nilRecv: (bits & 8) !== 0,
}));

type Bystanders = (typeof bystanders)[number];

/** Go's nil channel as a case: the operand is evaluated, the case is off. */
function sendTo(ch: Chan<number> | null, value: number): Case {
  return ch && ch.send(value);
}

function recvFrom(ch: Chan<number> | null): Case {
  return ch && ch.recv();
}

/** The cases of one select, evaluated in the order written: the real one at place 1 and 2, bystanders after it. */
function casesOf(order: Order, who: Bystanders, real: () => Case): Record<string, Case> {
  const dummy = chan<number>();
  const nil: Chan<number> | null = null;
  return {
    real: real(),
    ...(who.dummySend && { dummySend: sendTo(order.at(3, dummy), order.at(4, 1)) }),
    ...(who.dummyRecv && { dummyRecv: recvFrom(order.at(5, dummy)) }),
    ...(who.nilSend && { nilSend: sendTo(order.at(6, nil), order.at(7, 1)) }),
    ...(who.nilRecv && { nilRecv: recvFrom(order.at(8, nil)) }),
  };
}

function evaluationsOf(who: Bystanders): number {
  return 2 * Number(who.dummySend) + Number(who.dummyRecv) + 2 * Number(who.nilSend) + Number(who.nilRecv);
}

/** The same cases as a waiting select and as one with a default. */
const ways: Record<
  string,
  (cases: Record<string, Case>) => Goroutine<{ case: string; value: unknown } | undefined>
> = {
  select: function* (cases) {
    return yield* select(cases);
  },
  trySelect: function* (cases) {
    return trySelect(cases);
  },
};

for (const [name, choose] of Object.entries(ways)) {
  test(
    `select5.go recv, recvOrder: one receive through ${name}, 16 combinations of bystanders`,
    inMain(function* () {
      const c = chan<number>(1);
      for (const [n, who] of bystanders.entries()) {
        const order = new Order();
        yield* c.send(n);
        const s = yield* choose(casesOf(order, who, () => recvFrom(order.at(1, c))));
        assert.deepEqual(s, { case: "real", value: n });
        assert.equal(order.count, 1 + evaluationsOf(who), "every operand once");
      }
    }),
  );

  test(
    `select5.go send, sendOrder: one send through ${name}, 16 combinations of bystanders`,
    inMain(function* () {
      const c = chan<number>(1);
      for (const [n, who] of bystanders.entries()) {
        const order = new Order();
        const s = yield* choose(casesOf(order, who, () => sendTo(order.at(1, c), order.at(2, n))));
        assert.deepEqual(s, { case: "real", value: undefined });
        assert.equal(order.count, 2 + evaluationsOf(who), "every operand once");
        assert.equal(yield* c.recv(), n);
      }
    }),
  );
}

test(
  "select5.go recv, send: the plain operations, outside any select",
  inMain(function* () {
    const c = chan<number>(1);
    const order = new Order();
    yield* order.at(1, c).send(order.at(2, 5));
    assert.equal(yield* order.at(3, c).recv(), 5);
    assert.equal(order.count, 3);
  }),
);

test(
  "select5.go nonblock: with nothing ready the default happens, and nothing else",
  inMain(function* () {
    for (const who of bystanders) {
      const order = new Order();
      const { real: _, ...cases } = casesOf(order, who, () => null);
      assert.equal(trySelect(cases), undefined);
      assert.equal(order.count, evaluationsOf(who));
    }
  }),
);
