/**
 * A portable function is found by another thread, and its arguments, its result and its errors go there and back through shared memory.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { threadId, Worker } from "node:worker_threads";
import { decodeError, decodeOne, encodeArguments, scratch } from "#src/portable/codec.ts";
import { entryOf } from "#src/portable/registry.ts";

(globalThis as { portableTest?: true }).portableTest = true;
const { fail, onlyHere, shift } = await import("./fixture.ts");

describe("another thread", () => {
  const shared = new SharedArrayBuffer(1 << 16);
  const words = new Int32Array(shared);
  const bytes = Buffer.from(shared);
  let worker: Worker;

  before(() => {
    worker = new Worker(new URL("./echo-worker.js", import.meta.url), { workerData: shared });
  });
  after(() => worker.terminate());

  /** Runs a portable function there. */
  async function call(fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<unknown> {
    const { key = "", name } = entryOf(fn) ?? {};
    const n = encodeArguments(args, String(name));
    words.set(scratch.words.subarray(0, n));
    worker.postMessage(key);
    const [answer] = (await once(worker, "message")) as [{ failed: boolean; threadId: number }];
    assert.notEqual(answer.threadId, threadId);
    if (answer.failed) throw decodeError(words, bytes, 0, 1, "    at here");
    return decodeOne(words, bytes, 0);
  }

  it("runs a function of a file that it imports, on copies", async () => {
    const points = [
      { x: 1, y: 2 },
      { x: 0.5, y: -0 },
    ];
    const by = new Map([["x", 10]]);
    assert.deepEqual(await call(shift, points, by), [
      { x: 11, y: 2 },
      { x: 10.5, y: 0 },
    ]);
    assert.deepEqual(points[0], { x: 1, y: 2 });
    assert.deepEqual(await call(shift, [], by), []);
  });

  it("sends an error back with both stacks", async () => {
    await assert.rejects(call(fail, "over there"), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "over there");
      assert.match(
        error.stack ?? "",
        /fail \(.*fixture\.(?:js|ts):\d+[^]*on processor 1\n {4}created by\n {4}at here$/,
      );
      return true;
    });
  });

  it("says what it cannot find", async () => {
    await assert.rejects(call(onlyHere as typeof fail), {
      name: "PortableNotFoundError",
      code: "GORT_NOT_FOUND",
    });
  });
});
