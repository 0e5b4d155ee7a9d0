/**
 * Compiles the tests and runs them with node:test, on the Node that runs this script.
 *
 *   node scripts/test.mjs                      everything
 *   node scripts/test.mjs chan policy/layers   the test files whose path contains one of the words
 *   node scripts/test.mjs chan --test-only     options go to node as they are (write them as --name=value)
 *
 * The files are found here, because Node 20 knows no glob after --test and Node 22 takes no folder. Only a test whose
 * TypeScript still exists is run: tsc leaves the output of a deleted source where it was. A type error does not keep the
 * tests from running, but makes the whole run fail.
 */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { execute, root, tsc, walk } from "./lib.mjs";

const options = process.argv.slice(2).filter((arg) => arg.startsWith("-"));
const words = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));

const types = await execute(process.execPath, [tsc, "-p", "tsconfig.test.json", "--pretty", "false"], {
  show: true,
});

const build = join(root, "build");
const files = walk(join(build, "test"), (path) => path.endsWith(".test.js"))
  .map((path) => relative(build, path).replaceAll("\\", "/"))
  .filter((path) => existsSync(join(root, path.replace(/\.js$/, ".ts"))))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)));

if (files.length === 0) {
  console.error(
    words.length ? `no test file has ${words.join(" or ")} in its path` : "no test files under test/",
  );
  process.exit(1);
}

const has = (name) => options.some((option) => option.startsWith(name));
const defaults = ["--test-concurrency=2", "--test-timeout=60000", "--test-reporter=spec"].filter(
  (option) => !has(option.slice(0, option.indexOf("="))),
);
const run = await execute(
  process.execPath,
  ["--test", ...defaults, ...options, ...files.map((path) => join("build", path))],
  // Inside another node --test run this variable would turn ours into that one's child.
  { show: true, env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
);
if (types.code !== 0) console.error("\nthe tests do not type-check: see the errors of tsc above");
process.exit(run.code || types.code);
