/** Portable goroutines on two processors: where they run, what they are given, what they give. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  DeadlockError,
  type Goroutine,
  Group,
  go,
  type Handle,
  NotSendableError,
  ProcessorLostError,
  parallelMap,
  run,
  runtime,
  WaitGroup,
  wait,
} from "gort";
import {
  change,
  counted,
  dieFar,
  echo,
  echoAsync,
  echoPlain,
  exits,
  failFar,
  meet,
  meetTwo,
  sharedWords,
  sleepFar,
  stuckFar,
  tree,
  unsendable,
} from "./work.ts";

runtime.gomaxprocs(2);

/** As `run`, on so many processors. */
async function on<R>(procs: number, main: () => Goroutine<R>): Promise<R> {
  const before = runtime.gomaxprocs(procs);
  try {
    return await run(main);
  } finally {
    runtime.gomaxprocs(before);
  }
}

/** What two goroutines give. */
function* pair<R>(handles: readonly Handle<R>[]): Goroutine<R[]> {
  const results: R[] = [];
  for (const handle of handles) results.push(yield* handle);
  return results;
}

describe("portable goroutines", () => {
  it("run on two processors at the same time", async () => {
    const where = await run(function* () {
      const words = sharedWords();
      const a = go(meet, words, 2);
      const b = go(meet, words, 2);
      return [yield* a, yield* b];
    });
    assert.deepEqual(where.sort(), [0, 1]);
  });

  it("run on as many processors as gomaxprocs says, up and down while running", async () => {
    for (const procs of [3, 1, 4, 2]) {
      runtime.gomaxprocs(procs);
      const where = await run(function* () {
        const words = sharedWords();
        const all = Array.from({ length: procs }, () => go(meet, words, procs));
        const seen: number[] = [];
        for (const g of all) seen.push(yield* g);
        return seen.sort();
      });
      assert.deepEqual(
        where,
        Array.from({ length: procs }, (_, i) => i),
      );
    }
  });

  it("each run once, and their results come to whoever waits for them", async () => {
    const words = sharedWords();
    const total = await run(function* () {
      let sum = 0;
      for (let round = 0; round < 10; round++) {
        const all = Array.from({ length: 1000 }, (_, i) => go(counted, words, i));
        for (const g of all) sum += yield* g;
      }
      return sum;
    });
    assert.deepEqual([total, words[0]], [(10 * 999 * 1000) / 2, 10_000]);
  });

  it("start goroutines themselves, on any core", async () => {
    assert.equal(
      await run(function* () {
        return yield* go(tree, 10);
      }),
      1024,
    );
  });

  it("are generators, async functions and plain ones; a direct call is local", async () => {
    const all = await run(function* () {
      return [yield* go(echoAsync, "a"), yield* go(echoPlain, "b"), yield* echo("c"), echoPlain("d")];
    });
    assert.deepEqual(all, ["a", "b", "c", "d"]);
  });

  for (const procs of [1, 2]) {
    it(`get copies of their arguments, and give copies: ${procs} processors`, async () => {
      await on(procs, function* (): Goroutine {
        const list = [1, 2];
        const g = go(change, list);
        list.push(99);
        const result = yield* g;
        assert.deepEqual(
          [list, result],
          [
            [1, 2, 99],
            [1, 2, 2],
          ],
        );
        const object = { self: null as unknown };
        object.self = object;
        const copy = (yield* go(echo, object)) as typeof object;
        assert.notEqual(copy, object);
        assert.equal(copy.self, copy);
      });
    });

    it(`refuse what cannot be copied, from go itself: ${procs} processors`, async () => {
      await on(procs, function* (): Goroutine {
        const before = runtime.numGoroutine();
        assert.throws(() => go(echo, { rows: [{ db: () => 1 }] }), {
          code: "GORT_NOT_SENDABLE",
          message: /^argument 1 of echo: \.rows\[0\]\.db is the function db/,
        });
        assert.equal(runtime.numGoroutine(), before);
      });
    });

    it(`fail when their result cannot be copied: ${procs} processors`, async () => {
      await on(procs, function* (): Goroutine {
        try {
          yield* go(unsendable);
          assert.fail("it was sent");
        } catch (error) {
          assert.ok(error instanceof NotSendableError);
          assert.match(error.message, /^result of unsendable: \.rows\[0\]\.f is the function f/);
        }
      });
    });
  }

  it("fail with the error that was thrown, its class, message, cause and both stacks", async () => {
    await run(function* () {
      const words = sharedWords();
      const both = [go(failFar, words), go(failFar, words)];
      const results: unknown[] = [];
      for (const g of both) {
        try {
          results.push(yield* g);
        } catch (error) {
          results.push(error);
        }
      }
      assert.ok(results.includes(0));
      const error = results.find((result) => result !== 0) as Error;
      assert.ok(error instanceof RangeError);
      assert.deepEqual([error.message, error.cause], ["far", { words: 4 }]);
      assert.match(
        error.stack ?? "",
        /^RangeError: far\n {4}at failFar .*work\.[jt]s:\d+:\d+\)\n[^]*on processor \d+/,
      );
    });
  });

  it("end with goexit, and then give undefined", async () => {
    assert.equal(
      await run(function* () {
        return yield* go(exits);
      }),
      undefined,
    );
  });

  it("are started by WaitGroup.go and Group.go as well", async () => {
    await run(function* () {
      const words = sharedWords();
      const wg = new WaitGroup();
      const first = [wg.go(meet, words, 2), wg.go(meet, words, 2)];
      yield* wg.wait();
      assert.deepEqual((yield* pair(first)).sort(), [0, 1]);
      const group = new Group();
      const more = sharedWords();
      const second = [group.go(meet, more, 2), group.go(meet, more, 2)];
      yield* group.wait();
      assert.deepEqual((yield* pair(second)).sort(), [0, 1]);
    });
  });

  it("are the calls of parallelMap as well", async () => {
    const words = sharedWords();
    assert.deepEqual((await parallelMap(meetTwo, [words, words]).toArray()).sort(), [0, 1]);
  });

  it("can be waited for by async code", async () => {
    assert.equal(await go(echoAsync, "x"), "x");
  });

  it("that sleep on another core keep a run from being a deadlock", async () => {
    const where = await run(function* () {
      const words = sharedWords();
      const both = [go(sleepFar, words, 30), go(sleepFar, words, 30)];
      return (yield* pair(both)).sort();
    });
    assert.deepEqual(where, [0, 1]);
  });

  it("that wait for ever on another core are a deadlock, and are in its dump", async () => {
    const words = sharedWords();
    const stuck = run(function* main() {
      const both = [go(stuckFar, words), go(stuckFar, words)];
      for (const g of both) yield* g;
    });
    await assert.rejects(stuck, (error: DeadlockError) => {
      assert.ok(error instanceof DeadlockError);
      assert.match(error.dump, /goroutine 1 \[goroutine join\]:|goroutine \d+ \[goroutine join\]:\nmain/);
      assert.match(error.dump, /goroutine \d+ \[chan receive\]:\nstuckFar/);
      return true;
    });
  });
});

describe("a processor that is lost", () => {
  it("by process.exit: its goroutines fail, all others run, and it is started anew", async () => {
    for (let round = 0; round < 3; round++) {
      const words = sharedWords();
      const ran = sharedWords();
      await run(function* () {
        const both = [go(dieFar, words), go(dieFar, words)];
        // Both are waited for from here on: the far one may be lost before main is asked again.
        const ends = both.map((g) =>
          g.then(
            (end) => end,
            (error) => {
              assert.ok(error instanceof ProcessorLostError);
              return error.code;
            },
          ),
        );
        const others = Array.from({ length: 200 }, (_, i) => go(counted, ran, i));
        assert.deepEqual((yield* wait(Promise.all(ends))).sort(), ["GORT_PROCESSOR_LOST", "alive"]);
        let sum = 0;
        for (const g of others) sum += yield* g;
        assert.deepEqual([sum, ran[0]], [(199 * 200) / 2, 200]);
        const again = sharedWords();
        const where = [go(meet, again, 2), go(meet, again, 2)];
        assert.deepEqual((yield* pair(where)).sort(), [0, 1]);
      });
    }
  });
});
