/**
 * How `gort top` finds programs, and asks one to be looked at; whom it never asks.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fake, state } from "./top-fake.ts";
import { type Place, place, type Started } from "./top-run.ts";

const SKIP = process.platform === "win32" ? "Windows has no SIGUSR2" : false;

/** Says so when it runs, and goes on until it is killed. */
const STAYS = "new MessageChannel().port1.onmessage = () => {};";
const RUNS = `${STAYS} console.log("runs");`;

interface Said {
  readonly pid: number;
  readonly program: string;
  readonly startedAt: number;
  readonly birth: string;
  readonly url: string | null;
  readonly deaf: string | null;
}

let here: Place;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const fileOf = (pid: number): string => join(here.folder, `${pid}.json`);
const said = (pid: number): Said => JSON.parse(readFileSync(fileOf(pid), "utf8")) as Said;

/** One line on standard error, and code 1. */
async function refused(args: readonly string[], says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await here.top(args);
  assert.match(stderr, says);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
}

async function onceState(args: readonly string[]): Promise<{ format: number; pid: number }> {
  const { code, stdout, stderr } = await here.top([...args, "--json", "--once"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return JSON.parse(stdout) as { format: number; pid: number };
}

describe("a program under gort run", { skip: SKIP }, () => {
  it("says who it is in a file of the user's own, and takes it with it", async () => {
    const { pid, child, over } = await here.start(`process.once("SIGTERM", () => process.exit()); ${RUNS}`);
    const { program, startedAt, url, deaf } = said(pid);
    assert.deepEqual({ pid: said(pid).pid, url, deaf }, { pid, url: null, deaf: null });
    assert.match(program, /program-0\.mjs$/);
    assert.ok(startedAt > 1_700_000_000_000);
    assert.equal(lstatSync(here.folder).mode & 0o777, 0o700);
    assert.equal(lstatSync(fileOf(pid)).mode & 0o777, 0o600);
    child.kill("SIGTERM");
    await over;
    assert.deepEqual(readdirSync(here.folder), []);
  });

  it("is served when it is asked, once, and then has its address there", async () => {
    const { pid } = await here.start(RUNS);
    const first = await onceState([String(pid)]);
    assert.deepEqual({ format: first.format, pid: first.pid }, { format: 1, pid });
    const { url } = said(pid);
    assert.match(url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/#token=.{16,}$/);
    assert.equal((await onceState([])).pid, pid, "without a number: the only one");
    assert.equal(said(pid).url, url);
    assert.deepEqual(readdirSync(here.folder), [`${pid}.json`]);
  });

  it("ends by a SIGUSR2 that is no question, as every program does", async () => {
    const { child, over } = await here.start(RUNS);
    child.kill("SIGUSR2");
    assert.deepEqual(await over, { code: null, signal: "SIGUSR2" });
  });

  it("that listens to SIGUSR2 itself is left alone, and has it back when it listens no more", async () => {
    const { pid, child, next } = await here.start(`
      const own = () => { process.off("SIGUSR2", own); console.log("its own"); };
      process.on("SIGUSR2", own); ${RUNS}`);
    await refused(
      [String(pid)],
      /^gort top: program \d+ cannot be asked: it listens to SIGUSR2 itself; start it with gort run --ui\n$/,
    );
    assert.equal(said(pid).url, null);
    child.kill("SIGUSR2");
    assert.equal(await next(), "its own\n");
    assert.equal((await onceState([String(pid)])).pid, pid);
  });

  it("that computes is said to, and not harmed by the question when it hears of it", async () => {
    const go = join(here.tmp, "go");
    const { pid, child, next } = await here.start(`
      import { existsSync } from "node:fs";
      process.once("SIGTERM", () => console.log("heard"));
      ${STAYS}
      process.stdout.write("runs\\n", () => {
        while (!existsSync(${JSON.stringify(go)}));
        console.log("goes on");
      });`);
    await refused(
      [String(pid)],
      /^gort top: program \d+ has not answered for 2 s: its main thread computes.*gort run --ui.*\n$/,
    );
    assert.ok(existsSync(join(here.folder, `${pid}.ask`)), "the question stays for when it hears");
    writeFileSync(go, "");
    assert.match(await next(), /goes on/);
    child.kill("SIGTERM");
    assert.match(await next(), /heard/, "the question did not end it");
    assert.equal((await onceState([String(pid)])).pid, pid);
  });

  it("is one of several to choose from", async () => {
    const [a, b] = [await here.start(RUNS), await here.start(RUNS)] as [Started, Started];
    const { code, stderr } = await here.top(["--once"]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^gort top: 2 programs run; choose one:\n {2}gort top \d+ +\S+program-0\.mjs\n {2}gort top \d+ +\S+program-1\.mjs\n$/,
    );
    assert.ok(stderr.includes(String(a.pid)) && stderr.includes(String(b.pid)));
  });
});

describe("a process that is not gort's", { skip: SKIP }, () => {
  it("is not signalled", async () => {
    const { pid, over, child } = await here.start(RUNS, "node");
    mkdirSync(here.folder, { mode: 0o700 });
    await refused([String(pid)], /^gort top: process \d+ is not a gort program of yours.*\n$/);
    child.kill("SIGTERM");
    assert.equal((await over).signal, "SIGTERM", "it lived until then");
  });

  it("is not signalled when it has the number of one that was", {
    skip: process.platform === "win32",
  }, async () => {
    const gone = await here.start(RUNS);
    const file = { ...said(gone.pid) };
    gone.child.kill("SIGKILL");
    await gone.over;
    const { pid, over, child } = await here.start(RUNS, "node");
    // As it would be read, had the number been given out again; without a birth: where the system does not say it, but when the process began.
    for (const other of [
      { pid, birth: "1" },
      { pid, birth: "" },
    ]) {
      writeFileSync(fileOf(pid), JSON.stringify({ ...file, ...other }), { mode: 0o600 });
      await refused([String(pid)], /is not a gort program of yours/);
      assert.ok(!existsSync(fileOf(pid)), "and the file is swept");
    }
    child.kill("SIGTERM");
    assert.equal((await over).signal, "SIGTERM");
  });

  it("that is not there is said so", async () => {
    const { pid, over, child } = await here.start(RUNS);
    child.kill("SIGKILL");
    await over;
    assert.ok(existsSync(fileOf(pid)), "nobody could take it away");
    await refused([String(pid)], /^gort top: there is no process \d+\n$/);
    assert.deepEqual(readdirSync(here.folder), [], "who reads sweeps");
  });
});

describe("the folder", { skip: SKIP }, () => {
  it("is not made by a program that only imports gort", async () => {
    await here.start(
      `import ${JSON.stringify(new URL("../../../dist/index.js", import.meta.url).href)}; ${RUNS}`,
      "node",
    );
    assert.ok(!existsSync(here.folder));
    await refused([], /^gort top: no program of yours runs.*\n$/);
  });

  it("is refused when it is a link or open to others, by programs and by readers", async () => {
    const elsewhere = join(here.tmp, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, here.folder);
    await here.start(RUNS);
    assert.deepEqual(readdirSync(elsewhere), []);
    await refused([], /^gort top: \S+ is not used: it is a link\n$/);
    renameSync(here.folder, `${here.folder}.old`);
    mkdirSync(here.folder);
    chmodSync(here.folder, 0o770);
    await here.start(RUNS);
    assert.deepEqual(readdirSync(here.folder), []);
    await refused(["1"], /is not used: it is open to others/);
  });

  it("has files that are no links and say what they should, or they do not count", async () => {
    const { pid } = await here.start(RUNS);
    // It writes its file once more, when it has read when it was born.
    while (process.platform === "linux" && said(pid).birth === "") await new Promise(setImmediate);
    const target = join(here.tmp, "target.json");
    renameSync(fileOf(pid), target);
    symlinkSync(target, fileOf(pid));
    await refused([String(pid)], /is not a gort program of yours/);
    for (const text of ["", "{", "null", "[]", '{"format":2}', JSON.stringify({ ...said(pid), pid: 1 })]) {
      writeFileSync(target, text);
      renameSync(target, fileOf(pid));
      await refused([String(pid)], /is not a gort program of yours/);
      writeFileSync(
        target,
        JSON.stringify({ format: 1, pid, program: "", startedAt: 0, birth: "", url: null, deaf: null }),
      );
    }
  });

  it("that cannot be written does not keep a program from running", async () => {
    writeFileSync(here.folder, "");
    assert.equal((await here.start(RUNS)).line, "runs");
    await refused([], /is not used: it is not a folder/);
  });
});

it("a program that serves by itself is found by its address, without a signal", { skip: SKIP }, async () => {
  const served = await fake([state()]);
  const child = spawn(process.execPath, ["-e", STAYS], { stdio: "ignore" });
  try {
    mkdirSync(here.folder, { mode: 0o700 });
    const stat = process.platform === "linux" ? readFileSync(`/proc/${child.pid}/stat`, "latin1") : "";
    const births = new Set([stat.split(") ")[1]?.split(" ")[19] ?? ""]);
    if (process.platform === "linux" || spawnSync("ps", ["-p", "1"]).status === 0) births.add("");
    for (const birth of births) {
      const file = {
        format: 1,
        pid: child.pid,
        program: "x.ts",
        startedAt: 4e12,
        birth,
        url: served.url,
        deaf: "no",
      };
      writeFileSync(fileOf(child.pid as number), JSON.stringify(file), { mode: 0o600 });
      assert.equal((await onceState([])).pid, 4242);
    }
  } finally {
    child.kill();
    await served.close();
  }
});
