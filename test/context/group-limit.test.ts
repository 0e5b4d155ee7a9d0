/** A Group's limit: the queue behind it, ready() before it, and both under random load. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  cause,
  chan,
  type Goroutine,
  Group,
  GroupError,
  go,
  goexit,
  type Handle,
  InvalidNumberError,
  runtime,
  select,
  sleep,
  trySelect,
} from "gort";
import { random } from "../base/seed.ts";
import { inMain, inOrder, mustBlock, mustFinish, onHost, panicOf, rest, turn } from "../go/support.ts";
import { inFakeTime } from "../go/x/fake-time.ts";

/** What wait() throws; fails when it does not. */
function failureOf(group: Group): Goroutine<unknown> {
  return panicOf(() => waiting(group));
}

function* waiting(group: Group): Goroutine {
  yield* group.wait();
}

describe("a Group's limit", () => {
  it(
    "queues: a handle that is runnable, and starts in the order of the calls",
    inOrder(function* () {
      const group = new Group();
      group.setLimit(2);
      const seen: number[] = [];
      const gates = [0, 1, 2, 3, 4].map(() => chan<void>());
      const handles = gates.map((gate, i) =>
        group.go(function* () {
          seen.push(i);
          yield* gate.recv();
        }),
      );
      yield* rest(...handles.slice(0, 2));
      assert.deepEqual(seen, [0, 1]);
      assert.deepEqual(
        handles.map((handle) => handle.status),
        ["waiting", "waiting", "runnable", "runnable", "runnable"],
      );
      gates[1]?.close();
      yield* rest(handles[1] as Handle<void>, handles[2] as Handle<void>);
      assert.deepEqual(seen, [0, 1, 2]);
      assert.equal(handles[3]?.status, "runnable");
      for (const gate of gates) if (gate !== gates[1]) gate.close();
      yield* group.wait();
      assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    }),
  );

  it(
    "lets a queued handle be waited for, by several and as a case",
    inMain(function* () {
      const group = new Group();
      group.setLimit(1);
      const gate = chan<void>();
      group.go(function* () {
        yield* gate.recv();
      });
      const queued = group.go(function* () {
        return 42;
      });
      const waiters = [0, 1].map(() =>
        go(function* () {
          return yield* queued;
        }),
      );
      const chooser = go(function* () {
        return (yield* select({ queued, never: chan<never>().recv() })).value;
      });
      yield* rest(...waiters, chooser);
      assert.equal(queued.status, "runnable");
      gate.close();
      for (const waiter of [...waiters, chooser]) assert.equal(yield* waiter, 42);
    }),
  );

  it(
    "passes the place on however a function ends: return, throw, goexit, plain and async",
    onHost(function* () {
      const group = new Group();
      group.setLimit(1);
      const boom = new Error("boom");
      const seen: string[] = [];
      group.go(function* () {
        seen.push("returns");
      });
      group.go(function* () {
        seen.push("throws");
        throw boom;
      });
      const exits = group.go(function* () {
        seen.push("exits");
        goexit();
      });
      group.go(() => {
        seen.push("plain");
        throw new Error("second");
      });
      group.go(async () => {
        seen.push("async");
        await turn();
        throw new Error("third");
      });
      group.go(function* () {
        seen.push("last");
      });
      assert.equal(yield* failureOf(group), boom);
      assert.deepEqual(seen, ["returns", "throws", "exits", "plain", "async", "last"]);
      assert.equal(yield* exits, undefined);
      assert.equal(
        group.tryGo(() => {}),
        true,
      );
      yield* failureOf(group);
    }),
  );

  it(
    "queues what a function of the group starts itself, and wait waits for it",
    inMain(function* () {
      const group = new Group();
      group.setLimit(1);
      const seen: string[] = [];
      group.go(function* () {
        const inner = group.go(function* () {
          seen.push("inner");
          group.go(() => seen.push("innermost"));
        });
        seen.push(`outer ${inner.status}`);
      });
      yield* group.wait();
      assert.deepEqual(seen, ["outer runnable", "inner", "innermost"]);
    }),
  );

  it(
    "makes tryGo false, and then nothing is started or queued",
    inMain(function* () {
      const group = new Group();
      group.setLimit(1);
      const gate = chan<void>();
      let ran = 0;
      const wait = function* (): Goroutine {
        ran++;
        yield* gate.recv();
      };
      assert.equal(group.tryGo(wait), true);
      assert.equal(group.tryGo(wait), false);
      gate.close();
      yield* group.wait();
      assert.equal(ran, 1);
    }),
  );

  it(
    "cannot be changed while goroutines are active",
    inMain(function* () {
      const group = new Group();
      const gate = chan<void>();
      const wait = function* (): Goroutine {
        yield* gate.recv();
      };
      group.setLimit(2);
      group.go(wait);
      group.go(wait);
      for (const n of [5, 0, -1]) {
        assert.throws(
          () => group.setLimit(n),
          (error) => {
            assert.ok(error instanceof GroupError);
            assert.equal(error.code, "GORT_GROUP");
            assert.equal(
              error.message,
              "errgroup: modify limit while 2 goroutines in the group are still active",
            );
            return true;
          },
        );
      }
      group.go(wait);
      assert.throws(() => group.setLimit(5), GroupError);
      assert.equal(group.tryGo(wait), false, "the limit is what it was");
      gate.close();
      yield* group.wait();
      group.setLimit(-1);
      for (let i = 0; i < 100; i++) assert.equal(group.tryGo(wait), true);
      yield* group.wait();
    }),
  );

  it("is an integer", () => {
    const group = new Group();
    for (const bad of [Number.NaN, 1.5, "3", undefined, null]) {
      assert.throws(() => group.setLimit(bad as number), InvalidNumberError);
    }
  });

  it(
    "of 0 starts nothing: what is queued keeps wait waiting, until the limit is raised",
    inMain(function* () {
      const group = new Group();
      group.setLimit(0);
      const queued = group.go(() => 1);
      const waiter = go(waiting, group);
      yield* mustBlock(waiter, "one is queued");
      assert.equal(queued.status, "runnable");
      group.setLimit(1);
      assert.equal(yield* queued, 1);
      yield* mustFinish(waiter, "the limit has let it start");
    }),
  );
});

describe("Group.ready", () => {
  it(
    "is done at once without a limit and below it",
    inMain(function* () {
      const group = new Group();
      const started = function* (n: number): Goroutine {
        for (let i = 0; i < n; i++) {
          yield* group.ready();
          group.go(() => {});
        }
      };
      yield* mustFinish(go(started, 10), "there is no limit");
      yield* group.wait();
      group.setLimit(3);
      yield* mustFinish(go(started, 3), "three may run");
      yield* group.wait();
    }),
  );

  it(
    "holds the caller back, so that nothing queues",
    inFakeTime(function* () {
      const group = new Group();
      group.setLimit(3);
      let active = 0;
      let most = 0;
      for (let i = 0; i < 50; i++) {
        yield* group.ready();
        const started = group.tryGo(function* () {
          most = Math.max(most, ++active);
          yield* sleep(1 + (i % 7));
          active--;
        });
        assert.ok(started, "a start would have queued");
      }
      yield* group.wait();
      assert.deepEqual([active, most], [0, 3]);
    }),
  );

  it(
    "waits as semacquire, and leaves nothing behind when it loses",
    inMain(function* () {
      const group = new Group();
      group.setLimit(1);
      const gate = chan<void>();
      const stop = chan<void>();
      group.go(function* () {
        yield* gate.recv();
      });
      const waiter = go(function* () {
        yield* group.ready();
      });
      const chooser = go(function* () {
        return (yield* select({ ready: group.ready(), stop: stop.recv() })).case;
      });
      yield* rest(waiter, chooser);
      assert.ok(runtime.stacks().includes(`goroutine ${waiter.id} [semacquire]:`), runtime.stacks());
      assert.ok(stop.trySend());
      assert.equal(yield* chooser, "stop");
      assert.equal(trySelect({ ready: group.ready() }), undefined);
      gate.close();
      yield* waiter;
      yield* group.wait();
      assert.equal(trySelect({ ready: group.ready() })?.case, "ready");
    }),
  );
});

describe("Group under random load", () => {
  it("keeps its limit and its order, and throws the error that came first", async (t) => {
    const { below } = random(t, "context/group-limit");
    for (let round = 0; round < 30; round++) {
      await inFakeTime(function* () {
        const group = new Group(below(2) === 0 ? background() : undefined);
        const limit = below(6) - 1;
        const bound = limit > 0 ? limit : Number.POSITIVE_INFINITY;
        group.setLimit(limit > 0 ? limit : -1);
        const started: number[] = [];
        const called: number[] = [];
        let active = 0;
        let ended = 0;
        let first: Error | undefined;
        for (let i = 0; i < 100; i++) {
          if (below(4) === 0) yield* sleep(below(5));
          if (below(10) === 0) yield* group.ready();
          const ms = below(8);
          const ending = below(40);
          const body = function* (): Goroutine {
            started.push(i);
            active++;
            assert.ok(active <= bound, `${active} active, ${bound} allowed`);
            try {
              yield* sleep(ms);
              if (ending === 0) {
                const error = new Error(`${i}`);
                first ??= error;
                throw error;
              }
              if (ending === 1) goexit();
            } finally {
              active--;
              ended++;
            }
          };
          if (below(5) > 0) group.go(body);
          else if (!group.tryGo(body)) continue;
          called.push(i);
        }
        let thrown: unknown;
        try {
          yield* group.wait();
        } catch (error) {
          thrown = error;
        }
        assert.equal(active, 0);
        assert.equal(ended, called.length, "wait is over before everybody has ended");
        assert.deepEqual(started, called, "the order of the calls");
        assert.equal(thrown, first);
        if (group.ctx !== undefined) assert.equal(cause(group.ctx), first ?? group.ctx.err);
      })();
    }
  });
});
