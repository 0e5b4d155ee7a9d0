/** Go's facts, and what gort promises beside them, hold in whatever order goroutines run: the tests that say so (inMain of test/go/support.ts) run again, each under many schedules. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const tests = new URL("../", import.meta.url);
/** They start threads or processes, which an exploration has none of. */
const LEFT_OUT = /\/(?:shared-(?!channel\b)[\w-]+|deadlock|programs)\.test\.js$/;

/** The tests of some folders of test/. */
function filesOf(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, tests))
      .map((name) => fileURLToPath(new URL(`${folder}/${name}`, tests)))
      .filter((path) => path.endsWith(".test.js") && !LEFT_OUT.test(path.replaceAll("\\", "/")))
      // The contract of channels is in files of its own.
      .filter((path) =>
        folder === "contract"
          ? path.endsWith("channel.test.js")
          : /\binMain\b/.test(readFileSync(path, "utf8")),
      ),
  );
}

/** Runs them again, under explored schedules. */
export function underSchedules(what: string, folders: readonly string[]): void {
  test(`the facts of ${what}, under explored schedules`, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--test", "--test-reporter=tap", "--test-concurrency=2", ...filesOf(folders)],
      {
        encoding: "utf8",
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, GORT_TEST_EXPLORED: "1" },
        maxBuffer: 2 ** 28,
        timeout: 55_000,
      },
    );
    assert.match(stdout, /^# pass [1-9]\d/m);
    assert.equal(status, 0, `${stdout.replaceAll(/^ *ok .*$/gm, "").slice(-10_000)}\n${stderr}`);
  });
}
