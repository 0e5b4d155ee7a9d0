/**
 * Which loaders a worker has to be told of: only tsx, and only on the Nodes where it does not get there by itself.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tsxApi, tsxReachesWorkers } from "#src/parallel/preloads.ts";

test("tsx reaches workers by itself where Node has hooks in the thread itself, and tsx uses them", () => {
  const reach = ["22.22.3", "22.23.0", "24.11.1", "24.12.0", "25.1.0", "26.0.0", "27.1.0"];
  const none = ["20.19.0", "20.20.2", "21.7.0", "22.22.2", "22.15.9", "23.11.0", "24.11.0", "25.0.9"];
  assert.deepEqual([...reach, ...none].filter(tsxReachesWorkers), reach);
});

test("tsx is found in Node's options, as the command tsx and as --import write it", () => {
  const api = "file:///a/node_modules/tsx/dist/esm/api/index.mjs";
  const loader = "file:///a/node_modules/tsx/dist/loader.mjs";
  assert.equal(tsxApi(["--require", "/a/tsx/dist/preflight.cjs", "--import", loader]), api);
  assert.equal(tsxApi([`--import=${loader}`]), api);
  assert.equal(tsxApi(["--loader", "file:///a/node_modules/tsx/dist/esm/index.mjs"]), api);
  for (const options of [[], ["--import"], ["--import", "other"], ["--require", "tsx"], ["tsx"]])
    assert.equal(tsxApi(options), undefined);
});
