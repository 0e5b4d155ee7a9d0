/**
 * Go: runtime/proc_test.go TestYieldProgress, TestTimerFairness, TestTimerFairness2, TestNumGoroutine,
 * TestStopTheWorldDeadlock (its perpetuum mobile). Everyone gets a turn.
 *
 * Differs: one processor and no preemption, so what Go proves of preempted loops is proved of goroutines that give way.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, gosched, runtime, select, sleep, trySelect } from "gort";
import { inMain, inOrder } from "../support.ts";

test(
  "proc_test.go TestYieldProgress: a goroutine that polls with gosched does not keep others from running",
  inOrder(function* () {
    const c = chan<boolean>();
    const ack = chan<boolean>();
    go(function* () {
      while (trySelect({ c: c.recv() }) === undefined) yield* gosched();
      yield* ack.send(true);
    });
    yield* sleep(1);
    yield* c.send(true);
    assert.equal(yield* ack.recv(), true);
  }),
);

/** A channel that is closed after `ms`, so that its wait can be tried again and again (a case is waited for once). */
function timer(ms: number): ReturnType<typeof chan<never>> {
  const c = chan<never>();
  go(function* () {
    yield* sleep(ms);
    c.close();
  });
  return c;
}

test(
  "proc_test.go TestTimerFairness: a timer is served beside two goroutines that always have something to send",
  inOrder(function* () {
    const done = chan<never>();
    const c = chan<boolean>();
    const handles = [0, 1].map(() =>
      go(function* () {
        while ((yield* select({ c: c.send(true), done: done.recv() })).case === "c");
      }),
    );
    const late = timer(2);
    let messages = 0;
    while ((yield* select({ c: c.recv(), late: late.recv() })).case === "c") messages++;
    assert.ok(messages > 0);
    done.close();
    for (const h of handles) yield* h;
  }),
);

test(
  "proc_test.go TestTimerFairness2: two goroutines that talk to each other without end both see their timers",
  inOrder(function* () {
    const c = chan<boolean>();
    const handles = [0, 1].map(() =>
      go(function* () {
        const late = timer(2);
        for (;;) {
          const s = yield* select({ sent: c.send(true), got: c.recv(), late: late.recv() });
          if (s.case === "late") return "done";
        }
      }),
    );
    for (const h of handles) assert.equal(yield* h, "done");
  }),
);

test(
  "proc_test.go TestNumGoroutine: the count and the dump agree",
  inMain(function* () {
    const before = runtime.numGoroutine();
    const release = chan<never>();
    const handles = Array.from({ length: 5 }, () =>
      go(function* () {
        yield* release.recv();
      }),
    );
    assert.equal(runtime.numGoroutine(), before + 5, "counted from the moment of go");
    yield* gosched();
    const dump = runtime.stacks();
    assert.equal(dump.match(/^goroutine \d+ \[/gm)?.length, runtime.numGoroutine(), dump);
    release.close();
    for (const h of handles) yield* h;
    assert.equal(runtime.numGoroutine(), before);
  }),
);

test(
  "proc_test.go TestStopTheWorldDeadlock: a goroutine that starts its successor for ever lets others run",
  inOrder(function* () {
    const stop = chan<boolean>(1);
    let generations = 0;
    const perpetuumMobile = (): void => {
      generations++;
      if (trySelect({ stop: stop.recv() }) === undefined) go(perpetuumMobile);
    };
    go(perpetuumMobile);
    const workers = [0, 1].map(() => go(work));
    function* work(): Goroutine {
      for (let i = 0; i < 1000; i++) yield* gosched();
    }
    for (const w of workers) yield* w;
    assert.ok(generations >= 1000, `only ${generations} generations`);
    yield* stop.send(true);
    const last = generations;
    yield* gosched();
    yield* gosched();
    assert.ok(generations <= last + 1, "it stops when told");
    assert.equal(stop.length, 0);
  }),
);
