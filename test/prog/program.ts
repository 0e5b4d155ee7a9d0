/**
 * Whole programs: written to a file inside the package (so that they say `import … from "gort"` as users do), run in a process of
 * their own, and judged by what they print and how they end.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root: this file runs from build/test/prog. */
export const root: string = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** No program of these tests runs that long: one that does hangs. */
const HANGS_AFTER_MS = 40_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The file that the program was written to. */
  readonly file: string;
}

export interface Settings {
  /** Started by `gort run` instead of by Node. */
  readonly command?: boolean;
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
  readonly name?: string;
}

/** Runs `source`, a module. */
export async function program(source: string, settings: Settings = {}): Promise<Ended> {
  const parent = join(root, "build", "programs");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "p-"));
  const file = join(folder, settings.name ?? "program.mjs");
  writeFileSync(file, source);
  const command = settings.command === true ? [join(root, "dist", "cli", "main.js"), "run"] : [];
  try {
    return await execute([...(settings.flags ?? []), ...command, file], file, settings.env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function execute(args: string[], file: string, env: Record<string, string> = {}): Promise<Ended> {
  const inherited: NodeJS.ProcessEnv = { ...process.env };
  // Neither the test runner's own channel nor the caller's switches have a say in the program.
  for (const name of ["NODE_TEST_CONTEXT", "NODE_OPTIONS", "GORT_DEBUG", "GORT_TRACEBACK", "GOMAXPROCS"])
    delete inherited[name];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const alarm = setTimeout(() => child.kill("SIGKILL"), HANGS_AFTER_MS);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(alarm);
      if (code === null)
        reject(new Error(`the program hangs (${signal}); stdout:\n${stdout}\nstderr:\n${stderr}`));
      else resolve({ code, stdout, stderr, file });
    });
  });
}

/** Runs a program that is to end well, with nothing on standard error; gives what it printed. */
export async function output(source: string, settings?: Settings): Promise<string> {
  const { code, stdout, stderr } = await program(source, settings);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}
