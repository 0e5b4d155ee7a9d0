/**
 * `gort.mjs first|idle|exit`: a fresh process of parallel-life.mjs. Prints one line, {value} or {}, when main ends.
 */
import { writeSync } from "node:fs";
import { go, run, sleep } from "gort";
import { finish, unit } from "../micro/parallel-goroutines.mjs";
import { flag, hold } from "../micro/parallel-loads.mjs";
import { busy, SETTLED_MS, SILENT_MS } from "./silence.mjs";

const COUNT = 20_000;
const [, , what] = process.argv;

/** A result from another core: this one is held meanwhile. */
function* far() {
  const begun = flag();
  const handle = go(finish, begun, 42);
  hold(begun);
  if ((yield* handle) !== 42) throw new Error("wrong result");
}

function* work() {
  yield* far();
  const handles = Array.from({ length: COUNT }, (_, i) => go(unit, i));
  for (let i = 0; i < COUNT; i++) if ((yield* handles[i]) !== i) throw new Error("wrong result");
}

const bodies = {
  *first() {
    const start = performance.now();
    yield* far();
    return performance.now() - start;
  },
  *idle() {
    yield* work();
    yield* sleep(SETTLED_MS);
    const silence = busy();
    yield* sleep(SILENT_MS);
    return silence();
  },
  exit: work,
};

const start = performance.now();
const value = await run(bodies[what]);
const took = performance.now() - start;
writeSync(1, `${JSON.stringify({ value: what === "first" ? took : value })}\n`);
