import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Chan,
  chan,
  DeadlockError,
  go,
  gosched,
  Mutex,
  now,
  runtime,
  select,
  sharedChan,
  sleep,
  WaitGroup,
} from "gort";
import { ExploreError, type ExploreOptions, explore, replay, ScheduleError } from "gort/testing";

type Account = { balance: number };

function* withdraw(account: Account, mutex: Mutex, amount: number) {
  const { balance } = account;
  yield* mutex.lock();
  account.balance = balance - amount;
  mutex.unlock();
}

/** Reads before it locks. */
function* transfer() {
  const account = { balance: 100 };
  const mutex = new Mutex();
  const one = go(withdraw, account, mutex, 50);
  const two = go(withdraw, account, mutex, 50);
  yield* one;
  yield* two;
  assert.equal(account.balance, 0);
}

function* philosophers() {
  const forks = [new Mutex(), new Mutex(), new Mutex()];
  const wg = new WaitGroup();
  for (let i = 0; i < 3; i++) {
    wg.go(function* eat() {
      const left = forks[i] as Mutex;
      const right = forks[(i + 1) % 3] as Mutex;
      yield* left.lock();
      yield* right.lock();
      left.unlock();
      right.unlock();
    });
  }
  yield* wg.wait();
}

async function failure(fn: () => unknown, options?: ExploreOptions): Promise<ExploreError> {
  const error = await explore(fn as never, options).then(
    () => assert.fail("no schedule failed"),
    (e: unknown) => e,
  );
  if (!(error instanceof ExploreError)) throw error;
  return error;
}

const STRATEGIES = ["random", "pct", "dfs", "round-robin"] as const;

describe("explore", () => {
  for (const strategy of STRATEGIES) {
    it(`finds a lost update, with ${strategy}`, async () => {
      const error = await failure(transfer, { strategy });
      assert.equal(error.code, "GORT_EXPLORE");
      assert.ok((error.cause as Error) instanceof assert.AssertionError);
      assert.ok(error.message.endsWith(`replay(transfer, "${error.schedule}")`));
      await assert.rejects(replay(transfer, error.schedule), (again: Error) => {
        assert.equal(again.message, (error.cause as Error).message);
        return true;
      });
    });

    it(`finds a deadlock, with ${strategy}`, async () => {
      const error = await failure(philosophers, { strategy });
      assert.ok(error.cause instanceof DeadlockError);
      assert.equal(error.cause.message, "all goroutines are asleep - deadlock!");
      assert.equal(error.cause.dump.match(/\neat\(/g)?.length, 3);
    });
  }

  it("makes the schedule as short as it can be: one switch", async () => {
    const { schedule } = await failure(transfer, { seed: 99 });
    assert.match(schedule, /^[0-9a-z]+\.1~/);
  });

  it("tells the steps", async () => {
    const { message } = await failure(transfer);
    const lines = message.split("\n");
    assert.match(message, /^schedule \d+ of 1000 fails: AssertionError: /);
    assert.ok(
      lines.some((line) =>
        /^ +\d+ {2}\d withdraw +sync\.Mutex\.Lock #1 +explore\.test\.[jt]s:\d+:\d+ +done, gives way$/.test(
          line,
        ),
      ),
      message,
    );
    assert.ok(
      lines.some((line) => /^ +\d+ {2}1 transfer +goroutine join 2 +.* waits$/.test(line)),
      message,
    );
    assert.ok(
      lines.some((line) => /^ +\d+ {2}1 transfer +ends: AssertionError/.test(line)),
      message,
    );
  });

  it("tries the usual order first: first in, first out", async () => {
    const order: number[] = [];
    await explore(
      function* () {
        for (let i = 0; i < 3; i++) {
          go(function* () {
            yield* gosched();
            order.push(i);
          });
        }
        yield* sleep(1);
      },
      { schedules: 1 },
    );
    assert.deepEqual(order, [0, 1, 2]);
  });

  it("comes to every order of three, and to each case of a select", async () => {
    for (const strategy of ["random", "pct", "dfs"] as const) {
      const seen = new Set<string>();
      await explore(
        function* () {
          const order: string[] = [];
          const wg = new WaitGroup();
          for (const name of ["a", "b", "c"]) {
            wg.go(function* () {
              yield* gosched();
              order.push(name);
            });
          }
          yield* wg.wait();
          const [x, y] = [chan<number>(1), chan<number>(1)];
          yield* x.send(1);
          yield* y.send(1);
          order.push((yield* select({ x: x.recv(), y: y.recv() })).case);
          seen.add(order.join(""));
        },
        { strategy, schedules: 2000 },
      );
      assert.equal(seen.size, 12, strategy);
    }
  });

  it("exhausts what there is, depth first: as many schedules as there are", async () => {
    // Two goroutines of two steps each, between which they can be interrupted: see the brute force below.
    const seen: string[] = [];
    const { schedules, exhausted } = await explore(
      function* () {
        const trace: string[] = [];
        const free = chan<number>(100);
        const steps = function* (name: string) {
          for (let i = 0; i < 2; i++) {
            trace.push(name);
            yield* free.send(1);
          }
        };
        const [a, b] = [go(steps, "a"), go(steps, "b")];
        yield* a;
        yield* b;
        seen.push(trace.join(""));
      },
      { strategy: "dfs", schedules: 100_000 },
    );
    assert.equal(exhausted, true);
    assert.equal(schedules, seen.length);
    // All interleavings of aa and bb.
    assert.deepEqual([...new Set(seen)].sort(), ["aabb", "abab", "abba", "baab", "baba", "bbaa"]);
  });

  it("switches at most `bound` times where nobody had to", async () => {
    const count = async (bound: number): Promise<number> => {
      const result = await explore(
        function* () {
          const free = chan<number>(100);
          const steps = function* () {
            for (let i = 0; i < 3; i++) yield* free.send(1);
          };
          const handles = [go(steps), go(steps)];
          for (const handle of handles) yield* handle;
        },
        { strategy: "dfs", bound, schedules: 1e6 },
      );
      assert.equal(result.exhausted, true);
      return result.schedules;
    };
    const [none, one, two, all] = [await count(0), await count(1), await count(2), await count(100)];
    assert.ok(none < one && one < two && two < all, `${none} ${one} ${two} ${all}`);
  });

  it("has virtual time, which begins anew with each run", async () => {
    await explore(
      function* () {
        assert.equal(now(), 0);
        yield* sleep(3_600_000);
        assert.equal(now(), 3_600_000);
      },
      { schedules: 100, selfCheck: true },
    );
  });

  it("is the same for the same seed, and another one for another", async () => {
    const orders = async (seed?: number): Promise<string> => {
      const all: string[] = [];
      await explore(
        function* () {
          const order: number[] = [];
          const wg = new WaitGroup();
          for (let i = 0; i < 4; i++) {
            wg.go(function* () {
              yield* gosched();
              order.push(i);
            });
          }
          yield* wg.wait();
          all.push(order.join(""));
        },
        { schedules: 20, ...(seed === undefined ? {} : { seed }) },
      );
      return all.join();
    };
    assert.equal(await orders(5), await orders(5));
    assert.equal(await orders(), await orders());
    assert.notEqual(await orders(5), await orders(6));
  });

  it("sees a panic, also after main has returned, and whoever else is left is none of its business", async () => {
    const error = await failure(function* () {
      go(function* () {
        yield* gosched();
        throw new Error("late");
      });
    });
    assert.match(error.message, /fails: Error: late/);
    await explore(function* () {
      go(function* () {
        yield* chan<number>().recv();
      });
    });
    assert.equal(runtime.numGoroutine(), 0);
  });

  it("explores async functions", async () => {
    const seen = new Set<string>();
    await explore(
      async () => {
        const ch = chan<string>(2);
        const senders = ["a", "b"].map((name) =>
          go(async () => {
            await gosched();
            await ch.send(name);
          }),
        );
        for (const sender of senders) await sender;
        seen.add(`${await ch.recv()}${await ch.recv()}`);
      },
      { schedules: 200 },
    );
    assert.deepEqual([...seen].sort(), ["ab", "ba"]);
  });

  it("interleaves async functions as it does goroutines", async () => {
    for (const strategy of ["random", "dfs"] as const) {
      const seen = new Set<string>();
      await explore(
        async () => {
          const trace: string[] = [];
          const free = chan<number>(100);
          const steps = async (name: string): Promise<void> => {
            for (let i = 0; i < 2; i++) {
              trace.push(name);
              await free.send(1);
            }
          };
          const [a, b] = [go(steps, "a"), go(steps, "b")];
          await a;
          await b;
          seen.add(trace.join(""));
        },
        { schedules: 3000, strategy },
      );
      assert.deepEqual([...seen].sort(), ["aabb", "abab", "abba", "baab", "baba", "bbaa"], strategy);
    }
  });

  it("finds with priorities what needs few switches in a long program, also after a short run", async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const error = await failure(
        function* program() {
          let isOpen = false;
          const woken = chan<number>(1);
          let waits = false;
          const opener = go(function* () {
            for (let i = 0; i < 30; i++) yield* gosched();
            isOpen = true;
            if (waits) yield* woken.send(1);
          });
          if (!isOpen) {
            yield* gosched();
            waits = true;
            yield* woken.recv();
          }
          yield* opener;
        },
        { strategy: "pct", seed, schedules: 5000 },
      );
      assert.ok(error.cause instanceof DeadlockError);
    }
  });

  for (const strategy of STRATEGIES) {
    it(`lets go on whom a goroutine waits for by polling, with ${strategy}`, async () => {
      await explore(
        function* () {
          let isDone = false;
          go(function* () {
            yield* gosched();
            isDone = true;
          });
          while (!isDone) yield* gosched();
        },
        { strategy, schedules: 300, maxSteps: 10_000 },
      );
    });
  }

  it("makes a schedule short, however much else is done in between", async () => {
    const { schedule } = await failure(
      function* noisy() {
        const account = { balance: 100 };
        const take = function* () {
          for (let i = 0; i < 30; i++) yield* gosched();
          const { balance } = account;
          yield* gosched();
          account.balance = balance - 50;
        };
        const both = [go(take), go(take)];
        for (const one of both) yield* one;
        assert.equal(account.balance, 0);
      },
      { seed: 3 },
    );
    assert.ok(schedule.split("~")[0]!.split("-").length <= 2, schedule);
  });

  it("explores shared channels", async () => {
    await explore(
      function* () {
        const ch = sharedChan<number>(1);
        go(function* () {
          for (let i = 0; i < 3; i++) yield* ch.send(i);
          ch.close();
        });
        const got: number[] = [];
        for (;;) {
          const [value, ok] = yield* ch.recvOk();
          if (!ok) break;
          got.push(value);
        }
        assert.deepEqual(got, [0, 1, 2]);
      },
      { schedules: 2000 },
    );
  });

  it("ends a run that does not end", async () => {
    const error = await failure(
      function* () {
        for (;;) yield* gosched();
      },
      { maxSteps: 1000 },
    );
    assert.equal((error.cause as { code?: string }).code, "GORT_LIVELOCK");
    const idle = await failure(
      function* () {
        for (;;) yield* sleep(1);
      },
      { maxSteps: 1000 },
    );
    assert.equal((idle.cause as { code?: string }).code, "GORT_LIVELOCK");
  });

  it("says what no schedule can hold: a wait for the host", async () => {
    await assert.rejects(
      explore(async () => {
        await new Promise((resolve) => setImmediate(resolve));
      }),
      (error: Error & { code: string }) => error.code === "GORT_BUBBLE" && error.name === "BubbleError",
    );
    assert.equal(runtime.numGoroutine(), 0);
  });

  it("says when a schedule gives two different runs, and names the clock and chance", async () => {
    let runs = 0;
    await assert.rejects(
      explore(
        function* () {
          runs++;
          for (let i = 0; i < runs % 5; i++) go(function* () {});
          yield* gosched();
          Math.random();
          Date.now();
        },
        { selfCheck: true },
      ),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "GORT_NONDETERMINISM");
        assert.match(error.message, /^the same schedule gave two different runs: /);
        assert.match(error.message, /Math\.random\(\) at .*explore\.test\.[jt]s:\d+:\d+: use /);
        assert.match(error.message, /Date\.now\(\) at .*: use now\(\)/);
        return true;
      },
    );
    // And nothing stays replaced.
    assert.match(Function.prototype.toString.call(Date.now), /native code/);
    assert.match(Function.prototype.toString.call(Math.random), /native code/);
    // A failure that depends on it is found without selfCheck.
    let odd = 0;
    await assert.rejects(
      explore(function* () {
        if (odd++ === 7) throw new Error("once");
        yield* gosched();
      }),
      { code: "GORT_NONDETERMINISM" },
    );
  });

  it("refuses options that mean nothing", async () => {
    const fn = function* () {};
    for (const options of [
      { schedules: 0 },
      { schedules: 1.5 },
      { seed: Number.NaN },
      { bound: -1 },
      { depth: 0 },
      { maxSteps: "x" },
    ]) {
      await assert.rejects(explore(fn, options as never), { code: "GORT_INVALID_NUMBER" });
    }
    for (const options of [{ strategy: "luck" }, { stategy: "dfs" }, { selfCheck: 1 }, null, 5]) {
      await assert.rejects(explore(fn, options as never), { code: "GORT_INVALID_OPTION" });
    }
    await assert.rejects(explore(null as never), { code: "GORT_NOT_A_FUNCTION" });
    await assert.rejects(
      explore(function* () {
        yield* go(async () => explore(fn));
      }),
      (error: ExploreError) => (error.cause as { code?: string }).code === "GORT_BUBBLE",
    );
  });
});

describe("replay", () => {
  it("gives the same error with the same stacks each time, and output", async () => {
    const { schedule } = await failure(philosophers);
    const dumps: string[] = [];
    for (let i = 0; i < 3; i++) {
      const error = await replay(philosophers, schedule).then(
        () => assert.fail("it ended"),
        (e: unknown) => e,
      );
      dumps.push((error as DeadlockError).dump);
    }
    assert.equal(new Set(dumps).size, 1);
    assert.match(dumps[0] as string, /created by philosophers in goroutine 1\n\t.*explore\.test/);
  });

  it("gives main's result", async () => {
    const program = function* (): Generator<never, number> {
      return 5;
    };
    const failing = function* () {
      throw new Error("x");
    };
    const { schedule } = await failure(failing);
    assert.equal(await replay(program as never, schedule), 5);
  });

  it("refuses what is no schedule, and one that does not fit", async () => {
    for (const text of ["", "x", "1.1", "1.1-~a", "1.1~", 5, null, "zzzzzzzzz.1~0"]) {
      await assert.rejects(replay(transfer, text as never), (error: Error) => {
        assert.ok(error instanceof ScheduleError);
        assert.match(error.message, /is no schedule: /);
        return true;
      });
    }
    const { schedule } = await failure(philosophers);
    await assert.rejects(replay(transfer, schedule), (error: Error) => {
      assert.ok(error instanceof ScheduleError);
      assert.match(error.message, /no longer fits the program: .* run explore again/);
      return true;
    });
  });
});

describe("a channel under all schedules", () => {
  it("loses nothing and keeps the order of each sender", async () => {
    for (const capacity of [0, 1, 2]) {
      const result = await explore(
        function* () {
          const ch: Chan<string> = chan(capacity);
          const wg = new WaitGroup();
          for (const name of ["a", "b"]) {
            wg.go(function* () {
              for (let i = 0; i < 2; i++) yield* ch.send(`${name}${i}`);
            });
          }
          go(function* () {
            yield* wg.wait();
            ch.close();
          });
          const got: string[] = [];
          for (;;) {
            const [value, ok] = yield* ch.recvOk();
            if (!ok) break;
            got.push(value);
          }
          assert.equal(got.length, 4);
          for (const name of ["a", "b"]) {
            assert.deepEqual(
              got.filter((value) => value.startsWith(name)),
              [`${name}0`, `${name}1`],
            );
          }
        },
        { strategy: "dfs", schedules: 20_000 },
      );
      assert.ok(result.schedules > 10);
    }
  });
});
