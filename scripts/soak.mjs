/**
 * The soak: everything at once, at random, for some minutes (test/soak/main.ts).
 *
 *   npm run soak -- [--minutes 3] [--seed S] [--round R] [--only scene,scene]
 *
 * Prints its seed first. Ends with 1 when something was lost, let in too early or left over, and says how to run that again; also when the program does not end by itself when it is done. Ctrl-C ends it with the round that is under way.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { execute, root, tsc } from "./lib.mjs";

/** When it has said its last word, the process has so long to end. */
const END_MS = 10_000;

const { code } = await execute(process.execPath, [tsc, "-p", "tsconfig.test.json", "--pretty", "false"], {
  show: true,
});
if (code !== 0) process.exit(code);

const child = spawn(
  process.execPath,
  ["--expose-gc", join("build", "test", "soak", "main.js"), ...process.argv.slice(2)],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
);
// A Ctrl-C of the terminal comes to the child, too, which ends by itself.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGINT"));

let isDone = false;
let hangs = false;
child.stdout.setEncoding("utf8").on("data", (text) => {
  process.stdout.write(text);
  if (isDone || !text.includes("soak: nothing lost, nothing left\n")) return;
  isDone = true;
  setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, END_MS).unref();
});
child.on("close", (code, signal) => {
  if (hangs) console.log("soak: and yet the process does not end by itself");
  else if (signal !== null) console.log(`soak: ended by ${signal}`);
  process.exitCode = hangs || code === null ? 1 : code;
});
