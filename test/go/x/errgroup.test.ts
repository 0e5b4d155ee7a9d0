/**
 * Go: golang.org/x/sync/errgroup, errgroup_test.go. A function of the group fails by throwing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  type Goroutine,
  Group,
  go,
  type Handle,
  range,
  sleep,
  trySelect,
} from "gort";
import { inMain, inOrder, panicOf } from "../support.ts";
import { inFakeTime } from "./fake-time.ts";

/** What wait() throws; null when it does not. */
function* outcome(group: Group): Goroutine<unknown> {
  try {
    yield* group.wait();
    return null;
  } catch (error) {
    return error;
  }
}

/** A function that ends so: by throwing, or by returning. */
function ends(error: Error | null): () => Goroutine {
  return function* () {
    if (error !== null) throw error;
  };
}

function isDone(ctx: Context): boolean {
  return trySelect({ done: ctx.done() }) !== undefined;
}

const one = new Error("one");
const two = new Error("two");

test(
  "errgroup_test.go Example JustErrors, Parallel: results are collected, an error comes out",
  inMain(function* () {
    const group = new Group(background());
    const results: string[] = [];
    for (const [i, kind] of ["web", "image", "video"].entries()) {
      group.go(
        function* (where, what) {
          results[where] = `${what} result`;
        },
        i,
        kind,
      );
    }
    yield* group.wait();
    assert.deepEqual(results, ["web result", "image result", "video result"]);
  }),
);

for (const errors of [[], [null], [one], [one, null], [one, null, two]]) {
  const names = errors.map((error) => error?.message ?? "none").join(", ");
  test(
    `errgroup_test.go TestZeroGroup: without a context, waited for after each of [${names}]`,
    inMain(function* () {
      const group = new Group();
      assert.equal(group.ctx, undefined);
      let first: Error | null = null;
      for (const error of errors) {
        group.go(ends(error));
        first ??= error;
        assert.equal(yield* outcome(group), first, "the first error stays");
      }
      assert.equal(yield* outcome(group), first);
    }),
  );
}

for (const [want, errors] of [
  [null, []],
  [null, [null]],
  [one, [one]],
  [one, [one, null]],
  [one, [null, one, null]],
  [one, [one, two]],
] as const) {
  const names = errors.map((error) => error?.message ?? "none").join(", ");
  test(
    `errgroup_test.go TestWithContext, TestCancelCause: [${names}] ends the context, with its cause`,
    inOrder(function* () {
      const group = new Group(background());
      const ctx = group.ctx as Context;
      for (const error of errors) group.go(ends(error));
      assert.equal(isDone(ctx), false);
      assert.equal(yield* outcome(group), want);
      assert.equal(isDone(ctx), true);
      assert.ok(ctx.err instanceof ContextCanceledError);
      assert.equal(cause(ctx), want ?? ctx.err);
    }),
  );
}

test(
  "errgroup_test.go TestTryGo: as many as the limit says, again after they have ended, and none at 0",
  inMain(function* () {
    const group = new Group();
    const limit = 42;
    group.setLimit(limit);
    const ch = chan<void>();
    const send = function* (): Goroutine {
      yield* ch.send();
    };
    const drain = function* (n: number): Goroutine {
      for (let i = 0; i < n; i++) yield* ch.recv();
    };
    for (let i = 0; i < limit; i++) assert.equal(group.tryGo(send), true, `call ${i}`);
    assert.equal(group.tryGo(send), false);
    go(drain, limit);
    yield* group.wait();

    assert.equal(group.tryGo(send), true, "all of them have ended");
    go(drain, 1);
    yield* group.wait();

    group.setLimit(1);
    assert.equal(group.tryGo(send), true);
    assert.equal(group.tryGo(send), false);
    go(drain, 1);
    yield* group.wait();

    group.setLimit(0);
    for (let i = 0; i < 1 << 10; i++) assert.equal(group.tryGo(send), false);
    yield* group.wait();
  }),
);

test(
  "errgroup_test.go TestGoLimit: never more at once than the limit, and as many as that",
  inFakeTime(function* () {
    const limit = 10;
    const group = new Group();
    group.setLimit(limit);
    let active = 0;
    let most = 0;
    let ended = 0;
    for (let i = 0; i <= 1 << 10; i++) {
      group.go(function* () {
        most = Math.max(most, ++active);
        if (active > limit) throw new Error(`${active} at once`);
        yield* sleep(1);
        active--;
        ended++;
      });
    }
    yield* group.wait();
    assert.deepEqual([active, most, ended], [0, limit, (1 << 10) + 1]);
  }),
);

/** Names to read, readers, results: the stages are goroutines of one group, and each gives up when the group's context ends. */
function* pipeline(names: readonly string[], bad: string | null): Goroutine<Map<string, number>> {
  const group = new Group(background());
  const ctx = group.ctx as Context;
  const paths = chan<string>();
  const sizes = chan<[name: string, size: number]>();
  group.go(function* () {
    try {
      for (const name of names) yield* ctx.wait(paths.send(name));
    } finally {
      paths.close();
    }
  });
  const readers = [0, 1, 2].map(() =>
    group.go(function* () {
      for (const path = range(paths); yield* path.next(); ) {
        if (path.value === bad) throw one;
        yield* ctx.wait(sizes.send([path.value, path.value.length]));
      }
    }),
  );
  go(function* () {
    for (const reader of readers) yield* outcomeOf(reader);
    sizes.close();
  });
  const found = new Map<string, number>();
  for (const size = range(sizes); yield* size.next(); ) found.set(...size.value);
  yield* group.wait();
  return found;
}

function* outcomeOf(handle: Handle<unknown>): Goroutine {
  try {
    yield* handle;
  } catch {
    // The group has it.
  }
}

test(
  "errgroup_example_md5all_test.go ExampleGroup_pipeline: stages that end together, with all results or the first error",
  inMain(function* () {
    const names = Array.from({ length: 50 }, (_, i) => "x".repeat(i + 1));
    const found = yield* pipeline(names, null);
    assert.deepEqual(
      [...found].sort(([, a], [, b]) => a - b).map(([name]) => name),
      names,
    );
    assert.equal(yield* panicOf(() => pipeline(names, names[20] as string)), one);
  }),
);
