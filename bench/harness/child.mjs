/**
 * One measurement in a fresh process: `child.mjs CASE IMPLEMENTATION SCALE` prints one line of JSON, {values} or {failed}.
 *
 * The result is checked in every warm-up run, in the timed run, and once more on a small size after it.
 */
import { peers } from "../compare/index.mjs";
import { cases } from "../micro/index.mjs";
import { measures as single } from "./measures.mjs";
import * as several from "./procs.mjs";

const measures = { ...single, ...several };
const [caseName, implementation, scale] = process.argv.slice(2);
const kase = cases.find(({ name }) => name === caseName);

const load = async () => {
  if (implementation === "gort") {
    const lib = await import("gort");
    const { park } = await import("../micro/parked.mjs");
    return { run: (n) => kase.gort(lib, n, kase.arg), park: (n) => park(lib, n) };
  }
  const peer = peers.find(({ name }) => name === implementation);
  const lib = await peer.library();
  return { run: (n) => peer.bodies[kase.body](lib, n, kase.arg), park: (n) => peer.bodies.park(lib, n) };
};

const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0));

try {
  report({ values: await measures[kase.kind](kase, await load(), Number(scale)) });
} catch (error) {
  report({ failed: error instanceof Error ? error.message : String(error) });
}
