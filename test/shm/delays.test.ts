/** The delays themselves (delays/): a test that was to run with them and did not would show nothing. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";
import { Crew } from "./crew.ts";

for (const delays of [false, true]) {
  it(`a crew's workers have ${delays ? "delayed" : "real"} atomic operations`, async () => {
    const said = await new Crew("flavour", { workers: 2, delays }).finish();
    assert.deepEqual(said, [{ delayed: delays }, { delayed: delays }]);
  });
}

it("node --import delays/register.js delays the main thread, and the workers that inherit it", async () => {
  const source = `
    const { load, store, capacity } = await import("#src/shm/atomic.ts");
    const { isMainThread, Worker } = await import("node:worker_threads");
    const words = new Int32Array(new SharedArrayBuffer(4));
    store(words, 0, 7);
    console.log(load !== Atomics.load, load(words, 0), capacity.runQueue);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--no-warnings",
    "--import",
    new URL("./delays/register.js", import.meta.url).href,
    "--input-type=module",
    "--eval",
    source,
  ]);
  assert.match(stdout, /^true 7 \d+\n$/);
});
