/** What a bubble or an exploration may not do to the process around it, nor the process to it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  afterFunc,
  background,
  chan,
  fromSignal,
  go,
  gosched,
  Mutex,
  now,
  run,
  runtime,
  Semaphore,
  select,
  sleep,
  Ticker,
  Timer,
  wait,
  withCancel,
} from "gort";
import { bubble, explore, settle } from "gort/testing";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The process works as if nothing had been. */
async function isSound(): Promise<void> {
  assert.equal(runtime.numGoroutine(), 0);
  assert.equal(runtime.stacks(), "");
  const value = await run(function* () {
    const ch = chan<number>();
    go(function* () {
      yield* sleep(1);
      yield* ch.send(5);
    });
    return yield* ch.recv();
  });
  assert.equal(value, 5);
  const stuck = chan<number>();
  await assert.rejects(
    run(function* () {
      yield* stuck.recv();
    }),
    { code: "GORT_DEADLOCK" },
  );
  stuck.close();
  await turn();
}

describe("who is left by a bubble, or a run of explore", () => {
  it("takes nothing from a channel or a lock of outside any more", async () => {
    const [received, sent, chosen] = [chan<number>(), chan<string>(), chan<number>()];
    const mutex = new Mutex();
    const semaphore = new Semaphore(3);
    assert.ok(mutex.tryLock());
    assert.ok(semaphore.tryAcquire(3));
    const blocked = [
      function* () {
        yield* received.recv();
      },
      function* () {
        yield* sent.send("a ghost");
      },
      function* () {
        yield* select({ a: chosen.recv(), b: chan<number>().recv() });
      },
      function* () {
        yield* mutex.lock();
      },
      function* () {
        yield* semaphore.acquire(2);
      },
    ];
    for (const fn of blocked) await assert.rejects(bubble(fn), { code: "GORT_DEADLOCK" });
    await assert.rejects(
      bubble(async () => {
        await received.recv();
      }),
      { code: "GORT_DEADLOCK" },
    );
    await explore(
      function* () {
        for (const fn of blocked) go(fn);
        yield* gosched();
      },
      { schedules: 20 },
    );
    assert.equal(received.trySend(1), false);
    assert.equal(chosen.trySend(1), false);
    assert.equal(sent.tryRecv(), undefined);
    mutex.unlock();
    assert.equal(mutex.tryLock() !== undefined, true);
    semaphore.release(3);
    assert.ok(semaphore.tryAcquire(3));
    await isSound();
  });

  it("is not woken by a context of outside, or by a promise that the host settles later", async () => {
    const [ctx, cancel] = withCancel(background());
    let resolve: (value: number) => void = () => {};
    const promise = new Promise<number>((r) => {
      resolve = r;
    });
    let ran = 0;
    await explore(
      function* () {
        go(function* () {
          yield* withCancel(ctx)[0].done();
          ran++;
        });
        yield* gosched();
      },
      { schedules: 20 },
    );
    for (const fails of [
      function* () {
        yield* wait(promise);
      },
      function* () {
        yield* select({ promise: wait(promise), never: chan<number>().recv() });
      },
    ]) {
      await assert.rejects(
        bubble(function* () {
          go(function* () {
            yield* go(fails);
            ran++;
          });
          yield* gosched();
          throw new Error("over");
        }),
        /over/,
      );
    }
    cancel();
    resolve(1);
    await turn();
    assert.equal(ran, 0);
    await isSound();
  });

  it("keeps nothing alive: a hundred thousand of them leave no goroutine behind", async () => {
    const never = new Promise<void>(() => {});
    for (let i = 0; i < 2000; i++) {
      await bubble(function* () {
        go(function* () {
          yield* wait(never);
        });
        yield* gosched();
        throw new Error("over");
      }).catch(() => {});
    }
    await isSound();
  });
});

describe("async code of a bubble", () => {
  it("runs before time goes on, and before settle is over, however it was begun", async () => {
    for (const awaits of [0, 1, 5, 20]) {
      const seen = await bubble(function* () {
        const answers = chan<string>(1);
        let ran = false;
        void (async () => {
          for (let i = 0; i < awaits; i++) await null;
          ran = true;
          await answers.send("answer");
        })();
        yield* settle();
        assert.equal(ran, true);
        return yield* select({ answer: answers.recv(), late: sleep(1000) });
      });
      assert.deepEqual(seen, { case: "answer", value: "answer" });
    }
    const program = function* () {
      let at = "not run";
      void (async () => {
        await null;
        await sleep(5);
        at = `at ${now()}`;
      })();
      yield* sleep(50);
      assert.equal(at, "at 5");
    };
    await explore(program, { schedules: 50 });
  });

  it("stays in the bubble when it has waited for the host", async () => {
    const seen = await bubble(async () => {
      const times = [now()];
      await turn();
      await sleep(100_000);
      times.push(now());
      await turn();
      const made = go(function* () {
        yield* sleep(1000);
        return [runtime.goid(), now()];
      });
      return [...times, ...(await made)];
    });
    assert.deepEqual(seen, [0, 100_000, 2, 101_000]);
    await isSound();
  });

  it("of a run that is over never goes on", async () => {
    let went = false;
    await assert.rejects(
      explore(async () => {
        await turn();
        await sleep(1);
        went = true;
        go(() => {
          throw new Error("a ghost's");
        });
      }),
      { code: "GORT_BUBBLE" },
    );
    for (let i = 0; i < 10; i++) await turn();
    assert.equal(went, false);
  });

  it("is not mixed up with the test's own", async () => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const outside = released.then(() => now());
    const inside = await bubble(function* () {
      yield* sleep(1e9);
      release();
      yield* sleep(1e9);
      return now();
    });
    assert.equal(inside, 2e9);
    assert.ok((await outside) < 1e9);
  });
});

describe("timers of another clock", () => {
  it("are refused when somebody would wait for them", async () => {
    const timer = new Timer(30);
    const ticker = new Ticker(5);
    const late = after(20);
    for (const ch of [timer.c, ticker.c, late]) {
      await assert.rejects(
        bubble(function* () {
          yield* ch.recv();
        }),
        (error: Error & { code: string }) =>
          error.code === "GORT_BUBBLE" && /^a timer of one clock/.test(error.message),
      );
    }
    ticker.stop();
    await isSound();
  });

  it("that call a function stay on their own clock when they are reset or stopped inside", async () => {
    let called = 0;
    const reset = afterFunc(1e6, () => void called++);
    const stopped = afterFunc(1e6, () => assert.fail("it was stopped"));
    await bubble(function* () {
      assert.equal(reset.reset(1), true);
      assert.equal(stopped.stop(), true);
      yield* sleep(1000);
    });
    while (called === 0) await turn();
    await isSound();
  });
});

describe("a bubble that only somebody outside can wake", () => {
  it("waits for a goroutine of the process that is on its way", async () => {
    const ch = chan<number>();
    const [value] = await Promise.all([
      bubble(function* () {
        return yield* ch.recv();
      }),
      run(function* () {
        yield* sleep(5);
        yield* ch.send(8);
      }),
    ]);
    assert.equal(value, 8);
    await isSound();
  });

  it("waits for a signal of the host's", async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const seen = await bubble(function* () {
      yield* fromSignal(controller.signal).done();
      return now();
    });
    assert.equal(seen, 0);
    await isSound();
  });
});

describe("what a bubble sees of the process", () => {
  it("is nothing: neither its goroutines nor its waiters", async () => {
    const between = chan<number>();
    const outside = run(function* outer() {
      yield* between.recv();
    });
    void between.recv().then(() => {});
    await turn();
    const [count, stacks] = await bubble(function* () {
      return [runtime.numGoroutine(), runtime.stacks()] as const;
    });
    assert.equal(count, 1);
    assert.doesNotMatch(stacks, /outer|external/);
    assert.equal(runtime.numGoroutine(), 1);
    between.close();
    await outside;
    await turn();
    await isSound();
  });
});

describe("under fake timers", () => {
  it("bubbles and explorations go on", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "setImmediate", "setInterval", "Date"] });
    try {
      assert.equal(
        await bubble(function* () {
          yield* sleep(1000);
          return now();
        }),
        1000,
      );
      await explore(function* () {}, { schedules: 10 });
    } finally {
      t.mock.timers.reset();
    }
  });
});

describe("promises in a bubble", () => {
  it("that a goroutine of it settles later are waited for in its time", async () => {
    for (const isAsync of [false, true]) {
      const deferred = (): { promise: Promise<number>; resolve: (n: number) => void } => {
        let resolve: (n: number) => void = () => {};
        const promise = new Promise<number>((r) => {
          resolve = r;
        });
        return { promise, resolve };
      };
      const seen = await bubble(function* () {
        const { promise, resolve } = deferred();
        go(function* () {
          yield* sleep(10);
          resolve(1);
        });
        const value = isAsync ? yield* go(async () => await promise) : yield* wait(promise);
        return [value, now()];
      });
      assert.deepEqual(seen, [1, 10]);
    }
  });

  it("that the host settles hold the clock, whatever else async code waits for", async () => {
    const seen = await bubble(function* () {
      const ch = chan<number>();
      void ch.recv().then(() => {});
      void sleep(1e6).then(() => {});
      go(async () => {
        await Promise.race([sleep(1e6), ch.recv()]);
      });
      yield* wait(new Promise((resolve) => setTimeout(resolve, 2)));
      const at = now();
      ch.close();
      yield* sleep(2e6);
      return at;
    });
    assert.equal(seen, 0);
  });
});

describe("code of outside that goes on because of a bubble", () => {
  it("is the process's: it can run, sleep, and begin bubbles", async () => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const inside = bubble(function* () {
      release();
      yield* sleep(1000);
      return now();
    });
    await released;
    assert.equal(await run(() => runtime.numGoroutine()), 1);
    await sleep(1);
    assert.equal(await go(() => 5), 5);
    assert.equal(
      await bubble(function* () {
        yield* sleep(7);
        return now();
      }),
      7,
    );
    assert.equal(await inside, 1000);
    await isSound();
  });

  it("is not kept waiting by explore", async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
    }, 1);
    let isOver = false;
    const exploring = (async () => {
      while (ticks < 3) await explore(function* () {}, { schedules: 100_000 });
      isOver = true;
    })();
    while (ticks < 3 && !isOver) await turn();
    clearInterval(timer);
    assert.ok(ticks >= 3);
    await exploring;
  });
});
