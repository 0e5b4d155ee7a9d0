/** WaitGroup: what gort adds to Go's facts (test/go/sync): handles, use in select and with await, misuse. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chan,
  type Goroutine,
  GortError,
  go,
  goexit,
  gosched,
  type Handle,
  InvalidNumberError,
  NotAFunctionError,
  type Op,
  OperationReusedError,
  runtime,
  select,
  trySelect,
  WaitGroup,
} from "gort";
import { inMain, inOrder, mustBlock, mustFinish, panicOf, rest, turn } from "../go/support.ts";

/** A group of which the counter is `n`. */
function counting(n: number): WaitGroup {
  const wg = new WaitGroup();
  wg.add(n);
  return wg;
}

/** Whether the counter is zero. */
const isDone = (wg: WaitGroup): boolean => trySelect({ w: wg.wait() }) !== undefined;

describe("WaitGroup.wait", () => {
  it(
    "does not wait for a counter of zero, as often as one likes",
    inMain(function* () {
      const wg = new WaitGroup();
      yield* wg.wait();
      wg.add(0);
      yield* wg.wait();
      assert.deepEqual(trySelect({ w: wg.wait() }), { case: "w", value: undefined });
    }),
  );

  it(
    "looks at the counter when it is waited for",
    inMain(function* () {
      const wg = new WaitGroup();
      const op = wg.wait();
      wg.add(1);
      const waiting = go(() => op);
      yield* mustBlock(waiting, "wait");
      wg.done();
      yield* mustFinish(waiting, "wait");
    }),
  );

  it("wakes everybody in the order of their coming, goroutines and async code", async () => {
    const wg = counting(2);
    const order: string[] = [];
    const goroutine = (name: string): Handle<void> =>
      go(function* () {
        yield* wg.wait();
        order.push(name);
      });
    const first = goroutine("a");
    await turn();
    const external = wg.wait().then(() => order.push("async"));
    const last = goroutine("b");
    await turn();
    wg.done();
    await turn();
    assert.equal(order.length, 0);
    wg.add(-1);
    await Promise.all([first, external, last]);
    assert.deepEqual([...order].sort(), ["a", "async", "b"]);
    assert.ok(order.indexOf("a") < order.indexOf("b"));
  });

  it(
    "ends when the counter was zero once, even if it is used again before the waiter runs",
    inMain(function* () {
      const wg = counting(1);
      const first = go(() => wg.wait());
      yield* rest(first);
      wg.done();
      wg.add(1);
      const second = go(() => wg.wait());
      yield* mustFinish(first, "who waited for the first round");
      yield* mustBlock(second, "who waits for the second");
      wg.done();
      yield* mustFinish(second, "who waited for the second");
    }),
  );

  it(
    "says why it waits",
    inMain(function* () {
      const wg = counting(1);
      const waiting = go(function* () {
        yield* wg.wait();
      });
      yield* mustBlock(waiting, "wait");
      assert.match(
        runtime.stacks(),
        new RegExp(`^goroutine ${waiting.id} \\[sync\\.WaitGroup\\.Wait\\]:`, "m"),
      );
      wg.done();
    }),
  );

  it(
    "as a case of select: wins, loses without a trace, is tried",
    inOrder(function* () {
      const wg = counting(1);
      const quit = chan<void>();
      assert.equal(trySelect({ w: wg.wait() }), undefined);
      const make = () =>
        go(function* () {
          return (yield* select({ w: wg.wait(), quit: quit.recv() })).case;
        });
      const [loser, winner] = [make(), make()];
      yield* rest(loser, winner);
      assert.equal(quit.trySend(), true);
      wg.done();
      assert.equal(quit.trySend(), false);
      assert.deepEqual([yield* loser, yield* winner], ["quit", "w"]);
    }),
  );

  it(
    "is waited for once by each operation",
    inMain(function* () {
      const wg = counting(1);
      const op = wg.wait();
      const waiting = go(() => op);
      yield* rest(waiting);
      wg.done();
      yield* waiting;
      const error = yield* panicOf(function* () {
        yield* op;
      });
      assert.ok(error instanceof OperationReusedError);
      assert.equal(error.code, "GORT_OPERATION_REUSED");
    }),
  );
});

describe("WaitGroup.add and done", () => {
  it("count by more than one, up and down", () => {
    const wg = counting(5);
    wg.add(-4);
    assert.equal(isDone(wg), false);
    wg.add(-1);
    assert.equal(isDone(wg), true);
  });

  it("below zero throw, and the counter stays as it was", () => {
    const wg = counting(2);
    const misuse = (error: unknown) =>
      error instanceof GortError &&
      error.name === "NegativeCounterError" &&
      error.code === "GORT_NEGATIVE_COUNTER" &&
      error.message === "sync: negative WaitGroup counter";
    assert.throws(() => wg.add(-3), misuse);
    assert.equal(isDone(wg), false);
    wg.done();
    wg.done();
    assert.equal(isDone(wg), true);
    assert.throws(() => wg.done(), misuse);
    assert.equal(isDone(wg), true);
    wg.add(1);
    assert.equal(isDone(wg), false);
  });

  it(
    "below zero leave those who wait alone",
    inMain(function* () {
      const wg = counting(1);
      const waiting = go(() => wg.wait());
      yield* rest(waiting);
      assert.throws(() => wg.add(-2));
      yield* mustBlock(waiting, "wait");
      wg.done();
      yield* waiting;
    }),
  );

  it("refuse what is no integer, and the counter stays as it was", () => {
    const wg = counting(1);
    for (const wrong of [Number.NaN, 0.5, Number.POSITIVE_INFINITY, "1", undefined, null, 1n, 2 ** 53]) {
      assert.throws(
        () => wg.add(wrong as number),
        (error) => error instanceof InvalidNumberError && error.code === "GORT_INVALID_NUMBER",
        String(wrong),
      );
    }
    wg.done();
    assert.equal(isDone(wg), true);
  });
});

describe("WaitGroup.go", () => {
  function* add(a: number, b: number): Goroutine<number> {
    yield* gosched();
    return a + b;
  }

  it(
    "starts any kind of function with its arguments and gives the handle",
    inMain(function* () {
      const wg = new WaitGroup();
      const first = wg.go(add, 1, 2);
      assert.equal(isDone(wg), false);
      const second = wg.go(async (text: string) => text.length, "abcd");
      const third = wg.go((x: bigint) => x, 5n);
      assert.equal(first.name, "add");
      yield* wg.wait();
      assert.deepEqual([first.status, second.status, third.status], ["dead", "dead", "dead"]);
      assert.deepEqual([yield* first, yield* second, yield* third], [3, 4, 5n]);
    }),
  );

  it(
    "counts down however the goroutine ends; an error goes to whoever waits for the handle",
    inMain(function* () {
      const wg = new WaitGroup();
      const bad = wg.go(function* (): Goroutine {
        yield* gosched();
        throw new Error("boom");
      });
      const worse = wg.go(async () => {
        throw new Error("async boom");
      });
      const errors = go(function* () {
        const first = yield* panicOf(() => drain(bad));
        const second = yield* panicOf(() => drain(worse));
        return [first, second].map((error) => (error as Error).message);
      });
      const exits = wg.go(function* () {
        yield* gosched();
        goexit();
      });
      const waiting = go(() => wg.wait());
      assert.deepEqual(yield* errors, ["boom", "async boom"]);
      assert.equal(yield* exits, undefined);
      yield* mustFinish(waiting, "wait");
    }),
  );

  it("refuses what is no function, and the counter stays as it was", () => {
    const wg = new WaitGroup();
    for (const wrong of [undefined, null, 7, {}, add(1, 2)])
      assert.throws(() => wg.go(wrong as never), NotAFunctionError);
    assert.equal(isDone(wg), true);
  });

  it(
    "may be called by one of its own goroutines while others wait",
    inMain(function* () {
      const wg = new WaitGroup();
      let ended = 0;
      function* tree(depth: number): Goroutine {
        if (depth > 0) for (let i = 0; i < 2; i++) wg.go(tree, depth - 1);
        yield* gosched();
        ended++;
      }
      wg.go(tree, 5);
      yield* wg.wait();
      assert.equal(ended, 63);
    }),
  );
});

function* drain(op: Op<unknown>): Goroutine<unknown> {
  return yield* op;
}
