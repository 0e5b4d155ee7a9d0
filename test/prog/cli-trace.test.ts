/**
 * `gort trace`: the summary, the conversion, and one clear line for everything that can be wrong with a file.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { summarize } from "#src/trace/read/summarize.ts";
import { readTrace } from "#src/trace/reader.ts";
import { lintPerfetto } from "../trace/perfetto-lint.ts";
import { synthetic } from "../trace/synthetic.ts";
import { gort } from "./cli-gort.ts";

const folder = mkdtempSync(join(tmpdir(), "gort-trace-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const { file: bytes } = synthetic({ seed: 11, events: 4000, procs: 2, exact: true });
const FILE = place("sound.gorttrace", bytes);
const EARLY = /^gort trace: the trace ends early: the program was killed or is still running/;

function place(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("the summary, at 80 columns", async () => {
  const { code, stdout, stderr } = await gort(["trace", FILE]);
  assert.deepEqual([stderr, code], ["", 0]);
  const { goroutines, events, wakesInAll, longestWaits } = summarize(readTrace(bytes));
  assert.match(stdout, /^synthetic\.ts, 2026-01-02T03:04:05\.678Z, gort /);
  assert.match(stdout, /\nduration +[0-9.]+ ms, ended by exit\n/);
  assert.ok(stdout.includes(`\ngoroutines  ${goroutines.seen} seen: ${goroutines.made} made, `));
  assert.ok(stdout.includes(`\nevents      ${events}, 0 lost\n`));
  assert.ok(stdout.includes(`\nwho woke whom (${wakesInAll} times)\n`));
  assert.ok(stdout.includes(longestWaits[0]?.reason as string));
  const titles = stdout.split("\n").filter((line) => /^[a-z]/.test(line));
  assert.deepEqual(
    titles.slice(4).map((title) => title.replace(/ \(.*/, "")),
    [
      "processors",
      "from runnable to running",
      "longest waits",
      "longest runs",
      "who woke whom",
      "functions",
      "steals",
      "regions",
      "tasks",
      "log messages",
    ],
  );
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
});

test("--json is the summary as data", async () => {
  for (const args of [
    ["trace", "--json", FILE],
    ["trace", FILE, "--json"],
    ["trace", "--json", "--", FILE],
  ]) {
    const { code, stdout, stderr } = await gort(args);
    assert.deepEqual([stderr, code], ["", 0]);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(summarize(readTrace(bytes)))));
  }
});

test("--perfetto writes a file that Perfetto reads, under its name when it is whole", async () => {
  const target = join(folder, "out", "trace.json");
  mkdirSync(join(folder, "out"));
  writeFileSync(target, "an older one");
  const { code, stdout, stderr } = await gort(["trace", FILE, "--perfetto", target]);
  assert.match(stderr, /^gort trace: .*trace\.json: [0-9]+ events, [0-9.]+ MB: open it at [^\n]*\n$/);
  assert.deepEqual([stdout, code], ["", 0]);
  const text = readFileSync(target, "utf8");
  assert.deepEqual(lintPerfetto(text), []);
  assert.deepEqual(readdirSync(join(folder, "out")), ["trace.json"], "nothing is left beside it");
  const piped = await gort(["trace", `--perfetto=-`, FILE]);
  assert.deepEqual([piped.stderr, piped.code], ["", 0]);
  assert.equal(piped.stdout, text);
});

test("a file that was cut off is read as far as it goes", async () => {
  const cut = place("cut.gorttrace", bytes.subarray(0, bytes.length - 100));
  const { code, stdout, stderr } = await gort(["trace", cut]);
  assert.match(
    stderr,
    /^gort trace: the trace ends early: [^\n]*; [0-9]+ bytes at the end were not whole\n$/,
  );
  assert.match(stdout, /\nduration +[0-9.]+ m?s, ends early\n/);
  assert.match(stdout, /\nlongest waits\n/);
  assert.equal(code, 0);
  const converted = await gort(["trace", cut, "--perfetto", "-"]);
  assert.match(converted.stderr, EARLY);
  assert.deepEqual(lintPerfetto(converted.stdout), []);
});

test("a file with nothing in it but its beginning", async () => {
  const { code, stdout, stderr } = await gort(["trace", place("begun.gorttrace", bytes.subarray(0, 12))]);
  assert.match(stderr, EARLY);
  assert.equal(
    stdout,
    "duration    0, ends early\ngoroutines  0 seen: 0 made, 0 ended, 0 left\nevents      0, 0 lost\n",
  );
  assert.equal(code, 0);
});

test("a trace is not written over by what it is converted to", async () => {
  const file = place("kept.gorttrace", readFileSync(FILE));
  const { code, stderr } = await gort(["trace", "--perfetto", file, file]);
  assert.match(stderr, /^gort trace: --perfetto ".*" is the trace itself\n$/);
  assert.equal(code, 64);
  assert.deepEqual(readFileSync(file), readFileSync(FILE));
});

const UNREADABLE: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ["a missing file", [join(folder, "nowhere")], /FILE ".*nowhere" does not exist/],
  ["a folder", [folder], /FILE ".*" is a directory/],
  ["an empty file", [place("empty", "")], /FILE ".*empty" is empty/],
  ["a foreign file", [place("foreign.json", '{"traceEvents":[]}')], /FILE ".*" is not a trace of gort's/],
  ["another version", [place("later", "gorttrace 2\nabc")], /FILE ".*" is not a trace of gort's/],
  [
    "no folder for the result",
    [FILE, "--perfetto", join(folder, "no", "x")],
    /cannot be written \(no such folder\)/,
  ],
  ["a missing file, to be converted", [join(folder, "nowhere"), "--perfetto", "-"], /does not exist/],
];

for (const [what, args, says] of UNREADABLE) {
  test(`one line for ${what}`, async () => {
    const { code, stdout, stderr } = await gort(["trace", ...args]);
    assert.match(stderr, says);
    assert.match(stderr, /^gort trace: [^\n]*\n$/, "one line");
    assert.deepEqual([stdout, code], ["", 1]);
  });
}

test("one line for a file that may not be read", {
  skip: process.getuid?.() === 0 || process.platform === "win32",
}, async () => {
  const secret = place("secret", bytes);
  chmodSync(secret, 0);
  const { code, stderr } = await gort(["trace", secret]);
  assert.match(stderr, /^gort trace: FILE ".*secret" cannot be read \(permission denied\)\n$/);
  assert.equal(code, 1);
});

test("help has its options", async () => {
  for (const args of [["help"], ["trace", "--help"], ["trace", "x", "-h"]]) {
    const { code, stdout } = await gort(args);
    assert.match(stdout, /\n {2}gort trace \[--json \| --perfetto OUT\.json\] FILE /);
    assert.match(stdout, /\noptions of trace:\n/);
    assert.equal(code, 0);
  }
});
