/** The other thread of threads.test.ts: takes a key and arguments out of shared memory, and puts the result there. */
import { parentPort, threadId, workerData } from "node:worker_threads";
import { decodeArguments, encodeError, encodeOne, scratch } from "#src/portable/codec.ts";
import { loaderSeams, resolve } from "#src/portable/loader.ts";

loaderSeams.importModule = (url) => import(url);
const words = new Int32Array(workerData as SharedArrayBuffer);
const bytes = Buffer.from(workerData as SharedArrayBuffer);

parentPort?.on("message", async (key: string) => {
  let failed = false;
  let n = 0;
  try {
    const { fn } = await resolve(key);
    n = encodeOne(fn(...decodeArguments(words, bytes, 0)), "result");
  } catch (error) {
    failed = true;
    n = encodeError(error);
  }
  words.set(scratch.words.subarray(0, n));
  parentPort?.postMessage({ failed, threadId });
});
