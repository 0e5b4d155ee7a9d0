/** A short soak (scripts/soak.mjs, test/soak): it says its seed, ends well and by itself; and what is planted it finds. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "./program.ts";

/** Rounds of several seconds with dying threads may take long where a machine has nothing to give. */
const BOUND_MS = 55_000;

function soak(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env };
    for (const name of ["NODE_TEST_CONTEXT", "NODE_OPTIONS", "GORT_DEBUG", "GOMAXPROCS"]) delete env[name];
    const child = spawn(
      process.execPath,
      ["--expose-gc", join(root, "build", "test", "soak", "main.js"), ...args],
      { env, stdio: ["ignore", "pipe", "pipe"], timeout: BOUND_MS, killSignal: "SIGKILL" },
    );
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("the soak", () => {
  it("of five seconds says its seed, loses nothing, leaves nothing, and ends by itself", async () => {
    const { code, stdout, stderr } = await soak("--minutes", String(5 / 60), "--seed", "7");
    assert.match(stdout, /^soak: --seed 7, /);
    assert.match(stdout, /^soak: \d+ rounds; /m);
    assert.ok(stdout.endsWith("soak: nothing lost, nothing left\n"), stdout + stderr);
    assert.deepEqual([code, stderr], [0, ""]);
  });

  for (const [planted, found] of [
    ["planted-loss", /planted-loss: .*the sum/s],
    ["planted-waiter", /there is left: goroutines: [2-9]/],
    ["planted-timer", /there is left: .*timers that wake somebody: [1-9]/],
  ] as const) {
    it(`finds what is planted, and says how to run it again: ${planted}`, async () => {
      const { code, stdout } = await soak("--minutes", "1", "--seed", "3", "--only", planted);
      assert.equal(code, 1, stdout);
      assert.match(stdout, found);
      assert.match(stdout, new RegExp(`npm run soak -- --seed 3 --round 0 --only ${planted}\\n$`));
    });
  }
});
