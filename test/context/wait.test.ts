/**
 * ctx.wait(op): the operation, or the context's error, whichever is first. The way to give any operation a context.
 *
 * Go has no counterpart: there every function that blocks takes a context itself.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  ChannelClosedError,
  ContextCanceledError,
  chan,
  DeadlineExceededError,
  go,
  NotAnOperationError,
  OperationReusedError,
  runtime,
  select,
  sleep,
  todo,
  trySelect,
  wait,
  withCancel,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { ChannelContext, OtherContext } from "../go/context/custom.ts";
import { inMain, mustBlock, panicOf, turn } from "../go/support.ts";

describe("ctx.wait", () => {
  it(
    "gives what the operation gives, at once or later",
    inMain(function* () {
      const [canceled] = withCancel(background());
      for (const ctx of [
        background(),
        todo(),
        withoutCancel(canceled),
        canceled,
        withTimeout(canceled, 3_600_000)[0],
        withValue(canceled, "k", 1),
        new OtherContext(canceled),
        new ChannelContext(),
      ]) {
        const ch = chan<number>(1);
        ch.trySend(1);
        assert.equal(yield* ctx.wait(ch.recv()), 1, String(ctx));
        const late = go(function* () {
          return yield* ctx.wait(ch.recv());
        });
        yield* mustBlock(late, String(ctx));
        ch.trySend(2);
        assert.equal(yield* late, 2);
        assert.equal(yield* ctx.wait(wait(Promise.resolve(3))), 3);
        assert.equal(yield* ctx.wait(go(() => 4)), 4);
      }
    }),
  );

  it("can be awaited", async () => {
    const [ctx, cancel] = withCancel(background());
    const ch = chan<number>(1);
    ch.trySend(1);
    assert.equal(await ctx.wait(ch.recv()), 1);
    const lost = ctx.wait(ch.recv()).then(
      () => "received",
      (error: unknown) => error,
    );
    await turn();
    cancel();
    assert.equal(await lost, ctx.err);
    assert.equal(ch.trySend(2), true, "the value stays in the buffer");
    assert.equal(ch.length, 1);
  });

  it(
    "lets the context win whenever both are ready, without a look at the operation",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      cancel();
      const ch = chan<number>(1);
      ch.trySend(1);
      for (let i = 0; i < 100; i++) {
        assert.equal(yield* panicOf(() => ctx.wait(ch.recv()) as never), ctx.err);
      }
      assert.equal(ch.length, 1);
      ch.close();
      assert.equal(yield* panicOf(() => ctx.wait(ch.send(2)) as never), ctx.err, "no ChannelClosedError");
      assert.throws(() => trySelect({ both: ctx.wait(ch.recv()) }), ContextCanceledError);
      assert.equal(ch.length, 1);
    }),
  );

  it(
    "lets the context win when the same goroutine cancels and then makes the operation ready",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      const ch = chan<number>();
      const waiter = go(function* () {
        return yield* panicOf(() => ctx.wait(ch.recv()) as never);
      });
      yield* mustBlock(waiter, "recv");
      cancel();
      assert.equal(ch.trySend(1), false, "the receiver has left already");
      assert.equal(yield* waiter, ctx.err);
    }),
  );

  it(
    "keeps an operation that was first: the cancel comes too late",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      const ch = chan<number>();
      const waiter = go(function* () {
        return yield* ctx.wait(ch.recv());
      });
      yield* mustBlock(waiter, "recv");
      assert.equal(ch.trySend(1), true);
      cancel();
      assert.equal(yield* waiter, 1, "a value that was taken is not lost");
    }),
  );

  it(
    "hands the operation's errors on",
    inMain(function* () {
      const [ctx] = withCancel(background());
      for (const one of [ctx, background()]) {
        const closed = chan<number>();
        closed.close();
        assert.ok((yield* panicOf(() => one.wait(closed.send(1)) as never)) instanceof ChannelClosedError);
        const error = new Error("rejected");
        assert.equal(yield* panicOf(() => one.wait(wait(Promise.reject(error))) as never), error);
        const open = chan<number>();
        const sender = go(function* () {
          return yield* panicOf(() => one.wait(open.send(1)) as never);
        });
        yield* mustBlock(sender, "send");
        open.close();
        assert.ok((yield* sender) instanceof ChannelClosedError, "closed while it waited");
        const [inner, cancelInner] = withTimeout(one, 0);
        cancelInner();
        assert.equal(yield* panicOf(() => one.wait(inner.wait(sleep(1))) as never), inner.err);
        assert.ok(inner.err instanceof DeadlineExceededError);
      }
      assert.equal(ctx.err, undefined);
    }),
  );

  it(
    "waits for an operation once, and takes nothing else",
    inMain(function* () {
      const [ctx] = withCancel(background());
      for (const one of [ctx, background()]) {
        const ch = chan<number>(2);
        const op = ch.send(1);
        yield* one.wait(op);
        assert.ok((yield* panicOf(() => one.wait(op) as never)) instanceof OperationReusedError);
        const both = one.wait(ch.send(2));
        yield* both;
        assert.ok((yield* panicOf(() => both as never)) instanceof OperationReusedError);
        assert.equal(ch.length, 2);
        for (const wrong of [undefined, null, 1, {}, Promise.resolve(1), () => {}]) {
          const error = yield* panicOf(() => one.wait(wrong as never) as never);
          assert.ok(error instanceof NotAnOperationError, `${String(wrong)}: ${String(error)}`);
        }
      }
    }),
  );

  it(
    "is a case of a select, and nests",
    inMain(function* () {
      const [outer, cancelOuter] = withCancel(background());
      const [inner] = withCancel(background());
      const a = chan<number>();
      const b = chan<string>();
      const waiter = go(function* () {
        return yield* select({
          a: outer.wait(inner.wait(a.recv())),
          either: inner.wait(select({ b: b.recv(), never: chan<never>().recv() })),
        });
      });
      yield* mustBlock(waiter, "select");
      b.trySend("b");
      assert.deepEqual(yield* waiter, { case: "either", value: { case: "b", value: "b" } });
      assert.deepEqual([a.trySend(1), b.trySend("c")], [false, false]);

      const failing = go(function* () {
        return yield* panicOf(() => select({ a: inner.wait(outer.wait(a.recv())), b: b.recv() }) as never);
      });
      yield* mustBlock(failing, "select");
      cancelOuter();
      assert.equal(yield* failing, outer.err);
      assert.deepEqual([a.trySend(1), b.trySend("c")], [false, false]);
    }),
  );

  it(
    "may be several cases of one select on one context, which ends one of them",
    inMain(function* () {
      const cases = new Set<string>();
      for (let i = 0; i < 50; i++) {
        const [ctx, cancel] = withCancel(background());
        const a = chan<number>();
        const b = chan<number>();
        const waiter = go(function* () {
          try {
            return (yield* select({ a: ctx.wait(a.recv()), b: ctx.wait(b.recv()), done: ctx.done() })).case;
          } catch (error) {
            assert.equal(error, ctx.err);
            return "thrown";
          }
        });
        yield* mustBlock(waiter, "select");
        cancel();
        assert.deepEqual([a.trySend(1), b.trySend(1)], [false, false]);
        cases.add(yield* waiter);
      }
      for (const name of cases) assert.ok(name === "done" || name === "thrown", name);
    }),
  );

  it(
    "is a select in a dump",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      const waiter = go(function* waiting() {
        yield* panicOf(() => ctx.wait(chan<never>().recv()) as never);
      });
      yield* mustBlock(waiter, "recv");
      assert.match(runtime.stacks(), new RegExp(`^goroutine ${waiter.id} \\[select\\]:$`, "m"));
      cancel();
      yield* waiter;
    }),
  );
});
