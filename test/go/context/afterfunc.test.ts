/**
 * Go: context/x_test.go TestAfterFuncCalledAfterCancel, TestAfterFuncCalledAfterTimeout, TestAfterFuncCalledImmediately,
 * TestAfterFuncNotCalledAfterStop, TestAfterFuncCalledAsynchronously; context/afterfunc_test.go, all;
 * ExampleAfterFunc_cond and ExampleAfterFunc_merge of context/example_test.go.
 *
 * Differs: Go's custom contexts may bring an AfterFunc method, to save a goroutine. A context of gort is asked through `done` and `signal`,
 * and what Go proves of that method is proved of those: a child that ends first leaves its parent's queues.
 */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, it, test } from "node:test";
import {
  background,
  Cond,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  type Goroutine,
  go,
  gosched,
  type Handle,
  Mutex,
  runtime,
  withCancel,
  withTimeout,
} from "gort";
import { FakeTime } from "../../context/fake-time.ts";
import { inMain, inOrder, must, rest, turn } from "../support.ts";
import { ChannelContext } from "./custom.ts";

const VERY_LONG_MS = 1000 * 60 * 60 * 1000;

test(
  "x_test.go TestAfterFuncCalledAfterCancel: called when the context ends, not before; then it cannot be stopped",
  inOrder(function* () {
    const [ctx, cancel] = withCancel(background());
    let called = 0;
    const stop = contextAfterFunc(ctx, () => {
      called++;
    });
    yield* gosched();
    assert.equal(called, 0);
    cancel();
    assert.equal(called, 0, "in a goroutine of its own");
    assert.equal(stop(), false, "it has been started");
    yield* gosched();
    assert.equal(called, 1);
    assert.equal(stop(), false);
    yield* gosched();
    assert.equal(called, 1);
  }),
);

test(
  "x_test.go TestAfterFuncCalledImmediately: called for a context that is over already",
  inMain(function* () {
    const [ctx, cancel] = withCancel(background());
    cancel();
    const called = chan<string>(1);
    const stop = contextAfterFunc(ctx, () => called.trySend("yes"));
    assert.equal(called.length, 0, "not before contextAfterFunc has returned");
    assert.equal(stop(), false);
    assert.equal(yield* called.recv(), "yes");
  }),
);

test(
  "x_test.go TestAfterFuncNotCalledAfterStop: stopped once, never called",
  inMain(function* () {
    const [ctx, cancel] = withCancel(background());
    const stop = contextAfterFunc(ctx, () => assert.fail("called"));
    assert.equal(stop(), true);
    assert.equal(stop(), false);
    cancel();
    yield* gosched();
    assert.equal(stop(), false);
    yield* gosched();
  }),
);

test(
  "x_test.go TestAfterFuncCalledAsynchronously: cancel does not wait for the functions, which may wait themselves",
  inMain(function* () {
    const [ctx, cancel] = withCancel(background());
    const values = chan<number>();
    contextAfterFunc(ctx, function* () {
      yield* values.send(1);
    });
    contextAfterFunc(ctx, async () => {
      await values.send(2);
    });
    cancel();
    assert.deepEqual([yield* values.recv(), yield* values.recv()].sort(), [1, 2]);
  }),
);

describe("with time", () => {
  let time: FakeTime;
  beforeEach(() => {
    time = new FakeTime();
    time.install();
  });
  afterEach(() => {
    time.pass(2 * VERY_LONG_MS);
    time.restore();
  });

  it("x_test.go TestAfterFuncCalledAfterTimeout: called when the time is up", async () => {
    const [ctx] = withTimeout(background(), 5);
    const errs: unknown[] = [];
    contextAfterFunc(ctx, () => errs.push(ctx.err));
    time.pass(4);
    await turn();
    assert.equal(errs.join(), "");
    time.pass(2);
    await turn();
    assert.ok(errs[0] instanceof DeadlineExceededError);
    assert.equal(errs.length, 1);
  });

  it("example_test.go ExampleAfterFunc_cond: the wait for a condition ends with the context", async () => {
    const mu = new Mutex();
    const cond = new Cond(mu);
    const waitOnCond = function* (ctx: Context, isMet: () => boolean): Goroutine<Error | undefined> {
      const stop = contextAfterFunc(ctx, function* () {
        using _ = yield* mu.lock();
        cond.broadcast();
      });
      try {
        while (!isMet()) {
          yield* cond.wait();
          if (ctx.err !== undefined) return ctx.err;
        }
        return undefined;
      } finally {
        stop();
      }
    };
    const handles: Handle<string | undefined>[] = [];
    for (let i = 0; i < 4; i++) {
      handles.push(
        go(function* () {
          const [ctx, cancel] = withTimeout(background(), 1);
          try {
            using _ = yield* mu.lock();
            return (yield* waitOnCond(ctx, () => false))?.message;
          } finally {
            cancel();
          }
        }),
      );
    }
    await turn();
    assert.deepEqual(
      handles.map(({ status }) => status),
      Array(4).fill("waiting"),
    );
    time.pass(3);
    for (const handle of handles) assert.equal(await handle, "context deadline exceeded");
    assert.equal(mu.tryLock(), true);
  });
});

/** Who waits in a custom context's queues: true when nobody does. */
function isLeftAlone(ctx: ChannelContext): boolean {
  return (
    ctx.closed.trySend(undefined as never) === false && getEventListeners(ctx.signal, "abort").length === 0
  );
}

const derivations: Record<string, (parent: Context) => [Context, () => void]> = {
  TestCustomContextAfterFuncCancel: (parent) => withCancel(parent),
  TestCustomContextAfterFuncTimeout: (parent) => withTimeout(parent, VERY_LONG_MS),
};
for (const [name, derive] of Object.entries(derivations)) {
  test(
    `afterfunc_test.go ${name}: a custom context's end is its child's`,
    inMain(function* () {
      const ctx0 = new ChannelContext();
      const [ctx1] = derive(ctx0);
      const waiter = go(function* () {
        yield* ctx1.done();
      });
      yield* rest(waiter);
      assert.equal(waiter.status, "waiting");
      ctx0.cancel(new ContextCanceledError());
      yield* waiter;
      assert.equal(ctx1.err, ctx0.err);
    }),
  );

  test(
    `afterfunc_test.go ${name.replace("AfterFunc", "AfterFuncUnregister")}: a child that ends first leaves nothing in its custom parent`,
    inMain(function* () {
      const ctx0 = new ChannelContext();
      const begun = runtime.numGoroutine();
      const cancels = [derive(ctx0)[1], derive(ctx0)[1]];
      yield* gosched();
      for (const cancel of cancels) cancel();
      yield* gosched();
      assert.ok(isLeftAlone(ctx0));
      assert.equal(runtime.numGoroutine(), begun);
    }),
  );
}

test(
  "afterfunc_test.go TestCustomContextAfterFuncAfterFunc: a function that waits for a custom context's end",
  inMain(function* () {
    const ctx0 = new ChannelContext();
    const called = chan<string>();
    contextAfterFunc(ctx0, () => called.close());
    yield* gosched();
    ctx0.cancel(new ContextCanceledError());
    assert.equal(yield* called.recv(), undefined);
  }),
);

test(
  "afterfunc_test.go TestCustomContextAfterFuncUnregisterAfterFunc: one that was stopped leaves nothing in the custom context",
  inMain(function* () {
    const ctx0 = new ChannelContext();
    const begun = runtime.numGoroutine();
    const stop = contextAfterFunc(ctx0, () => assert.fail("called"));
    yield* gosched();
    assert.equal(stop(), true);
    yield* gosched();
    assert.ok(isLeftAlone(ctx0));
    assert.equal(runtime.numGoroutine(), begun);
    ctx0.cancel(new ContextCanceledError());
    yield* gosched();
  }),
);

test(
  "example_test.go ExampleAfterFunc_merge: a context with two parents ends with either",
  inMain(function* () {
    const mergeCancel = (ctx: Context, other: Context): [Context, () => void] => {
      const [merged, cancel] = withCancel(ctx);
      const stop = contextAfterFunc(other, () => cancel(cause(other)));
      return [
        merged,
        () => {
          stop();
          cancel();
        },
      ];
    };
    const [ctx1] = withCancel(background());
    const [ctx2, cancel2] = withCancel(background());
    const [merged] = mergeCancel(ctx1, ctx2);
    cancel2(new Error("ctx2 canceled"));
    yield* merged.done();
    assert.equal((must(cause(merged)) as Error).message, "ctx2 canceled");
    assert.equal(ctx1.err, undefined);
  }),
);
