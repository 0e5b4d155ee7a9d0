/**
 * Node's own MessagePort between two threads. It has no bound: who sends posts everything at once, and nobody waits.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { worth } from "../micro/parallel-loads.mjs";

export const name = "message-port";
export const title = "MessagePort";
export const library = async () => {
  const worker = new Worker(new URL("message-port-worker.mjs", import.meta.url));
  await once(worker, "message");
  return worker;
};

/** Asks the worker for `n` messages of a kind; the sum of what they count for. */
const flood = (kind, value) => (worker, n) => () =>
  new Promise((resolve) => {
    let total = 0;
    let left = n;
    worker.removeAllListeners("message");
    worker.on("message", (message) => {
      total = (total + value(message)) | 0;
      if (--left === 0) resolve(total);
    });
    worker.postMessage({ kind, n });
  });

const pingPong = (worker, n) => () =>
  new Promise((resolve) => {
    let total = 0;
    let i = 0;
    worker.removeAllListeners("message");
    worker.on("message", (answer) => {
      total = (total + answer) | 0;
      if (++i === n) resolve(total);
      else worker.postMessage(i);
    });
    worker.postMessage(i);
  });

export const bodies = {
  sharedInts: flood("ints", (i) => i),
  sharedObjects: flood("objects", worth),
  sharedPingPong: pingPong,
};

const unbounded = "it has no capacity; see the row before";
export const leftOut = {
  "parallel-chan-int-1024": unbounded,
  "parallel-chan-object-1024": unbounded,
  "parallel-ping-pong-1": unbounded,
};
