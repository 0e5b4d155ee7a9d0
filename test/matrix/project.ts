/**
 * A project as a user has it: a folder with a package.json, gort in its node_modules as npm would put it there (a
 * copy of what is published), and the tools.
 *
 * The tools are in test/matrix/node_modules and not among the repository's own: scripts/matrix-tools.mjs installs
 * them, as .ci/run does, and where they are not there the tests that need one are skipped.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository; this file is compiled to build/test/matrix/. */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const home = join(root, "test", "matrix");

/** Nothing here takes that long: what does hangs. */
const HANGS_AFTER_MS = 40_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why a test that needs this tool is skipped; false when the tool is there. */
export function missing(tool: string): string | false {
  return (
    !existsSync(join(home, "node_modules", tool)) && `no ${tool}: node scripts/matrix-tools.mjs installs it`
  );
}

/** The file that a tool of test/matrix is started by, as its package.json says. */
export function bin(tool: string): string {
  const folder = join(home, "node_modules", tool);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    bin: string | Record<string, string>;
  };
  return join(folder, typeof bin === "string" ? bin : (bin[tool] as string));
}

/** Of the program that checks itself: it ended well and at once (a hang is an error of its own). */
export function isWell(ended: Ended): void {
  assert.deepEqual(ended, { code: 0, stdout: "all cores\n", stderr: "" });
}

export class Project {
  readonly folder: string;

  constructor() {
    const parent = join(root, "build", "matrix");
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, "p-"));
    const modules = join(this.folder, "node_modules");
    mkdirSync(join(modules, "gort"), { recursive: true });
    for (const part of ["dist", "package.json"]) {
      cpSync(join(root, part), join(modules, "gort", part), { recursive: true });
    }
    for (const tool of ["tsx", "vitest"]) {
      if (missing(tool) === false)
        symlinkSync(join(home, "node_modules", tool), join(modules, tool), "junction");
    }
    this.write("package.json", '{ "type": "module" }\n');
  }

  /** The command `gort` of this project's gort. */
  get gort(): string {
    return join(this.folder, "node_modules", "gort", "dist", "cli", "main.js");
  }

  /** A folder inside, with these fixtures and nothing else. */
  place(name: string, fixtures: readonly string[]): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    for (const file of fixtures) cpSync(join(home, "fixtures", file), join(folder, file));
    return folder;
  }

  /** A folder inside with the program that checks itself, and with other fixtures. */
  sources(name: string, ...fixtures: readonly string[]): string {
    return this.place(name, ["work.ts", "program.ts", "main.ts", "foot.ts", ...fixtures]);
  }

  write(path: string, text: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Runs Node, the one that runs the tests, on two processors. */
  node(args: readonly string[], cwd: string = this.folder, env: Record<string, string> = {}): Promise<Ended> {
    const inherited: NodeJS.ProcessEnv = { ...process.env };
    for (const name of ["NODE_TEST_CONTEXT", "NODE_OPTIONS", "GORT_DEBUG", "VITEST", "FORCE_COLOR"])
      delete inherited[name];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, {
        cwd,
        env: { ...inherited, GOMAXPROCS: "2", NO_COLOR: "1", ...env },
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
        if (code === null) reject(new Error(`hangs (${signal}): ${args.join(" ")}\n${stdout}\n${stderr}`));
        else resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs a tool that has to succeed. */
  async build(args: readonly string[], cwd: string): Promise<void> {
    const { code, stdout, stderr } = await this.node(args, cwd);
    assert.equal(code, 0, `${args.join(" ")}\n${stdout}\n${stderr}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
