/**
 * Builds dist/ from src/: one .js, one .d.ts and one .js.map a source, by plain tsc.
 *
 * It exists for what an incremental tsc leaves undone. An output that was deleted is not written again while its source
 * stays the same, so the compiler's memory is dropped when one is missing; and the output of a deleted source stays, and
 * would be published, so it is removed.
 */
import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { execute, root, tsc, walk } from "./lib.mjs";

const src = join(root, "src");
const dist = join(root, "dist");

const wanted = new Set();
for (const path of walk(src, (path) => path.endsWith(".ts"))) {
  const stem = join(dist, relative(src, path)).slice(0, -".ts".length);
  for (const ending of [".js", ".d.ts", ".js.map"]) wanted.add(stem + ending);
}

for (const path of walk(dist)) if (!wanted.has(path)) rmSync(path);
if ([...wanted].some((path) => !existsSync(path))) {
  rmSync(join(root, "node_modules", ".cache", "gort", "build.tsbuildinfo"), { force: true });
}

const { code } = await execute(process.execPath, [tsc, "-p", "tsconfig.build.json", "--pretty", "false"], {
  show: true,
});
process.exit(code);
