/**
 * fromSignal: the platform's cancellation as a context.
 */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import {
  background,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  fromSignal,
  go,
  run,
  withCancel,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { isDone } from "../go/context/custom.ts";
import { inMain, mustBlock, panicOf, turn } from "../go/support.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("fromSignal", () => {
  it("of a signal that is aborted already is over", () => {
    const why = new Error("why");
    const ctx = fromSignal(AbortSignal.abort(why));
    assert.ok(isDone(ctx));
    assert.ok(ctx.err instanceof ContextCanceledError);
    assert.equal(cause(ctx), why);
    assert.ok(ctx.signal.aborted);
    assert.equal(ctx.signal.reason, why);
    assert.equal(withCancel(ctx)[0].err, ctx.err);
  });

  it("of one that is aborted later ends then, at once, with all its descendants", async () => {
    const controller = new AbortController();
    const ctx = fromSignal(controller.signal);
    assert.deepEqual(
      [ctx.err, ctx.deadline, ctx.value("k"), isDone(ctx)],
      [undefined, undefined, undefined, false],
    );
    const [child] = withTimeout(withValue(ctx, "k", 1), 3_600_000);
    const free = withoutCancel(ctx);
    const waiter = go(function* () {
      yield* child.done();
    });
    let called = 0;
    contextAfterFunc(ctx, () => {
      called++;
    });
    await turn();
    const why = { any: "thing" };
    controller.abort(why);
    assert.ok(ctx.err instanceof ContextCanceledError);
    assert.equal(child.err, ctx.err);
    assert.deepEqual([cause(ctx), cause(child), child.signal.reason], [why, why, why]);
    await waiter;
    await turn();
    assert.equal(called, 1);
    assert.equal(free.err, undefined);
  });

  it("of an abort without a reason has the platform's own for a cause", () => {
    const controller = new AbortController();
    const ctx = fromSignal(controller.signal);
    controller.abort();
    assert.ok(ctx.err instanceof ContextCanceledError);
    assert.equal(cause(ctx), controller.signal.reason);
    assert.equal((cause(ctx) as Error).name, "AbortError");
  });

  it("keeps a reason that is nothing to speak of", () => {
    for (const why of [0, "", false]) {
      const controller = new AbortController();
      const ctx = fromSignal(controller.signal);
      controller.abort(why);
      assert.ok(ctx.err instanceof ContextCanceledError);
      assert.equal(cause(ctx), why);
      assert.equal(ctx.signal.reason, why);
    }
  });

  it("of a timeout of the platform's is a deadline that was exceeded", async () => {
    const signal = AbortSignal.timeout(1);
    const ctx = fromSignal(signal);
    // The platform's timer does not hold the process, nor does anything else here.
    const alive = setInterval(() => {}, 1000);
    try {
      await run(function* () {
        yield* ctx.done();
      });
    } finally {
      clearInterval(alive);
    }
    assert.ok(ctx.err instanceof DeadlineExceededError);
    assert.equal(cause(ctx), signal.reason);
    assert.equal((cause(ctx) as Error).name, "TimeoutError");
    assert.ok(fromSignal(signal).err instanceof DeadlineExceededError, "also when it is over before");
  });

  it(
    "gives up what it waits for",
    inMain(function* () {
      const controller = new AbortController();
      const ctx = fromSignal(controller.signal);
      const ch = chan<number>();
      const waiter = go(function* () {
        return yield* panicOf(() => ctx.wait(ch.recv()) as never);
      });
      yield* mustBlock(waiter, "recv");
      controller.abort();
      assert.equal(ch.trySend(1), false);
      assert.equal(yield* waiter, ctx.err);
    }),
  );

  it("of a context's own signal follows that context", () => {
    const [ctx, cancel] = withCancel(background());
    const again = fromSignal(ctx.signal);
    const why = new Error("why");
    cancel(why);
    assert.ok(again.err instanceof ContextCanceledError);
    assert.equal(cause(again), why);
  });

  it("of the same signal, a thousand times, does not pile up listeners", async () => {
    const { signal } = new AbortController();
    const warnings: unknown[] = [];
    const note = (warning: unknown): void => {
      warnings.push(warning);
    };
    process.on("warning", note);
    for (let i = 0; i < 1000; i++) {
      const ctx = fromSignal(signal);
      const [child, cancel] = withCancel(ctx);
      contextAfterFunc(child, () => {})();
      cancel();
      assert.equal(ctx.err, undefined);
    }
    await turn();
    process.off("warning", note);
    assert.ok(listeners(signal) <= 1, `${listeners(signal)} listeners`);
    assert.deepEqual(warnings, []);
  });

  it("of the same signal, several that live, end together", () => {
    const controller = new AbortController();
    const contexts = [0, 1, 2].map(() => fromSignal(controller.signal));
    const children = contexts.map((ctx) => withCancel(ctx)[0]);
    controller.abort(new Error("why"));
    for (const ctx of [...contexts, ...children]) assert.equal((cause(ctx) as Error).message, "why");
    assert.equal(listeners(controller.signal), 0);
  });

  it("ends although another listener stops the event", () => {
    const controller = new AbortController();
    controller.signal.addEventListener("abort", (event) => event.stopImmediatePropagation());
    const ctx = fromSignal(controller.signal);
    const [child] = withCancel(ctx);
    controller.abort();
    assert.ok(ctx.err instanceof ContextCanceledError);
    assert.equal(child.err, ctx.err);
  });

  it("has ended for whoever sees its signal aborted", () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    controller.signal.addEventListener("abort", () =>
      seen.push(ctx.signal.aborted, ctx.err instanceof ContextCanceledError),
    );
    const ctx = fromSignal(controller.signal);
    controller.abort();
    assert.deepEqual(seen, [true, true]);
  });

  it("holds no listener on a signal that is over", () => {
    const signal = AbortSignal.abort();
    fromSignal(signal);
    assert.equal(listeners(signal), 0);
  });

  it("has a signal of its own kind: real, and aborted when the first is", () => {
    const controller = new AbortController();
    const ctx = fromSignal(controller.signal);
    assert.ok(ctx.signal instanceof AbortSignal);
    let seen = 0;
    ctx.signal.addEventListener("abort", () => {
      seen++;
    });
    controller.abort();
    assert.equal(seen, 1);
  });

  it("needs an AbortSignal", () => {
    for (const wrong of [undefined, null, 1, "signal", {}, new AbortController(), new EventTarget()]) {
      assert.throws(
        () => fromSignal(wrong as never),
        (error: Error & { code?: string }) => error instanceof TypeError && error.code?.startsWith("GORT_"),
      );
    }
  });

  it("prints what it is", () => {
    const ctx = fromSignal(new AbortController().signal);
    assert.equal(String(ctx), "context.FromSignal");
    assert.equal(String(withCancel(ctx)[0]), "context.FromSignal.WithCancel");
  });
});
