/**
 * How the tests of the command run it: the built one, on the Node that runs the test.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository; this file is compiled to build/test/prog/. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
export const GORT: string = `${ROOT}dist/cli/main.js`;
export const FIXTURES: string = `${ROOT}test/prog/fixtures/cli/`;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called once, when the program has written its first output. */
  readonly onOutput?: (child: ChildProcess) => void;
  /** Another copy of the command. */
  readonly gort?: string;
}

/** Runs `gort` with `args` to its end. The folder is that of the fixtures. */
export function gort(args: readonly string[], options: Options = {}): Promise<Ended> {
  const { cwd = FIXTURES, env = {}, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [options.gort ?? GORT, ...args], {
      cwd,
      env: { ...process.env, GOMAXPROCS: undefined, NODE_OPTIONS: undefined, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout === "") onOutput?.(child);
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
