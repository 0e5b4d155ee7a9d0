/** GORT_DEBUG=longslice: goroutines that hold their processor are named. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { go, gosched, run } from "gort";
import { longSlices } from "#src/runtime/long-slice.ts";
import { program } from "./program.ts";

const SOURCE = `import { go, run, sleep } from "gort";
  function burn(ms) { const until = performance.now() + ms; while (performance.now() < until); }
  await run(function* main() {
    const g = go(function* resize() { burn(30); yield* sleep(1); });
    go(function* quick() { burn(1); });
    yield* g;
  });`;

describe("a goroutine that holds its processor", () => {
  it("is named with GORT_DEBUG=longslice=MS, and only then", async () => {
    const named = await program(SOURCE, { env: { GORT_DEBUG: "longslice=20" } });
    assert.match(named.stderr, /^gort: goroutine \d+ \(resize\) held processor 0 for \d+\.\d ms\n$/);
    assert.equal((await program(SOURCE)).stderr, "");
  });

  it("is counted from 10 ms on", async () => {
    const before = longSlices.count;
    await run(function* () {
      yield* go(function* () {
        const until = performance.now() + 30;
        while (performance.now() < until);
        for (let i = 0; i < 1000; i++) yield* gosched();
      });
    });
    assert.ok(longSlices.count > before);
  });
});
