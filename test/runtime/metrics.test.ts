/**
 * runtime.metrics(): its names, and its numbers against what the test itself knows; on one core. Several cores: test/parallel/metrics.test.ts.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, goexit, gosched, Mutex, run, runtime, select, sleep, wait } from "gort";
import { DESCRIPTIONS } from "#src/runtime/metrics.ts";
import { REASONS } from "#src/runtime/wait-reason.ts";
import { MACHINE } from "#src/shm/layout.ts";

const G = "/sched/goroutines:goroutines";
const CREATED = "/sched/goroutines-created:goroutines";
const ENDED = "/sched/goroutines-ended:goroutines";
const TICKS = "/sched/ticks:total";
const BUSY = "/sched/busy:seconds";

runtime.gomaxprocs(1);

/** What has grown since, and by how much. */
function since(before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(runtime.metrics()).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  );
}

/** Lets the event loop turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("runtime.metrics", () => {
  it("has a number for each name of its table, in the form of Go's names, and no other name", () => {
    const names = Object.keys(runtime.metrics());
    const patterns = DESCRIPTIONS.map(
      ({ name }) => new RegExp(`^${name.replaceAll("/", "\\/").replace("*", "[A-Za-z0-9.-]+")}$`),
    );
    for (const name of names) {
      assert.match(name, /^(?:\/[A-Za-z0-9.-]+)+:[a-z-]+$/);
      assert.ok(
        patterns.some((pattern) => pattern.test(name)),
        name,
      );
    }
    for (const { name, label } of DESCRIPTIONS)
      if (label === undefined) assert.ok(names.includes(name), name);
    for (const [name, value] of Object.entries(runtime.metrics())) assert.ok(value >= 0, `${name} ${value}`);
    assert.ok(REASONS <= MACHINE.runqSlots - MACHINE.inWait, "there is a word for each reason");
  });

  it("counts goroutines that are made and end, without being told of each", async () => {
    const before = runtime.metrics();
    await run(function* main() {
      const stop = chan<void>();
      const many = Array.from({ length: 3000 }, () => go(() => stop.recv()));
      assert.equal(since(before)[CREATED], 3001);
      assert.equal(since(before)["/sched/goroutines/runnable:goroutines"], 3000);
      assert.equal(since(before)["/sched/runq/p0:goroutines"], 3000);
      yield* gosched();
      const grown = since(before);
      assert.equal(grown[G], 3001);
      assert.equal(grown[G], runtime.numGoroutine() - (before[G] as number));
      assert.equal(grown["/sched/goroutines/running:goroutines"], 1);
      assert.equal(grown["/sched/goroutines/waiting:goroutines"], 3000);
      assert.equal(grown["/sched/goroutines/runnable:goroutines"], 0);
      assert.equal(grown[ENDED], 0);
      stop.close();
      for (const one of many) yield* one;
      assert.equal(since(before)[ENDED], 3000);
    });
    const after = since(before);
    assert.deepEqual([after[G], after[CREATED], after[ENDED]], [0, 3001, 3001]);
  });

  it("counts those that wait by what they wait for", async () => {
    const before = runtime.metrics();
    await run(function* main() {
      const ch = chan<number>();
      const mutex = new Mutex();
      const guard = yield* mutex.lock();
      let settle = (): void => {};
      const promise = new Promise<void>((resolve) => {
        settle = resolve;
      });
      const all = [
        go(() => ch.recv()),
        go(() => ch.recv()),
        go(() => select({ a: ch.recv(), b: sleep(60_000) })),
        go(() => wait(promise)),
        go(function* () {
          (yield* mutex.lock())[Symbol.dispose]();
        }),
      ];
      yield* gosched();
      const { ...grown } = since(before);
      const blocked = Object.fromEntries(
        Object.entries(grown).filter(([name, value]) => name.startsWith("/sched/blocked/") && value !== 0),
      );
      assert.deepEqual(blocked, {
        "/sched/blocked/chan-receive:goroutines": 2,
        "/sched/blocked/select:goroutines": 1,
        "/sched/blocked/promise:goroutines": 1,
        "/sched/blocked/sync.Mutex.Lock:goroutines": 1,
      });
      assert.equal(grown["/sched/timers:timers"], 1);
      guard[Symbol.dispose]();
      settle();
      ch.close();
      for (const one of all) yield* one;
      assert.equal(runtime.metrics()["/sched/blocked/chan-receive:goroutines"], undefined);
    });
  });

  it("counts steps: of goroutines that give way and of operations that are ready at once, and not those that a goexit leaves unspent", async () => {
    const before = runtime.metrics();
    await run(function* main() {
      const ch = chan<number>(1);
      for (let i = 0; i < 5000; i++) {
        yield* ch.send(i);
        yield* ch.recv();
      }
      const [a, b] = [0, 1].map(() =>
        go(function* () {
          for (let i = 0; i < 5000; i++) yield* gosched();
        }),
      );
      if (a !== undefined) yield* a;
      if (b !== undefined) yield* b;
    });
    const steps = since(before)[TICKS] as number;
    // At the end of a slice a step or two are counted that are none.
    assert.ok(steps >= 20_000 && steps < 21_000, `${steps} steps`);
    const then = runtime.metrics();
    await run(function* main() {
      for (let i = 0; i < 100; i++) yield* go(() => goexit());
    });
    const few = since(then)[TICKS] as number;
    assert.ok(few < 1000, `${few} steps`);
  });

  it("counts the time in slices, also of one that ends because nothing is left to run", async () => {
    await turn();
    const before = runtime.metrics();
    const from = performance.now();
    await run(() => {
      while (performance.now() < from + 30);
    });
    await turn();
    await turn();
    const lasted = (performance.now() - from) / 1000;
    const busy = since(before)[BUSY] as number;
    assert.ok(busy >= 0.03 && busy <= lasted + 0.001, `${busy} of ${lasted}`);
    // Time in which nothing runs is nobody's.
    const idle = runtime.metrics();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(since(idle)[BUSY], 0);
  });

  it("never lets a total go back", async () => {
    const totals = DESCRIPTIONS.filter(({ isTotal }) => isTotal).map(({ name }) => name);
    let last = runtime.metrics();
    await run(function* main() {
      for (let i = 0; i < 200; i++) {
        for (let j = 0; j < 10; j++) go(() => gosched());
        yield* gosched();
        const next = runtime.metrics();
        for (const name of totals) assert.ok((next[name] ?? 0) >= (last[name] ?? 0), name);
        last = next;
      }
    });
  });
});

describe("runtime.metricsText", () => {
  it("is Prometheus's text form: every family once, described, with its samples", () => {
    const lines = runtime.metricsText().split("\n");
    assert.equal(lines.pop(), "");
    const seen = new Set<string>();
    let family = "";
    for (const line of lines) {
      const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
      if (kind === "HELP") {
        assert.ok(!seen.has(name as string), `${name} twice`);
        seen.add(name as string);
        family = name as string;
      } else if (kind === "TYPE") {
        assert.equal(name, family);
        assert.equal(rest, family.endsWith("_total") ? "counter" : "gauge");
      } else {
        assert.match(line, /^[a-z_]+(?:\{(?:p|reason)="[^"\\]+"\})? \d+(?:\.\d+)?(?:e[+-]?\d+)?$/);
        assert.equal(/^[a-z_]+/.exec(line)?.[0], family);
      }
    }
    assert.equal(seen.size, DESCRIPTIONS.length);
    for (const name of [
      "gort_sched_goroutines_goroutines",
      "gort_sched_goroutines_created_goroutines_total",
      "gort_sched_ticks_total",
      "gort_sched_busy_seconds_total",
    ])
      assert.ok(seen.has(name), name);
    assert.ok(lines.some((line) => line.startsWith('gort_sched_runq_goroutines{p="0"} ')));
    assert.ok(lines.some((line) => line.startsWith('gort_sched_runq_goroutines{p="global"} ')));
  });
});
