/**
 * The other thread of message-port.mjs: answers a number with the next one, and an order with its messages.
 */
import { parentPort } from "node:worker_threads";
import { message } from "../micro/parallel-loads.mjs";

parentPort.on("message", (order) => {
  if (typeof order === "number") {
    parentPort.postMessage(order + 1);
    return;
  }
  const { kind, n } = order;
  if (kind === "ints") for (let i = 1; i <= n; i++) parentPort.postMessage(i);
  else for (let i = 1; i <= n; i++) parentPort.postMessage(message(i));
});

parentPort.postMessage("ready");
