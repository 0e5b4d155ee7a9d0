/**
 * Go: sync/oncefunc_test.go. A function of OnceFunc, OnceValue, OnceValues is called once, and every call gives what it gave or threw.
 *
 * Differs: `onceValue` stands for all three (a value may be undefined or a tuple). Allocations are not counted.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Goroutine, go, goexit, onceValue } from "gort";
import { collectGarbage, inMain, panicOf, turn } from "../support.ts";

test(
  "oncefunc_test.go TestOnceFunc: a function without a value is called once",
  inMain(function* () {
    let calls = 0;
    const f = onceValue(() => {
      calls++;
    });
    for (let i = 0; i < 11; i++) assert.equal(yield* f(), undefined);
    assert.equal(calls, 1);
  }),
);

test(
  "oncefunc_test.go TestOnceValue: every call gives the value of the one call",
  inMain(function* () {
    let calls = 0;
    const f = onceValue(() => ++calls);
    assert.equal(calls, 0);
    for (let i = 0; i < 11; i++) assert.equal(yield* f(), 1);
    assert.equal(calls, 1);
  }),
);

test(
  "oncefunc_test.go TestOnceValues: two values are a tuple, the same one for all",
  inMain(function* () {
    let calls = 0;
    const f = onceValue((): [number, number] => [++calls, calls + 1]);
    const first = yield* f();
    for (let i = 0; i < 10; i++) assert.equal(yield* f(), first);
    assert.deepEqual(first, [1, 2]);
  }),
);

const FAILING: Record<string, (fail: () => never) => () => unknown> = {
  "TestOnceFuncPanic, TestOnceValuePanic, TestOnceValuesPanic: a plain function": (fail) => () => fail(),
  "the same: a goroutine function": (fail) =>
    function* (): Goroutine {
      fail();
    },
  "the same: an async function": (fail) => async () => fail(),
};

for (const [title, make] of Object.entries(FAILING)) {
  test(
    `oncefunc_test.go ${title} that throws is called once and every call throws the same`,
    inMain(function* () {
      let calls = 0;
      const thrown = new Error("x");
      const f = onceValue(
        make(() => {
          calls++;
          throw thrown;
        }),
      );
      for (let i = 0; i < 3; i++) {
        const error = yield* panicOf(function* () {
          yield* f();
        });
        assert.equal(error, thrown);
      }
      assert.equal(calls, 1);
    }),
  );
}

for (const thrown of [undefined, null, 0, ""]) {
  test(
    `oncefunc_test.go TestOnceFuncPanicNil: throwing ${JSON.stringify(thrown) ?? "undefined"} is a failure as well`,
    inMain(function* () {
      let calls = 0;
      const f = onceValue(() => {
        calls++;
        throw thrown;
      });
      for (let i = 0; i < 2; i++) {
        const error = yield* panicOf(function* () {
          yield* f();
        });
        assert.equal(error, thrown);
      }
      assert.equal(calls, 1);
    }),
  );
}

test(
  "oncefunc_test.go TestOnceFuncGoexit: a function that exits its goroutine is not called again",
  inMain(function* () {
    let calls = 0;
    const f = onceValue(() => {
      calls++;
      goexit();
    });
    for (let i = 0; i < 2; i++) {
      yield* go(function* () {
        try {
          yield* f();
        } catch {}
      });
    }
    assert.equal(calls, 1);
  }),
);

test(
  "oncefunc_test.go TestOnceFuncPanicTraceback: the stack of what it throws goes to the origin",
  inMain(function* () {
    const f = onceValue(function outermost() {
      originOfThePanic();
    });
    const error = yield* panicOf(function* () {
      yield* f();
    });
    assert.match((error as Error).stack ?? "", /originOfThePanic[^]*outermost/);
  }),
);

function originOfThePanic(): never {
  throw new Error("x");
}

/** A function that holds on to `buffer`, once; given by a function of its own, so that nothing else of the test does. */
function holding(fails: boolean): { f: ReturnType<typeof onceValue<number>>; buffer: WeakRef<Uint8Array> } {
  const buffer = new Uint8Array(1024);
  const f = onceValue(() => {
    buffer[0] = 1;
    // No Error: V8 keeps the functions on an Error's stack alive with it.
    if (fails) throw "test panic";
    return 1;
  });
  return { f, buffer: new WeakRef(buffer) };
}

for (const fails of [false, true]) {
  test(`oncefunc_test.go TestOnceXGC: once it has ${fails ? "thrown" : "returned"} the function is not kept alive`, async () => {
    const { f, buffer } = holding(fails);
    // A WeakRef's target stays until its job has ended, and V8 may keep the frame of a goroutine that just ended.
    const collected = async (): Promise<boolean> => {
      for (let i = 0; i < 10 && buffer.deref() !== undefined; i++) {
        await turn();
        collectGarbage();
      }
      return buffer.deref() === undefined;
    };
    assert.equal(await collected(), false, "collected before it was called");
    const call = async (): Promise<string> => f().then(String, String);
    assert.equal(await call(), fails ? "test panic" : "1");
    assert.equal(await collected(), true, "the function is still alive");
    assert.equal(await call(), fails ? "test panic" : "1");
  });
}
