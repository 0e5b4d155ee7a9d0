/**
 * Regions, tasks and messages: what a program says of itself is in its trace, for each kind of function, and costs nothing when there is none.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, type Context, go, gosched, run, sleep, wait, withCancel } from "gort";
import { log, region, task } from "gort/trace";
import { eventsIn, recorded, stepsIn } from "./told.ts";

/** The steps that are not the scheduler's. */
async function saidBy(main: () => unknown): Promise<string[]> {
  const steps = stepsIn(await recorded(() => run(main as never).catch(() => {})));
  return steps.filter((step) => / (begins|ends|says) /.test(step));
}

describe("region", () => {
  it("of a generator function lasts while it waits, and gives its result", async () => {
    let result: unknown;
    const steps = stepsIn(
      await recorded(() =>
        run(function* main() {
          result = yield* region("outer", function* () {
            yield* sleep(1);
            return yield* region("inner", function* () {
              yield* gosched();
              return 7;
            });
          });
        }),
      ),
    );
    assert.equal(result, 7);
    assert.deepEqual(steps, [
      "host makes main",
      "main begins outer",
      "main waits, sleep",
      "host wakes main, sleep",
      "main begins inner",
      "main ends inner",
      "main ends outer",
      "main has ended",
    ]);
  });

  it("of a plain function, and of an async one until its promise is settled", async () => {
    const said = await saidBy(function* main() {
      assert.equal(
        region("plain", () => 1),
        1,
      );
      const promise = region("async", async () => {
        await null;
        log("in", "it");
        return 2;
      });
      assert.equal(yield* wait(promise), 2);
    });
    assert.deepEqual(said, [
      "main begins plain",
      "main ends plain",
      "main begins async",
      "host says in: it",
      "main ends async",
    ]);
  });

  it("ends when its function throws, and the error goes on", async () => {
    const error = new Error("x");
    const fails = (): never => {
      throw error;
    };
    const said = await saidBy(function* main() {
      assert.throws(() => region("plain", fails), error);
      try {
        yield* region("generator", function* () {
          fails();
        });
        assert.fail();
      } catch (thrown) {
        assert.equal(thrown, error);
      }
      yield* wait(
        assert.rejects(
          region("async", async () => fails()),
          error,
        ),
      );
    });
    assert.deepEqual(said, [
      "main begins plain",
      "main ends plain",
      "main begins generator",
      "main ends generator",
      "main begins async",
      "main ends async",
    ]);
  });

  it("belongs to the goroutine that is in it", async () => {
    const said = await saidBy(function* main() {
      const h = go(function* other() {
        yield* region("o", function* () {
          yield* gosched();
        });
      });
      yield* region("m", function* () {
        yield* gosched();
      });
      yield* h;
    });
    assert.deepEqual(said.toSorted(), ["main begins m", "main ends m", "other begins o", "other ends o"]);
  });

  it("has its own times, within the run", async () => {
    const events = eventsIn(
      await recorded(() =>
        run(function* main() {
          region("r", () => {
            const until = performance.now() + 2;
            while (performance.now() < until);
          });
        }),
      ),
    );
    const [begin, end] = events.filter(({ kind }) => kind === "regionBegin" || kind === "regionEnd");
    const main = events.find(({ kind }) => kind === "run");
    assert.ok(begin !== undefined && end !== undefined && main !== undefined);
    assert.ok(end.time - begin.time >= 20_000, "2 ms");
    assert.ok(main.time <= begin.time && end.time <= main.time + main.length);
  });

  it("calls its function also when nothing is recorded, and refuses what is none", async () => {
    assert.equal(
      region("r", () => 3),
      3,
    );
    assert.equal(
      await run(function* main() {
        return yield* region("r", function* () {
          yield* gosched();
          return 4;
        });
      }),
      4,
    );
    assert.equal(await region("r", async () => 5), 5);
    assert.throws(() => region(1 as never, () => 1), { code: "GORT_INVALID_OPTION" });
    assert.throws(() => region("r", 1 as never), TypeError);
  });
});

describe("task", () => {
  it("has the task that it is part of, and ends once", async () => {
    const bytes = await recorded(() =>
      run(function* main() {
        const outer = task("outer", background());
        // Other contexts may stand between.
        const [between] = withCancel(outer.ctx);
        const handed = (ctx: Context): void => {
          using inner = task("inner", ctx);
          assert.equal(inner.name, "inner");
        };
        yield* go(function* worker() {
          handed(between);
        });
        outer.end();
        outer.end();
        task("apart", background()).end();
      }),
    );
    const events = eventsIn(bytes).filter(({ kind }) => kind.startsWith("task"));
    const main = eventsIn(bytes).find(({ name }) => name === "main")?.a as number;
    const [outer, inner] = events.map(({ a }) => a);
    assert.deepEqual(
      events.map(({ kind, name, a, b }) => [kind, name, a, b]),
      [
        ["taskBegin", "outer", outer, 0],
        ["taskBegin", "inner", inner, outer],
        ["taskEnd", "inner", inner, main + 1],
        ["taskEnd", "outer", outer, main],
        ["taskBegin", "apart", (inner as number) + 1, 0],
        ["taskEnd", "apart", (inner as number) + 1, main],
      ],
    );
  });

  it("wants a name and a context", () => {
    assert.throws(() => task(1 as never, background()), { code: "GORT_INVALID_OPTION" });
    assert.throws(() => task("t", {} as never), { code: "GORT_INVALID_CONTEXT" });
    task("t", background()).end();
  });
});

describe("log", () => {
  it("has a category, a message and who says it", async () => {
    const said = await saidBy(function* main() {
      log("cache", "miss");
      yield* go(function* other() {
        log("cache", "hit");
        log("", "");
      });
    });
    assert.deepEqual(said, ["main says cache: miss", "other says cache: hit", "other says : "]);
  });

  it("wants texts, and is nothing when nothing is recorded", () => {
    log("a", "b");
    assert.throws(() => log(1 as never, "b"), { code: "GORT_INVALID_OPTION" });
    assert.throws(() => log("a", undefined as never), { code: "GORT_INVALID_OPTION" });
  });
});
