/** runtime.metrics() over two processors, under load and at rest, and what becomes of the numbers of a core that has gone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, run, runtime, sleep } from "gort";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";
import { countHere, dieFar, meet, meetTwo, ownMetrics, sharedWords } from "./work.ts";

const G = "/sched/goroutines:goroutines";
const CREATED = "/sched/goroutines-created:goroutines";
const ENDED = "/sched/goroutines-ended:goroutines";

runtime.gomaxprocs(2);

/** All numbers fit each other, and numGoroutine. Nothing else runs meanwhile. */
function checkQuiet(): Record<string, number> {
  const all = runtime.metrics();
  assert.equal(all[G], runtime.numGoroutine());
  assert.equal(all[G], (all[CREATED] as number) - (all[ENDED] as number));
  const states = ["running", "runnable", "waiting", "not-in-go"].map(
    (state) => all[`/sched/goroutines/${state}:goroutines`] as number,
  );
  assert.equal(
    states.reduce((a, b) => a + b),
    all[G],
  );
  const each = (before: string, behind: string): number =>
    [0, 1].reduce((sum, i) => sum + (all[`${before}p${i}${behind}`] as number), 0);
  assert.equal(each("/sched/ticks/", ":total"), all["/sched/ticks:total"]);
  return all;
}

describe("runtime.metrics on two processors", () => {
  it("counts each goroutine once, wherever it runs, and fits numGoroutine", async () => {
    await run(function* main() {
      const before = checkQuiet();
      const words = sharedWords();
      const both = [go(meet, words, 2), go(meet, words, 2)];
      for (const one of both) yield* one;
      const after = checkQuiet();
      assert.equal(after["/sched/threads/total:threads"], 2);
      assert.equal(after[G], before[G]);
      assert.equal((after[CREATED] as number) - (before[CREATED] as number), 2);
      assert.equal((after[ENDED] as number) - (before[ENDED] as number), 2);
      assert.ok((after["/sched/ticks/p1:total"] as number) > 0);
      assert.ok((after["/sched/busy/p1:seconds"] as number) > 0);
      assert.ok((after["/sched/steals:total"] as number) > 0);
    });
  });

  it("counts what waits on the other core, by reason, and that once", async () => {
    await run(function* main() {
      const words = sharedWords();
      const stop = chan<void>();
      go(() => stop.recv());
      const far = [go(countHere, words, 7), go(countHere, words, 7)];
      while (Atomics.load(words, 1) < 2) yield* sleep(1);
      const all = checkQuiet();
      // Main runs; one waits here, and the two with seven each.
      assert.equal(all[G], 1 + 1 + 2 + 14);
      assert.equal(all["/sched/blocked/chan-receive:goroutines"], 1 + 14);
      assert.equal(all["/sched/goroutines/running:goroutines"], 1);
      Atomics.store(words, 2, 1);
      for (const one of far) yield* one;
      stop.close();
    });
  });

  it("goes on under load: totals never go back, and none is missed", async () => {
    await run(function* main() {
      const before = checkQuiet();
      let last = before;
      const handles = [];
      for (let i = 0; i < 40; i++) {
        for (let j = 0; j < 50; j++) handles.push(go(ownMetrics, 1, j === 0));
        const next = runtime.metrics();
        for (const name of [
          CREATED,
          ENDED,
          "/sched/ticks:total",
          "/sched/busy:seconds",
          "/sched/steals:total",
        ])
          assert.ok((next[name] as number) >= (last[name] as number), name);
        assert.ok((next[G] as number) >= 1);
        last = next;
        yield* sleep(0);
      }
      for (const one of handles) yield* one;
      // A core that is busy with something else tells late that they have ended there.
      while (runtime.metrics()[G] !== 1) yield* sleep(0);
      const after = checkQuiet();
      assert.equal((after[CREATED] as number) - (before[CREATED] as number), 2000);
    });
  });

  it("does not wake a core that sleeps and has told its numbers", async () => {
    await run(function* main() {
      const words = sharedWords();
      const both = [go(meet, words, 2), go(meet, words, 2)];
      for (const one of both) yield* one;
      const bell = (): number => Atomics.load(home().words, machineAt(1) + MACHINE.bell);
      const asleep = (): boolean => Atomics.load(home().words, machineAt(1) + MACHINE.asleep) === 1;
      let seen = Number.NaN;
      for (let tries = 0; tries < 1000; tries++) {
        runtime.metrics();
        do yield* sleep(1);
        while (!asleep());
        if (bell() === seen) break;
        seen = bell();
      }
      assert.equal(bell(), seen);
      for (let i = 0; i < 100; i++) checkQuiet();
      assert.equal(bell(), seen);
    });
  });

  it("can be asked on any core", async () => {
    await run(function* main() {
      const here = checkQuiet();
      const words = sharedWords();
      const [a, b] = [go(meetTwo, words), go(meetTwo, words)];
      yield* a;
      yield* b;
      const there = yield* go(ownMetrics, 0, true);
      assert.ok((there[CREATED] as number) >= (here[CREATED] as number));
      assert.deepEqual(
        Object.keys(there).filter((name) => !name.includes("blocked")),
        Object.keys(here).filter((name) => !name.includes("blocked")),
      );
    });
  });

  it("does not lose what a core has done that died", async () => {
    await run(function* main() {
      const before = checkQuiet();
      assert.ok((before["/sched/ticks/p1:total"] as number) > 0);
      const words = sharedWords();
      const handles = [go(dieFar, words), go(dieFar, words)];
      for (const one of handles) {
        try {
          yield* one;
        } catch {}
      }
      const after = runtime.metrics();
      for (const name of [CREATED, ENDED, "/sched/ticks/p1:total", "/sched/busy/p1:seconds"])
        assert.ok((after[name] as number) >= (before[name] as number), name);
    });
  });
});
