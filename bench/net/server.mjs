/**
 * The process of a server: `server.mjs IMPLEMENTATION NAME` prints a line of JSON with its port, answers a line on standard input with what
 * it weighs, and ends with its input.
 */
import { weigh } from "../harness/measures.mjs";
import { servers as gort } from "./gort.mjs";
import { servers as node } from "./node.mjs";

const [implementation, name] = process.argv.slice(2);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

process.stdin.on("data", async () => say(await weigh()));
process.stdin.on("end", () => process.exit(0));
try {
  await { ...gort, ...node }[implementation][name]((port) => say({ port }));
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failed: error.message })}\n`, () => process.exit(1));
}
