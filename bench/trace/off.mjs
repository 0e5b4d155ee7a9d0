/**
 * `off.mjs pingPong|spawn SCALE`: the hot paths that have a check for the tracer, in nanoseconds an operation. It runs in two copies of the package (harness/trace.mjs).
 */
import * as gort from "gort";
import { pingPong, sum } from "../micro/ping-pong.mjs";
import { below, cases } from "../micro/spawn.mjs";

const [what, scale] = process.argv.slice(2);
const ALIVE = 1000;
const [spawn] = cases;
const bodies = {
  pingPong: { run: (n) => pingPong(gort, n), expected: sum, n: 4_000_000 },
  spawn: { run: (n) => spawn.gort(gort, n), expected: (n) => (below(ALIVE) * (n / ALIVE)) | 0, n: 4_000_000 },
};
const { run, expected, n } = bodies[what];
const size = Math.max(10 * ALIVE, Math.round((n * Number(scale)) / ALIVE) * ALIVE);

const attempt = async (count) => {
  const start = performance.now();
  const got = await run(count);
  const ms = performance.now() - start;
  if (got !== expected(count)) throw new Error(`wrong result: ${got}, expected ${expected(count)}`);
  return (ms / count) * 1e6;
};

await attempt(size / 4 - ((size / 4) % ALIVE));
const values = [];
for (let i = 0; i < 3; i++) values.push(await attempt(size));
console.log(JSON.stringify({ value: Math.min(...values) }));
