/** What is tested of Mutex, WaitGroup and Semaphore holds of the shared ones on one core, too: those tests run again, with these for those (as-shared.ts). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FILES = [
  "./mutex.test.js",
  "./waitgroup.test.js",
  "./cond.test.js",
  "./cond-select.test.js",
  "./cond-select-many.test.js",
  "./cond-stress.test.js",
  "./semaphore.test.js",
  "./semaphore-select.test.js",
  "./semaphore-stress.test.js",
  "../go/sync/mutex.test.js",
  "../go/sync/waitgroup.test.js",
  "../go/sync/semaphore.test.js",
  "../go/x/semaphore.test.js",
];

test("the tests of Mutex, WaitGroup and Semaphore, with the shared ones", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      new URL("./as-shared.js", import.meta.url).href,
      "--test",
      "--test-reporter=tap",
      "--test-concurrency=2",
      ...FILES.map((name) => fileURLToPath(new URL(name, import.meta.url))),
    ],
    { encoding: "utf8", env: { ...process.env, NODE_TEST_CONTEXT: undefined }, timeout: 55_000 },
  );
  assert.match(stdout, /^# pass [1-9]/m);
  assert.equal(status, 0, `${stdout.replaceAll(/^ *ok .*$/gm, "").slice(-6000)}\n${stderr}`);
});
