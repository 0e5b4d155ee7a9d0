/**
 * Runs what the documents show: the ts fences of README.md and docs/, and the programs of examples/.
 *
 *   ```ts         is type-checked
 *   ```ts run     is type-checked and run by `gort run`; must exit 0, and print what its `// Output:` block says
 *   ```ts fails   is type-checked and run; must exit with another code than 0, and say on stderr what its
 *                 `// Error: text` line says
 *
 * An example is a fence `ts run` in a file of its own; one without an output block is type-checked only (a server, or a
 * program that wants arguments: it has a test of its own).
 *
 * The output block is the end of the program: a line `// Output:`, then comment lines, and nothing behind them. After
 * `// Unordered output:` the lines may come in any order. Trailing blanks and the last line break do not count.
 *
 *   node scripts/docs.mjs [word…]    only documents whose path contains one of the words
 *
 * The fences are written to build/docs/, inside the package, so that they say `import … from "gort"` as users do.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fences, KINDS, promises, shortcomings } from "./fences.mjs";
import { execute, gort, root, tsc, walk } from "./lib.mjs";

const words = process.argv.slice(2);
const wanted = (path) => words.length === 0 || words.some((word) => path.includes(word));
const inRoot = (path) => relative(root, path).replaceAll("\\", "/");
const folder = join(root, "build", "docs");

/** Runs one program; gives the reasons why it does not do what it promises. */
async function check(program) {
  const result = await execute(process.execPath, [gort, "run", program.file], { timeoutMs: 60_000 });
  return shortcomings(program, result);
}

const programs = [];
const failures = [];
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let written = 0;
for (const path of [join(root, "README.md"), ...walk(join(root, "docs"), (path) => path.endsWith(".md"))]) {
  if (!wanted(inRoot(path))) continue;
  for (const { line, kind, code } of fences(readFileSync(path, "utf8"))) {
    const name = `${inRoot(path)}:${line}`;
    if (!KINDS.has(kind)) failures.push([name, [`a fence is ts, ts run or ts fails, and not ts ${kind}`]]);
    const file = join(folder, `${inRoot(path).replace(/\W+/g, "-")}-${line}.ts`);
    // A fence with no import or export is a module too, and shares no names with the others.
    writeFileSync(file, /^(?:import|export)\b/m.test(code) ? code : `${code}export {};\n`);
    written++;
    if (kind !== "" && KINDS.has(kind)) programs.push({ name, file, kind, promise: promises(code) });
  }
}
for (const file of walk(join(root, "examples"), (path) => path.endsWith(".ts"))) {
  const promise = promises(readFileSync(file, "utf8"));
  if (wanted(inRoot(file)) && promise.output !== undefined)
    programs.push({ name: inRoot(file), file, kind: "run", promise });
}

if (written > 0) {
  const settings = {
    extends: "../../tsconfig.json",
    compilerOptions: { noUnusedLocals: false },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const types = await execute(process.execPath, [
    tsc,
    "-p",
    join(folder, "tsconfig.json"),
    "--pretty",
    "false",
  ]);
  // The compiler names the file in build/docs: its last part says document and line of the fence.
  if (types.code !== 0)
    failures.push(["the types of the fences", [types.stdout.trimEnd() + types.stderr.trimEnd()]]);
}

const queue = [...programs];
const worker = async () => {
  for (let program = queue.shift(); program; program = queue.shift()) {
    const wrong = await check(program);
    if (wrong.length > 0) failures.push([program.name, wrong]);
    console.log(`${wrong.length > 0 ? "✖" : "✔"} ${program.name}`);
  }
};
await Promise.all([worker(), worker()]);

for (const [name, wrong] of failures)
  console.error(`\n${name}\n  ${wrong.join("\n").replaceAll("\n", "\n  ")}`);
console.log(`${written} fences type-checked, ${programs.length} programs run, ${failures.length} failures`);
if (programs.length + written === 0)
  console.error(`nothing found${words.length ? ` for ${words.join(" ")}` : ""}`);
process.exit(failures.length > 0 || programs.length + written === 0 ? 1 : 0);
