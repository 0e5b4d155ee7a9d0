/**
 * The tour of the scheduler, with its page: runs examples/scheduler-tour.ts under `gort run --ui`, and opens the page in the browser if there is one.
 *
 *   npm run tour              eight seconds a scene
 *   npm run tour -- SECONDS
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./lib.mjs";

const program = spawn(
  process.execPath,
  [
    join(root, "dist/cli/main.js"),
    "run",
    "--ui",
    join(root, "examples/scheduler-tour.ts"),
    ...process.argv.slice(2),
  ],
  { stdio: ["inherit", "inherit", "pipe"] },
);
let told = "";
program.stderr.on("data", (data) => {
  process.stderr.write(data);
  if (told === null) return;
  told += data;
  const found = /^gort: the scheduler is shown at (\S+)$/m.exec(told);
  if (found === null) return;
  told = null;
  open(found[1]);
});
program.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => program.kill(signal));

/** By the system's own opener. Where there is none, the address that has been printed is to be opened by hand. */
function open(url) {
  const [command, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform] ?? [
    "xdg-open",
  ];
  spawn(command, [...args, url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
