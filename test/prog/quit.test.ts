/**
 * SIGQUIT: a program that is asked from outside where its goroutines are.
 *
 * Answers to TestSignalExitStatus and TestSIGQUIT's facts of Go's runtime/crash_unix_test.go: the first line, all goroutines, code 2.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gort } from "./cli-gort.ts";
import { type Block, parseDump, summary } from "./dump.ts";
import { output, program } from "./program.ts";

const SKIP = process.platform === "win32" ? "Windows has no SIGQUIT" : false;

/** A program that waits, and is sent the signal when it does. */
const STUCK = `import { chan, go, sleep } from "gort";
  const ch = chan();
  function* worker() { yield* ch.recv(); }
  function* quits() { yield* sleep(1); process.kill(process.pid, "SIGQUIT"); yield* sleep(60_000); }
  export function* main() {
    for (let i = 0; i < 2; i++) go(worker);
    ch.recv().then(() => {});
    yield* quits();
  }`;

const EXPECTED = [
  "1 [sleep] main > quits",
  "2 [chan receive] worker",
  "3 [chan receive] worker",
  "external 1 [chan receive]",
];

function blocks(stderr: string): Block[] {
  const [line, rest] = [stderr.slice(0, stderr.indexOf("\n")), stderr.slice(stderr.indexOf("\n") + 1)];
  assert.equal(line, "SIGQUIT: quit");
  assert.equal(rest[0], "\n", "a line is between the two, as Go has it");
  return parseDump(rest.slice(1));
}

describe("SIGQUIT", { skip: SKIP }, () => {
  it("under the command prints all goroutines, and ends the process with code 2", async () => {
    const { code, stdout, stderr } = await program(STUCK, { command: true });
    assert.deepEqual([code, stdout, summary(blocks(stderr))], [2, "", EXPECTED]);
  });

  it("does so whatever GORT_TRACEBACK says, as Go does", async () => {
    const { code, stderr } = await program(STUCK, { command: true, env: { GORT_TRACEBACK: "none" } });
    assert.deepEqual([code, summary(blocks(stderr))], [2, EXPECTED]);
  });

  it("comes from outside, and finds goroutines of all cores", async () => {
    const { code, signal, stderr } = await gort(["run", "quit-cores.mjs"], {
      onOutput: (child) => child.kill("SIGQUIT"),
      env: { GOMAXPROCS: "2" },
    });
    assert.deepEqual([code, signal], [2, null]);
    const lines = summary(blocks(stderr));
    assert.deepEqual(lines.slice(0, 2), [
      "1 [sync.WaitGroup.Wait] main",
      `${lines[1]?.split(" ")[0]} [sleep] pair`,
    ]);
    assert.equal(lines.filter((line) => line.endsWith("[sleep] pair")).length, 2);
  });

  it("loses nothing of very many goroutines", async () => {
    const { code, stderr } = await program(STUCK.replace("i < 2", "i < 20_000"), { command: true });
    assert.equal(code, 2);
    assert.equal(blocks(stderr).length, 20_002);
  });

  it("is the program's own affair when it listens for it", async () => {
    const stdout = await output(
      `import { notify, sleep } from "gort";
      export function* main() {
        const signals = notify("SIGQUIT");
        process.kill(process.pid, "SIGQUIT");
        console.log(yield* signals.recv());
      }`,
      { command: true },
    );
    assert.equal(stdout, "SIGQUIT\n");
  });

  it("without the command is listened for only when GORT_DEBUG=sigquit says so", async () => {
    const source = `import { run } from "gort";
      ${STUCK.replace("export ", "").replace("process.kill", "console.log(process.listenerCount('SIGQUIT')); if (process.env.GORT_DEBUG) process.kill").replace("yield* sleep(60_000);", "if (process.env.GORT_DEBUG) yield* sleep(60_000); ch.close();")}
      console.log(process.listenerCount("SIGQUIT"));
      await run(main);`;
    assert.equal(await output(source), "0\n0\n");
    const { code, stdout, stderr } = await program(source, { env: { GORT_DEBUG: "sigquit" } });
    assert.deepEqual([code, stdout, summary(blocks(stderr))], [2, "0\n1\n", EXPECTED]);
  });

  it("goes on with GORT_DEBUG=sigquit=continue, and others run while it is printed", async () => {
    // How often standard error has been written to is what the goroutines see of it.
    const { code, stdout, stderr } = await program(
      `import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      import { chan, go, gosched, sleep } from "gort";
      const { writeSync } = fs;
      let written = 0;
      fs.writeSync = (fd, ...rest) => { if (fd === 2) written++; return writeSync(fd, ...rest); };
      syncBuiltinESMExports();
      const ch = chan();
      export function* main() {
        for (let i = 0; i < 2000; i++) go(function* worker() { yield* ch.recv(); });
        yield* gosched();
        process.kill(process.pid, "SIGQUIT");
        const seen = new Set();
        while (seen.size < 6) { seen.add(written); yield* sleep(0); }
        console.log("went on");
      }`,
      { command: true, env: { GORT_DEBUG: "sigquit=continue" } },
    );
    assert.deepEqual([code, stdout], [0, "went on\n"]);
    assert.match(stderr, /^SIGQUIT: quit\n\ngoroutine 1 \[/);
  });

  it("is the system's with GORT_DEBUG=sigquit=off", async () => {
    const stdout = await output(
      `import { run } from "gort";
      export function* main() { console.log(process.listenerCount("SIGQUIT")); }`,
      { command: true, env: { GORT_DEBUG: "sigquit=off" } },
    );
    assert.equal(stdout, "0\n");
  });

  it("hides no deadlock", async () => {
    const { code, stderr } = await program(
      `import { chan } from "gort"; export function* main() { yield* chan().recv(); }`,
      { command: true, env: { GORT_DEBUG: "sigquit" } },
    );
    assert.equal(code, 2);
    assert.match(stderr, /^fatal error: all goroutines are asleep/);
  });
});
