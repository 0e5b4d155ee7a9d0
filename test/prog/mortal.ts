/**
 * Whole programs that are sent signals, and may die of one. A program of its own starts them (program.ts takes a death by a signal for a hang) and
 * does what they ask for: a line `send SIGTERM` of theirs has that signal sent to them.
 */
import { output, type Settings } from "./program.ts";

/** A program that was sent a signal and goes on for ever must not outlive its test; program.ts waits longer than that. */
const HANGS_AFTER_MS = 30_000;

/** Runs `source`, a module; gives what it printed, and its exit code or the signal that it died of as the last line. It must say nothing on standard error. */
export function mortal(source: string, settings: Pick<Settings, "command"> = {}): Promise<string> {
  return output(`import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    import { createInterface } from "node:readline";
    import { fileURLToPath } from "node:url";
    const file = fileURLToPath(new URL("mortal.mjs", import.meta.url));
    const command = ${settings.command === true} ? [fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url)), "run"] : [];
    writeFileSync(file, ${JSON.stringify(source)});
    const child = spawn(process.execPath, [...command, file], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const signal = /^send (SIG\\w+)$/.exec(line)?.[1];
      if (signal === undefined) console.log(line);
      else child.kill(signal);
    });
    const alarm = setTimeout(() => child.kill("SIGKILL"), ${HANGS_AFTER_MS});
    child.on("close", (code, signal) => {
      clearTimeout(alarm);
      console.log(signal ?? code);
    });`);
}
