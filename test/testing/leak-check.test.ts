import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  afterFunc,
  chan,
  DeadlockError,
  type Goroutine,
  go,
  gosched,
  type Handle,
  portable,
  run,
  runtime,
  sleep,
  WaitGroup,
  wait,
} from "gort";
import { bubble, explore, GoroutineLeakError, leakCheck } from "gort/testing";
import { Go, numbers } from "#src/runtime/goroutine.ts";
import { goOn } from "#src/runtime/kernel.ts";
import { leave, stay } from "./leak-work.ts";

const echo = portable(function* echo(value: number) {
  yield* gosched();
  return value;
});

/** Parks for ever. */
function* stuck(): Goroutine {
  yield* chan<number>().recv();
}

/** The leaks of `checked`; that of everything else fails. */
async function leak(checked: Promise<unknown>): Promise<GoroutineLeakError> {
  const error = await checked.then(
    () => assert.fail("nothing was left"),
    (e: unknown) => e,
  );
  if (!(error instanceof GoroutineLeakError)) throw error;
  return error;
}

/** How many stacks an error has. */
function count({ goroutines }: GoroutineLeakError): number {
  return goroutines.match(/^goroutine \d+ \[/gm)?.length ?? 0;
}

describe("leakCheck", () => {
  it("gives the result of a generator, an async and a plain function that leave nobody", async () => {
    const seen = [
      await leakCheck(function* () {
        return yield* go(function* () {
          return 1;
        });
      }),
      await leakCheck(async () => {
        await sleep(1);
        return await go(async () => 2);
      }),
      await leakCheck(() => 3),
    ];
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it("names what is left and where it was made", async () => {
    const error = await leak(
      leakCheck(function* main() {
        go(stuck);
        const ch = chan<number>();
        go(function* producer() {
          yield* ch.send(1);
        });
      }),
    );
    assert.equal(error.code, "GORT_GOROUTINE_LEAK");
    assert.equal(error.name, "GoroutineLeakError");
    assert.match(
      error.message,
      /^goroutines left: 2\n\ngoroutine \d+ \[chan receive\]:\nstuck\(\.\.\.\)\n\t\S*leak-check\.test\.[jt]s:\d+:\d+\ncreated by main in goroutine \d+\n\t\S*leak-check\.test\.[jt]s:\d+:\d+\n\ngoroutine \d+ \[chan send\]:\nproducer\(\.\.\.\)\n/,
    );
    assert.equal(error.message, `goroutines left: 2\n\n${error.goroutines.trimEnd()}`);
    assert.match(
      error.stack as string,
      /^GoroutineLeakError: goroutines left: 2\n[^]*\n {4}at .*leak-check\.test/,
    );
    assert.equal(count(error), 2);
  });

  it("finds the children of those that have ended, of timers, of groups, and what async code starts", async () => {
    const makers: Record<string, () => unknown> = {
      child: function* () {
        yield* go(function* () {
          yield* go(function* () {
            go(stuck);
          });
        });
      },
      timer: function* () {
        const fired = chan<void>(1);
        yield* go(function* () {
          afterFunc(1, function* () {
            yield* fired.send();
            yield* stuck();
          });
        });
        yield* fired.recv();
      },
      group: function* () {
        new WaitGroup().go(stuck);
      },
      async: async () => {
        await turn();
        go(stuck);
      },
      "an async goroutine": function* () {
        yield* go(async () => {
          await turn();
          await gosched();
          go(stuck);
        });
      },
      "an async function that a goroutine waits for, not at its first step": function* () {
        yield* wait(turn());
        const start = async (): Promise<void> => {
          await turn();
          go(stuck);
        };
        yield* wait(start());
      },
    };
    for (const [name, maker] of Object.entries(makers)) {
      const error = await leak(leakCheck(maker as () => Goroutine));
      assert.equal(count(error), 1, name);
      assert.match(error.goroutines, /\[chan receive\]:\nstuck\(/, name);
    }
  });

  it("lets those end that can: runnable ones, however many, and who waits for the host a little", async () => {
    await leakCheck(function* () {
      for (let i = 0; i < 3000; i++) {
        go(function* () {
          for (let n = 0; n < 20; n++) yield* gosched();
        });
      }
    });
    await leakCheck(function* () {
      go(function* () {
        yield* sleep(1);
        yield* wait(turn());
      });
    });
    await leakCheck(function* () {
      go(async () => {
        for (let n = 0; n < 5; n++) await turn();
      });
    });
    // Longer than it waits for one: but they become fewer.
    await leakCheck(function* () {
      let before = go(function* () {});
      for (let i = 0; i < 4; i++) {
        const last = before;
        before = go(function* () {
          yield* last;
          yield* sleep(30);
        });
      }
    });
  });

  it("ends also when one never stops running", async () => {
    let stop = false;
    const error = await leak(
      leakCheck(function* () {
        go(function* spinner() {
          while (!stop) yield* gosched();
        });
      }),
    );
    stop = true;
    assert.match(error.goroutines, /\[runnable\]:\nspinner\(/);
  });

  it("does not count those that were there before, and what they start", async () => {
    const quit = chan<void>();
    const asked = chan<void>();
    const before = go(function* () {
      yield* asked.recv();
      const child = go(function* () {
        yield* quit.recv();
      });
      yield* quit.recv();
      yield* child;
    });
    await leakCheck(function* () {
      yield* asked.send();
      yield* gosched();
    });
    quit.close();
    await before;
  });

  it("blames no test for another one's that runs at the same time", async () => {
    const quit = chan<void>();
    const both = chan<void>();
    const leaver = async (): Promise<void> => {
      await both.send();
      go(function* leftByOne() {
        yield* quit.recv();
      });
      go(async () => {
        await turn();
        go(function* leftByAsync() {
          yield* quit.recv();
        });
      });
      await turn();
      await turn();
    };
    const [one, other, outside] = await Promise.all([
      leak(leakCheck(leaver)),
      leakCheck(async () => {
        await both.recv();
        for (let n = 0; n < 20; n++) {
          await turn();
          await go(async () => {
            await turn();
            await go(function* () {
              yield* gosched();
            });
          });
        }
        return "clean";
      }),
      run(function* () {
        go(function* () {
          yield* quit.recv();
        });
        return "not looked at";
      }),
    ]);
    assert.deepEqual([...one.goroutines.matchAll(/^(left\w+)/gm)].map((match) => match[1]).sort(), [
      "leftByAsync",
      "leftByOne",
    ]);
    assert.deepEqual([other, outside], ["clean", "not looked at"]);
    quit.close();
  });

  it("inside another one: the outer one counts what the inner one left", async () => {
    const quit = chan<void>();
    let inner: GoroutineLeakError | null = null;
    const outer = await leak(
      leakCheck(function* () {
        inner = yield* wait(
          leak(
            leakCheck(function* () {
              go(function* ofInner() {
                yield* quit.recv();
              });
            }),
          ),
        );
        go(function* ofOuter() {
          yield* quit.recv();
        });
      }),
    );
    quit.close();
    assert.equal(count(inner as never), 1);
    assert.match((inner as never as GoroutineLeakError).goroutines, /\nofInner\(/);
    assert.match(outer.goroutines, /\nofInner\([^]*\nofOuter\(/);
    assert.equal(count(outer), 2);
  });

  it("throws what the function throws as it is, and nobody looks then", async () => {
    const mine = new Error("of the test");
    await assert.rejects(
      leakCheck(function* () {
        go(stuck);
        throw mine;
      }),
      (error) => error === mine,
    );
    await assert.rejects(
      leakCheck(async () => {
        await turn();
        throw mine;
      }),
      (error) => error === mine,
    );
    await assert.rejects(
      leakCheck(function* () {
        yield* chan<number>().recv();
      }),
      DeadlockError,
    );
  });

  it("shows where they were made also after a thousand others in that second", async () => {
    const quit = chan<void>();
    const error = await leak(
      leakCheck(function* main() {
        for (let i = 0; i < 2500; i++) go(function* () {});
        go(function* late() {
          yield* quit.recv();
        });
        yield* go(async function middle() {
          await turn();
          for (let i = 0; i < 2500; i++) go(function* () {});
          go(function* later() {
            yield* quit.recv();
          });
        });
      }),
    );
    quit.close();
    assert.match(
      error.goroutines,
      /\nlate\([^]*created by main in goroutine \d+\n\t\S*leak-check\.test\.[jt]s:\d+/,
    );
    assert.match(error.goroutines, /\nlater\([^]*created by middle\n\t\S*leak-check\.test\.[jt]s:\d+/);
  });

  it("finds those of portable functions, wherever they run, and what those have started there", async () => {
    const procs = runtime.gomaxprocs(2);
    try {
      // This starts the other core, which numbers goroutines in another way from then on.
      const late = await leak(
        leakCheck(function* () {
          yield* go(echo, 0);
          yield* go(async () => {
            await turn();
            go(stuck);
          });
        }),
      );
      assert.equal(count(late), 1);
      assert.deepEqual(
        await leakCheck(function* () {
          const [one, two] = [go(echo, 1), go(echo, 2)];
          return [yield* one, yield* two];
        }),
        [1, 2],
      );
      const one = await leak(
        leakCheck(function* main() {
          go(stay);
        }),
      );
      assert.equal(count(one), 1);
      assert.match(one.goroutines, /created by main in goroutine \d+\n\t\S*leak-check\.test/);
      const away = await leak(
        leakCheck(function* () {
          goOn(1, stay, []);
        }),
      );
      assert.equal(count(away), 1);
      for (const start of [() => go(leave), () => goOn(1, leave, [])]) {
        const error = await leak(
          leakCheck(function* () {
            yield* start() as Handle<void>;
          }),
        );
        assert.equal(count(error), 1);
        assert.match(error.goroutines, /\nleftThere\([^]*created by leave in goroutine \d+\n\t\S*leak-work/);
      }
    } finally {
      runtime.gomaxprocs(procs);
    }
  });

  it("is refused inside a bubble and inside an exploration, and for what is no function", async () => {
    await assert.rejects(
      bubble(function* () {
        yield* wait(leakCheck(function* () {}));
      }),
      {
        name: "BubbleError",
        code: "GORT_BUBBLE",
        message: /^leakCheck inside a bubble or an exploration: /,
      },
    );
    await assert.rejects(
      explore(async () => {
        await go(async () => leakCheck(function* () {}));
      }),
      (error: Error) => (error.cause as { code?: string }).code === "GORT_BUBBLE",
    );
    await assert.rejects(leakCheck(5 as never), { code: "GORT_NOT_A_FUNCTION" });
  });

  it("may run beside a bubble, whose goroutines are none of its", async () => {
    await Promise.all([
      leakCheck(async () => {
        for (let n = 0; n < 10; n++) await turn();
      }),
      assert.rejects(
        bubble(function* () {
          go(stuck);
          yield* sleep(1000);
        }),
        /blocked goroutines remain/,
      ),
    ]);
  });

  it("leaves the runtime as it was", async () => {
    const before = [Go.prototype.run, numbers.refill, numbers.end];
    const [first] = await Promise.all([
      leak(
        leakCheck(function* () {
          go(stuck);
          assert.notEqual(Go.prototype.run, before[0]);
          assert.equal(numbers.end, numbers.next);
        }),
      ),
      leakCheck(async () => {
        await turn();
      }),
    ]);
    assert.equal(count(first), 1);
    assert.deepEqual([Go.prototype.run, numbers.refill, numbers.end], before);
  });
});
