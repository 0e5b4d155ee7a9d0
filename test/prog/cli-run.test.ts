/**
 * `gort run`: how a program is started and how it ends, with stdout, stderr and exit code.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FIXTURES, GORT, gort } from "./cli-gort.ts";

const path = (name: string): string => join(FIXTURES, name);

test("the exported main runs as the main goroutine; words behind FILE are the program's", async () => {
  const ended = await gort(["run", "hello.ts", "--procs", "a b", "--help"]);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: "--procs a b --help\n", stderr: "" });
});

test("process.argv is [node, FILE as an absolute path, ...args]", async () => {
  const { stdout } = await gort(["run", "./argv.ts", "-x", "--", "y"]);
  assert.deepEqual(JSON.parse(stdout), [process.execPath, path("argv.ts"), "-x", "--", "y"]);
});

test("a file without main is just run, and ends by itself", async () => {
  for (const [file, stdout] of [
    ["default.mjs", "loaded\n"],
    ["exported-value.ts", "just run\n"],
  ] as const) {
    assert.deepEqual(await gort(["run", file]), { code: 0, signal: null, stdout, stderr: "" });
  }
});

test("JavaScript: an async main, and main in module.exports", async () => {
  assert.deepEqual(await gort(["run", "main.js"]), {
    code: 0,
    signal: null,
    stdout: "async main\n",
    stderr: "",
  });
  const { code, stdout } = await gort(["run", "common.cjs"]);
  assert.deepEqual([stdout, code], ["common\n", 0]);
});

test("the process ends when main returns, with the exit code that the program has set", async () => {
  assert.deepEqual(await gort(["run", "others.ts"]), { code: 7, signal: null, stdout: "", stderr: "" });
});

test("10 MB of output arrive whole, in a pipe whose reader is slow and in a file", async () => {
  const child = spawn(process.execPath, [GORT, "run", path("big.ts")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let bytes = 0;
  for await (const chunk of child.stdout) {
    bytes += (chunk as Buffer).length;
    await new Promise(setImmediate);
  }
  assert.deepEqual([bytes, await ended], [10_000_000, 0]);

  const folder = mkdtempSync(join(tmpdir(), "gort-cli-"));
  try {
    const file = join(folder, "out");
    const fd = openSync(file, "w");
    const writer = spawn(process.execPath, [GORT, "run", path("big.ts")], {
      stdio: ["ignore", fd, "ignore"],
    });
    const code = await new Promise((resolve) => writer.on("close", resolve));
    closeSync(fd);
    assert.deepEqual([statSync(file).size, code], [10_000_000, 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("main's error is a panic: Go's text, exit code 2", async () => {
  const { code, stdout, stderr } = await gort(["run", "panic-strip.ts"]);
  assert.equal(
    stderr,
    `panic: RangeError: too deep\n\ngoroutine 1 [running]:\nmain(...)\n\t${path("panic-strip.ts")}:7:29\n`,
  );
  assert.deepEqual([stdout, code], ["", 2]);
});

test("a goroutine's error that nobody waits for wins over main's return", async () => {
  const { code, stderr } = await gort(["run", "lost.ts"]);
  assert.match(
    stderr,
    /^panic: nobody waits\n\ngoroutine \d+ \[running\]:\nlost\(\.\.\.\)\n\t.*lost\.ts:5:11\n/,
  );
  assert.equal(code, 2);
});

test("an error while the file is loaded is a panic", async () => {
  const { code, stdout, stderr } = await gort(["run", "panic-import.ts"]);
  const start = `panic: thrown at import\n\ngoroutine 1 [running]:\n<anonymous>(...)\n\t${path("panic-import.ts")}:3:7\n`;
  assert.equal(stderr.slice(0, start.length), start);
  assert.deepEqual([stdout, code], ["", 2]);
});

test("a deadlock of main: the report, exit code 2", async () => {
  const { code, stdout, stderr } = await gort(["run", "deadlock.ts"]);
  assert.match(
    stderr,
    /^fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 \[chan receive\]:\nmain\(/,
  );
  assert.ok(stderr.includes(`\t${path("deadlock.ts")}:4:`), stderr);
  assert.deepEqual([stdout, code], ["", 2]);
});

test("a deadlock of the top level: the report, exit code 2", async () => {
  const { code, stderr } = await gort(["run", "deadlock-top.mjs"]);
  assert.match(
    stderr,
    /^fatal error: all goroutines are asleep - deadlock!\n\nexternal waiter 1 \[chan receive\]:\n/,
  );
  assert.equal(code, 2);
});

test("a deadlock of a run at the foot of the file: the report, exit code 2", async () => {
  const { code, stderr } = await gort(["run", "deadlock-run.mjs"]);
  assert.match(
    stderr,
    /^fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 \[chan receive\]:\nmain\(\.\.\.\)\n/,
  );
  assert.equal(code, 2);
});

test("a top-level await that never settles and is not gort's: one line, Node's exit code", async () => {
  const { code, stderr } = await gort(["run", "unsettled.mjs"]);
  assert.deepEqual([stderr, code], ["gort run: a top-level await of the program never settled\n", 13]);
});

test("SIGINT: exit code 130", { skip: process.platform === "win32" }, async () => {
  const ended = await gort(["run", "sigint.ts"], { onOutput: (child) => child.kill("SIGINT") });
  assert.deepEqual(ended, { code: 130, signal: null, stdout: "ready\n", stderr: "" });
});

test("SIGINT: a handler of the program's own decides alone", {
  skip: process.platform === "win32",
}, async () => {
  const ended = await gort(["run", "sigint.ts", "own"], { onOutput: (child) => child.kill("SIGINT") });
  assert.deepEqual(ended, { code: 3, signal: null, stdout: "ready\nown handler\n", stderr: "" });
});

test("a `using` declaration on a Node that does not know it: says what to do", async (t) => {
  try {
    new Function("{ using nothing = null; }");
    t.skip("this Node knows using");
    return;
  } catch {
    // It does not.
  }
  const { code, stderr } = await gort(["run", "using.js"]);
  assert.equal(code, 2);
  assert.match(stderr, /^gort run: .*`using`.*Node 24.*\[Symbol\.dispose\]\(\)/);
});

test("a file that does not parse or link: place and reason, exit code 2", async () => {
  for (const [file, says] of [
    ["bad.ts", `gort run: ${path("bad.ts")}:2`],
    ["bad.cjs", `gort run: ${path("bad.cjs")}:2: Unexpected token '='\n`],
    ["missing-export.ts", `gort run: ${path("missing-export.ts")}:1: `],
    ["missing-file.ts", "gort run: Cannot find module "],
    ["missing-package.ts", "gort run: Cannot find package 'no-such-package-here' imported from "],
  ] as const) {
    const { code, stdout, stderr } = await gort(["run", file]);
    assert.equal(stderr.slice(0, says.length), says);
    assert.deepEqual([stdout, code], ["", 2], file);
  }
  for (const file of ["bad.mjs", "bad-below.ts"]) {
    const { code, stderr } = await gort(["run", file]);
    assert.match(
      stderr,
      /bad\.mjs:2\nconst wrong = = fine;\n +\^\n\nSyntaxError: Unexpected token '='\n/,
      file,
    );
    assert.equal(code, 2, file);
  }
});
