/**
 * Go: context/x_test.go TestBackground, TestTODO, TestValues, TestWithValueChecksKey, TestInvalidDerivedFail, TestWithoutCancel;
 * ExampleWithValue of context/example_test.go.
 *
 * Differs: a key is any value but undefined and null, compared by identity (Go compares type and value); a symbol plays Go's key type.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  background,
  type Context,
  InvalidContextError,
  select,
  sleep,
  todo,
  trySelect,
  withCancel,
  withDeadline,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { inMain } from "../support.ts";
import { isDone, OtherContext } from "./custom.ts";

for (const [name, ctx, text] of [
  ["TestBackground", background(), "context.Background"],
  ["TestTODO", todo(), "context.TODO"],
] as const) {
  test(
    `x_test.go ${name}: it never ends, has no deadline and no values, and says what it is`,
    inMain(function* () {
      assert.equal(trySelect({ done: ctx.done() }), undefined);
      assert.equal((yield* select({ done: ctx.done(), late: sleep(0) })).case, "late");
      assert.equal(ctx.err, undefined);
      assert.equal(ctx.deadline, undefined);
      assert.equal(ctx.value("key"), undefined);
      assert.equal(String(ctx), text);
    }),
  );
}

const k1 = Symbol("key");
const k2 = Symbol("key");
const k3 = "key";

test("x_test.go TestValues: a value is found by its very key, the nearest first, through contexts of the program's own too", () => {
  const check = (ctx: Context, name: string, v1: unknown, v2: unknown, v3: unknown): void =>
    assert.deepEqual([ctx.value(k1), ctx.value(k2), ctx.value(k3)], [v1, v2, v3], name);
  const none = undefined;

  check(background(), "c0", none, none, none);
  const c1 = withValue(background(), k1, "c1k1");
  check(c1, "c1", "c1k1", none, none);
  const c2 = withValue(c1, k2, "c2k2");
  check(c2, "c2", "c1k1", "c2k2", none);
  const c3 = withValue(c2, k3, "c3k3");
  check(c3, "c3", "c1k1", "c2k2", "c3k3");
  const c4 = withValue(c3, k1, undefined);
  check(c4, "c4", none, "c2k2", "c3k3");
  check(withValue(c3, k1, null), "null", null, "c2k2", "c3k3");
  check(c3, "c3 still", "c1k1", "c2k2", "c3k3");

  check(new OtherContext(background()), "o0", none, none, none);
  const o1 = new OtherContext(withValue(background(), k1, "c1k1"));
  check(o1, "o1", "c1k1", none, none);
  const o2 = withValue(o1, k2, "o2k2");
  check(o2, "o2", "c1k1", "o2k2", none);
  const o3 = new OtherContext(c4);
  check(o3, "o3", none, "c2k2", "c3k3");
  check(withValue(o3, k3, undefined), "o4", none, "c2k2", none);
  check(withTimeout(withCancel(o3)[0], 0)[0], "derived", none, "c2k2", "c3k3");
});

test("x_test.go TestValues: a context prints its way from the root", () => {
  const c1 = withValue(background(), "k1", "c1k1");
  assert.equal(String(c1), "context.Background.WithValue(k1, c1k1)");
  const c2 = withValue(c1, { toString: () => "key2(1)" }, "c2k2");
  assert.equal(String(c2), "context.Background.WithValue(k1, c1k1).WithValue(key2(1), c2k2)");
  const c3 = withValue(withCancel(c2)[0], "k1", "again");
  assert.equal(String(c3), `${String(c2)}.WithCancel.WithValue(k1, again)`);
});

test("x_test.go TestWithValueChecksKey: a key is something", () => {
  for (const key of [undefined, null]) {
    assert.throws(() => withValue(background(), key as never, "bar"), {
      constructor: InvalidContextError,
      code: "GORT_INVALID_CONTEXT",
      message: "nil key",
    });
  }
  for (const key of [0, "", false, 1n, {}, []]) {
    assert.equal(withValue(background(), key, "bar").value(key), "bar", `key ${String(key)}`);
  }
});

test("x_test.go TestInvalidDerivedFail: nothing derives from nothing", () => {
  const derivations: Record<string, (parent: never) => unknown> = {
    withCancel,
    withDeadline: (parent) => withDeadline(parent, Date.now() + 1),
    withTimeout: (parent) => withTimeout(parent, 1),
    withValue: (parent) => withValue(parent, "foo", "bar"),
    withoutCancel,
  };
  for (const [name, derive] of Object.entries(derivations)) {
    for (const parent of [undefined, null]) {
      assert.throws(
        () => derive(parent as never),
        { constructor: InvalidContextError, message: /^cannot create context from nil parent/ },
        `${name}(${parent})`,
      );
    }
  }
});

test("x_test.go TestWithoutCancel: the values stay; end, deadline and error do not", () => {
  for (const parent of [
    withValue(background(), "key", "value"),
    withTimeout(withValue(background(), "key", "value"), 0)[0],
    withTimeout(withValue(background(), "key", "value"), 3_600_000)[0],
  ]) {
    const ctx = withoutCancel(parent);
    assert.equal(ctx.deadline, undefined);
    assert.equal(ctx.err, undefined);
    assert.ok(!isDone(ctx));
    assert.equal(ctx.signal.aborted, false);
    assert.equal(ctx.value("key"), "value");
  }
  assert.equal(String(withoutCancel(withCancel(todo())[0])), "context.TODO.WithCancel.WithoutCancel");
});

test("example_test.go ExampleWithValue: a value that is there, and one that is not", () => {
  const ctx = withValue(background(), "language", "Go");
  assert.deepEqual([ctx.value("language"), ctx.value("color")], ["Go", undefined]);
});
