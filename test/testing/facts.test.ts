/** Go's facts, and what gort promises beside them, hold in whatever order goroutines run: the tests that say so (inMain of test/go/support.ts) run again, each under many schedules. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const tests = new URL("../", import.meta.url);
const FOLDERS = [
  "go/chan",
  "go/context",
  "go/lang",
  "go/runtime",
  "go/sync",
  "go/x",
  "contract",
  "context",
  "sync",
];

/** They start threads or processes, which an exploration has none of. */
const LEFT_OUT = /\/(?:shared-(?!channel\b)[\w-]+|deadlock|programs)\.test\.js$/;

const files = FOLDERS.flatMap((folder) =>
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

test("the facts of channels, select, sync and context, under explored schedules", {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--test", "--test-reporter=tap", "--test-concurrency=2", ...files],
    {
      encoding: "utf8",
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, GORT_TEST_EXPLORED: "1" },
      maxBuffer: 2 ** 28,
      timeout: 110_000,
    },
  );
  assert.match(stdout, /^# pass [1-9]\d\d/m);
  assert.equal(status, 0, `${stdout.replaceAll(/^ *ok .*$/gm, "").slice(-10_000)}\n${stderr}`);
});
