/**
 * examples/digest.ts, the bounded pipeline, on real folders: its lines are those of sha256sum, on one core and on several.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Ended, gort, type Options, ROOT } from "./cli-gort.ts";

const folder = mkdtempSync(join(tmpdir(), "gort-digest-"));
after(() => rmSync(folder, { recursive: true }));

const digest = (args: readonly string[], options: Options = {}): Promise<Ended> =>
  gort(["run", join(ROOT, "examples/digest.ts"), ...args], { cwd: folder, ...options });

/** What sha256sum prints for the regular files below `root`, sorted by the bytes of their paths. */
function expected(root: string, cwd: string): string {
  const files: Buffer[] = [];
  const walk = (path: Buffer): void => {
    for (const entry of readdirSync(Buffer.concat([Buffer.from(`${cwd}/`), path]), {
      withFileTypes: true,
      encoding: "buffer",
    })) {
      const below = Buffer.concat([path, Buffer.from("/"), entry.name]);
      if (entry.isDirectory()) walk(below);
      else if (entry.isFile()) files.push(below);
    }
  };
  walk(Buffer.from(root));
  files.sort(Buffer.compare);
  try {
    // xargs, because a name need not be a string.
    const input = Buffer.concat(files.map((file) => Buffer.concat([file, Buffer.from([0])])));
    return execFileSync("xargs", ["-0", "sha256sum", "--"], {
      cwd,
      input,
      maxBuffer: 1 << 28,
      stdio: ["pipe", "pipe", "ignore"],
    }).toString("latin1");
  } catch {
    const line = (file: Buffer): string => {
      const name = file.toString("latin1");
      const safe = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
      const bytes = readFileSync(Buffer.concat([Buffer.from(`${cwd}/`), file]));
      return `${safe === name ? "" : "\\"}${createHash("sha256").update(bytes).digest("hex")}  ${safe}\n`;
    };
    return files.map(line).join("");
  }
}

/** Names that a simpler program would trip over; contents of no, one and several chunks. */
function makeTree(root: string): void {
  mkdirSync(join(root, "b/deep/er"), { recursive: true });
  mkdirSync(join(root, "empty folder"));
  const names = [" ", "-n", "a", "a.b", "b/é", "b/z", "b/deep/er/x", "Z", "name with blanks"];
  if (process.platform !== "win32") names.push("new\nline", "back\\slash", "carriage\rreturn");
  for (const [i, name] of names.entries()) writeFileSync(join(root, name), `${i}`.repeat(i));
  writeFileSync(join(root, "large"), Buffer.alloc(700_001, "large"));
  if (process.platform === "linux")
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff])]), "not UTF-8");
  symlinkSync("a", join(root, "link to a file"));
  symlinkSync("b", join(root, "link to a folder"));
}

const tree = join(folder, "tree");
makeTree(tree);

/** The summary: so many files, each hashed by a goroutine on one of so many cores. Gives how many each core ran. */
function assertSummary(stderr: string, files: number, cores: number): number[] {
  const [, found, list = ""] =
    /^(\d+) files, [\d,]+ bytes, \d+\.\d\d seconds\ngoroutines: (.*)\n$/.exec(stderr) ?? [];
  assert.equal(Number(found), files, stderr);
  const ran = list.split(", ").map((text, core) => {
    const [, n] = new RegExp(`^core ${core} ran (\\d+)$`).exec(text) ?? [];
    assert.ok(n !== undefined, stderr);
    return Number(n);
  });
  assert.deepEqual([ran.length, ran.reduce((sum, n) => sum + n, 0)], [cores, files], stderr);
  return ran;
}

/** The environment in which every thread begins with this module. */
function preload(module: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` };
}

test("prints the lines of sha256sum, sorted; the summary is on stderr", async () => {
  const lines = expected("tree", folder);
  const files = lines.trimEnd().split("\n").length;
  for (const cores of [1, 2, 3]) {
    for (const args of [["tree"], ["tree", "--all"]]) {
      const { code, stdout, stderr } = await digest(args, { env: { GOMAXPROCS: `${cores}` } });
      assert.equal(Buffer.from(stdout).toString("utf8"), Buffer.from(lines, "latin1").toString("utf8"));
      assertSummary(stderr, files, cores);
      assert.equal(code, 0);
    }
  }
});

test("a folder of many files, node_modules by default", async () => {
  const cwd = join(folder, "many");
  for (let i = 0; i < 30; i++) {
    const sub = join(cwd, "node_modules", `package-${i % 7}`, `${i}`);
    mkdirSync(sub, { recursive: true });
    for (let j = 0; j < 20; j++) writeFileSync(join(sub, `file-${j}`), `${i} ${j}`.repeat(j * 100));
  }
  const { code, stdout, stderr } = await digest([], { cwd, env: { GOMAXPROCS: "2" } });
  assert.equal(stdout, expected("node_modules", cwd));
  assertSummary(stderr, 600, 2);
  assert.equal(code, 0);
});

test("every core hashes", async () => {
  // No file is opened before two threads have come that far: each says so by a file, and the others wait for that.
  const meeting = join(folder, "meeting");
  mkdirSync(meeting);
  const meet = `
    import { syncBuiltinESMExports } from "node:module";
    import { threadId } from "node:worker_threads";
    import fs from "node:fs";
    const { openSync, writeFileSync, readdirSync } = fs;
    const meeting = ${JSON.stringify(meeting)};
    const until = Date.now() + 30_000; // not for ever: without a second thread the test fails
    fs.openSync = (path, ...rest) => {
      if (String(path).startsWith("many/")) {
        writeFileSync(meeting + "/" + threadId, "");
        while (readdirSync(meeting).length < 2 && Date.now() < until);
      }
      return openSync(path, ...rest);
    };
    syncBuiltinESMExports();`;
  const { code, stdout, stderr } = await digest(["many"], { env: { GOMAXPROCS: "2", ...preload(meet) } });
  assert.equal(stdout, expected("many", folder));
  const [one = 0, other = 0] = assertSummary(stderr, 600, 2);
  assert.ok(one > 0 && other > 0, stderr);
  assert.equal(code, 0);
});

test("one file, an empty folder, a folder with a slash", async () => {
  const hash = createHash("sha256").update("").digest("hex");
  assert.equal((await digest(["tree/ "])).stdout, `${hash}  tree/ \n`);
  assert.equal((await digest(["tree/empty folder"])).stdout, "");
  assert.match((await digest(["tree/b/"])).stdout, /^[0-9a-f]{64} {2}tree\/b\/deep\/er\/x\n/);
});

test("what cannot be read is reported, the rest goes on, exit code 1", async () => {
  const absent = await digest(["nowhere"]);
  assert.match(absent.stderr, /^digest: nowhere: ENOENT: no such file or directory\n0 files, /);
  assert.deepEqual([absent.stdout, absent.code], ["", 1]);

  const root = join(folder, "secrets");
  mkdirSync(join(root, "locked"), { recursive: true });
  for (const name of ["a", "secret", "z"]) writeFileSync(join(root, name), name);
  chmodSync(join(root, "secret"), 0);
  chmodSync(join(root, "locked"), 0);
  // Nothing is secret to root (and on Windows): there the calls are made to fail.
  const refuse = `
    import { syncBuiltinESMExports } from "node:module";
    import fs from "node:fs";
    const refuse = (call) => {
      throw Object.assign(new Error("EACCES: permission denied, " + call), { code: "EACCES" });
    };
    const { openSync } = fs;
    fs.openSync = (path, ...rest) => (String(path).endsWith("secret") ? refuse("open") : openSync(path, ...rest));
    const { readdir } = fs.promises;
    fs.promises.readdir = async (path, ...rest) => (String(path).endsWith("locked") ? refuse("scandir") : readdir(path, ...rest));
    syncBuiltinESMExports();`;
  const powerful = process.platform === "win32" || process.getuid?.() === 0;
  const env = powerful ? preload(refuse) : {};
  const { code, stdout, stderr } = await digest(["secrets"], { env });
  chmodSync(join(root, "locked"), 0o700);
  assert.deepEqual(
    stdout.split("\n").map((line) => line.slice(66)),
    ["secrets/a", "secrets/z", ""],
  );
  assert.match(stderr, /^digest: secrets\/locked: EACCES: permission denied$/m);
  assert.match(stderr, /^digest: secrets\/secret: EACCES: permission denied$/m);
  assert.match(stderr, /^2 files, /m);
  assert.equal(code, 1);
});

test("bad usage: one line, exit code 64", async () => {
  for (const args of [["--most"], ["a", "b"], [""]]) {
    const { code, stdout, stderr } = await digest(args);
    assert.deepEqual([stdout, stderr, code], ["", "usage: gort run examples/digest.ts [--all] [DIR]\n", 64]);
  }
});

test("Ctrl-C stops it cleanly", { skip: process.platform === "win32" }, async () => {
  // Once the first file has been opened, on whichever core, every file is endless: it ends by the signal alone.
  const interrupt = `
    import { syncBuiltinESMExports } from "node:module";
    import fs from "node:fs";
    const { openSync, readSync } = fs;
    const files = new Set();
    const once = ${JSON.stringify(join(folder, "interrupted-"))};
    fs.openSync = (...args) => {
      const file = openSync(...args);
      if (!String(args[0]).includes("many")) return file; // Node's own
      files.add(file);
      try {
        fs.closeSync(openSync(once + process.env.GOMAXPROCS, "wx"));
      } catch {
        return file; // another thread has sent it
      }
      process.kill(process.pid, "SIGINT");
      return file;
    };
    fs.readSync = (file, chunk, ...rest) => (files.has(file) ? chunk.length : readSync(file, chunk, ...rest));
    syncBuiltinESMExports();`;
  for (const GOMAXPROCS of ["1", "2"]) {
    const ended = await digest(["many"], { env: { GOMAXPROCS, ...preload(interrupt) } });
    assert.deepEqual(ended, { code: 130, signal: null, stdout: "", stderr: "digest: interrupted\n" });
  }
});
