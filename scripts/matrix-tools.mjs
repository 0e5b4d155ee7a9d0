/**
 * Installs the toolchains of test/matrix (bundlers, tsx, vitest) into test/matrix/node_modules, at the versions of
 * its lockfile.
 *
 * They are not among the repository's own, so that npm ci stays small; where they are not installed, the tests
 * that need one are skipped.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, npm, root } from "./lib.mjs";

const home = join(root, "test", "matrix");
const lock = readFileSync(join(home, "package-lock.json"), "utf8");
/** The lockfile of what is installed. */
const stamp = join(home, "node_modules", ".installed-lock.json");

if (read(stamp) !== lock) {
  const [file, args] = npm("ci", "--no-audit", "--no-fund");
  const { code } = await execute(file, args, {
    cwd: home,
    show: true,
    timeoutMs: 90_000,
    shell: file.endsWith(".cmd"),
  });
  if (code !== 0) {
    // Half of them would be worse than none.
    rmSync(join(home, "node_modules"), { recursive: true, force: true });
    process.exit(code);
  }
  writeFileSync(stamp, lock);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
