/**
 * As gort.mjs, with a pool of threads. One that is at rest does not keep the process alive once it is told not to.
 */
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { busy, SETTLED_MS, SILENT_MS } from "./silence.mjs";

const COUNT = 20_000;
const [, , what] = process.argv;
const compare = new URL("../compare/", import.meta.url);
const { Piscina } = createRequire(compare)("piscina");

const start = performance.now();
const pool = new Piscina({ filename: new URL("piscina-work.mjs", compare).href });
const unit = (i) => pool.run(i, { name: "unit" });

const all = async () => {
  const results = await Promise.all(Array.from({ length: COUNT }, (_, i) => unit(i)));
  if (!results.every((result, i) => result === i)) throw new Error("wrong result");
};

const bodies = {
  first: async () => {
    if ((await unit(42)) !== 42) throw new Error("wrong result");
    return performance.now() - start;
  },
  idle: async () => {
    await all();
    await setTimeout(SETTLED_MS);
    const silence = busy();
    await setTimeout(SILENT_MS);
    return silence();
  },
  exit: all,
};

const value = await bodies[what]();
writeSync(1, `${JSON.stringify({ value })}\n`);
await pool.destroy();
