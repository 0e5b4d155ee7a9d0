/**
 * What the scripts share: where the repository is, how to walk a folder, how to run a program.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The TypeScript compiler, as an argument of node: no shell and no PATH are involved. */
export const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** The command under test, as built. */
export const gort = join(root, "dist", "cli", "main.js");

/** Every file below `folder` (absolute paths, sorted); an absent folder has none. */
export function walk(folder, keep = () => true) {
  const found = [];
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return found;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...walk(path, keep));
    else if (keep(path)) found.push(path);
  }
  return found.sort();
}

/**
 * Runs a program to its end and gives { code, stdout, stderr }. With `show`, its output goes straight to ours instead.
 * A program that outlives `timeoutMs` is killed, and its code is then 124, as timeout(1) has it.
 */
export function execute(file, args, { show = false, timeoutMs = 0, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
      ...options,
    });
    let stdout = "";
    let stderr = "";
    let late = false;
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const alarm = timeoutMs
      ? setTimeout(() => {
          late = true;
          child.kill("SIGKILL");
        }, timeoutMs)
      : undefined;
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(alarm);
      resolve({ code: late ? 124 : (code ?? 128), signal, stdout, stderr });
    });
  });
}

/** How to start npm without a shell: through the npm that started us when there is one, else the one on the PATH. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) return [process.execPath, [script, ...args]];
  return [process.platform === "win32" ? "npm.cmd" : "npm", args];
}
