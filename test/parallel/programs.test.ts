/** Programs on several cores: how they print, and how they end. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { program } from "../prog/program.ts";

const HEAD = `import { blocking, go, portable, run, runtime, sleep } from "gort";
import { isMainThread } from "node:worker_threads";
const words = () => new Int32Array(new SharedArrayBuffer(16));
function meets(w) { Atomics.add(w, 0, 1); while (Atomics.load(w, 0) < 2) Atomics.wait(w, 1, 0, 1); }
`;

describe("a program on several cores", () => {
  it("prints its lines in the order in which they happened, and loses none at its end", async () => {
    const { stdout, code } = await program(`${HEAD}
      export const say = portable(function* say(w, n) {
        meets(w);
        if (!isMainThread) for (let i = 0; i < 1000; i++) console.log("far", n, i);
      });
      await run(function* main() {
        for (let n = 0; n < 3; n++) {
          console.log("before", n);
          const w = words();
          const both = [go(say, w, n), go(say, w, n)];
          for (const g of both) yield* g;
          console.log("after", n);
        }
      });
      process.exit(0);`);
    const lines = [0, 1, 2].flatMap((n) => [
      `before ${n}`,
      ...Array.from({ length: 1000 }, (_, i) => `far ${n} ${i}`),
      `after ${n}`,
    ]);
    assert.deepEqual([stdout.trimEnd().split("\n"), code], [lines, 0]);
  });

  it("loses no line when it ends with a panic, and its reader is slow", async () => {
    const { stdout, code } = await program(`${HEAD}
      export const say = portable(function* say(n) { for (let i = 0; i < 300; i++) console.log("line", n, i, "x".repeat(80)); });
      await run(function* main() {
        const all = Array.from({ length: 10 }, (_, n) => go(say, n));
        for (const g of all) yield* g;
        for (let i = 0; i < 1000; i++) console.log("main", i, "x".repeat(80));
        go(function* () { throw new Error("boom"); });
        yield* sleep(60_000);
      });`);
    assert.deepEqual([stdout.trimEnd().split("\n").length, code], [4000, 2]);
  });

  it("has both stacks in an error of another core: where it was thrown, and where its goroutine was made", async () => {
    const { stdout } = await program(`${HEAD}
      export const bad = portable(function* bad(w) { meets(w); if (!isMainThread) throw new RangeError("far"); });
      await run(function* main() {
        const w = words();
        for (const g of [go(bad, w), go(bad, w)]) {
          try { yield* g; } catch (error) { console.log(error.stack); }
        }
      });`);
    assert.match(
      stdout,
      /^RangeError: far\n {4}at bad \(.*\n(?: {4}at .*\n)* {4}on processor 1\n {4}created by\n {4}at main \(/,
    );
    assert.doesNotMatch(stdout, /dist\/gort/);
  });

  it("ends with a panic when a portable goroutine fails and nobody waits", async () => {
    const { stderr, code } = await program(`${HEAD}
      export const bad = portable(function* bad(w) { meets(w); if (!isMainThread) throw new Error("boom"); });
      await run(function* main() { const w = words(); go(bad, w); go(bad, w); yield* sleep(60_000); });`);
    assert.equal(code, 2);
    assert.match(stderr, /^panic: boom\n\ngoroutine \d+ \[running\]:\nbad\(/);
  });

  it("ends with a panic when a goroutine that another core has started fails", async () => {
    const { stderr, code } = await program(`${HEAD}
      export const start = portable(function* start(w) {
        meets(w);
        if (!isMainThread) go(function* inner() { throw new TypeError("inside"); });
        yield* sleep(60_000);
      });
      await run(function* main() { const w = words(); go(start, w); yield* go(start, w); });`);
    assert.equal(code, 2);
    assert.match(stderr, /^panic: TypeError: inside\n\ngoroutine \d+ \[running\]:\ninner\(/);
  });

  it("ends when run is over, whoever sleeps elsewhere; waits for a goroutine that it waits for", async () => {
    const { stdout, code } = await program(`${HEAD}
      export const slow = portable(function* slow(w) { meets(w); yield* sleep(50); return isMainThread; });
      if (isMainThread) {
        const w = words();
        console.log((await Promise.all([go(slow, w), go(slow, w)])).sort());
      }`);
    assert.deepEqual([stdout, code], ["[ false, true ]\n", 0]);
  });

  it("is a deadlock when all goroutines of all cores are asleep", async () => {
    const { stderr, code } = await program(
      `${HEAD}
      import { chan } from "gort";
      export const stuck = portable(function* stuck(w) { meets(w); yield* chan().recv(); });
      export function* main() { const w = words(); go(stuck, w); yield* go(stuck, w); }`,
      { command: true },
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 \[goroutine join\]:\nmain\(/,
    );
    assert.equal(stderr.match(/\[chan receive\]:\nstuck\(/g)?.length, 2);
  });

  it("hears of what a callback of another core throws, as of one of its own", async () => {
    const { stderr, code } = await program(`${HEAD}
      export const bad = portable(function* bad(w) {
        meets(w);
        if (!isMainThread) setTimeout(() => { throw new Error("outside"); });
        yield* sleep(60_000);
      });
      await run(function* main() { const w = words(); go(bad, w); yield* go(bad, w); });`);
    assert.notEqual(code, 0);
    assert.match(stderr, /Error: outside/);
  });

  it("goes on when a core runs out of memory: its goroutine fails, and others run there again", async () => {
    const { stdout, code } = await program(
      `${HEAD}
      export const exhaust = portable(function* exhaust(w) {
        meets(w);
        // Where everybody could see it: what nobody can see an optimizer need not keep.
        const heap = (globalThis.heap = []);
        while (!isMainThread) heap.push(Array.from({ length: 200_000 }, (_, n) => ({ n, of: heap.length })));
      });
      export const meet = portable(function* meet(w) { meets(w); });
      await run(function* main() {
        const w = words();
        for (const g of [go(exhaust, w), go(exhaust, w)]) {
          try { yield* g; console.log("ended"); } catch (error) { console.log(error.code); }
        }
        const again = words();
        const both = [go(meet, again), go(meet, again)];
        for (const g of both) yield* g;
        console.log("again");
      });`,
      { flags: ["--max-old-space-size=60"] },
    );
    assert.deepEqual(
      [stdout.trimEnd().split("\n").sort(), code],
      [["GORT_PROCESSOR_LOST", "again", "ended"], 0],
    );
  });

  it("runs a blocking call beside its goroutines, with one processor, too", async () => {
    const { stdout, code } = await program(
      `${HEAD}
      import { execFileSync } from "node:child_process";
      export const shout = portable(function shout(what) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
        return execFileSync(process.execPath, ["-p", what], { encoding: "utf8" }).trim();
      });
      await run(function* main() {
        const g = go(function* () { return yield* blocking(shout, "6 * 7"); });
        let ticks = 0;
        while (g.status !== "dead") { yield* sleep(1); if (g.status === "syscall") ticks++; }
        console.log(yield* g, ticks > 5);
      });`,
      { env: { GOMAXPROCS: "1" } },
    );
    assert.deepEqual([stdout, code], ["42 true\n", 0]);
  });

  it("fails a blocking call whose thread ends, and makes the next one on another thread", async () => {
    const { stdout, code } = await program(`${HEAD}
      export const leave = portable(function leave() { process.exit(3); });
      export const stay = portable(function stay() { return isMainThread; });
      await run(function* main() {
        for (let i = 0; i < 2; i++) {
          try { yield* blocking(leave); } catch (error) { console.log(error.code, error.message); }
          console.log(yield* blocking(stay));
        }
      });`);
    const lost = /^GORT_PROCESSOR_LOST the thread of blocking\(leave\) is lost: .*\nfalse\n/;
    assert.match(stdout, new RegExp(`${lost.source}${lost.source.slice(1)}$`));
    assert.equal(code, 0);
  });
});
