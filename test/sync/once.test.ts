/** Once and onceValue: when the function runs, what happens to those who lose, and to errors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  gosched,
  NotAFunctionError,
  Once,
  type Op,
  OperationReusedError,
  onceValue,
  runtime,
  select,
  trySelect,
  wait,
} from "gort";
import { inMain, inOrder, mustBlock, onHost, panicOf, rest, turn } from "../go/support.ts";

describe("Once.do", () => {
  it(
    "starts the function when it is waited for, whatever kind of function it is",
    onHost(function* () {
      const calls: string[] = [];
      const kinds = [
        () => {
          calls.push("plain");
        },
        async () => {
          await turn();
          calls.push("async");
        },
        function* () {
          yield* gosched();
          calls.push("goroutine");
        },
      ];
      for (const fn of kinds) {
        const before = calls.length;
        const once = new Once();
        const op = once.do(fn);
        yield* gosched();
        assert.equal(calls.length, before);
        assert.equal(yield* op, undefined);
        assert.equal(calls.length, before + 1);
        yield* once.do(fn);
        yield* once.do(() => assert.fail("another function"));
        assert.equal(calls.length, before + 1);
      }
      assert.deepEqual(calls, ["plain", "async", "goroutine"]);
    }),
  );

  it(
    "runs it in a goroutine of its own",
    inMain(function* () {
      let id = 0;
      yield* new Once().do(() => {
        id = runtime.goid();
      });
      assert.notEqual(id, runtime.goid());
      assert.notEqual(id, 0);
    }),
  );

  it(
    "lets nobody return before the function has ended, and says why they wait",
    inMain(function* () {
      const once = new Once();
      const end = chan<void>();
      const wait = () =>
        go(function* () {
          yield* once.do(() => end.recv());
        });
      const [first, second] = [wait(), wait()];
      yield* mustBlock(first, "the first caller");
      yield* mustBlock(second, "the second caller");
      for (const { id } of [first, second])
        assert.match(runtime.stacks(), new RegExp(`^goroutine ${id} \\[goroutine join\\]:`, "m"));
      yield* end.send();
      yield* first;
      yield* second;
    }),
  );

  it("works with await", async () => {
    const once = new Once();
    let calls = 0;
    const call = async (): Promise<void> => {
      await once.do(async () => {
        await turn();
        calls++;
      });
      assert.equal(calls, 1);
    };
    await Promise.all([call(), call(), call()]);
    await call();
  });

  it(
    "gives the first caller the error, and the others nothing, also those who wait at the time",
    inOrder(function* () {
      for (const thrown of [new Error("boom"), undefined]) {
        const once = new Once();
        const end = chan<void>();
        const fail = function* () {
          yield* end.recv();
          throw thrown;
        };
        const first = go(() => panicOf(() => drain(once.do(fail))));
        const second = go(() => once.do(fail));
        yield* rest(first, second);
        yield* end.send();
        assert.equal(yield* first, thrown);
        yield* second;
        yield* once.do(fail);
      }
    }),
  );

  it(
    "inside its own function waits for ever, as in Go",
    inMain(function* () {
      const once = new Once();
      const caller = go(function* () {
        yield* once.do(() => once.do(() => {}));
      });
      yield* mustBlock(caller, "once.do");
    }),
  );

  it(
    "tried: never starts the function, does not wait for it, and is ready when it has ended",
    inMain(function* () {
      const once = new Once();
      let calls = 0;
      const end = chan<void>();
      const fn = function* () {
        calls++;
        yield* end.recv();
      };
      assert.equal(trySelect({ o: once.do(fn) }), undefined);
      yield* gosched();
      assert.equal(calls, 0);
      const caller = go(() => once.do(fn));
      yield* rest(caller);
      assert.equal(trySelect({ o: once.do(fn) }), undefined);
      yield* end.send();
      yield* caller;
      assert.deepEqual(trySelect({ o: once.do(fn) }), { case: "o", value: undefined });
      assert.equal(calls, 1);
    }),
  );

  it(
    "that loses a select lets its function run on; later callers wait for that one",
    inMain(function* () {
      const once = new Once();
      const end = chan<void>();
      const quit = chan<void>();
      let ended = 0;
      const fn = function* () {
        yield* end.recv();
        ended++;
      };
      const loser = go(function* () {
        return (yield* select({ o: once.do(fn), quit: quit.recv() })).case;
      });
      yield* mustBlock(loser, "select");
      yield* quit.send();
      assert.equal(yield* loser, "quit");
      const later = go(() => once.do(() => assert.fail("called again")));
      yield* mustBlock(later, "once.do");
      yield* end.send();
      yield* later;
      assert.equal(ended, 1);
    }),
  );

  it(
    "beside a case that is ready at once is not started",
    inMain(function* () {
      const once = new Once();
      let calls = 0;
      const ready = chan<number>(1);
      ready.trySend(1);
      const s = yield* select({ o: once.do(() => calls++), ready: ready.recv() });
      assert.equal(s.case, "ready");
      yield* gosched();
      assert.equal(calls, 0);
    }),
  );

  it("refuses what is no function, at the call, and is not used up by it", async () => {
    const once = new Once();
    for (const wrong of [undefined, null, 1, {}, Promise.resolve()])
      assert.throws(() => once.do(wrong as never), NotAFunctionError);
    let calls = 0;
    await once.do(() => {
      calls++;
    });
    assert.equal(calls, 1);
  });

  it(
    "is waited for once by each operation",
    inMain(function* () {
      const once = new Once();
      const op = once.do(() => {});
      yield* op;
      assert.ok((yield* panicOf(() => drain(op))) instanceof OperationReusedError);
    }),
  );
});

describe("onceValue", () => {
  it(
    "gives the same value to those who came while it was made and to those who came later",
    inMain(function* () {
      const end = chan<void>();
      let calls = 0;
      const f = onceValue(function* (): Goroutine<object> {
        calls++;
        yield* end.recv();
        return {};
      });
      const all = Array.from({ length: 3 }, () => go(() => f()));
      yield* rest(...all);
      assert.equal(trySelect({ f: f() }), undefined);
      yield* end.send();
      const value = yield* f();
      for (const one of all) assert.equal(yield* one, value);
      assert.equal(trySelect({ f: f() })?.value, value);
      assert.equal(calls, 1);
    }),
  );

  it(
    "gives everybody the same error, also when the one that started it has lost its select",
    inMain(function* () {
      const end = chan<void>();
      const thrown = new Error("boom");
      const f = onceValue(async () => {
        await end.recv();
        throw thrown;
      });
      const quit = chan<void>();
      const loser = go(() => select({ f: f(), quit: quit.recv() }));
      yield* mustBlock(loser, "select");
      const waiting = go(() => panicOf(() => drain(f())));
      yield* mustBlock(waiting, "f()");
      yield* quit.send();
      assert.equal((yield* loser).case, "quit");
      yield* end.send();
      assert.equal(yield* waiting, thrown);
      assert.equal(yield* panicOf(() => drain(f())), thrown);
      assert.throws(
        () => trySelect({ f: f() }),
        (error) => error === thrown,
      );
      yield* wait(
        assert.rejects(
          async () => await f(),
          (error) => error === thrown,
        ),
      );
    }),
  );

  it(
    "is not started by being called, by trySelect, or beside a ready case",
    inMain(function* () {
      let calls = 0;
      const f = onceValue(() => ++calls);
      f();
      assert.equal(trySelect({ f: f() }), undefined);
      const ready = chan<number>(1);
      ready.trySend(1);
      yield* select({ f: f(), ready: ready.recv() });
      yield* gosched();
      assert.equal(calls, 0);
      assert.equal(yield* f(), 1);
    }),
  );

  it("refuses what is no function, at the call", () => {
    for (const wrong of [undefined, null, 1, {}, Promise.resolve()])
      assert.throws(() => onceValue(wrong as never), NotAFunctionError);
  });

  it(
    "each of its operations is waited for once",
    inMain(function* () {
      const f = onceValue(() => 1);
      const op = f();
      assert.equal(yield* op, 1);
      assert.ok((yield* panicOf(() => drain(op))) instanceof OperationReusedError);
    }),
  );
});

function* drain(op: Op<unknown>): Goroutine<unknown> {
  return yield* op;
}
