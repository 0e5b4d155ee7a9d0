/**
 * What parallelMap promises, whatever the number of processors.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type Cancel,
  type Context,
  ContextCanceledError,
  chan,
  type GortError,
  NotPortableError,
  NotSendableError,
  type Op,
  parallelMap,
  range,
  run,
  select,
  sleep,
  withCancel,
} from "gort";
import { settled } from "../time/virtual.ts";
import {
  counted,
  failsAt,
  GATE,
  gated,
  givesSocket,
  later,
  leaves,
  measures,
  newGate,
  plain,
  rests,
  reuses,
  spoils,
  square,
  works,
} from "./map-functions.ts";

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const byNumber = (a: number, b: number): number => a - b;

/** Waits until a word of a gate is at least `least`. */
async function reaches(gate: Int32Array, word: number, least: number): Promise<void> {
  while (Atomics.load(gate, word) < least) await sleep(1);
}

/** `op` fails with such an error. */
async function rejects(op: Op<unknown>, expected: Parameters<typeof assert.rejects>[1]): Promise<void> {
  await assert.rejects(async () => await op, expected);
}

/** Counts how often it is asked, and whether it was closed. */
class Watched<T> implements Iterable<T>, Iterator<T> {
  asked = 0;
  returned = 0;
  private readonly values: Iterator<T>;

  constructor(values: Iterable<T>) {
    this.values = values[Symbol.iterator]();
  }

  next(): IteratorResult<T> {
    this.asked++;
    return this.values.next();
  }

  return(): IteratorResult<T> {
    this.returned++;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

function* forever(gate: Int32Array): Generator<{ gate: Int32Array; n: number }> {
  for (let n = 0; ; n++) yield { gate, n };
}

export function mapContract(title: string): void {
  describe(`parallelMap, ${title}`, () => {
    results();
    inputs();
    copies();
    limits();
    endings();
    refusals();
  });
}

function results(): void {
  it("gives the results in the order of the inputs", async () => {
    const squares = numbers(5000).map((n) => n * n);
    assert.deepEqual(await parallelMap(square, numbers(5000)).toArray(), squares);
    const seen: number[] = [];
    for await (const r of parallelMap(square, numbers(5000))) seen.push(r);
    assert.deepEqual(seen, squares);
  });

  it("gives each result once when they come unordered", async () => {
    const got = await parallelMap(square, numbers(5000), { ordered: false }).toArray();
    assert.deepEqual(
      got.sort(byNumber),
      numbers(5000).map((n) => n * n),
    );
  });

  it("unordered, a result does not wait for one before it", async () => {
    const gate = newGate();
    const open = newGate();
    Atomics.store(open, GATE.open, 1);
    const map = parallelMap(
      gated,
      [
        { gate, n: 0 },
        { gate: open, n: 1 },
      ],
      { ordered: false, concurrency: 2 },
    );
    assert.equal(await map.recv(), 1);
    Atomics.store(gate, GATE.open, 1);
    assert.equal(await map.recv(), 0);
    assert.equal(await map.recv(), undefined);
  });

  it("is a channel: range, recv, recvOk, tryRecv, a case of a select", async () => {
    await run(function* () {
      const map = parallelMap(square, numbers(6));
      const s = yield* select({ first: map.recv(), never: chan<number>().recv() });
      assert.deepEqual(s, { case: "first", value: 0 });
      assert.deepEqual(yield* map.recvOk(), [1, true]);
      let tried = map.tryRecv();
      while (tried === undefined) {
        yield* sleep(1);
        tried = map.tryRecv();
      }
      assert.deepEqual(tried, [4, true]);
      const rest: number[] = [];
      for (const r = range(map); yield* r.next(); ) rest.push(r.value);
      assert.deepEqual(rest, [9, 16, 25]);
      assert.deepEqual(yield* map.recvOk(), [undefined, false]);
      assert.deepEqual(map.tryRecv(), [undefined, false]);
      assert.equal(map.closed, true);
      assert.deepEqual(yield* map.toArray(), []);
    });
  });

  it("several receivers get each result once", async () => {
    await run(function* () {
      const map = parallelMap(square, numbers(300));
      const all = yield* select({ all: map.toArray(), never: chan<number>().recv() });
      assert.equal((all.value as number[]).length, 300);
    });
    const map = parallelMap(square, numbers(500));
    const got: number[] = [];
    const receive = async (): Promise<void> => {
      for await (const r of map) got.push(r);
    };
    await Promise.all([receive(), receive(), receive()]);
    assert.deepEqual(
      got.sort(byNumber),
      numbers(500).map((n) => n * n),
    );
  });

  it("toArray that loses a select has taken nothing", async () => {
    await run(function* () {
      const gate = newGate();
      const open = newGate();
      Atomics.store(open, GATE.open, 1);
      const given = [0, 1, 2, 3].map((n) => ({ gate: n < 3 ? open : gate, n }));
      const map = parallelMap(gated, given, { concurrency: 1 });
      const quit = chan<void>();
      const losing = select({ all: map.toArray(), quit: quit.recv() });
      const watcher = (async () => {
        await reaches(gate, GATE.begun, 1);
        quit.close();
      })();
      assert.equal((yield* losing).case, "quit");
      Atomics.store(gate, GATE.open, 1);
      assert.deepEqual(yield* map.toArray(), [0, 1, 2, 3]);
      void watcher;
    });
  });

  it("calls functions of every kind", async () => {
    const n = numbers(40);
    assert.deepEqual(
      await parallelMap(plain, n).toArray(),
      n.map((i) => i + 1),
    );
    assert.deepEqual(
      await parallelMap(later, n).toArray(),
      n.map((i) => i + 2),
    );
    assert.deepEqual(
      await parallelMap(rests, n).toArray(),
      n.map((i) => i + 3),
    );
  });

  it("a call that ends by goexit gives undefined, and the others go on", async () => {
    const got = await parallelMap(leaves, numbers(200)).toArray();
    assert.deepEqual(
      got,
      numbers(200).map((n) => (n % 5 === 3 ? undefined : n)),
    );
  });

  it("a batch of calls that turn slow is given back, and nothing is lost", async () => {
    const given = numbers(400).map((n) => ({ n, ms: n < 300 || n % 10 !== 0 ? 0 : 5 }));
    for (const ordered of [true, false]) {
      const got = await parallelMap(works, given, { ordered }).toArray();
      const order = got.map(([n]) => n);
      assert.deepEqual(ordered ? order : order.sort(byNumber), numbers(400));
    }
  });

  it("says how far it is", async () => {
    const steps: [number, number | undefined][] = [];
    await parallelMap(square, new Set(numbers(1000)), { onProgress: (d, t) => steps.push([d, t]) }).toArray();
    assert.deepEqual(steps.at(-1), [1000, 1000]);
    for (let i = 1; i < steps.length; i++) assert.ok((steps[i]?.[0] ?? 0) > (steps[i - 1]?.[0] ?? 0));
    const totals = new Set<number | undefined>();
    await parallelMap(square, numbers(3).values(), { onProgress: (_, t) => totals.add(t) }).toArray();
    assert.deepEqual([...totals], [undefined]);
  });
}

function inputs(): void {
  it("reads iterables, async iterables and channels, also empty ones", async () => {
    const expected = numbers(700).map((n) => n * n);
    async function* slowly(): AsyncGenerator<number> {
      for (const n of numbers(700)) {
        if (n % 100 === 50) await sleep(1);
        yield n;
      }
    }
    assert.deepEqual(await parallelMap(square, slowly()).toArray(), expected);
    assert.deepEqual(await parallelMap(square, new Set(numbers(700))).toArray(), expected);
    await run(function* () {
      for (const capacity of [0, 10]) {
        const ch = chan<number>(capacity);
        const sender = (async () => {
          for (const n of numbers(700)) await ch.send(n);
          ch.close();
        })();
        assert.deepEqual(yield* parallelMap(square, ch).toArray(), expected);
        void sender;
      }
    });
    const closed = chan<number>();
    closed.close();
    async function* none(): AsyncGenerator<number> {}
    for (const empty of [[], new Set<number>(), none(), closed])
      assert.deepEqual(await parallelMap(square, empty).toArray(), []);
  });

  it("an input that comes late is not waited for by those before it", async () => {
    const ch = chan<number>();
    const map = parallelMap(square, ch);
    for (const n of numbers(50)) {
      await Promise.all([ch.send(n), map.recv().then((r) => assert.equal(r, n * n))]);
    }
    ch.close();
    assert.deepEqual(await map.recvOk(), [undefined, false]);
  });

  it("is lazy", async () => {
    const given = new Watched(numbers(3));
    const map = parallelMap(square, given);
    const op = map.recv();
    await settled();
    assert.equal(given.asked, 0);
    assert.equal(await op, 0);
    assert.deepEqual(await map.toArray(), [1, 4]);
    assert.equal(given.returned, 0, "an input that was read to its end is not told to return");
  });
}

function copies(): void {
  it("what inputs share is not shared by the calls", async () => {
    const input = { count: 0 };
    assert.deepEqual(await parallelMap(spoils, new Array(300).fill(input)).toArray(), new Array(300).fill(1));
    assert.equal(input.count, 0);
  });

  it("an input is copied when it is read, a result when its call has ended", async () => {
    function* refill(): Generator<Uint8Array> {
      const buffer = new Uint8Array(4);
      for (let i = 0; i < 200; i++) yield buffer.fill(i);
    }
    const sums = (await parallelMap(measures, refill()).toArray()).map(([sum]) => sum);
    assert.deepEqual(
      sums,
      numbers(200).map((i) => 4 * i),
    );
    const calls = await parallelMap(reuses, numbers(300)).toArray();
    assert.equal(new Set(calls).size, 300);
  });

  it("a view brings its own bytes only; a Buffer stays one", async () => {
    const all = new Uint8Array(64 * 300).fill(1);
    const views = numbers(300).map((i) => all.subarray(64 * i, 64 * i + 64));
    for (const got of await parallelMap(measures, views).toArray())
      assert.deepEqual(got, [64, 64, "Uint8Array"]);
    const buffers = numbers(300).map((i) => Buffer.alloc(i, 2));
    (await parallelMap(measures, buffers).toArray()).forEach(([sum, , name], i) => {
      assert.deepEqual([sum, name], [2 * i, "Buffer"]);
    });
  });
}

function limits(): void {
  it("reads at most 2 x concurrency ahead while calls take long", async () => {
    const gate = newGate();
    const given = new Watched(forever(gate));
    const map = parallelMap(gated, given, { concurrency: 2 });
    const first = map.recv().then((r) => r);
    await reaches(gate, GATE.begun, 2);
    await sleep(1);
    assert.equal(given.asked, 2, "no more is read than may be called");
    Atomics.store(gate, GATE.open, 1);
    assert.equal(await first, 0);
    await reaches(gate, GATE.ended, 4);
    for await (const r of map) if (r === 9) break;
    assert.equal(given.returned, 1);
    // Its calls are short by now: many travel together.
    assert.ok(given.asked <= 10 + map.capacity + 2 * 2 * 256, `${given.asked} were read`);
  });

  it("reads no further than its bound while nobody receives", async () => {
    const given = new Watched(numbers(100_000));
    const map = parallelMap(square, given, { concurrency: 2 });
    for (let i = 0; i < 2000; i++) await map.recv();
    await sleep(20);
    assert.ok(given.asked <= 2000 + 2 * 2 * 256, `${given.asked} were read`);
    for await (const _ of map) break;
  });

  it("has at most `concurrency` calls under way", async () => {
    for (const concurrency of [1, 3]) {
      const gate = newGate();
      const given = numbers(300).map((n) => ({ gate, n }));
      assert.deepEqual(await parallelMap(counted, given, { concurrency }).toArray(), numbers(300));
      assert.ok((gate[GATE.most] as number) <= concurrency, `${gate[GATE.most]} at once`);
    }
  });
}

function endings(): void {
  const cancelable = (): [Context, Cancel] => withCancel(background());

  it("leaving a loop stops it, and waits for what is running", async () => {
    const gate = newGate();
    const open = newGate();
    Atomics.store(open, GATE.open, 1);
    const given = new Watched([{ gate: open, n: 0 }, ...new Array(50).fill({ gate, n: 1 })]);
    const opener = reaches(gate, GATE.begun, 1)
      .then(() => sleep(5))
      .then(() => Atomics.store(gate, GATE.open, 1));
    for await (const r of parallelMap(gated, given, { concurrency: 2 })) {
      assert.equal(r, 0);
      await reaches(gate, GATE.begun, 1);
      break;
    }
    assert.equal(gate[GATE.ended], gate[GATE.begun]);
    assert.equal(given.returned, 1);
    await opener;
  });

  it("leaving a loop, or the end of the context, when only results are left ends it", async () => {
    const finished = async (given: { gate: Int32Array; n: number }[], ctx?: Context) => {
      let done = 0;
      const onProgress = (count: number): void => {
        done = count;
      };
      const map = parallelMap(gated, given, { ctx, onProgress, concurrency: 4 });
      assert.equal(await map.recv(), 0);
      while (done < given.length) await sleep(1);
      return map;
    };
    const open = newGate();
    Atomics.store(open, GATE.open, 1);
    const given = numbers(4).map((n) => ({ gate: open, n }));
    for await (const r of await finished(given)) {
      assert.equal(r, 1);
      break;
    }
    const [ctx, cancel] = cancelable();
    const map = await finished(given, ctx);
    cancel();
    await rejects(map.recv(), ContextCanceledError);
    assert.deepEqual(await map.recvOk(), [undefined, false]);
  });

  it("the first error of a call ends it, after what is running", async () => {
    const given = new Watched(numbers(100_000));
    const map = parallelMap(failsAt, given);
    await rejects(map.toArray(), (e) => e instanceof RangeError && e.message === "seven");
    assert.deepEqual(await map.recvOk(), [undefined, false]);
    assert.equal(await map.recv(), undefined);
    assert.equal(given.returned, 1);
    assert.ok(given.asked < 100_000);
  });

  it("an error stops a batch between two calls", async () => {
    const gate = newGate();
    const [ctx, cancel] = cancelable();
    const given = new Watched(forever(gate));
    const map = parallelMap(counted, given, { ctx, concurrency: 1 });
    for (let i = 0; i < 500; i++) await map.recv();
    cancel();
    await rejects(map.toArray(), ContextCanceledError);
    assert.equal(gate[GATE.under], 0);
    assert.equal(given.returned, 1);
  });

  it("an error of the input, of its end and of onProgress is the consumer's", async () => {
    const failing = function* (): Generator<number> {
      yield* numbers(10);
      throw new TypeError("no more");
    };
    await rejects(parallelMap(square, failing()).toArray(), /no more/);
    async function* failingLater(): AsyncGenerator<number> {
      yield 1;
      throw new TypeError("no more, later");
    }
    await rejects(parallelMap(square, failingLater()).toArray(), /no more, later/);
    const onProgress = (): void => {
      throw new Error("no progress");
    };
    const given = new Watched(numbers(10));
    await rejects(parallelMap(square, given, { onProgress }).toArray(), /no progress/);
    const clinging = function* (): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is the case.
        throw new Error("let me go on");
      }
    };
    await assert.rejects(async () => {
      for await (const _ of parallelMap(square, clinging())) break;
    }, /let me go on/);
  });

  it("ends with its context, also while the input or a call is waited for", async () => {
    const [over, end] = cancelable();
    end();
    const given = new Watched(numbers(3));
    const map = parallelMap(square, given, { ctx: over });
    await rejects(map.recv(), ContextCanceledError);
    assert.deepEqual(await map.recvOk(), [undefined, false]);
    assert.equal(given.asked, 0);

    const idle = chan<number>();
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    for (const silent of [idle, never]) {
      const [ctx, cancel] = cancelable();
      const waiting = rejects(parallelMap(square, silent, { ctx }).toArray(), ContextCanceledError);
      await sleep(1);
      cancel();
      await waiting;
    }
    assert.equal(idle.trySend(1), false, "nobody receives from it any more");

    const gate = newGate();
    const [ctx, cancel] = cancelable();
    let isOver = false;
    const waiting = parallelMap(gated, [{ gate, n: 0 }], { ctx })
      .recv()
      .then(
        () => assert.fail("it has a result"),
        (error) => {
          isOver = true;
          assert.ok(error instanceof ContextCanceledError);
        },
      );
    await reaches(gate, GATE.begun, 1);
    cancel();
    await sleep(3);
    assert.equal(isOver, false, "what runs is waited for");
    Atomics.store(gate, GATE.open, 1);
    await waiting;
    assert.equal(gate[GATE.ended], 1);
  });
}

function refusals(): void {
  it("names an input and a result that cannot be sent", async () => {
    const bad = [1, 2, { db: () => 1 }] as unknown as number[];
    await rejects(parallelMap(square, bad).toArray(), (e) => {
      assert.ok(e instanceof NotSendableError);
      assert.match(e.message, /^input 3 of square: \.db is the function db: /);
      return true;
    });
    await rejects(parallelMap(givesSocket, numbers(10)).toArray(), (e) => {
      assert.ok(e instanceof NotSendableError);
      assert.match(e.message, /^result of givesSocket: \.at\[0\] is a function: /);
      return true;
    });
  });

  it("refuses bad arguments at the call", () => {
    const code = (expected: string) => (error: unknown) => (error as GortError).code === expected;
    const make = parallelMap as (...args: unknown[]) => unknown;
    assert.throws(
      () => make((n: number) => n, []),
      (e) => {
        assert.ok(e instanceof NotPortableError && e instanceof TypeError);
        assert.match(e.message, / is no portable function: wrap it in portable\(…\) at module level$/);
        return code("GORT_NOT_PORTABLE")(e);
      },
    );
    assert.throws(() => make(1, []), code("GORT_NOT_A_FUNCTION"));
    for (const inputs of [undefined, null, 5, {}, () => 1])
      assert.throws(() => make(square, inputs), code("GORT_INVALID_OPTION"));
    for (const options of [null, 5, { procs: 1 }, { ordered: 1 }])
      assert.throws(() => make(square, [], options), code("GORT_INVALID_OPTION"));
    for (const concurrency of [0, -1, 1.5, Number.NaN, "2"])
      assert.throws(() => make(square, [], { concurrency }), code("GORT_INVALID_NUMBER"));
    assert.throws(() => make(square, [], { onProgress: 1 }), code("GORT_NOT_A_FUNCTION"));
    assert.throws(() => make(square, [], { ctx: {} }), code("GORT_INVALID_CONTEXT"));
  });
}
