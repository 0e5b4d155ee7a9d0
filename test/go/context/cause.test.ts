/**
 * Go: context/x_test.go TestCause, TestCauseRace, TestCustomContextPropagation, TestCustomContextCause.
 *
 * Differs: withCancel, withTimeout and withDeadline take a cause themselves, where Go has a second function for each.
 */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  contextAfterFunc,
  DeadlineExceededError,
  go,
  gosched,
  todo,
  withCancel,
  withoutCancel,
  withTimeout,
} from "gort";
import { inMain, inOrder, rest, turn } from "../support.ts";
import { ChannelContext, isDone, OtherContext, OwnDoneContext } from "./custom.ts";

const FOREVER_MS = 1e9;
const parentCause = new Error("parentCause");
const childCause = new Error("childCause");
const tooSlow = new Error("tooSlow");
const finishedEarly = new Error("finishedEarly");

type Kind = typeof ContextCanceledError | typeof DeadlineExceededError | undefined;

interface Case {
  readonly name: string;
  readonly make: () => Context | Promise<Context>;
  readonly err: Kind;
  /** "err": no cause but the error itself. */
  readonly cause: Error | "err" | undefined;
}

/** A context of the program's own that ends with its parent. */
function newCustomContext(parent: Context): [Context, () => void] {
  const ctx = new ChannelContext(parent);
  contextAfterFunc(parent, () => ctx.cancel(parent.err as Error, cause(parent)));
  return [ctx, () => ctx.cancel(new ContextCanceledError())];
}

const cases: readonly Case[] = [
  { name: "background", make: background, err: undefined, cause: undefined },
  { name: "todo", make: todo, err: undefined, cause: undefined },
  {
    name: "withCancel",
    make: () => {
      const [ctx, cancel] = withCancel(background());
      cancel();
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "withCancel with a cause",
    make: () => {
      const [ctx, cancel] = withCancel(background());
      cancel(parentCause);
      return ctx;
    },
    err: ContextCanceledError,
    cause: parentCause,
  },
  {
    name: "withCancel with the cause undefined",
    make: () => {
      const [ctx, cancel] = withCancel(background());
      cancel(undefined);
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "the parent's cause before the child's",
    make: () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancelChild] = withCancel(parent);
      cancelParent(parentCause);
      cancelChild(childCause);
      return ctx;
    },
    err: ContextCanceledError,
    cause: parentCause,
  },
  {
    name: "the parent's cause after the child's",
    make: () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancelChild] = withCancel(parent);
      cancelChild(childCause);
      cancelParent(parentCause);
      return ctx;
    },
    err: ContextCanceledError,
    cause: childCause,
  },
  {
    name: "the parent's cause before a child's cancel without one",
    make: () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancelChild] = withCancel(parent);
      cancelParent(parentCause);
      cancelChild();
      return ctx;
    },
    err: ContextCanceledError,
    cause: parentCause,
  },
  {
    name: "the parent's cause after a child's cancel without one",
    make: () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancelChild] = withCancel(parent);
      cancelChild();
      cancelParent(parentCause);
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "the child's cause after the parent's cancel without one",
    make: () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancelChild] = withCancel(parent);
      cancelParent();
      cancelChild(childCause);
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "the child's cause before the parent's cancel without one",
    make: () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancelChild] = withCancel(parent);
      cancelChild(childCause);
      cancelParent();
      return ctx;
    },
    err: ContextCanceledError,
    cause: childCause,
  },
  {
    name: "withTimeout",
    make: () => {
      const [ctx, cancel] = withTimeout(background(), 0);
      cancel(childCause);
      return ctx;
    },
    err: DeadlineExceededError,
    cause: "err",
  },
  {
    name: "withTimeout, cancelled",
    make: () => {
      const [ctx, cancel] = withTimeout(background(), FOREVER_MS);
      cancel();
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "withTimeout with a cause",
    make: () => {
      const [ctx, cancel] = withTimeout(background(), 0, tooSlow);
      cancel();
      return ctx;
    },
    err: DeadlineExceededError,
    cause: tooSlow,
  },
  {
    name: "withTimeout with a cause, cancelled",
    make: () => {
      const [ctx, cancel] = withTimeout(background(), FOREVER_MS, tooSlow);
      cancel();
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "withTimeout with a cause, below another",
    make: () => {
      const [parent, cancel] = withCancel(background());
      const [ctx] = withTimeout(parent, 0, tooSlow);
      cancel(finishedEarly);
      return ctx;
    },
    err: DeadlineExceededError,
    cause: tooSlow,
  },
  {
    name: "withTimeout with a cause, below another that is cancelled",
    make: () => {
      const [parent, cancel] = withCancel(background());
      const [ctx] = withTimeout(parent, FOREVER_MS, tooSlow);
      cancel(finishedEarly);
      return ctx;
    },
    err: ContextCanceledError,
    cause: finishedEarly,
  },
  { name: "withoutCancel", make: () => withoutCancel(background()), err: undefined, cause: undefined },
  {
    name: "withoutCancel of a context that is cancelled",
    make: () => {
      const [parent, cancel] = withCancel(background());
      const ctx = withoutCancel(parent);
      cancel(finishedEarly);
      return ctx;
    },
    err: undefined,
    cause: undefined,
  },
  {
    name: "withoutCancel of a timeout",
    make: () => withoutCancel(withTimeout(background(), 0, tooSlow)[0]),
    err: undefined,
    cause: undefined,
  },
  {
    name: "a custom context whose parent is not cancelled",
    make: () => {
      const [parent] = withCancel(background());
      const [ctx, cancel] = newCustomContext(parent);
      cancel();
      return ctx;
    },
    err: ContextCanceledError,
    cause: "err",
  },
  {
    name: "a custom context whose parent is cancelled before",
    make: async () => {
      const [parent, cancelParent] = withCancel(background());
      const [ctx, cancel] = newCustomContext(parent);
      cancelParent(parentCause);
      await turn();
      cancel();
      return ctx;
    },
    err: ContextCanceledError,
    cause: parentCause,
  },
];

describe("x_test.go TestCause", () => {
  for (const { name, make, err, cause: expected } of cases) {
    it(name, async () => {
      const ctx = await make();
      if (err === undefined) assert.equal(ctx.err, undefined);
      else assert.ok(ctx.err instanceof err, `${ctx.err} is no ${err.name}`);
      const why = expected === "err" ? ctx.err : expected;
      assert.equal(cause(ctx), why);
      assert.equal(ctx.signal.aborted, err !== undefined);
      assert.equal(ctx.signal.reason, why, "ctx.signal.reason is the cause");
    });
  }
});

test(
  "x_test.go TestCauseRace: whoever polls for the cause finds it",
  inOrder(function* () {
    const why = new Error("TestCauseRace");
    const [ctx, cancel] = withCancel(background());
    go(() => cancel(why));
    let turns = 0;
    for (; cause(ctx) === undefined; turns++) {
      assert.ok(turns < 100);
      yield* gosched();
    }
    assert.equal(cause(ctx), why);
    assert.ok(turns > 0);
  }),
);

test(
  "x_test.go TestCustomContextPropagation: the end comes from the custom context, the cause from the context behind it",
  inMain(function* () {
    const why = new Error("TestCustomContextPropagation");
    const [ctx1, cancel1] = withCancel(background());
    const ctx2 = new OwnDoneContext(ctx1);
    const [ctx3] = withCancel(ctx2);
    cancel1(why);
    yield* gosched();
    assert.ok(!isDone(ctx3), "its parent says that it is not done");
    ctx2.end();
    yield* ctx3.done();
    assert.ok(ctx3.err instanceof ContextCanceledError);
    assert.equal(cause(ctx3), why);
  }),
);

test("x_test.go TestCustomContextCause: a custom context that was cancelled has its error for a cause", () => {
  const ccc = new ChannelContext();
  assert.equal(cause(ccc), undefined);
  ccc.cancel(new ContextCanceledError());
  assert.equal(cause(ccc), ccc.err);
});

test("x_test.go TestCustomContextCause: a child's cause is its own, before and after its custom parent's end", async () => {
  const ccc = new ChannelContext();
  const [ctx, cancel] = withCancel(ccc);
  const why = new Error("TestCustomContextCause");
  cancel(why);
  const check = (): void => {
    assert.ok(ctx.err instanceof ContextCanceledError);
    assert.equal(cause(ctx), why);
  };
  check();
  assert.deepEqual([ccc.err, cause(ccc)], [undefined, undefined]);

  ccc.cancel(new ContextCanceledError());
  await turn();
  check();
  assert.equal(cause(ccc), ccc.err);
  assert.notEqual(ccc.err, ctx.err);
});

test(
  "x_test.go TestCustomContextCause: a custom context's end is its children's end",
  inMain(function* () {
    for (const kind of [ContextCanceledError, DeadlineExceededError]) {
      const ccc = new ChannelContext();
      const [ctx] = withCancel(new OtherContext(ccc));
      const waiter = go(function* () {
        yield* ctx.done();
      });
      yield* rest(waiter);
      ccc.cancel(new kind());
      yield* waiter;
      assert.ok(ctx.err instanceof kind);
      assert.equal(ctx.err, ccc.err);
      assert.equal(cause(ctx), ccc.err);
    }
  }),
);
