/**
 * The checks beside the tests: format and lint, types, the package as others will see it, documents and examples.
 *
 *   node scripts/check.mjs                 all of them
 *   node scripts/check.mjs types docs      these only: lint, types, package, docs
 *
 * Every check is made even when one before it has failed. The package checkers are fetched by npm when they are needed,
 * at the versions below: two tools of one minute each are no reason for a hundred packages in every checkout.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execute, npm, root, tsc } from "./lib.mjs";

const PUBLINT = "publint@0.3.25";
const ATTW = "@arethetypeswrong/cli@0.18.5";
const ATTW_ARGS = ["--pack", ".", "--profile", "esm-only", "--no-color"];

const node = (...args) => execute(process.execPath, args, { show: true });
const tool = (name, ...args) => {
  const [file, rest] = npm("exec", "--yes", `--package=${name}`, "--", ...args);
  return execute(file, rest, { show: true, shell: file.endsWith(".cmd") });
};

// Told by itself, biome colours its output letter by letter wherever the variable CI is set.
const colors = `--colors=${process.stdout.isTTY ? "force" : "off"}`;

const biome = join("node_modules", "@biomejs", "biome", "bin", "biome");
const noEmit = ["--noEmit", "--incremental", "false", "--tsBuildInfoFile", "null", "--pretty", "false"];

/** [word that selects it, title, the program and its arguments]. */
const checks = [
  ["lint", "format and lint (biome)", () => node(biome, "ci", "--error-on-warnings", colors, ".")],
  ["types", "types of src (tsc)", () => node(tsc, "-p", "tsconfig.types.json", ...noEmit)],
  ["types", "types of the live page (tsc)", () => node(tsc, "-p", join("src", "web", "page"), ...noEmit)],
  ["types", "types of test and examples (tsc)", () => node(tsc, "-p", "tsconfig.test.json", ...noEmit)],
  ["package", `the package (${PUBLINT})`, () => tool(PUBLINT, "publint", "--strict")],
  ["package", `the package's types (${ATTW})`, () => tool(ATTW, "attw", ...ATTW_ARGS)],
  ["docs", "fences and examples", () => node(join("scripts", "docs.mjs"))],
];

const words = process.argv.slice(2);
const unknown = words.filter((word) => !checks.some(([name]) => name === word));
if (unknown.length > 0) {
  console.error(
    `no check is called ${unknown.join(", ")}: there are ${[...new Set(checks.map(([name]) => name))].join(", ")}`,
  );
  process.exit(64);
}
if (!existsSync(join(root, "dist", "index.js"))) {
  console.error("there is no dist/: run npm run build first");
  process.exit(1);
}

const failed = [];
for (const [name, title, run] of checks) {
  if (words.length > 0 && !words.includes(name)) continue;
  console.log(`\n-- ${title}`);
  const { code } = await run();
  if (code !== 0) failed.push(title);
}
console.log(failed.length === 0 ? "\nall checks passed" : `\nfailed: ${failed.join("; ")}`);
process.exit(failed.length === 0 ? 0 : 1);
