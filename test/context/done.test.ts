/**
 * ctx.done(), err, and what a cancel does at once: for one waiter and for many.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  GortError,
  go,
  gosched,
  type Handle,
  NotAFunctionError,
  OperationReusedError,
  runtime,
  select,
  sleep,
  todo,
  withCancel,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { OtherContext } from "../go/context/custom.ts";
import { inMain, inOrder, mustBlock, panicOf, rest, turn } from "../go/support.ts";

describe("done", () => {
  it(
    "is a new operation each time, and each is waited for once",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      const first = ctx.done();
      assert.notEqual(first, ctx.done());
      cancel();
      assert.equal(yield* first, undefined);
      assert.ok((yield* panicOf(() => first as never)) instanceof OperationReusedError);
      for (let i = 0; i < 3; i++) assert.equal(yield* ctx.done(), undefined);
    }),
  );

  it("can be awaited, many times and by many", async () => {
    const [ctx, cancel] = withCancel(background());
    const order: string[] = [];
    const waits = ["a", "b", "c"].map(async (name) => {
      await ctx.done();
      order.push(name);
    });
    await turn();
    assert.deepEqual(order, []);
    cancel();
    await Promise.all(waits);
    assert.deepEqual(order, ["a", "b", "c"]);
    await ctx.done();
  });

  it(
    "wakes whoever waits, in the order they came, children's waiters too",
    inOrder(function* () {
      const [ctx, cancel] = withCancel(background());
      const [child] = withCancel(withValue(ctx, "k", 1));
      const order: number[] = [];
      const handles = [ctx, ctx, child, child].map((one, i) =>
        go(function* () {
          yield* one.done();
          order.push(i);
        }),
      );
      for (const handle of handles) yield* mustBlock(handle, "done");
      cancel();
      for (const handle of handles) yield* handle;
      assert.deepEqual(order, [0, 1, 2, 3]);
    }),
  );

  it(
    "is a case of a select, which leaves no trace when it loses",
    inMain(function* () {
      const [ctx, cancel] = withTimeout(background(), 3_600_000);
      const ch = chan<number>();
      const before = counts.waiting;
      for (let i = 0; i < 3; i++) {
        const waiter = go(function* () {
          return yield* select({ done: ctx.done(), got: ch.recv(), late: sleep(7_200_000) });
        });
        yield* mustBlock(waiter, "select");
        assert.ok(counts.waiting > before);
        ch.trySend(i);
        assert.deepEqual(yield* waiter, { case: "got", value: i });
        assert.equal(counts.waiting, before, "nobody waits for the deadline any more");
      }
      const waiter = go(function* () {
        return (yield* select({ done: ctx.done(), got: ch.recv() })).case;
      });
      yield* mustBlock(waiter, "select");
      cancel();
      assert.equal(ch.trySend(9), false);
      assert.equal(yield* waiter, "done");
      assert.equal(counts.waiting, before);
    }),
  );

  it(
    "of a context that never ends waits for ever, and is a chan receive in a dump",
    inMain(function* () {
      const [canceled, cancel] = withCancel(background());
      const stuck: [Context, Handle<void>][] = [background(), todo(), withoutCancel(canceled), canceled].map(
        (ctx) => [
          ctx,
          go(function* () {
            yield* ctx.done();
          }),
        ],
      );
      for (const [ctx, handle] of stuck) {
        yield* mustBlock(handle, String(ctx));
        assert.match(runtime.stacks(), new RegExp(`^goroutine ${handle.id} \\[chan receive\\]:$`, "m"));
      }
      cancel();
      yield* rest(...stuck.map(([, handle]) => handle));
      assert.deepEqual(
        stuck.map(([, { status }]) => status),
        ["waiting", "waiting", "waiting", "dead"],
      );
    }),
  );

  it(
    "serves a crowd",
    inOrder(function* () {
      const [ctx, cancel] = withCancel(background());
      let woken = 0;
      const handles = Array.from({ length: 10_000 }, (_, i) => {
        const one = i % 2 === 0 ? ctx : withCancel(ctx)[0];
        return go(function* () {
          yield* one.done();
          woken++;
        });
      });
      yield* rest(...handles);
      assert.equal(woken, 0);
      cancel();
      for (const handle of handles) yield* handle;
      assert.equal(woken, 10_000);
    }),
  );
});

describe("cancel", () => {
  it("counts once: the first error and cause stay", () => {
    const [ctx, cancel] = withCancel(background());
    const first = new Error("first");
    cancel(first);
    const { err } = ctx;
    cancel(new Error("second"));
    cancel();
    assert.equal(ctx.err, err);
    assert.equal(cause(ctx), first);
    assert.equal(ctx.signal.reason, first);
  });

  it("makes one error, shared by all descendants and by nobody else", () => {
    const [parent, cancel] = withCancel(background());
    const [before] = withTimeout(withValue(parent, "k", 1), 3_600_000);
    const [child, cancelChild] = withCancel(parent);
    cancelChild();
    cancel();
    const [after] = withCancel(parent);
    assert.ok(parent.err instanceof ContextCanceledError && parent.err instanceof GortError);
    assert.deepEqual([before.err, after.err], [parent.err, parent.err]);
    assert.equal(before.err, parent.err);
    assert.equal(after.err, parent.err);
    assert.notEqual(child.err, parent.err);
  });

  it("errors are the platform's to know: name, message, code", () => {
    const [canceled, cancel] = withCancel(background());
    cancel();
    const [late] = withTimeout(background(), 0);
    assert.deepEqual(
      [canceled.err, late.err].map((err) => [err?.name, err?.message, (err as { code?: string }).code]),
      [
        ["AbortError", "context canceled", "GORT_CONTEXT_CANCELED"],
        ["TimeoutError", "context deadline exceeded", "GORT_DEADLINE_EXCEEDED"],
      ],
    );
    assert.match(String((canceled.err as Error).stack), /context canceled/);
  });

  it("takes an error of the program's own for a cause, and descendants have it too", () => {
    class QuotaError extends Error {
      readonly quota = 5;
    }
    const why = new QuotaError("too much");
    const [parent, cancel] = withCancel(background());
    const [child] = withTimeout(new OtherContext(withValue(parent, "k", 1)), 3_600_000);
    cancel(why);
    for (const ctx of [parent, child, withCancel(child)[0], withValue(child, "a", 1)]) {
      assert.equal(cause(ctx), why);
      assert.equal(ctx.signal.reason, why);
      assert.ok(ctx.err instanceof ContextCanceledError);
    }
  });

  it("may be called by a function that it set off, by an abort listener, or without `this`", async () => {
    const [ctx, cancel] = withCancel(background());
    const [child, cancelChild] = withCancel(ctx);
    const seen: string[] = [];
    ctx.signal.addEventListener("abort", () => {
      seen.push("listener");
      cancel();
      cancelChild(new Error("in the listener"));
      const [late] = withCancel(ctx);
      assert.ok(late.err === ctx.err && ctx.err !== undefined);
    });
    contextAfterFunc(child, () => {
      seen.push("function");
      cancel();
    });
    [1].forEach(cancel as () => void);
    await turn();
    assert.deepEqual(seen, ["listener", "function"]);
    assert.equal(child.err, ctx.err);
  });

  it("of twenty thousand nested contexts needs no stack of that depth", () => {
    const [root, cancel] = withCancel(background());
    let ctx: Context = root;
    for (let i = 0; i < 20_000; i++) ctx = i % 2 === 0 ? withCancel(ctx)[0] : withValue(ctx, i, i);
    assert.equal(ctx.value(1), 1);
    assert.equal(ctx.err, undefined);
    assert.equal(ctx.deadline, undefined);
    cancel();
    assert.equal(ctx.err, root.err);
    assert.equal(cause(ctx), root.err);
  });
});

describe("contextAfterFunc", () => {
  it("needs a context and a function", () => {
    assert.throws(() => contextAfterFunc(background(), undefined as never), {
      constructor: NotAFunctionError,
    });
    assert.throws(() => contextAfterFunc(undefined as never, () => {}), { code: "GORT_INVALID_CONTEXT" });
  });

  it(
    "runs several functions in the order they came, each in a goroutine",
    inOrder(function* () {
      const [ctx, cancel] = withTimeout(background(), 3_600_000);
      const ids = new Set<number>([runtime.goid()]);
      const order: number[] = [];
      const stops = [0, 1, 2, 3].map((i) =>
        contextAfterFunc(ctx, () => {
          order.push(i);
          ids.add(runtime.goid());
        }),
      );
      assert.equal(stops[2]?.(), true);
      cancel();
      yield* gosched();
      assert.deepEqual(order, [0, 1, 3]);
      assert.equal(ids.size, 4);
    }),
  );

  it(
    "of a context that never ends is never called, and is stopped as any other",
    inMain(function* () {
      for (const ctx of [background(), withoutCancel(withTimeout(background(), 0)[0])]) {
        const stop = contextAfterFunc(ctx, () => assert.fail("called"));
        yield* gosched();
        assert.deepEqual([stop(), stop()], [true, false]);
      }
    }),
  );

  it(
    "sees the context's error and cause",
    inMain(function* () {
      const [ctx] = withTimeout(background(), 0, new Error("slow"));
      const seen = chan<unknown>(1);
      contextAfterFunc(ctx, () => seen.trySend([ctx.err?.name, (cause(ctx) as Error).message]));
      assert.deepEqual(yield* seen.recv(), ["TimeoutError", "slow"]);
      assert.ok(ctx.err instanceof DeadlineExceededError);
    }),
  );
});
