/**
 * What Go's testing/synctest does (1.27), and bubble and settle with it: each fact was got from a Go program, whose answer the test's comment has. Go's Wait is settle, its Test is bubble.
 *
 * Differs, each with a test below:
 *   - a goroutine that waits for a Mutex or an RWMutex is durably blocked; in Go it is not (package-level locks may be shared with others there), so Wait hangs, time stands still and a deadlock is not seen
 *   - what is due at the same time happens in the order in which it was asked for; in Go in any order
 *   - a channel belongs to no bubble: whoever waits for one that was made outside is durably blocked too; in Go he is not, and the use of a bubble's channel from outside is a fatal error
 *   - what all are blocked on is the error of a promise, which names the goroutines; in Go a panic
 *   - a second settle at the same time, and an error for which nobody waits, reject the bubble; in Go they end the process
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  afterFunc,
  background,
  type Chan,
  Cond,
  chan,
  contextAfterFunc,
  DeadlockError,
  type Goroutine,
  go,
  goexit,
  Mutex,
  now,
  type Op,
  RWMutex,
  run,
  select,
  sleep,
  Ticker,
  Timer,
  WaitGroup,
  wait,
  withCancel,
  withTimeout,
} from "gort";
import { dial, listen } from "gort/net";
import { BubbleError, bubble, MemoryTransport, settle } from "gort/testing";

const HOUR = 3_600_000;
const ALL_BLOCKED = "deadlock: all goroutines in bubble are blocked";
const REMAIN = "deadlock: main bubble goroutine has exited but blocked goroutines remain";

/** The error of a bubble that ends with one. */
async function failure(ends: Promise<unknown>): Promise<unknown> {
  return ends.then(
    () => assert.fail("it ended well"),
    (error: unknown) => error,
  );
}

async function deadlock(ends: Promise<unknown>): Promise<DeadlockError> {
  const error = await failure(ends);
  if (!(error instanceof DeadlockError)) throw error;
  return error;
}

/** A goroutine that blocks, and what sets it free. */
type Scene = () => { block: () => Goroutine<unknown>; release: () => Goroutine<unknown> };

const durable: Record<string, Scene> = {
  "a send": () => {
    const ch = chan<number>();
    return { block: () => ops(ch.send(1)), release: () => ops(ch.recv()) };
  },
  "a send to a full buffer": () => {
    const ch = chan<number>(1);
    ch.trySend(0);
    return { block: () => ops(ch.send(1)), release: () => ops(ch.recv()) };
  },
  "a receive": () => {
    const ch = chan<number>();
    return { block: () => ops(ch.recv()), release: () => ops(ch.send(1)) };
  },
  "a select": () => {
    const a = chan<number>();
    const b = chan<number>();
    return { block: () => ops(select({ a: a.recv(), b: b.send(1) })), release: () => ops(b.recv()) };
  },
  "a range": () => {
    const ch = chan<number>();
    return {
      block: function* () {
        while ((yield* ch.recvOk())[1]);
      },
      release: function* () {
        ch.close();
      },
    };
  },
  "WaitGroup.wait": () => {
    const wg = new WaitGroup();
    wg.add(1);
    return {
      block: () => ops(wg.wait()),
      release: function* () {
        wg.done();
      },
    };
  },
  "Cond.wait": () => {
    const mu = new Mutex();
    const cond = new Cond(mu);
    return {
      block: function* () {
        yield* mu.lock();
        yield* cond.wait();
        mu.unlock();
      },
      release: function* () {
        cond.signal();
      },
    };
  },
  sleep: () => ({ block: () => ops(sleep(HOUR)), release: () => ops(sleep(HOUR)) }),
  "a context's end": () => {
    const [ctx, cancel] = withCancel(background());
    return {
      block: () => ops(ctx.done()),
      release: function* () {
        cancel();
      },
    };
  },
};

/** Not durably blocking in Go. */
const durableHere: Record<string, Scene> = {
  "Mutex.lock": () => {
    const mu = new Mutex();
    mu.tryLock();
    return {
      block: () => ops(mu.lock()),
      release: function* () {
        mu.unlock();
      },
    };
  },
  "RWMutex.lock": () => {
    const mu = new RWMutex();
    mu.tryRLock();
    return {
      block: () => ops(mu.lock()),
      release: function* () {
        mu.rUnlock();
      },
    };
  },
  "RWMutex.rLock": () => {
    const mu = new RWMutex();
    mu.tryLock();
    return {
      block: () => ops(mu.rLock()),
      release: function* () {
        mu.unlock();
      },
    };
  },
};

function* ops<T>(op: Op<T>): Goroutine<T> {
  return yield* op;
}

/** Whether it is done after settle, and after it was set free and settle. */
function blocked(scene: Scene): Promise<boolean[]> {
  return bubble(function* () {
    const { block, release } = scene();
    let done = false;
    go(function* () {
      yield* block();
      done = true;
    });
    yield* settle();
    const before = done;
    yield* release();
    yield* settle();
    return [before, done];
  });
}

describe("synctest: durably blocked", () => {
  for (const [name, scene] of Object.entries(durable)) {
    // Go, for each of them: "Wait returned; done = false", "after release; done = true".
    it(`${name}: Wait returns while it blocks`, async () => {
      assert.deepEqual(await blocked(scene), [false, true]);
    });
  }

  for (const [name, scene] of Object.entries(durableHere)) {
    // Go: Wait does not return while somebody waits for a mutex (a panic of ours after a second of real time).
    it(`${name}: differs, it is durably blocking`, async () => {
      assert.deepEqual(await blocked(scene), [false, true]);
    });
  }

  // Go: time did not move while somebody waits for a mutex.
  it("differs: time moves while somebody waits for a mutex", async () => {
    const seen = await bubble(function* () {
      const mu = new Mutex();
      yield* mu.lock();
      const other = go(function* () {
        yield* mu.lock();
        mu.unlock();
        return now();
      });
      yield* sleep(1000);
      mu.unlock();
      return yield* other;
    });
    assert.equal(seen, 1000);
  });

  // Go: mutex deadlock in bubble: not noticed after 2 s.
  it("differs: a deadlock of mutexes is seen", async () => {
    const error = await deadlock(
      bubble(function* () {
        const mu = new Mutex();
        yield* mu.lock();
        yield* mu.lock();
      }),
    );
    assert.equal(error.message, ALL_BLOCKED);
    assert.match(error.dump, /^goroutine 1 \[sync\.Mutex\.Lock\]:/);
  });

  // Go: a goroutine that waits for what the system does is not durably blocked. A promise of the host's is such a thing.
  it("what the host ends does not block durably: settle waits for it, and time stands still", async () => {
    const seen = await bubble(function* () {
      let done = false;
      go(function* () {
        yield* wait(new Promise((resolve) => setImmediate(() => setImmediate(resolve))));
        done = true;
      });
      yield* settle();
      return [done, now()];
    });
    assert.deepEqual(seen, [true, 0]);
  });

  // Go: such a goroutine is not durably blocked, "since it can be unblocked from outside": the bubble waits.
  it("differs: a channel from outside blocks durably as well", async () => {
    const outside: Chan<number> = chan();
    const error = await deadlock(
      bubble(function* () {
        yield* outside.recv();
      }),
    );
    assert.equal(error.message, ALL_BLOCKED);
  });

  // Go: fatal error: send on synctest channel from outside bubble.
  it("differs: a bubble's channel may be used from outside", async () => {
    let inner: Chan<number> | null = null;
    let got = 0;
    await Promise.all([
      bubble(function* () {
        inner = chan<number>(1);
        yield* inner.send(7);
      }),
      run(function* () {
        while (inner === null) yield* wait(new Promise((resolve) => setImmediate(resolve)));
        got = (yield* inner.recv()) as number;
      }),
    ]);
    assert.equal(got, 7);
  });
});

describe("synctest: time", () => {
  // Go: start 2000-01-01 00:00:00 +0000 UTC 946684800000; again the same in the next bubble.
  it("begins at midnight UTC, 2000-01-01, in each bubble", async () => {
    for (let i = 0; i < 2; i++) {
      const deadline = await bubble(function* () {
        const [ctx, cancel] = withTimeout(background(), 0);
        cancel();
        return [now(), ctx.deadline] as const;
      });
      assert.equal(deadline[0], 0);
      assert.equal(Number(deadline[1]), 946_684_800_000);
    }
  });

  // Go: busy 0s; neg 0s.
  it("does not move while somebody computes, nor for a sleep of nothing", async () => {
    const seen = await bubble(function* () {
      for (let i = 0; i < 1e6; i++);
      yield* sleep(-1);
      yield* sleep(0);
      return now();
    });
    assert.equal(seen, 0);
  });

  // Go: stop true; [a@1s b@2s reset@2.5s c@3s].
  it("fires timers in the order of their times, a stopped one never, a reset one at its new time", async () => {
    const got: string[] = [];
    const add = (name: string) => (): void => void got.push(`${name}@${now()}`);
    const stopped = await bubble(function* () {
      afterFunc(3000, add("c"));
      afterFunc(1000, add("a"));
      afterFunc(2000, add("b"));
      const one = afterFunc(1500, add("stopped")).stop();
      afterFunc(HOUR, add("reset")).reset(2500);
      yield* sleep(4000);
      yield* settle();
      return one;
    });
    assert.equal(stopped, true);
    assert.deepEqual(got, ["a@1000", "b@2000", "reset@2500", "c@3000"]);
  });

  // Go: zero@4s, that is after Wait, and no time has passed; chain 2: with one made in one, and not one of a nanosecond later; sleep0 wait 10.
  it("what is due now happens before Wait returns", async () => {
    const seen = await bubble(function* () {
      yield* sleep(4000);
      const at: number[] = [];
      afterFunc(0, () => {
        at.push(now());
        afterFunc(0, () => {
          at.push(now());
          afterFunc(0.001, () => void at.push(now()));
        });
      });
      let n = 0;
      go(function* () {
        for (; n < 10; n++) yield* sleep(0);
      });
      yield* settle();
      return [at, n];
    });
    assert.deepEqual(seen, [[4000, 4000], 10]);
  });

  // Go: AfterFunc(0) ran after main; sleep0 10.
  it("what is due now happens when main has exited, too", async () => {
    let n = 0;
    let ran = false;
    await bubble(function* () {
      afterFunc(0, () => {
        ran = true;
      });
      go(function* () {
        for (; n < 10; n++) yield* sleep(0);
      });
    });
    assert.deepEqual([n, ran], [10, true]);
  });

  // Go: after 9s (after a sleep of 4 s); 1s 1s (a select of two).
  it("serves after and a select of two", async () => {
    const seen = await bubble(function* () {
      yield* sleep(4000);
      yield* after(5000).recv();
      const first = now();
      const s = yield* select({ two: after(2000).recv(), one: after(1000).recv() });
      return [first, s.case, now()];
    });
    assert.deepEqual(seen, [9000, "one", 10_000]);
  });

  // Go: 1s 2s 3s slow reader: 4s 9s 9s: one tick waits, those behind it are dropped.
  it("serves a ticker, whose slow reader misses ticks", async () => {
    const seen = await bubble(function* () {
      const ticker = new Ticker(1000);
      const at: number[] = [];
      for (let i = 0; i < 3; i++) {
        yield* ticker.c.recv();
        at.push(now());
      }
      yield* sleep(5500);
      yield* ticker.c.recv();
      at.push(now());
      yield* ticker.c.recv();
      at.push(now());
      ticker.stop();
      return at;
    });
    assert.deepEqual(seen, [1000, 2000, 3000, 8500, 9000]);
  });

  // Go: bcad abcd cdba bcda cabd.
  it("differs: what is due at the same time happens in the order of its making", async () => {
    const seen = await bubble(function* () {
      let order = "";
      for (const name of ["a", "b", "c", "d"]) {
        go(function* () {
          yield* sleep(1000);
          order += name;
        });
        yield* settle();
      }
      yield* sleep(2000);
      return order;
    });
    assert.equal(seen, "abcd");
  });

  // Go: same time: true; synctest.Sleep true.
  it("sleep and then settle: others that are due at the same time have run", async () => {
    const seen = await bubble(function* () {
      let done = false;
      go(function* () {
        yield* sleep(1000);
        done = true;
      });
      yield* sleep(1000);
      yield* settle();
      return [done, now()];
    });
    assert.deepEqual(seen, [true, 1000]);
  });

  // Go: fired at 1h0m0s, then panic: deadlock: all goroutines in bubble are blocked.
  it("moves for a timer that wakes nobody, and then all are blocked", async () => {
    let fired = 0;
    const error = await deadlock(
      bubble(function* () {
        afterFunc(HOUR, () => {
          fired = now();
        });
        yield* chan<number>().recv();
      }),
    );
    assert.deepEqual([fired, error.message], [HOUR, ALL_BLOCKED]);
  });

  // Go: panic: deadlock: all goroutines in bubble are blocked.
  it("does not move for a ticker that nobody receives from", async () => {
    const error = await deadlock(
      bubble(function* () {
        const ticker = new Ticker(1000);
        yield* chan<number>().recv();
        ticker.stop();
      }),
    );
    assert.equal(error.message, ALL_BLOCKED);
  });
});

describe("synctest: Wait", () => {
  // Go: wait done true.
  it("waits until another one has ended", async () => {
    const seen = await bubble(function* () {
      let done = false;
      go(function* () {
        done = true;
      });
      yield* settle();
      return done;
    });
    assert.equal(seen, true);
  });

  // Go: wait moves no time: false 0s; slept true.
  it("moves no time", async () => {
    const seen = await bubble(function* () {
      let slept = false;
      go(function* () {
        yield* sleep(1);
        slept = true;
      });
      yield* settle();
      const first = [slept, now()];
      yield* sleep(1);
      yield* settle();
      return [...first, slept];
    });
    assert.deepEqual(seen, [false, 0, true]);
  });

  // Go: alone returns at once.
  it("returns when nobody else is there, as often as it is asked", async () => {
    await bubble(function* () {
      yield* settle();
      yield* settle();
    });
  });

  // Go: chain 0; chain 33.
  it("waits for those as well that others start and wake", async () => {
    const seen = await bubble(function* () {
      let n = 0;
      const ch = chan<number>();
      for (let i = 0; i < 3; i++) {
        go(function* () {
          yield* ch.recv();
          n++;
          go(function* () {
            n += 10;
          });
        });
      }
      yield* settle();
      const before = n;
      ch.close();
      yield* settle();
      return [before, n];
    });
    assert.deepEqual(seen, [0, 33]);
  });

  // Go: panic: goroutine is not in a bubble.
  it("is an error outside of a bubble", async () => {
    const error = await failure(
      run(function* () {
        yield* settle();
      }),
    );
    assert.ok(error instanceof BubbleError);
    assert.match(error.message, /^settle\(\) outside of a bubble/);
  });

  // Go: panic: wait already in progress.
  it("is an error while another one is in it", async () => {
    const error = await failure(
      bubble(function* () {
        go(function* () {
          yield* settle();
        });
        yield* settle();
      }),
    );
    assert.ok(error instanceof BubbleError);
    assert.match(error.message, /^settle\(\) while another goroutine is in settle\(\)/);
  });
});

describe("synctest: how a bubble ends", () => {
  // Go: panic: deadlock: all goroutines in bubble are blocked. The same for select {}.
  it("all are blocked", async () => {
    for (const main of [
      function* () {
        yield* chan<number>().recv();
      },
      function* () {
        yield* select({});
      },
    ]) {
      assert.equal((await deadlock(bubble(main as () => Goroutine))).message, ALL_BLOCKED);
    }
  });

  // Go: panic: deadlock: main bubble goroutine has exited but blocked goroutines remain. Of a sleeper too: "time stops advancing when the root goroutine exits"; it never wakes.
  it("main has exited, and some are blocked or asleep", async () => {
    let woke = false;
    for (const left of [
      function* () {
        yield* chan<number>().recv();
      },
      function* () {
        yield* sleep(1000);
        woke = true;
      },
    ]) {
      const error = await deadlock(
        bubble(function* () {
          go(left as () => Goroutine);
        }),
      );
      assert.equal(error.message, REMAIN);
    }
    assert.equal(woke, false);
  });

  // Go: others finish after main: 10; after main 0s.
  it("main has exited: those that can run go on, and end", async () => {
    let n = 0;
    await bubble(function* () {
      go(function* () {
        for (let i = 0; i < 10; i++) {
          const ch = chan<number>();
          go(function* () {
            yield* ch.send(1);
          });
          yield* ch.recv();
          n++;
        }
        assert.equal(now(), 0);
      });
    });
    assert.equal(n, 10);
  });

  // Go: pending timer: no error; ticker and context left: no error. And the timer's function is never called.
  it("timers, tickers and contexts that are left are no error", async () => {
    let fired = false;
    await bubble(function* () {
      afterFunc(1000, () => {
        fired = true;
      });
      new Timer(1000);
      new Ticker(1000);
      withTimeout(background(), HOUR);
    });
    assert.equal(fired, false);
  });

  // Go: ran after SkipNow, which is runtime.Goexit in main; PASS.
  it("main may end by goexit: the others go on", async () => {
    let ran = false;
    await bubble(function* () {
      go(function* () {
        ran = true;
      });
      goexit();
    });
    assert.equal(ran, true);
  });

  // Go: panic: boom, out of Test; panic: of nobody, which ends the process.
  it("differs: an error of main, or one for which nobody waits, is the bubble's", async () => {
    const boom = new Error("boom");
    const throwing = function* (): Goroutine {
      throw boom;
    };
    assert.equal(await failure(bubble(throwing)), boom);
    assert.equal(
      await failure(
        bubble(function* () {
          go(throwing);
          yield* sleep(1);
        }),
      ),
      boom,
    );
  });

  // Go: panic: synctest.Run called from within a synctest bubble.
  it("a bubble in a bubble is an error", async () => {
    const error = await failure(
      bubble(function* () {
        yield* wait(bubble(function* () {}));
      }),
    );
    assert.ok(error instanceof BubbleError);
    assert.match(error.message, /^bubble inside a bubble/);
  });
});

describe("synctest: Go's own examples", () => {
  // Go: before false; after true.
  it("context.AfterFunc: the function is called when the context is cancelled, and not before", async () => {
    const seen = await bubble(function* () {
      const [ctx, cancel] = withCancel(background());
      let called = false;
      contextAfterFunc(ctx, () => {
        called = true;
      });
      yield* settle();
      const before = called;
      cancel();
      yield* settle();
      return [before, called];
    });
    assert.deepEqual(seen, [false, true]);
  });

  // Go: before <nil>; after context deadline exceeded. (There the last step is a nanosecond.)
  it("context.WithTimeout: the context ends at its time, and not before", async () => {
    const seen = await bubble(function* () {
      const timeout = 5000;
      const [ctx, cancel] = withTimeout(background(), timeout);
      yield* sleep(timeout - 0.001);
      yield* settle();
      const before = ctx.err;
      yield* sleep(0.001);
      yield* settle();
      const after = ctx.err;
      cancel();
      return [before, after?.message] as const;
    });
    assert.equal(seen[0] ?? null, null);
    assert.equal(seen[1], "context deadline exceeded");
  });

  // Go: always logs "1s", always logs "2s".
  it("TestTime: two sleepers", async () => {
    const seen: number[] = [];
    await bubble(function* () {
      go(function* () {
        yield* sleep(1000);
        seen.push(now());
      });
      yield* sleep(2000);
      seen.push(now());
    });
    assert.deepEqual(seen, [1000, 2000]);
  });

  // Go, over net.Pipe: pipe before ""; pipe after "hello\n"; deadline read pipe: i/o timeout 1m0s.
  it("HTTP 100 Continue's network: a connection in memory blocks durably, and its deadlines are on the clock", async () => {
    const seen = await bubble(function* () {
      new MemoryTransport().install();
      using listener = yield* listen({ port: 80 });
      const dialing = go(function* () {
        return yield* dial({ port: 80 });
      });
      using server = yield* listener.accept();
      using client = yield* dialing;
      let line: string | undefined = "";
      go(function* () {
        line = yield* server.readLine();
      });
      yield* settle();
      const before = line;
      yield* client.write("hello\n");
      yield* settle();
      const after = line;
      client.setReadDeadline(60_000);
      let code = "";
      try {
        yield* client.readLine();
      } catch (error) {
        code = (error as { code: string }).code;
      }
      return [before, after, code, now()];
    });
    assert.deepEqual(seen, ["", "hello", "GORT_DEADLINE_EXCEEDED", 60_000]);
  });
});
