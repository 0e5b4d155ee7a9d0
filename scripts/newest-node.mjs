/**
 * Installs the newest Node and prints the path of its binary, for the second run of the suite in .ci/run.
 *
 * It comes from the package registry, as npm's package `node`. That package is a shell: its install script fetches the
 * package of the platform, which holds the binary. Install scripts may be switched off, so the platform's package is
 * installed by its own name; only when there is none under that name is the shell itself tried.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execute, npm, root, walk } from "./lib.mjs";

const home = join(root, "node_modules", ".cache", "gort", "newest-node");
const name = process.platform === "win32" ? "node.exe" : "node";

const run = async (...args) => {
  const [file, rest] = npm(...args);
  // A neutral folder: the project's own settings and lock file have no say in this.
  return execute(file, rest, { cwd: tmpdir(), timeoutMs: 300_000, shell: file.endsWith(".cmd") });
};

/** The binary below `folder` that says it is `version`; the links in .bin count only if they lead to one. */
async function find(folder, version) {
  const found = walk(folder, (path) => basename(path) === name);
  for (const path of found.sort((a, b) => Number(a.includes(".bin")) - Number(b.includes(".bin")))) {
    const answer = await execute(path, ["--version"], { timeoutMs: 20_000 }).catch(() => undefined);
    if (answer?.stdout.trim() === `v${version}`) return path;
  }
  return undefined;
}

const asked = await run("view", "node@latest", "version");
const version = asked.stdout.trim();
if (asked.code !== 0 || !/^\d+\.\d+\.\d+$/.test(version)) {
  console.error(`cannot ask the registry for the newest Node:\n${asked.stderr.trim()}`);
  process.exit(1);
}

const folder = join(home, version);
const system = process.platform === "win32" ? "win" : process.platform;
let binary = await find(folder, version);
let said = "";
for (const wanted of [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`, "node"]) {
  if (binary) break;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const scripts = wanted === "node" ? [] : ["--ignore-scripts"];
  const done = await run(
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--no-audit",
    "--no-fund",
    ...scripts,
    `${wanted}@${version}`,
  );
  said += done.stderr;
  binary = await find(folder, version);
}
if (!binary) {
  console.error(`Node ${version} is not to be had for ${process.platform} ${process.arch}:\n${said.trim()}`);
  process.exit(1);
}
console.log(binary);
