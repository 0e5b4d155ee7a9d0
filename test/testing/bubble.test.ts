import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  afterFunc,
  background,
  type Chan,
  chan,
  DeadlockError,
  go,
  goexit,
  Mutex,
  now,
  parallelMap,
  portable,
  run,
  runtime,
  select,
  sharedChan,
  sleep,
  Ticker,
  WaitGroup,
  wait,
  withTimeout,
} from "gort";
import { dial, listen } from "gort/net";
import { BubbleError, bubble, MemoryTransport, settle } from "gort/testing";

const slowSquare = portable(function* slowSquare(n: number) {
  yield* sleep(n);
  return { square: n * n };
});

/** Nothing of a bubble is left in the process. */
function isClean(): void {
  assert.equal(runtime.numGoroutine(), 0);
}

describe("time in a bubble", () => {
  it("begins at 0 and moves only when nobody can run", async () => {
    const seen = await bubble(function* () {
      const times = [now()];
      for (let i = 0; i < 100_000; i++);
      times.push(now());
      yield* sleep(86_400_000);
      times.push(now());
      return times;
    });
    assert.deepEqual(seen, [0, 0, 86_400_000]);
    isClean();
  });

  it("serves a day of ticks, in which everything happens in order", async () => {
    const seen = await bubble(function* () {
      const ticker = new Ticker(1000);
      const at: number[] = [];
      for (let i = 0; i < 86_400; i++) at.push(now() - ((yield* ticker.c.recv()) as number));
      ticker.stop();
      assert.ok(at.every((late) => late <= 0));
      return now();
    });
    assert.equal(seen, 86_400_000);
  });

  it("goes to whoever is due first, then to the others in the order of their coming", async () => {
    const order: string[] = [];
    await bubble(function* () {
      const wg = new WaitGroup();
      const sleeper = (name: string, ms: number): void => {
        wg.go(function* () {
          yield* sleep(ms);
          order.push(`${name}@${now()}`);
        });
      };
      sleeper("a", 20);
      sleeper("b", 10);
      sleeper("c", 10);
      afterFunc(15, () => void order.push(`d@${now()}`));
      yield* wg.wait();
    });
    assert.deepEqual(order, ["b@10", "c@10", "d@15", "a@20"]);
  });

  it("ends contexts and selects with a limit", async () => {
    const end = await bubble(function* () {
      const [ctx, cancel] = withTimeout(background(), 50);
      yield* ctx.done();
      cancel();
      return [ctx.err?.name, now()];
    });
    assert.deepEqual(end, ["TimeoutError", 50]);
    const seen = await bubble(function* () {
      const ch = chan<number>();
      const s = yield* select({ value: ch.recv(), late: after(30).recv() });
      return [s.case, now()];
    });
    assert.deepEqual(seen, ["late", 30]);
    isClean();
  });

  it("is the same for async functions", async () => {
    const seen = await bubble(async () => {
      const ch = chan<number>();
      go(async () => {
        await sleep(500);
        await ch.send(now());
      });
      await sleep(1000);
      return [await ch.recv(), now()];
    });
    assert.deepEqual(seen, [500, 1000]);
    isClean();
  });

  it("stands still while a promise of the host's is waited for", async () => {
    const seen = await bubble(function* () {
      const sleeper = go(function* () {
        yield* sleep(1);
        return now();
      });
      yield* wait(new Promise((resolve) => setImmediate(resolve)));
      const before = now();
      return [before, yield* sleeper];
    });
    assert.deepEqual(seen, [0, 1]);
  });

  it("is each bubble's own, and the process's goes on beside them", async () => {
    const one = (ms: number): Promise<number> =>
      bubble(function* () {
        for (let i = 0; i < 3; i++) yield* sleep(ms);
        return now();
      });
    const [a, b, outside] = await Promise.all([
      one(10),
      one(1000),
      run(function* () {
        const before = now();
        yield* sleep(1);
        return now() - before;
      }),
    ]);
    assert.deepEqual([a, b], [30, 3000]);
    assert.ok(outside >= 1);
    isClean();
  });
});

describe("a bubble", () => {
  it("gives main's result when all have ended", async () => {
    let ended = false;
    const result = await bubble(function* () {
      go(function* () {
        ended = true;
      });
      return 7;
    });
    assert.deepEqual([result, ended], [7, true]);
  });

  it("numbers its goroutines from 1", async () => {
    const ids = (): Promise<number[]> =>
      bubble(function* () {
        return [runtime.goid(), yield* go(() => runtime.goid())];
      });
    assert.deepEqual(await ids(), [1, 2]);
    assert.deepEqual(await ids(), [1, 2]);
  });

  it("rejects when all are blocked, and names them", async () => {
    const error = await bubble(function* waiter() {
      yield* chan<number>().recv();
    }).then(
      () => assert.fail("it ended"),
      (e: unknown) => e,
    );
    assert.ok(error instanceof DeadlockError);
    assert.equal(error.message, "deadlock: all goroutines in bubble are blocked");
    assert.match(error.dump, /^goroutine 1 \[chan receive\]:\nwaiter\(/);
    isClean();
  });

  it("rejects when some are left that are blocked, also in a sleep: time has stopped", async () => {
    for (const left of [
      function* left() {
        yield* chan<number>().recv();
      },
      function* left() {
        yield* sleep(10);
      },
    ]) {
      await assert.rejects(
        bubble(function* () {
          go(left);
        }),
        (error: DeadlockError) => {
          assert.equal(
            error.message,
            "deadlock: main bubble goroutine has exited but blocked goroutines remain",
          );
          assert.match(error.dump, /^goroutine 2 \[(chan receive|sleep)\]:\nleft\(/);
          return true;
        },
      );
      isClean();
    }
  });

  it("rejects with what main throws, and with what a goroutine throws for which nobody waits", async () => {
    await assert.rejects(
      bubble(function* () {
        throw new Error("of main");
      }),
      /of main/,
    );
    await assert.rejects(
      bubble(function* () {
        go(function* () {
          throw new Error("of nobody");
        });
        yield* sleep(1);
      }),
      /of nobody/,
    );
    const caught = await bubble(function* () {
      const failing = go(function* () {
        throw new Error("of somebody");
      });
      try {
        yield* failing;
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    });
    assert.equal(caught, "of somebody");
    isClean();
  });

  it("ends by goexit of its main goroutine, too", async () => {
    const order: number[] = [];
    await bubble(() => {
      go(function* () {
        order.push(1);
      });
      goexit();
    });
    assert.deepEqual(order, [1]);
  });

  it("hears of a deadlock in a run inside it, whose goroutine is then left", async () => {
    let caught = "";
    await assert.rejects(
      bubble(async () => {
        try {
          await run(function* () {
            yield* chan<number>().recv();
          });
        } catch (error) {
          caught = (error as Error).message;
        }
      }),
      /blocked goroutines remain/,
    );
    assert.equal(caught, "deadlock: all goroutines in bubble are blocked");
  });

  it("runs portable goroutines and parallelMap in its own time, with copies", async () => {
    const seen = await bubble(function* () {
      const handle = go(slowSquare, 4);
      const all = yield* parallelMap(slowSquare, [3, 2, 1]).toArray();
      return [(yield* handle).square, ...all.map(({ square }) => square), now()];
    });
    assert.deepEqual(seen, [16, 9, 4, 1, 4]);
  });

  it("has shared channels, in a select beside local ones", async () => {
    const seen = await bubble(function* () {
      const shared = sharedChan<number>(1);
      const local = chan<number>();
      go(function* () {
        yield* sleep(5);
        yield* shared.send(1);
        yield* local.send(2);
      });
      const first = yield* select({ shared: shared.recv(), local: local.recv() });
      const second = yield* select({ shared: shared.recv(), local: local.recv() });
      return [first.case, second.case, now()];
    });
    assert.deepEqual(seen, ["shared", "local", 5]);
  });

  it("has a network in memory on the same clock, and no other", async () => {
    const seen = await bubble(function* () {
      const net = new MemoryTransport({ delayMs: 20 });
      net.install();
      const listener = yield* listen({ port: 0 });
      go(function* () {
        using conn = yield* listener.accept();
        const buffer = new Uint8Array(5);
        yield* conn.readFull(buffer);
        yield* conn.write(buffer);
      });
      const conn = yield* dial({ port: (listener.addr as { port: number }).port });
      yield* conn.write("hello");
      const text = Buffer.from(yield* conn.readAll()).toString();
      conn.close();
      listener.close();
      return [text, now(), net.open.length];
    });
    assert.deepEqual(seen, ["hello", 60, 0]);
    await assert.rejects(
      bubble(function* () {
        yield* listen({ port: 0 });
      }),
      (error: BubbleError) =>
        error instanceof BubbleError &&
        error.code === "GORT_BUBBLE" &&
        /^listen inside a bubble: .* MemoryTransport/.test(error.message),
    );
    isClean();
  });

  it("may share a channel with the world outside: each goroutine runs in its own", async () => {
    const between: Chan<number> = chan();
    const [outside, inside] = await Promise.all([
      run(function* () {
        const value = yield* between.recv();
        return [value, runtime.goid() > 0, now() < 1e6];
      }),
      bubble(function* () {
        yield* sleep(1e9);
        yield* between.send(7);
        return now();
      }),
    ]);
    assert.deepEqual(outside, [7, true, true]);
    assert.equal(inside, 1e9);
  });

  it("lets the event loop turn while its goroutines are busy", async () => {
    let turned = false;
    await bubble(function* () {
      setImmediate(() => {
        turned = true;
      });
      const mutex = new Mutex();
      while (!turned) {
        yield* mutex.lock();
        mutex.unlock();
      }
    });
    turned = false;
    await bubble(function* () {
      setImmediate(() => {
        turned = true;
      });
      while (!turned) yield* sleep(1);
    });
  });

  it("refuses another one inside, what is no function, and settle outside", async () => {
    await assert.rejects(
      bubble(function* () {
        yield* wait(bubble(function* () {}));
      }),
      (error: BubbleError) => error instanceof BubbleError && /^bubble inside a bubble/.test(error.message),
    );
    await assert.rejects(bubble(5 as never), { code: "GORT_NOT_A_FUNCTION" });
    await assert.rejects(
      run(function* () {
        yield* settle();
      }),
      { code: "GORT_BUBBLE" },
    );
    isClean();
  });
});

describe("settle", () => {
  it("waits until all others are durably blocked, and no time passes", async () => {
    const seen = await bubble(function* () {
      const ch = chan<number>();
      let at = 0;
      go(function* () {
        yield* ch.recv();
        at = 1;
        yield* sleep(5);
        at = 2;
      });
      yield* settle();
      const steps = [at];
      yield* ch.send(1);
      yield* settle();
      steps.push(at, now());
      yield* sleep(5);
      yield* settle();
      steps.push(at, now());
      return steps;
    });
    assert.deepEqual(seen, [0, 1, 0, 2, 5]);
  });

  it("is for one at a time", async () => {
    await assert.rejects(
      bubble(function* () {
        go(function* () {
          yield* settle();
        });
        yield* settle();
      }),
      (error: Error) => /^settle\(\) while another goroutine is in settle\(\)/.test(error.message),
    );
  });

  it("can be a case of a select", async () => {
    const seen = await bubble(function* () {
      const ch = chan<number>();
      go(function* () {
        yield* ch.send(1);
      });
      const first = yield* select({ ch: ch.recv(), settled: settle() });
      const second = yield* select({ ch: ch.recv(), settled: settle() });
      yield* settle();
      return [first.case, second.case];
    });
    assert.deepEqual(seen, ["ch", "settled"]);
  });
});
