/**
 * Go: context/context_test.go TestParentFinishesChild, TestChildFinishesFirst, TestCancelRemoves, TestCustomContextGoroutines;
 * context/x_test.go TestWithCancel, TestSimultaneousCancels, TestInterlockedCancels, TestWithCancelCanceledParent,
 * TestWithCancelSimultaneouslyCanceledParent, TestContextErrDoneRace.
 *
 * Differs: Go looks into its set of children. Here whoever is still in it cannot be collected, and who has left can.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  contextAfterFunc,
  go,
  gosched,
  runtime,
  trySelect,
  withCancel,
  withTimeout,
  withValue,
} from "gort";
import { random } from "../../base/seed.ts";
import { collectGarbage, inMain, inOrder, turn } from "../support.ts";
import { isDone, OtherContext, OwnDoneContext } from "./custom.ts";

const VERY_LONG_MS = 1000 * 60 * 60 * 1000;

test("context_test.go TestParentFinishesChild: a parent that ends takes every kind of child along", async () => {
  const [parent, cancel] = withCancel(background());
  const [cancelChild, stop1] = withCancel(parent);
  const valueChild = withValue(parent, "key", "value");
  const [timerChild, stop2] = withTimeout(valueChild, VERY_LONG_MS);
  let called = 0;
  contextAfterFunc(parent, () => {
    called++;
  });
  const all: Record<string, Context> = { parent, cancelChild, valueChild, timerChild };

  const cases = Object.fromEntries(Object.entries(all).map(([name, ctx]) => [name, ctx.done()]));
  assert.equal(trySelect(cases), undefined, "none is done");
  for (const [name, ctx] of Object.entries(all)) assert.equal(ctx.err, undefined, name);

  cancel();
  for (const [name, ctx] of Object.entries(all)) {
    assert.ok(isDone(ctx), `${name} is done at once`);
    assert.ok(ctx.err instanceof ContextCanceledError, name);
    assert.equal(ctx.err, parent.err, `${name}: one error a cancellation`);
  }
  await turn();
  assert.equal(called, 1);

  const late = withValue(parent, "key", "value");
  assert.ok(isDone(late));
  assert.equal(late.err, parent.err);
  stop1();
  stop2();
  assert.equal(timerChild.err, parent.err, "and nothing changes afterwards");
});

test("context_test.go TestChildFinishesFirst: a child that ends leaves its parent as it was", () => {
  const [cancelable] = withCancel(background());
  for (const parent of [background(), cancelable]) {
    const [child, cancel] = withCancel(parent);
    assert.ok(!isDone(parent) && !isDone(child));
    cancel();
    assert.ok(isDone(child));
    assert.ok(child.err instanceof ContextCanceledError);
    assert.ok(!isDone(parent));
    assert.equal(parent.err, undefined);
  }
});

/** What `make` gives has to be collected: its parent, which lives, keeps nothing of it. */
async function forgotten(name: string, make: () => object): Promise<void> {
  const ref = new WeakRef(make());
  await turn(); // Until the event loop turns a new WeakRef holds on to its target.
  collectGarbage();
  assert.equal(ref.deref(), undefined, `${name} is still held`);
}

test("context_test.go TestCancelRemoves: a child that was cancelled or stopped is no longer its parent's", async () => {
  const [parent] = withCancel(background());
  await forgotten("withCancel", () => {
    const [child, cancel] = withCancel(parent);
    cancel();
    return child;
  });
  await forgotten("withTimeout", () => {
    const [child, cancel] = withTimeout(parent, 60 * 60_000);
    cancel();
    return child;
  });
  await forgotten("withTimeout that is over", () => withTimeout(parent, 0)[0]);
  await forgotten("contextAfterFunc", () => {
    const fn = (): void => {};
    assert.equal(contextAfterFunc(parent, fn)(), true);
    return fn;
  });
  // The other way round: who is still a child is held, whatever the program forgets.
  let called = 0;
  const [again, cancel] = withCancel(background());
  (() => {
    const [child] = withCancel(withValue(again, "key", 1));
    contextAfterFunc(child, () => {
      called++;
    });
  })();
  await turn();
  collectGarbage();
  cancel();
  await turn();
  assert.equal(called, 1);
  assert.equal(parent.err, undefined);
});

test(
  "context_test.go TestCustomContextGoroutines: a child costs a goroutine at most under a stranger's own done, and only while it lives",
  inMain(function* () {
    const begun = runtime.numGoroutine();
    const made = (): number => runtime.numGoroutine() - begun;

    for (const derive of [withCancel, (ctx: Context) => withTimeout(ctx, VERY_LONG_MS)]) {
      const stranger = new OwnDoneContext(background());
      const [, cancel] = derive(stranger);
      yield* gosched();
      assert.ok(made() <= 1);
      cancel();
      yield* gosched();
      assert.equal(made(), 0, "cancelled");
      assert.equal(
        stranger.closed.trySend(null as never),
        false,
        "nobody waits in the stranger's channel any more",
      );
    }

    const [ctx1, cancel1] = withCancel(background());
    const ctx2 = new OtherContext(ctx1);
    const [ctx3] = withCancel(ctx2);
    yield* gosched();
    const [ctx4] = withTimeout(ctx3, VERY_LONG_MS);
    const [ctx5, cancel5] = withCancel(ctx4);
    yield* gosched();
    assert.ok(made() <= 1, "gort's own contexts never need one");
    const stranger = new OwnDoneContext(ctx2);
    const [ctx6, cancel6] = withCancel(stranger);
    yield* gosched();

    cancel5();
    assert.ok(isDone(ctx5) && !isDone(ctx4) && !isDone(ctx3));
    cancel1();
    yield* gosched();
    assert.ok(isDone(ctx2) && isDone(ctx3) && isDone(ctx4));
    assert.ok(
      !isDone(stranger) && !isDone(ctx6),
      "a stranger's done is its own: its parent's end is not its end",
    );
    const [, cancel7] = withTimeout(ctx5, VERY_LONG_MS);
    cancel6();
    yield* gosched();
    assert.equal(made(), 0);
    cancel7();
  }),
);

test("x_test.go TestWithCancel: cancel is felt at once, through contexts of the program's own too", () => {
  const [c1, cancel] = withCancel(background());
  assert.equal(String(c1), "context.Background.WithCancel");
  const o = new OtherContext(c1);
  const [c2] = withCancel(o);
  const contexts = { c1, o, c2 };
  for (const [name, c] of Object.entries(contexts)) {
    assert.equal(c.err, undefined, name);
    assert.ok(!isDone(c), name);
  }
  cancel();
  for (const [name, c] of Object.entries(contexts)) {
    assert.ok(isDone(c), name);
    assert.ok(c.err instanceof ContextCanceledError, name);
    assert.equal(c.err.message, "context canceled");
  }
});

test("x_test.go TestSimultaneousCancels: a tree whose nodes are all cancelled in any order comes to its end", async (t) => {
  const { below } = random(t, "go/context/cancel");
  await inMain(function* () {
    const [root, cancelRoot] = withCancel(background());
    const all: [Context, () => void][] = [[root, cancelRoot]];
    for (let parent = 0; all.length < 100; parent++) {
      for (let i = 0; i < 4; i++) all.push(withCancel((all[parent] as [Context, () => void])[0]));
    }
    const shuffled = all.map((_, i) => i);
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as number, shuffled[i] as number];
    }
    const handles = shuffled.map((i) =>
      go(function* () {
        (all[i] as [Context, () => void])[1]();
        yield* gosched();
      }),
    );
    for (const [ctx] of all) yield* ctx.done();
    for (const handle of handles) yield* handle;
    for (const [ctx] of all) assert.ok(ctx.err instanceof ContextCanceledError);
  })();
});

test(
  "x_test.go TestInterlockedCancels: a goroutine that waits for the parent may cancel the child",
  inMain(function* () {
    const [parent, cancelParent] = withCancel(background());
    const [child, cancelChild] = withCancel(parent);
    const other = go(function* () {
      yield* parent.done();
      cancelChild();
    });
    yield* gosched();
    cancelParent();
    yield* child.done();
    yield* other;
    assert.equal(child.err, parent.err);
  }),
);

test("x_test.go TestWithCancelCanceledParent: a child of a parent that is over is over when it is made", () => {
  const [parent, cancel] = withCancel(background());
  const reason = new Error("Because!");
  cancel(reason);
  const [c] = withCancel(parent);
  assert.ok(isDone(c));
  assert.ok(c.err instanceof ContextCanceledError);
  assert.equal(cause(c), reason);
});

test(
  "x_test.go TestWithCancelSimultaneouslyCanceledParent: it does not matter when the parent ends while a child is made",
  inMain(function* () {
    for (const turns of [0, 1, 2]) {
      const [parent, cancel] = withCancel(background());
      const reason = new Error("Because!");
      go(() => cancel(reason));
      for (let i = 0; i < turns; i++) yield* gosched();
      const [c] = withCancel(parent);
      yield* c.done();
      assert.ok(c.err instanceof ContextCanceledError);
      assert.equal(cause(c), reason);
    }
  }),
);

test(
  "x_test.go TestContextErrDoneRace: whoever sees err finds done done",
  inOrder(function* () {
    const [ctx, cancel] = withCancel(background());
    const early = ctx.done();
    go(cancel);
    let turns = 0;
    for (; ctx.err === undefined; turns++) {
      assert.ok(turns < 100);
      yield* gosched();
    }
    assert.ok(turns > 0);
    assert.ok(trySelect({ early }), "also one that was made before");
  }),
);
