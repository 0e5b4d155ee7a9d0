/** Misuse of go, run, wait, sleep, gomaxprocs and operations: each its own class and code, at the call, and nothing left behind. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, gosched, range, run, runtime, select, sleep, wait } from "gort";

/** Checks class, code and message of what `fn` throws. */
function refuses(fn: () => unknown, base: new () => Error, code: string, message: RegExp): void {
  const before = runtime.numGoroutine();
  assert.throws(fn, (error) => {
    assert.ok(error instanceof base);
    assert.equal((error as { code?: unknown }).code, code);
    assert.match(error.message, message);
    return true;
  });
  assert.equal(runtime.numGoroutine(), before);
}

describe("go refuses", () => {
  const code = "GORT_NOT_A_FUNCTION";
  it("nil, with Go's words", () => {
    for (const nil of [undefined, null])
      refuses(() => go(nil as never), TypeError, code, /^go of nil func value: /);
  });
  it("the generator that a call made, and says how to write it", () => {
    const worker = function* () {};
    refuses(
      () => go(worker() as never),
      TypeError,
      code,
      /write go\(worker, a, b\), not go\(worker\(a, b\)\)/,
    );
  });
  it("anything else that cannot be called", () => {
    for (const wrong of [7, "x", {}, true, Symbol("s")])
      refuses(() => go(wrong as never), TypeError, code, /^go needs a function/);
  });
});

describe("run refuses", () => {
  const rejects = async (
    options: unknown,
    code: string,
    message: RegExp,
    base: new () => Error = TypeError,
  ): Promise<void> => {
    let ran = false;
    await assert.rejects(
      run(() => {
        ran = true;
      }, options as never),
      (error) => {
        assert.ok(error instanceof base);
        assert.equal((error as { code?: unknown }).code, code);
        assert.match(error.message, message);
        return true;
      },
    );
    await new Promise(setImmediate);
    assert.equal(ran, false);
  };

  it("a main that is no function", async () => {
    await assert.rejects(run(undefined as never), { code: "GORT_NOT_A_FUNCTION" });
    await assert.rejects(run({} as never), { code: "GORT_NOT_A_FUNCTION", message: /^run needs a function/ });
  });
  it("an option that there is not, and says which there are", () =>
    rejects({ ondeadlock: "exit" }, "GORT_INVALID_OPTION", /"ondeadlock" \(onDeadlock, procs\)/));
  it("options that are no object", async () => {
    for (const wrong of [7, "exit", null])
      await rejects(wrong, "GORT_INVALID_OPTION", /options are an object/);
  });
  it("a wrong onDeadlock", async () => {
    for (const wrong of ["ignore", 1, null])
      await rejects({ onDeadlock: wrong }, "GORT_INVALID_OPTION", /onDeadlock/);
  });
  it("a wrong number of processors", async () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, "2", null]) {
      await rejects({ procs: wrong }, "GORT_INVALID_NUMBER", /procs is an integer of at least 1/, RangeError);
    }
  });
});

describe("run", () => {
  it("gives main's result, for all kinds of functions", async () => {
    assert.equal(
      await run(function* () {
        yield* gosched();
        return 1;
      }),
      1,
    );
    assert.equal(
      await run(async () => {
        await gosched();
        return 2;
      }),
      2,
    );
    assert.equal(await run(() => 3), 3);
    assert.equal(await run(() => {}), undefined);
  });
  it("rejects with main's error, whatever it is", async () => {
    for (const error of [new Error("x"), "word", undefined, null]) {
      const got = await run(() => {
        throw error;
      }).then(
        () => "resolved",
        (reason) => [reason],
      );
      assert.deepEqual(got, [error]);
    }
  });
  it("may run several at once", async () => {
    const ch = chan<number>();
    const [got] = await Promise.all([
      run(function* () {
        return yield* ch.recv();
      }),
      run(function* () {
        yield* ch.send(5);
      }),
    ]);
    assert.equal(got, 5);
  });
});

describe("wait refuses what is nothing to wait for, at the call", () => {
  // biome-ignore lint/suspicious/noThenProperty: one that cannot be called.
  for (const wrong of [undefined, null, 7, "x", {}, { then: 7 }, () => {}]) {
    it(typeof wrong === "function" ? "a function" : (JSON.stringify(wrong) ?? "undefined"), () =>
      refuses(() => wait(wrong as never), TypeError, "GORT_NOT_AN_OPERATION", /^wait needs a promise, got /),
    );
  }
  it("range refuses what is no channel", () =>
    refuses(() => range({} as never), TypeError, "GORT_NOT_AN_OPERATION", /^range needs a channel/));
});

describe("sleep refuses what is no number of milliseconds", () => {
  for (const wrong of [Number.NaN, "10", undefined, null, 5n, {}]) {
    it(String(wrong), () =>
      refuses(() => sleep(wrong as never), RangeError, "GORT_INVALID_NUMBER", /milliseconds/),
    );
  }
});

describe("gomaxprocs", () => {
  it("gives the old number, and asks with 0 or nothing", () => {
    const before = runtime.gomaxprocs();
    assert.ok(Number.isInteger(before) && before >= 1);
    assert.equal(runtime.gomaxprocs(3), before);
    assert.equal(runtime.gomaxprocs(0), 3);
    assert.equal(runtime.gomaxprocs(before), 3);
    assert.equal(runtime.gomaxprocs(), before);
  });
  it("is set by run's option", async () => {
    const before = runtime.gomaxprocs();
    assert.equal(await run(() => runtime.gomaxprocs(), { procs: 5 }), 5);
    runtime.gomaxprocs(before);
  });
  for (const wrong of [-1, 1.5, Number.NaN, Infinity, "2", null]) {
    it(`refuses ${String(wrong)}`, () => {
      const before = runtime.gomaxprocs();
      refuses(
        () => runtime.gomaxprocs(wrong as never),
        RangeError,
        "GORT_INVALID_NUMBER",
        /^gomaxprocs needs an integer/,
      );
      assert.equal(runtime.gomaxprocs(), before);
    });
  }
});

describe("an operation", () => {
  it("outside a goroutine is not for yield*, and says so", () => {
    const outside = function* () {
      yield* chan().recv();
    };
    assert.throws(() => outside().next(), {
      name: "NotInGoroutineError",
      code: "GORT_NOT_IN_GOROUTINE",
      message: /use await/,
    });
  });

  it("in a generator that is driven by hand is found out at the next one", async () => {
    const ch = chan<number>();
    const driven = run(function* () {
      const helper = (function* () {
        yield* ch.recv();
      })();
      helper.next();
      yield* gosched();
    });
    await assert.rejects(driven, { code: "GORT_NOT_IN_GOROUTINE", message: /driven by hand/ });
  });

  it("is waited for once, by goroutines and async code", async () => {
    const ch = chan<number>(4);
    const used = ch.send(1);
    await used;
    await assert.rejects(async () => await used, {
      name: "OperationReusedError",
      code: "GORT_OPERATION_REUSED",
    });
    await assert.rejects(
      run(function* () {
        yield* used;
      }),
      { code: "GORT_OPERATION_REUSED" },
    );
    const waiting = chan<number>().recv();
    void waiting.then(() => {});
    await assert.rejects(async () => await waiting, { code: "GORT_OPERATION_REUSED" });
    await assert.rejects(
      run(function* () {
        yield* waiting;
      }),
      { code: "GORT_OPERATION_REUSED" },
    );
    await assert.rejects(
      run(function* () {
        yield* select({ waiting });
      }),
      { code: "GORT_OPERATION_REUSED" },
    );
    assert.equal(ch.length, 1);
  });

  it("that another goroutine waits in refuses a second one, before and after it was completed", async () => {
    await run(function* () {
      const ch = chan<number>();
      const op = ch.recv();
      const first = go(function* () {
        return yield* op;
      });
      yield* gosched();
      const second = (): Promise<unknown> =>
        run(function* () {
          return yield* op;
        });
      const early = second().catch((error) => error.code);
      yield* gosched();
      assert.equal(yield* wait(early), "GORT_OPERATION_REUSED");
      ch.trySend(7);
      assert.equal(first.status, "runnable");
      try {
        yield* op;
        assert.fail("it took another goroutine's value");
      } catch (error) {
        assert.equal((error as { code?: string }).code, "GORT_OPERATION_REUSED");
      }
      const late = second().catch((error) => error.code);
      assert.equal(yield* first, 7);
      assert.equal(yield* wait(late), "GORT_OPERATION_REUSED");
    });
  });

  it("does nothing until it is waited for", async () => {
    const ch = chan<number>(1);
    ch.send(1);
    ch.recv();
    sleep(1);
    select({ a: ch.send(2) });
    let asked = 0;
    wait({
      // biome-ignore lint/suspicious/noThenProperty: a foreign thenable.
      then: () => {
        asked++;
      },
    } as PromiseLike<void>);
    await new Promise(setImmediate);
    assert.deepEqual([ch.length, asked], [0, 0]);
  });

  it("is a PromiseLike: then, catch and finally of what it gives work", async () => {
    const ch = chan<number>(1);
    const later = ch.send(1).then(() => "sent") as Promise<string>;
    assert.equal(await later.finally(() => {}), "sent");
    ch.close();
    const failed = ch.send(2).then(() => "sent") as Promise<string>;
    assert.equal(await failed.catch((error: { code: string }) => error.code), "GORT_CHANNEL_CLOSED");
    assert.equal(await Promise.race([ch.recv(), new Promise<number>(() => {})]), 1);
  });
});
