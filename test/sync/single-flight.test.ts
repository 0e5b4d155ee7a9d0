/**
 * SingleFlight: what gort promises beyond x/sync/singleflight (test/go/x/singleflight.test.ts): who shares what, callers that give up, keys, all kinds
 * of functions.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  NotAFunctionError,
  OperationReusedError,
  runtime,
  SingleFlight,
  select,
  trySelect,
} from "gort";
import { inMain, inOrder, mustBlock, onHost, panicOf, rest, turn } from "../go/support.ts";

/** A function that ends when it is told how, and counts its runs. */
class Flight<V> {
  runs = 0;
  private readonly ends = chan<V | Error>();
  readonly fly: () => Goroutine<V> = () => this.run();

  private *run(): Goroutine<V> {
    this.runs++;
    const end = (yield* this.ends.recv()) as V | Error;
    if (end instanceof Error) throw end;
    return end;
  }

  /** Ends the oldest run. */
  land(end: V | Error): void {
    assert.ok(this.ends.trySend(end), "nothing is on its way");
  }
}

/** A goroutine that asks; it ends with what it got. */
function ask<K, V>(
  flights: SingleFlight<K, V>,
  key: K,
  fly: () => Goroutine<V>,
): Handle<{ value: V; shared: boolean }> {
  return go(function* () {
    return { ...(yield* flights.do(key, fly)) };
  });
}

/** Lets all of `handles` come to rest, and the functions that they have started. */
function* settle(...handles: readonly Handle<unknown>[]): Goroutine {
  yield* rest(...handles);
  yield* gosched();
}

function* blocks(handle: Handle<unknown>, what: string): Goroutine {
  yield* settle(handle);
  yield* mustBlock(handle, what);
}

describe("SingleFlight.do", () => {
  it(
    "shares a result among all who ask while it is on its way, and says so to all of them",
    inMain(function* () {
      const flights = new SingleFlight<string, object>();
      const flight = new Flight<object>();
      const first = ask(flights, "key", flight.fly);
      yield* blocks(first, "on its way");
      const others = [ask(flights, "key", flight.fly), ask(flights, "key", flight.fly)];
      yield* settle(...others);
      const value = {};
      flight.land(value);
      for (const one of [first, ...others]) {
        const got = yield* one;
        assert.equal(got.shared, true);
        assert.equal(got.value, value, "the same object");
      }
      assert.equal(flight.runs, 1);
    }),
  );

  it(
    "begins anew when the last one is over, and then it is not shared",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      const flight = new Flight<number>();
      for (const n of [1, 2]) {
        const asked = ask(flights, "key", flight.fly);
        yield* settle(asked);
        flight.land(n);
        assert.deepEqual(yield* asked, { value: n, shared: false });
      }
      assert.equal(flight.runs, 2);
    }),
  );

  it(
    "that follows at once begins anew, too: whoever got a result does not get it again",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      let runs = 0;
      const count = function* (): Goroutine<number> {
        return ++runs;
      };
      for (const n of [1, 2, 3]) assert.equal((yield* flights.do("key", count)).value, n);
    }),
  );

  it(
    "shares an error: the same object for all, and the next call begins anew",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      const flight = new Flight<number>();
      const asked = [0, 1, 2].map(() =>
        go(function* () {
          return yield* panicOf(function* () {
            yield* flights.do("key", flight.fly);
          });
        }),
      );
      yield* settle(...asked);
      const boom = new Error("boom");
      flight.land(boom);
      for (const one of asked) assert.equal(yield* one, boom);
      const next = ask(flights, "key", flight.fly);
      yield* settle(next);
      flight.land(5);
      assert.deepEqual(yield* next, { value: 5, shared: false });
    }),
  );

  it(
    "takes plain and async functions, too, and runs them in a goroutine of their own",
    onHost(function* () {
      const flights = new SingleFlight<string, number>();
      const ids = new Set([runtime.goid()]);
      const plain = yield* flights.do("key", () => ids.add(runtime.goid()).size);
      assert.equal(plain.value, 2);
      const later = yield* flights.do("key", async () => {
        await turn();
        return 7;
      });
      assert.equal(later.value, 7);
      const thrown = yield* panicOf(function* () {
        yield* flights.do("key", async () => {
          await turn();
          throw new Error("async");
        });
      });
      assert.equal((thrown as Error).message, "async");
    }),
  );

  it(
    "tells keys apart as a Map does",
    inOrder(function* () {
      const flights = new SingleFlight<unknown, number>();
      const flight = new Flight<number>();
      const [a, b] = [{}, {}];
      const asked = [a, b, Number.NaN, "1", 1, undefined, null].map((key) => ask(flights, key, flight.fly));
      const again = [a, Number.NaN, undefined].map((key) => ask(flights, key, flight.fly));
      yield* settle(...asked, ...again);
      assert.equal(flight.runs, asked.length);
      for (let n = 0; n < asked.length; n++) flight.land(n);
      const values: number[] = [];
      for (const one of [...asked, ...again]) values.push((yield* one).value);
      assert.deepEqual(values, [0, 1, 2, 3, 4, 5, 6, 0, 2, 5]);
    }),
  );

  it("can be awaited, together with goroutines", async () => {
    const flights = new SingleFlight<string, number>();
    const flight = new Flight<number>();
    const inside = ask(flights, "key", flight.fly);
    const outside = flights.do("key", flight.fly).then((got) => ({ ...got }));
    const failing = flights.do("other", () => {
      throw new Error("boom");
    });
    await assert.rejects(async () => await failing, { message: "boom" });
    await turn();
    flight.land(3);
    assert.deepEqual(await inside, { value: 3, shared: true });
    assert.deepEqual(await outside, { value: 3, shared: true });
    assert.equal(flight.runs, 1);
  });

  it(
    "refuses what is no function, and a second wait",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      for (const bad of [undefined, null, {}, 5]) {
        assert.throws(() => flights.do("key", bad as never), NotAFunctionError);
      }
      const op = flights.do("key", () => 1);
      yield* op;
      const error = yield* panicOf(function* () {
        yield* op;
      });
      assert.ok(error instanceof OperationReusedError);
    }),
  );

  it(
    "says goroutine join in a dump",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      const flight = new Flight<number>();
      const asked = ask(flights, "key", flight.fly);
      yield* settle(asked);
      assert.ok(runtime.stacks().includes(`goroutine ${asked.id} [goroutine join]:`), runtime.stacks());
      flight.land(1);
      yield* asked;
    }),
  );
});

describe("a call of SingleFlight", () => {
  it(
    "begins when somebody waits: not when it is made, and not in a trySelect",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      let runs = 0;
      const count = (): number => ++runs;
      flights.do("key", count);
      assert.equal(trySelect({ got: flights.do("key", count) }), undefined);
      yield* settle(go(() => {}));
      assert.equal(runs, 0);
      const ready = chan<void>(1);
      yield* ready.send();
      assert.equal((yield* select({ got: flights.do("key", count), ready: ready.recv() })).case, "ready");
      assert.equal(runs, 0, "another case was ready");
      assert.equal((yield* flights.do("key", count)).value, 1);
    }),
  );

  it(
    "runs on when a caller gives up, and the others get its result",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      const flight = new Flight<number>();
      const stop = chan<void>();
      const chooser = go(function* () {
        return (yield* select({ got: flights.do("key", flight.fly), stop: stop.recv() })).case;
      });
      yield* blocks(chooser, "on its way");
      const other = ask(flights, "key", flight.fly);
      yield* blocks(other, "on its way");
      assert.ok(stop.trySend());
      assert.equal(yield* chooser, "stop");
      flight.land(9);
      assert.equal((yield* other).value, 9);
      assert.equal(flight.runs, 1);
    }),
  );

  it(
    "runs on when everybody has given up, and who asks then joins it",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      const flight = new Flight<number>();
      const stop = chan<void>();
      const choosers = [0, 1].map(() =>
        go(function* () {
          return (yield* select({ got: flights.do("key", flight.fly), stop: stop.recv() })).case;
        }),
      );
      yield* settle(...choosers);
      stop.close();
      for (const chooser of choosers) assert.equal(yield* chooser, "stop");
      const late = ask(flights, "key", flight.fly);
      yield* blocks(late, "still on its way");
      flight.land(4);
      assert.equal((yield* late).value, 4);
      assert.equal(flight.runs, 1);
    }),
  );

  it("that fails when everybody has given up is nobody's panic", async () => {
    const flights = new SingleFlight<string, number>();
    const flight = new Flight<number>();
    const stop = chan<void>();
    const chooser = go(function* () {
      return (yield* select({ got: flights.do("key", flight.fly), stop: stop.recv() })).case;
    });
    await turn();
    assert.ok(stop.trySend());
    assert.equal(await chooser, "stop");
    flight.land(new Error("too late"));
    // A panic would end the process when the event loop has turned.
    await turn();
    await turn();
    assert.equal((await flights.do("key", () => 1)).value, 1);
  });
});

describe("SingleFlight.forget", () => {
  it(
    "makes the next call a new one; each caller gets what he asked for",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      const flight = new Flight<number>();
      const old = [ask(flights, "key", flight.fly), ask(flights, "key", flight.fly)];
      yield* settle(...old);
      flights.forget("key");
      const young = ask(flights, "key", flight.fly);
      yield* settle(young);
      assert.equal(flight.runs, 2);
      flight.land(1);
      for (const one of old) assert.deepEqual(yield* one, { value: 1, shared: true });
      const joined = ask(flights, "key", flight.fly);
      yield* blocks(joined, "the new one is not forgotten by the end of the old one");
      flight.land(2);
      for (const one of [young, joined]) assert.deepEqual(yield* one, { value: 2, shared: true });
      assert.equal(flight.runs, 2);
    }),
  );

  it(
    "of a key that nobody asked for, or of one that is over, has no effect",
    inMain(function* () {
      const flights = new SingleFlight<string, number>();
      flights.forget("key");
      assert.equal((yield* flights.do("key", () => 1)).value, 1);
      flights.forget("key");
      assert.equal((yield* flights.do("key", () => 2)).value, 2);
    }),
  );
});
