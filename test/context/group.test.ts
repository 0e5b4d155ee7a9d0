/**
 * Group: what gort promises beyond x/sync/errgroup (test/go/x/errgroup.test.ts): handles, waits that lose, its context, whatever way a function ends in.
 * The queue behind the limit: group-limit.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type Context,
  cause,
  chan,
  type Goroutine,
  Group,
  go,
  InvalidContextError,
  NotAFunctionError,
  runtime,
  select,
  sleep,
  trySelect,
  withCancel,
} from "gort";
import { inMain, inOrder, mustBlock, mustFinish, onHost, panicOf, rest, turn } from "../go/support.ts";
import { inFakeTime } from "../go/x/fake-time.ts";

/** What wait() throws; fails when it does not. */
function failureOf(group: Group): Goroutine<unknown> {
  return panicOf(() => waiting(group));
}

function* waiting(group: Group): Goroutine {
  yield* group.wait();
}

describe("Group.go", () => {
  it(
    "gives the handle: a result, or the error as well",
    inMain(function* () {
      const group = new Group();
      const sum = group.go(
        function* (a: number, b: number) {
          return a + b;
        },
        1,
        2,
      );
      const boom = new Error("boom");
      const failing = group.go(function* failing(): Goroutine {
        throw boom;
      });
      assert.equal(failing.name, "failing");
      assert.equal(yield* sum, 3);
      const error = yield* panicOf(function* () {
        yield* failing;
      });
      assert.equal(error, boom);
      assert.equal(yield* failureOf(group), boom);
    }),
  );

  it(
    "takes plain and async functions",
    onHost(function* () {
      const group = new Group();
      const plain = group.go((n: number) => n + 1, 1);
      const later = group.go(async (n: number) => {
        await turn();
        return n + 1;
      }, 2);
      yield* group.wait();
      assert.deepEqual([plain.status, later.status], ["dead", "dead"]);
      assert.deepEqual([yield* plain, yield* later], [2, 3]);
      group.go(async () => {
        await turn();
        throw new Error("async");
      });
      assert.equal(((yield* failureOf(group)) as Error).message, "async");
    }),
  );

  it("takes the errors: none of them is a panic, whether anybody waits or not", async () => {
    const ends = (): Group => {
      const group = new Group();
      for (const name of ["first", "second"]) {
        group.go(() => {
          throw new Error(name);
        });
      }
      return group;
    };
    ends();
    const group = ends();
    await turn();
    await turn();
    await assert.rejects(async () => await group.wait(), { message: "first" });
    await turn();
  });

  it(
    "refuses what is no function, and waits for nothing then",
    inMain(function* () {
      const group = new Group();
      group.setLimit(1);
      for (const bad of [undefined, null, {}, 5]) {
        assert.throws(() => group.go(bad as never), NotAFunctionError);
        assert.throws(() => group.tryGo(bad as never), NotAFunctionError);
      }
      yield* mustFinish(go(waiting, group), "nothing runs");
      assert.equal(
        group.tryGo(() => {}),
        true,
      );
      yield* group.wait();
    }),
  );

  it(
    "starts after an error, too",
    inMain(function* () {
      const group = new Group(background());
      const boom = new Error("boom");
      group.go(() => {
        throw boom;
      });
      assert.equal(yield* failureOf(group), boom);
      const after = group.go(() => 7);
      assert.equal(yield* after, 7);
      assert.equal(yield* failureOf(group), boom);
    }),
  );
});

describe("Group.wait", () => {
  it(
    "throws the first error to everybody who waits, now and later",
    inOrder(function* () {
      const group = new Group();
      const gate = chan<void>();
      const boom = new Error("boom");
      group.go(function* () {
        yield* gate.recv();
        throw boom;
      });
      group.go(function* () {
        yield* gate.recv();
        throw new Error("later");
      });
      const waiters = [0, 1, 2].map(() => go(failureOf, group));
      yield* rest(...waiters);
      assert.ok(runtime.stacks().includes(`goroutine ${waiters[0]?.id} [sync.WaitGroup.Wait]:`));
      gate.close();
      for (const waiter of waiters) assert.equal(yield* waiter, boom);
      assert.equal(yield* failureOf(group), boom);
    }),
  );

  it(
    "throws whatever was thrown, undefined too",
    inMain(function* () {
      for (const thrown of [undefined, null, 0, "", "text"]) {
        const group = new Group(background());
        group.go(() => {
          throw thrown;
        });
        assert.equal(yield* failureOf(group), thrown, "to who waits");
        assert.equal(yield* failureOf(group), thrown, "to who comes later");
        assert.notEqual((group.ctx as Context).err, undefined);
      }
    }),
  );

  it(
    "as a case that loses leaves nothing, ends nothing, and can be had again",
    inMain(function* () {
      const group = new Group(background());
      const gate = chan<void>();
      const stop = chan<void>();
      group.go(function* () {
        yield* gate.recv();
      });
      const chooser = go(function* () {
        return (yield* select({ done: group.wait(), stop: stop.recv() })).case;
      });
      yield* mustBlock(chooser, "one is active");
      assert.ok(stop.trySend());
      assert.equal(yield* chooser, "stop");
      assert.equal(trySelect({ done: group.wait() }), undefined);
      assert.equal((group.ctx as Context).err, undefined);
      gate.close();
      const s = yield* select({ done: group.wait(), never: chan<never>().recv() });
      assert.equal(s.case, "done");
      assert.notEqual((group.ctx as Context).err, undefined);
      assert.equal(trySelect({ done: group.wait() })?.case, "done");
    }),
  );

  it(
    "throws through a select, too",
    inMain(function* () {
      const group = new Group();
      const boom = new Error("boom");
      group.go(() => {
        throw boom;
      });
      const error = yield* panicOf(function* () {
        yield* select({ done: group.wait(), never: chan<never>().recv() });
      });
      assert.equal(error, boom);
      assert.throws(() => trySelect({ done: group.wait() }), boom);
    }),
  );

  it("can be awaited", async () => {
    const group = new Group(background());
    const handle = group.go(async () => {
      await turn();
      return "result";
    });
    await group.wait();
    assert.equal(await handle, "result");
    group.go(() => {
      throw new Error("boom");
    });
    await assert.rejects(async () => await group.wait(), { message: "boom" });
  });

  it(
    "of a group with nothing in it is over, and ends its context",
    inMain(function* () {
      const group = new Group(background());
      yield* mustFinish(go(waiting, group), "nothing runs");
      const ctx = group.ctx as Context;
      assert.equal(ctx.err?.message, "context canceled");
      assert.equal(cause(ctx), ctx.err);
    }),
  );
});

describe("a Group's context", () => {
  it(
    "ends with the first error, at once and with it as its cause; the others may end by that",
    inFakeTime(function* () {
      const group = new Group(background());
      const ctx = group.ctx as Context;
      const boom = new Error("boom");
      const seen: string[] = [];
      for (const name of ["a", "b"]) {
        group.go(function* () {
          const error = yield* panicOf(function* () {
            yield* ctx.wait(sleep(1e6));
          });
          assert.equal(error, ctx.err);
          seen.push(name);
          throw error;
        });
      }
      group.go(function* () {
        yield* sleep(5);
        throw boom;
      });
      assert.equal(yield* failureOf(group), boom);
      assert.deepEqual(seen, ["a", "b"]);
      assert.equal(cause(ctx), boom);
      assert.equal(ctx.signal.aborted, true);
      assert.equal(ctx.signal.reason, boom);
    }),
  );

  it(
    "ends with its parent, and its parent not with it; that alone is no error of the group",
    inMain(function* () {
      const [parent, cancel] = withCancel(background());
      const first = new Group(parent);
      first.go(() => {
        throw new Error("boom");
      });
      yield* failureOf(first);
      assert.equal(parent.err, undefined);
      const second = new Group(parent);
      second.go(function* () {
        yield* (second.ctx as Context).done();
      });
      const why = new Error("why");
      cancel(why);
      yield* second.wait();
      assert.equal(cause(second.ctx as Context), why);
    }),
  );

  it(
    "goes on while nobody waits for the group, although nothing runs at the moment",
    inMain(function* () {
      const group = new Group(background());
      const ctx = group.ctx as Context;
      for (let i = 0; i < 3; i++) {
        yield* group.go(() => {});
        assert.equal(ctx.err, undefined, "more may come");
      }
      yield* group.wait();
      assert.notEqual(ctx.err, undefined);
    }),
  );

  it(
    "aborts its signal when a goroutine fails: whoever listens may start another one, and is in none",
    inMain(function* () {
      const group = new Group(background());
      const heard = chan<number>(1);
      let goid = -1;
      group.ctx.signal.addEventListener("abort", () => {
        goid = runtime.goid();
        go(function* () {
          yield* heard.send(runtime.goid());
        });
      });
      const failing = group.go(() => {
        throw new Error("no");
      });
      yield* failureOf(group);
      assert.equal(goid, 0);
      assert.ok(((yield* heard.recv()) as number) > failing.id);
    }),
  );

  it("is derived from a context, and from nothing else", () => {
    assert.equal(new Group().ctx, undefined);
    assert.equal(new Group(undefined).ctx, undefined);
    for (const bad of [{}, 5, "ctx", () => {}]) {
      assert.throws(() => new Group(bad as never), InvalidContextError);
    }
  });
});
