/**
 * Programs and `gort top` beside each other, with a folder for temporary files of their own.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Ended, GORT, gort, ROOT } from "../prog/cli-gort.ts";

export interface Place {
  /** The folder for temporary files. */
  readonly tmp: string;
  /** Where programs put what says who they are. */
  readonly folder: string;
  /** Runs `gort top`. */
  top(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** Starts a program by `gort run`, and waits for its first line of output. */
  start(source: string, how?: "node"): Promise<Started>;
  remove(): void;
}

export interface Started {
  readonly pid: number;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** The first line. */
  readonly line: string;
  /** Its next output. */
  readonly next: () => Promise<string>;
  readonly over: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function place(): Place {
  const tmp = mkdtempSync(join(ROOT, "build", "top-"));
  const programs: Started[] = [];
  const environment = (env: Record<string, string> = {}): NodeJS.ProcessEnv => {
    const inherited = { ...process.env };
    for (const name of ["NODE_TEST_CONTEXT", "NODE_OPTIONS", "GORT_DEBUG", "GOMAXPROCS", "COLUMNS"])
      delete inherited[name];
    return { ...inherited, TMPDIR: tmp, TEMP: tmp, TMP: tmp, ...env };
  };
  return {
    tmp,
    folder: join(tmp, `gort-${process.getuid?.() ?? "user"}`),
    top: (args, env) => gort(["top", ...args], { env: environment(env) }),
    async start(source, how) {
      const file = join(tmp, `program-${programs.length}.mjs`);
      writeFileSync(file, source);
      const child = spawn(process.execPath, how === "node" ? [file] : [GORT, "run", file], {
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stderr.resume();
      const over = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
        child.on("exit", (code, signal) => resolve({ code, signal }));
      });
      child.stdout.setEncoding("utf8");
      const next = (): Promise<string> =>
        new Promise((resolve) => {
          child.stdout.once("data", resolve);
          child.once("close", () => resolve(""));
        });
      const started = { pid: child.pid as number, child, line: (await next()).trim(), next, over };
      programs.push(started);
      return started;
    },
    remove() {
      for (const { child } of programs) child.kill("SIGKILL");
      rmSync(tmp, { recursive: true, force: true });
    },
  };
}
