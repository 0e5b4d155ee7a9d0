/** What is tested of the channels of one thread holds of shared ones, too: those tests run again, with sharedChan for chan (as-shared.ts). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = new URL(".", import.meta.url);
const goFacts = new URL("../go/chan/", here);

/** It sends instances of a class, which cannot cross. */
const LOCAL_ONLY = new Set(["powser2.test.js"]);

const files = [
  ...readdirSync(goFacts)
    .filter((name) => name.endsWith(".test.js") && !LOCAL_ONLY.has(name))
    .map((name) => new URL(name, goFacts)),
  new URL("select.test.js", here),
  new URL("invariants.test.js", here),
];

test("the tests of channels, select and range, with shared channels", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      new URL("as-shared.js", here).href,
      "--test",
      "--test-reporter=tap",
      "--test-concurrency=2",
      ...files.map((url) => fileURLToPath(url)),
    ],
    { encoding: "utf8", env: { ...process.env, NODE_TEST_CONTEXT: undefined }, timeout: 55_000 },
  );
  assert.match(stdout, /^# pass [1-9]/m);
  assert.equal(status, 0, `${stdout.replaceAll(/^ *ok .*$/gm, "").slice(-6000)}\n${stderr}`);
});
