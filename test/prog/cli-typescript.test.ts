/**
 * TypeScript runs as it is, on whichever Node runs this test: no warnings, and positions are those of the source.
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { importsUnused } from "#src/cli/typescript.ts";
import { FIXTURES, gort, ROOT } from "./cli-gort.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "gort-ts-")));
after(() => rmSync(folder, { recursive: true }));

test("enums, namespaces, parameter properties, import =, types imported without a word, imports of .js and of no ending", async () => {
  const ended = await gort(["run", "features.ts"]);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: "green 3 3 4 3 1\n", stderr: "" });
});

test(".mts and .cts are ES modules too", async () => {
  for (const file of ["module.mts", "common.cts"]) {
    const stdout = `${file.slice(-3)} string\n`;
    assert.deepEqual(await gort(["run", file]), { code: 0, signal: null, stdout, stderr: "" });
  }
});

test("positions are those of the source also where the code was rewritten", async () => {
  const { code, stderr } = await gort(["run", "panic-map.ts"]);
  const file = join(FIXTURES, "panic-map.ts");
  assert.equal(
    stderr,
    `panic: RangeError: too deep: 3\n\ngoroutine 1 [running]:\nfail(...)\n\t${file}:11:9\nmain(...)\n\t${file}:15:3\n`,
  );
  assert.equal(code, 2);
});

test("a folder without node_modules, with a blank in its name and CommonJS as its type", async () => {
  const program = join(folder, "no modules");
  mkdirSync(program);
  writeFileSync(join(program, "package.json"), '{ "type": "commonjs" }');
  cpSync(join(FIXTURES, "hello.ts"), join(program, "hello.ts"));
  assert.deepEqual(await gort(["run", "hello.ts", "hi"], { cwd: program }), {
    code: 0,
    signal: null,
    stdout: "hi\n",
    stderr: "",
  });
});

test("a program with a gort of its own gets the command's, for import and require", async () => {
  const program = join(folder, "own");
  const own = join(program, "node_modules", "gort");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "package.json"), '{ "name": "gort", "main": "index.js" }');
  writeFileSync(join(own, "index.js"), 'throw new Error("the second runtime");');
  for (const file of ["hello.ts", "common.cjs"]) cpSync(join(FIXTURES, file), join(program, file));
  assert.equal((await gort(["run", "hello.ts", "hi"], { cwd: program })).stdout, "hi\n");
  assert.equal((await gort(["run", "common.cjs"], { cwd: program })).stdout, "common\n");
});

test("without @swc/wasm-typescript: Node's own translator, or one line that says what to install", async () => {
  // A copy of the command where no package can be found.
  const copy = join(folder, "copy");
  cpSync(join(ROOT, "dist"), join(copy, "dist"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(copy, "package.json"));
  const program = join(folder, "bare");
  mkdirSync(program);
  for (const file of ["hello.ts", "panic-map.ts"]) cpSync(join(FIXTURES, file), join(program, file));
  const run = (file: string) =>
    gort(["run", file, "hi"], { cwd: program, gort: join(copy, "dist/cli/main.js") });

  const install = /^gort run: \/.*\.ts: this Node cannot run .*: npm install @swc\/wasm-typescript\n$/;
  const plain = await run("hello.ts");
  const rewritten = await run("panic-map.ts");
  const major = Number(process.versions.node.split(".")[0]);
  if (typeof module.stripTypeScriptTypes === "function")
    assert.deepEqual([plain.stdout, plain.stderr], ["hi\n", ""]);
  else assert.match(plain.stderr, install);
  if (typeof module.stripTypeScriptTypes === "function" && major < 26) {
    assert.ok(rewritten.stderr.includes(`${join(program, "panic-map.ts")}:11:9`), rewritten.stderr);
  } else {
    assert.match(rewritten.stderr, install);
  }
  assert.equal(rewritten.code, 2);
});

test("which imports are suspected to be types", () => {
  const suspects = [
    'import { A } from "a";',
    'import { a, B as C } from "a"; a(B);',
    'import A, { b } from "a"; b();',
    'import * as A from "a"; // A is not used',
    'import {\n  a,\n  B,\n} from "a";\na("B");',
  ];
  const used = [
    'import "a";',
    'import { a } from "a"; a();',
    'import a, * as b from "a"; a(b);',
    "import.meta.url;",
    'await import("a");',
  ];
  for (const code of suspects) assert.equal(importsUnused(code), true, code);
  for (const code of used) assert.equal(importsUnused(code), false, code);
});
