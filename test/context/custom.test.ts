/**
 * Contexts that a program wrote itself, as parents of gort's: everywhere, and without a trace when the child goes first.
 */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  go,
  gosched,
  InvalidContextError,
  runtime,
  withCancel,
  withDeadline,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { ChannelContext, isDone, OtherContext } from "../go/context/custom.ts";
import { inMain, inOrder, mustBlock, panicOf, rest } from "../go/support.ts";

const HOUR_MS = 3_600_000;

const derivations: Record<string, (parent: Context) => Context> = {
  withCancel: (parent) => withCancel(parent)[0],
  withTimeout: (parent) => withTimeout(parent, HOUR_MS)[0],
  withDeadline: (parent) => withDeadline(parent, Date.now() + HOUR_MS)[0],
  withValue: (parent) => withValue(parent, "k", 1),
  "withCancel(withValue)": (parent) => withCancel(withValue(parent, "k", 1))[0],
};

describe("a context made from scratch", () => {
  for (const [name, derive] of Object.entries(derivations)) {
    it(
      `ends what ${name} made of it: err, cause, signal, waiters`,
      inOrder(function* () {
        for (const kind of [ContextCanceledError, DeadlineExceededError]) {
          const parent = new ChannelContext();
          const ctx = derive(parent);
          assert.equal(ctx.err, undefined);
          assert.ok(!isDone(ctx));
          const waiter = go(function* () {
            yield* ctx.done();
          });
          yield* mustBlock(waiter, "done");
          let called = 0;
          contextAfterFunc(ctx, () => {
            called++;
          });
          const why = new Error("why");
          parent.cancel(new kind(), why);
          yield* waiter;
          yield* gosched();
          assert.equal(ctx.err, parent.err);
          assert.ok(ctx.signal.aborted && isDone(ctx));
          assert.equal(called, 1);
        }
      }),
    );

    it(
      `that is over already gives ${name} a context that is over`,
      inMain(function* () {
        const parent = new ChannelContext();
        const error = new ContextCanceledError();
        parent.cancel(error);
        const ctx = derive(parent);
        assert.equal(ctx.err, error);
        assert.equal(cause(ctx), error);
        assert.ok(isDone(ctx) && ctx.signal.aborted);
        assert.equal(yield* panicOf(() => ctx.wait(chan<never>().recv()) as never), error);
      }),
    );
  }

  it("lends its deadline and its values", () => {
    const parent = new ChannelContext(withValue(background(), "k", 7));
    parent.deadline = Date.now() + 1000;
    const [sooner] = withTimeout(parent, HOUR_MS);
    assert.equal(sooner.deadline, parent.deadline);
    assert.match(String(sooner), /\.WithCancel$/);
    assert.equal(withCancel(parent)[0].deadline, parent.deadline);
    assert.equal(withValue(parent, "other", 1).deadline, parent.deadline);
    assert.equal(withValue(parent, "other", 1).value("k"), 7);
    assert.equal(withoutCancel(parent).value("k"), 7);
    assert.equal(withoutCancel(parent).deadline, undefined);
  });

  it("may end with an error of the program's own", () => {
    const parent = new ChannelContext();
    const [ctx] = withCancel(new OtherContext(parent));
    const error = new RangeError("out of budget");
    parent.cancel(error);
    assert.equal(withCancel(parent)[0].err, error);
    assert.equal(cause(withCancel(parent)[0]), error);
    return Promise.resolve(ctx.done()).then(() => {
      assert.equal(ctx.err, error);
      assert.equal(ctx.signal.reason, error);
    });
  });

  it(
    "keeps nothing of children that end first, and is not ended by them",
    inMain(function* () {
      const parent = new ChannelContext();
      const begun = runtime.numGoroutine();
      const waiting = counts.waiting;
      for (let i = 0; i < 100; i++) {
        const [, cancel] = i % 2 === 0 ? withCancel(parent) : withTimeout(withValue(parent, "k", 1), HOUR_MS);
        const stop = contextAfterFunc(parent, () => assert.fail("called"));
        if (i % 3 === 0) yield* gosched();
        cancel();
        stop();
      }
      yield* gosched();
      assert.equal(runtime.numGoroutine(), begun);
      assert.equal(counts.waiting, waiting);
      assert.equal(getEventListeners(parent.signal, "abort").length, 0);
      assert.equal(parent.closed.trySend(undefined as never), false, "nobody waits in its channel");
      assert.equal(parent.err, undefined);
      parent.cancel(new ContextCanceledError());
      yield* gosched();
    }),
  );

  it(
    "may wait for a context of gort's and the other way round",
    inMain(function* () {
      const [root, cancel] = withCancel(background());
      const own = new ChannelContext(root);
      const stop = contextAfterFunc(root, () => own.cancel(root.err as Error, cause(root)));
      const [ctx] = withCancel(own);
      const waiter = go(function* () {
        yield* ctx.done();
      });
      yield* rest(waiter);
      cancel();
      yield* waiter;
      assert.equal(ctx.err, root.err);
      assert.equal(stop(), false);
    }),
  );
});

describe("a context that wraps another", () => {
  it("passes its end on at once, whatever hangs below", () => {
    const [root, cancel] = withCancel(background());
    const wrapped = new OtherContext(new OtherContext(root));
    const all = Object.values(derivations).map((derive) => derive(wrapped));
    const why = new Error("why");
    cancel(why);
    for (const ctx of all) {
      assert.equal(ctx.err, root.err, String(ctx));
      assert.equal(cause(ctx), why, String(ctx));
      assert.ok(ctx.signal.aborted);
    }
  });

  it("may change values and nothing else", () => {
    class Shouting extends OtherContext {
      override value(key: unknown): unknown {
        const value = super.value(key);
        return typeof value === "string" ? value.toUpperCase() : value;
      }
    }
    const [ctx, cancel] = withCancel(new Shouting(withValue(background(), "k", "word")));
    assert.equal(ctx.value("k"), "WORD");
    assert.equal(withValue(ctx, "other", 1).value("k"), "WORD");
    cancel();
    assert.equal(ctx.value("k"), "WORD");
  });

  it(
    "may have an error of its own although the one behind has ended otherwise",
    inMain(function* () {
      class Renaming extends OtherContext {
        override get err(): Error | undefined {
          return this.inner.err && new RangeError("renamed");
        }
      }
      const [root, cancel] = withCancel(background());
      const [ctx] = withCancel(new Renaming(root));
      cancel();
      yield* ctx.done();
      assert.ok(ctx.err !== undefined);
      assert.equal(cause(ctx), root.err);
    }),
  );
});

describe("what is no context", () => {
  it("cannot be a parent", () => {
    for (const wrong of [
      undefined,
      null,
      0,
      "context",
      {},
      [],
      () => {},
      new AbortController().signal,
      withCancel,
    ]) {
      for (const derive of Object.values(derivations)) {
        assert.throws(() => derive(wrong as never), {
          constructor: InvalidContextError,
          code: "GORT_INVALID_CONTEXT",
        });
      }
      for (const use of [withoutCancel, (ctx: Context) => contextAfterFunc(ctx, () => {}), cause]) {
        assert.throws(
          () => use(wrong as never),
          { constructor: InvalidContextError },
          `${use.name} ${String(wrong)}`,
        );
      }
    }
  });

  it("is told from the pair that withCancel gives", () => {
    assert.throws(() => withCancel(withCancel(background()) as never), { constructor: InvalidContextError });
  });
});
