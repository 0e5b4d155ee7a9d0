/**
 * thi.ng/csp: promise channels. A write is done when its value has been read, so a channel of one slot is an unbuffered one.
 */
import { bodies as all } from "./async-bodies.mjs";

export const name = "thi.ng";
export const title = "@thi.ng/csp";
export const specifier = "@thi.ng/csp";
export const library = async () => {
  const { channel } = await import("@thi.ng/csp");
  return { chan: () => channel(1), send: (ch, v) => ch.write(v), recv: (ch) => ch.read() };
};

const { "ping-pong": pingPong, "producer-consumer": producerConsumer, sieve, chain, park, timer } = all;
export const bodies = {
  "ping-pong": pingPong,
  "producer-consumer": producerConsumer,
  sieve,
  chain,
  park,
  timer,
};

const noSelect = "its select can cancel the wrong waiter and then hangs";
const noSpawn = "it has no goroutines of its own: the same as plain";
export const leftOut = {
  buffered: "a write is done only when its value is read: a buffer does not let the producer go on",
  "select-2": noSelect,
  "select-8": noSelect,
  spawn: noSpawn,
  burst: noSpawn,
  "gosched-2": noSpawn,
  "gosched-1000": noSpawn,
  "sleepers-1e5": noSpawn,
  "sleepers-1e6": noSpawn,
};
