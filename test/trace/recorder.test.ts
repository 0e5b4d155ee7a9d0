/**
 * What one thread writes down: each kind of event, and who woke whom, as Go's execution tracer says it of the same small program.
 *
 * What stands under "Go 1.27" was printed by `go tool trace -d=parsed` for these programs in Go on one processor (their own goroutines, without the runtime's). Its "sync" is any lock; runtime.Gosched is giving way.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  after,
  afterFunc,
  chan,
  go,
  goexit,
  gosched,
  Mutex,
  run,
  runtime,
  select,
  sleep,
  WaitGroup,
  wait,
} from "gort";
import { bubble } from "gort/testing";
import { last, start, stop } from "gort/trace";
import { RunEnd } from "#src/trace/events.ts";
import { eventsIn, JumpingClock, recorded, stepsIn } from "./told.ts";

/** The main function's steps, from its first run on. */
async function stepsOf(main: () => unknown): Promise<string[]> {
  return stepsIn(await recorded(() => run(main as never)));
}

/** Without the reasons of wakes, and with Go's word for locks: Go's trace has no more. */
function asGo(steps: readonly string[]): string[] {
  return steps
    .filter((step) => !step.startsWith("host makes") && step !== "main has ended")
    .map((step) =>
      step.includes(" wakes ") ? step.replace(/,.*/, "") : step.replace(/sync\.[\w.]+/, "sync"),
    );
}

const clock = new JumpingClock();

afterEach(() => stop());

describe("as Go's tracer says it", () => {
  it("a ping-pong: runs alternate, who sends wakes who receives", async () => {
    const steps = await stepsOf(function* main() {
      const c = chan<number>();
      const d = chan<boolean>();
      go(function* ponger() {
        while (((yield* c.recvOk()) as [number, boolean])[1]);
        yield* d.send(true);
      });
      for (let i = 0; i < 2; i++) yield* c.send(i);
      c.close();
      yield* d.recv();
    });
    // Go 1.27: 1 NotExist->Runnable 10; 1 Waiting "chan send"; 10: 1 Waiting->Runnable; 10 Waiting "chan receive"; 1: 10 Waiting->Runnable; 1 Waiting "chan receive"; 10: 1 Waiting->Runnable; 10 NotExist
    assert.deepEqual(asGo(steps), [
      "main makes ponger",
      "main waits, chan send",
      "ponger wakes main",
      "ponger waits, chan receive",
      "main wakes ponger",
      "main waits, chan receive",
      "ponger wakes main",
      "ponger has ended",
    ]);
    assert.deepEqual(
      steps.filter((step) => step.includes(" wakes ")),
      ["ponger wakes main, chan send", "main wakes ponger, chan receive", "ponger wakes main, chan receive"],
    );
    assert.deepEqual([steps[0], steps.at(-1)], ["host makes main", "main has ended"]);
  });

  it("a lock and a WaitGroup", async () => {
    const steps = await stepsOf(function* main() {
      const m = new Mutex();
      const w = new WaitGroup();
      w.add(1);
      yield* m.lock();
      go(function* locker() {
        yield* m.lock();
        m.unlock();
        w.done();
      });
      yield* gosched();
      m.unlock();
      yield* w.wait();
    });
    // Go 1.27: 1 Runnable "runtime.Gosched"; 11 Waiting "sync"; 1: 11 Waiting->Runnable; 1 Waiting "sync"; 11: 1 Waiting->Runnable; 11 NotExist
    assert.deepEqual(asGo(steps), [
      "main makes locker",
      "main gives way",
      "locker waits, sync",
      "main wakes locker",
      "main waits, sync",
      "locker wakes main",
      "locker has ended",
    ]);
    assert.ok(steps.includes("locker waits, sync.Mutex.Lock"));
    assert.ok(steps.includes("locker wakes main, sync.WaitGroup.Wait"));
  });

  it("select, with who decides it", async () => {
    const steps = await stepsOf(function* main() {
      const a = chan<number>();
      const b = chan<number>();
      const w = new WaitGroup();
      w.add(1);
      go(function* selector() {
        yield* select({ a: a.recv(), b: b.recv() });
        w.done();
      });
      yield* gosched();
      yield* b.send(1);
      yield* w.wait();
    });
    assert.deepEqual(asGo(steps), [
      "main makes selector",
      "main gives way",
      "selector waits, select",
      "main wakes selector",
      "main waits, sync",
      "selector wakes main",
      "selector has ended",
    ]);
    assert.ok(steps.includes("main wakes selector, select"));
  });

  it("runtime.Gosched", async () => {
    const steps = await stepsOf(function* main() {
      const w = new WaitGroup();
      w.add(2);
      go(function* yielder() {
        yield* gosched();
        w.done();
      });
      // Who is alone has nobody to give way to, and goes on: that is gort's, not Go's.
      go(function* other() {
        w.done();
      });
      yield* w.wait();
    });
    assert.deepEqual(asGo(steps), [
      "main makes yielder",
      "main makes other",
      "main waits, sync",
      "yielder gives way",
      "other has ended",
      "yielder wakes main",
      "yielder has ended",
    ]);
  });

  it("a sleep, which the host ends", async () => {
    const steps = await stepsOf(function* main() {
      yield* sleep(1);
    });
    assert.deepEqual(steps, [
      "host makes main",
      "main waits, sleep",
      "host wakes main, sleep",
      "main has ended",
    ]);
  });
});

describe("what only gort has", () => {
  it("promises, in a goroutine and in an async function", async () => {
    const steps = await stepsOf(function* main() {
      yield* wait(Promise.resolve(1));
      yield* go(async function asynchronous() {
        await Promise.resolve();
      });
      return go(function plain() {});
    });
    assert.deepEqual(steps, [
      "host makes main",
      "main waits, promise",
      "host wakes main, promise",
      "main makes asynchronous",
      "main waits, goroutine join",
      "asynchronous waits, promise",
      "host wakes asynchronous, promise",
      "asynchronous wakes main, goroutine join",
      "asynchronous has ended",
      "main makes plain",
      "main has ended",
      "plain has ended",
    ]);
  });

  it("an error: the run has failed, and who waits is woken by it", async () => {
    const steps = await stepsOf(function* main() {
      try {
        yield* go(function* bad() {
          throw new Error("bad");
        });
      } catch {
        // Whoever waits has it.
      }
      yield* go(function* leaver() {
        goexit();
      });
    });
    assert.deepEqual(steps.slice(1), [
      "main makes bad",
      "main waits, goroutine join",
      "bad wakes main, goroutine join",
      "bad has failed",
      "main makes leaver",
      "main waits, goroutine join",
      "leaver wakes main, goroutine join",
      "leaver has ended",
      "main has ended",
    ]);
  });

  it("a goroutine without a name, and one that async code has made", async () => {
    const steps = stepsIn(
      await recorded(async () => {
        await go((() => function* () {})());
        const c = chan<number>();
        const h = go(function* reader() {
          yield* c.recv();
        });
        await Promise.resolve();
        await Promise.resolve();
        await c.send(1);
        await h;
      }),
    );
    assert.deepEqual(steps, [
      "host makes <anonymous>",
      "<anonymous> has ended",
      "host makes reader",
      "reader waits, chan receive",
      "host wakes reader, chan receive",
      "reader has ended",
    ]);
  });
});

describe("timers", () => {
  it("wake as the host does, also when they are noticed within somebody's run", async () => {
    const steps = await stepsOf(function* main() {
      const c = chan<number>(1);
      go(function* sleeper() {
        yield* sleep(1);
      });
      go(function* selector() {
        yield* select({ time: after(1).recv(), never: chan<number>().recv() });
      });
      const later = chan<number>();
      afterFunc(1, function* called() {
        yield* later.send(1);
      });
      yield* gosched();
      // Operations that are ready are steps of the slice: there the clock is read, far behind all of them.
      for (let i = 0; i < 2_000; i++) {
        if (i === 500) clock.jump(10);
        yield* c.send(i);
        yield* c.recv();
      }
      yield* later.recv();
    });
    assert.deepEqual(steps.filter((step) => / wakes (sleeper|selector)/.test(step)).sort(), [
      "host wakes selector, select",
      "host wakes sleeper, sleep",
    ]);
    assert.ok(steps.includes("main makes called") || steps.includes("host makes called"), steps.join("\n"));
  });
});

describe("who was there before", () => {
  it("is told first, with how it waits; and the run that goes on is written down from there", async () => {
    const c = chan<number>();
    let began = 0;
    const bytes = await run(function* main() {
      go(function* receiver() {
        yield* c.recv();
      });
      go(function* sleeper() {
        yield* sleep(2);
      });
      yield* gosched();
      go(function* fresh() {});
      clock.jump(5); // Nobody asks what happened before.
      start();
      began = clock.units;
      clock.jump(7);
      return whenLeft(c);
    });
    const steps = stepsIn(await bytes);
    assert.deepEqual(steps.slice(0, 4).sort(), [
      "fresh is there, runnable",
      "main is there, running",
      "receiver is there, chan receive",
      "sleeper is there, sleep",
    ]);
    assert.deepEqual(steps.slice(4, 6), ["main has ended", "fresh has ended"]);
    const run1 = eventsIn(await bytes).find(({ kind }) => kind === "run");
    assert.ok(run1 !== undefined);
    assert.ok(
      run1.time >= began - 10_000 && run1.length >= 70_000 && run1.length < 1_000_000,
      "from start() on",
    );
  });

  it("has waited for so many seconds", async () => {
    const c = chan();
    const h = go(function* waits() {
      yield* c.recv();
    });
    await new Promise(setImmediate);
    clock.jump(5_000);
    const events = eventsIn(await recorded(async () => {}));
    const status = events.find(({ kind, name }) => kind === "status" && name === "waits");
    assert.equal((status?.b as number) >> 3, 5);
    c.close();
    await h;
  });
});

/** What is recorded until the loop has been left. */
async function whenLeft(c: { close(): void }): Promise<Uint8Array> {
  await new Promise(setImmediate);
  const bytes = last({ seconds: 1000 });
  await stop();
  c.close();
  return bytes;
}

describe("runs", () => {
  it("are as long as the clock says, follow one another, and do not overlap", async () => {
    const bytes = await recorded(() =>
      run(function* main() {
        go(function* long() {
          clock.jump(3);
          yield* gosched();
          clock.jump(0.5);
        });
        go(function* other() {
          for (let i = 0; i < 200; i++) yield* gosched();
        });
        for (let i = 0; i < 200; i++) yield* gosched();
      }),
    );
    const runs = eventsIn(bytes).filter(({ kind }) => kind === "run");
    assert.ok(runs.length > 200);
    for (const [i, { time, length }] of runs.entries()) {
      const next = runs[i + 1];
      assert.ok(next === undefined || time + length <= next.time, `run ${i}`);
    }
    const long = runs.filter(({ a }) => a === runs.find(({ length }) => length > 29_000)?.a);
    assert.deepEqual(
      long.map(({ length, end }) => [length >= 30_000, length >= 5_000, end]),
      [
        [true, true, RunEnd.yielded],
        [false, true, RunEnd.ended],
      ],
    );
  });

  it("are on the process's clock", async () => {
    const from = clock.units;
    const bytes = await recorded(() => run(function* main() {}));
    const to = clock.units;
    for (const { time, length } of eventsIn(bytes)) {
      assert.ok(time >= from && time + length <= to);
    }
  });

  it("are exact within, once runs are long", async () => {
    const bytes = await recorded(() =>
      run(function* main() {
        go(function* other() {
          for (let i = 0; i < 200; i++) yield* gosched();
        });
        for (let i = 0; i < 200; i++) {
          clock.jump(0.01);
          yield* gosched();
        }
        clock.jump(5);
        go(function* late() {});
      }),
    );
    const events = eventsIn(bytes);
    const made = events.filter(({ kind }) => kind === "create").at(-1);
    const run1 = events.filter(({ kind, a }) => kind === "run" && a === made?.b).at(-1);
    assert.ok(made !== undefined && run1 !== undefined);
    assert.ok(made.time - run1.time >= 50_000 && made.time <= run1.time + run1.length);
  });

  it("that are longer than 53 s are written as several, and everything has its time", async () => {
    for (const seconds of [60, 250, 1000]) {
      const from = clock.units;
      const bytes = await recorded(() =>
        run(function* main() {
          clock.jump(seconds * 1000);
          go(function* other() {});
          yield* gosched();
        }),
      );
      const events = eventsIn(bytes);
      const runs = events.filter(({ kind }) => kind === "run");
      const id = events.find(({ kind, name }) => kind === "create" && name === "main")?.a;
      const main = runs.filter(({ a }) => a === id);
      const longest = 2 ** 29 - 1;
      assert.equal(main.length, Math.floor((seconds * 10_000_000) / longest) + 2);
      const parts = main.slice(0, -1);
      for (const [i, { time, length, end }] of parts.entries()) {
        assert.equal(end, RunEnd.yielded);
        if (i > 0) assert.equal(time, (parts[i - 1]?.time as number) + (parts[i - 1]?.length as number));
        if (i < parts.length - 1) assert.equal(length, longest);
      }
      const whole = parts.reduce((sum, { length }) => sum + length, 0);
      assert.ok(whole >= seconds * 10_000_000 && whole < (seconds + 1) * 10_000_000, `${whole}`);
      for (const { time, length } of events) assert.ok(time >= from && time + length <= clock.units);
    }
  });
});

describe("hours in which nothing happens", () => {
  it("leave times right: for who is woken first, and for what is made first", async () => {
    const hour = 3_600_000;
    const c = chan<number>();
    start();
    const from = clock.units;
    const h = go(function* receiver() {
      yield* c.recv();
    });
    await new Promise(setImmediate);
    clock.jump(hour);
    await c.send(1);
    await h;
    clock.jump(hour);
    go(function* second() {});
    await new Promise(setImmediate);
    const bytes = last({ seconds: 20_000 });
    const events = eventsIn(bytes);
    const names = new Map(events.flatMap(({ kind, a, name }) => (kind === "create" ? [[a, name]] : [])));
    const at = (time: number): number => Math.round((time - from) / (hour * 1000));
    assert.deepEqual(
      events.map(({ kind, time, a }) => `${at(time)} ${kind} ${names.get(a) ?? ""}`),
      [
        "0 create receiver",
        "0 run receiver",
        "10 unblock receiver",
        "10 run receiver",
        "20 create second",
        "20 run second",
      ],
    );
  });
});

describe("worlds of gort/testing", () => {
  it("are not recorded, and leave the clock and the goroutines of the process alone", async () => {
    const bytes = await recorded(() =>
      run(function* main() {
        go(function* outside() {
          yield* gosched();
        });
        yield* wait(
          bubble(function* inside() {
            go(function* within() {
              yield* sleep(3_600_000);
            });
            yield* sleep(7_200_000);
          }),
        );
      }),
    );
    const events = eventsIn(bytes);
    assert.deepEqual(
      events.filter(({ kind }) => kind === "create").map(({ name }) => name),
      ["main", "outside"],
    );
    const now = clock.units;
    for (const { time, length } of events) assert.ok(time + length <= now && now - time < 60e7);
    assert.deepEqual(
      stepsIn(bytes).filter((step) => step.startsWith("main")),
      ["main makes outside", "main waits, promise", "main has ended"],
    );
    await bubble(function* () {
      assert.throws(() => start(), /trace\.start/);
    });
  });
});

it("nothing is recorded when recording is off, and no goroutine is told of twice", async () => {
  await run(function* main() {
    yield* gosched();
  });
  const bytes = await recorded(() => run(function* main() {}));
  assert.deepEqual(stepsIn(bytes).slice(-2), ["host makes main", "main has ended"]);
  assert.equal(runtime.numGoroutine(), 0);
});
