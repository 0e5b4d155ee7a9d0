/**
 * Programs that look stuck and are not: whatever the host can still do keeps deadlock detection quiet; and what is left over when
 * every `run` has ended is nobody's deadlock.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output, program } from "./program.ts";

/** A main goroutine that only a callback of the host can wake: that is all gort can see of it. */
const wokenBy = (imports: string, body: string): string => `${imports}
  import { chan, run } from "gort";
  const ch = chan();
  const wake = (what) => { if (!ch.trySend(what)) throw new Error("main does not wait"); };
  await run(function* main() {
    ${body}
    console.log(yield* ch.recv());
  });`;

const hosts: [name: string, imports: string, body: string][] = [
  ["a timer", "", `setTimeout(wake, 100, "woken");`],
  ["an immediate", "", `setImmediate(() => setImmediate(wake, "woken"));`],
  [
    "an interval",
    "",
    `let n = 0; const i = setInterval(() => { if (++n === 5) { clearInterval(i); wake("woken"); } }, 20);`,
  ],
  [
    "compression (a thread of the pool)",
    `import { deflate } from "node:zlib";`,
    `deflate(Buffer.alloc(1 << 25), () => wake("woken"));`,
  ],
  [
    "cryptography (a thread of the pool)",
    `import { pbkdf2 } from "node:crypto";`,
    `pbkdf2("a", "b", 300_000, 32, "sha256", () => wake("woken"));`,
  ],
  [
    "a worker",
    `import { Worker } from "node:worker_threads";`,
    `new Worker("require('node:worker_threads').parentPort.postMessage('woken')", { eval: true }).on("message", wake);`,
  ],
  [
    "a child process",
    `import { execFile } from "node:child_process";`,
    `execFile(process.execPath, ["-e", ""], () => wake("woken"));`,
  ],
  [
    "a file",
    `import { readFile } from "node:fs";
     import { fileURLToPath } from "node:url";`,
    `readFile(fileURLToPath(import.meta.url), () => setImmediate(wake, "woken"));`,
  ],
  [
    "a server",
    `import { connect, createServer } from "node:net";`,
    `const server = createServer((socket) => { socket.destroy(); server.close(() => wake("woken")); });
     server.listen(0, "127.0.0.1", () => {
       setTimeout(() => connect(server.address().port, "127.0.0.1").on("error", () => {}).resume(), 50);
     });`,
  ],
  [
    "a message port",
    `import { MessageChannel } from "node:worker_threads";`,
    `const { port1, port2 } = new MessageChannel();
     port1.on("message", (what) => { port1.close(); wake(what); });
     setTimeout(() => port2.postMessage("woken"), 50).unref();`,
  ],
  ["a promise", "", `new Promise((resolve) => setTimeout(resolve, 30)).then(() => wake("woken"));`],
];

describe("no deadlock is reported while the host can still act:", () => {
  for (const [name, imports, body] of hosts) {
    it(name, async () => assert.equal(await output(wokenBy(imports, body)), "woken\n"));
  }

  it("a timer, in the command", async () => {
    const stdout = await output(
      `import { chan } from "gort";
      export function* main() {
        const ch = chan();
        setTimeout(() => ch.trySend("woken"), 60);
        console.log(yield* ch.recv());
      }`,
      { command: true },
    );
    assert.equal(stdout, "woken\n");
  });

  it("a goroutine that sleeps, another one that waits for a promise", async () => {
    const stdout = await output(`import { chan, go, run, sleep, wait } from "gort";
      const ch = chan();
      await run(function* main() {
        go(function* () { yield* sleep(60); yield* ch.send("slept"); });
        console.log(yield* ch.recv());
        go(function* () { yield* wait(new Promise((resolve) => setTimeout(resolve, 60))); yield* ch.send("settled"); });
        console.log(yield* ch.recv());
      });`);
    assert.equal(stdout, "slept\nsettled\n");
  });
});

describe("left-overs", () => {
  it("of a run that has ended are no deadlock: the process ends with 0 and says nothing", async () => {
    const stdout = await output(`import { chan, go, run } from "gort";
      const result = await run(function* main() {
        go(function* () { yield* chan().recv(); });
        go(async () => { await chan().send(1); });
        return "done";
      });
      console.log(result);`);
    assert.equal(stdout, "done\n");
  });

  it("of a program that never called run are none either", async () => {
    const stdout = await output(`import { chan, go, select } from "gort";
      go(function* () { yield* chan().recv(); });
      go(function* () { yield* select({}); });
      console.log("end");`);
    assert.equal(stdout, "end\n");
  });

  it("are left behind by the command when main returns", async () => {
    const stdout = await output(
      `import { chan, go, sleep } from "gort";
      export function* main() {
        go(function* () { yield* chan().recv(); });
        go(function* () { yield* sleep(3_600_000); });
        setInterval(() => {}, 1000);
        console.log("end");
      }`,
      { command: true },
    );
    assert.equal(stdout, "end\n");
  });

  it("that sleep go on after run has ended, and keep the process until then", async () => {
    const stdout = await output(`import { go, run, sleep } from "gort";
      await run(function* main() { go(function* () { yield* sleep(20); console.log("slept"); }); });
      console.log("run has ended");`);
    assert.equal(stdout, "run has ended\nslept\n");
  });
});

describe("an idle runtime", () => {
  it("importing gort starts nothing: no handles, no listeners, no timers", async () => {
    const stdout =
      await output(`const before = JSON.stringify([process.getActiveResourcesInfo(), process.eventNames()]);
      await import("gort");
      const after = JSON.stringify([process.getActiveResourcesInfo(), process.eventNames()]);
      console.log(before === after ? "same" : before + after);`);
    assert.equal(stdout, "same\n");
  });

  it("does not keep the process alive after goroutines, timers and promises have been used", async () => {
    const stdout = await output(`import { chan, go, gosched, run, select, sleep, wait } from "gort";
      await run(function* main() {
        const ch = chan();
        go(function* () { yield* ch.send(1); });
        yield* select({ got: ch.recv(), late: sleep(3_600_000) });
        yield* sleep(1);
        yield* gosched();
        yield* wait(Promise.resolve());
      });
      process.on("beforeExit", () => console.log(process.getActiveResourcesInfo().filter((kind) => kind === "Immediate" || kind === "Timeout").length));`);
    assert.equal(stdout, "0\n");
  });
});

describe("two copies of gort in one thread", () => {
  it("are refused, with the place of both", async () => {
    const { code, stdout, stderr } =
      await program(`import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
      import { tmpdir } from "node:os";
      import { join } from "node:path";
      import { fileURLToPath, pathToFileURL } from "node:url";
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "gort-copy-")));
      const dist = fileURLToPath(new URL(".", import.meta.resolve("gort")));
      for (const name of ["one", "two"]) cpSync(dist, join(folder, name), { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const at = (name) => pathToFileURL(join(folder, name, "index.js")).href;
      try {
        const one = await import(at("one"));
        const error = await import(at("two")).catch((error) => error);
        console.log(error.name, error.code, error.message.includes(at("one").slice(0, -8)), error.message.includes(at("two").slice(0, -8)));
        console.log(await one.run(() => "the first one works on"));
      } finally {
        rmSync(folder, { recursive: true });
      }`);
    assert.deepEqual(
      { code, stdout, stderr },
      {
        code: 0,
        stdout: "TwoRuntimesError GORT_TWO_RUNTIMES true true\nthe first one works on\n",
        stderr: "",
      },
    );
  });

  it("each thread has one of its own", async () => {
    const stdout = await output(`import { Worker } from "node:worker_threads";
      import { run } from "gort";
      const source = "import { run } from " + JSON.stringify(import.meta.resolve("gort")) + "; console.log(await run(() => 'in a worker'));";
      new Worker(new URL("data:text/javascript," + encodeURIComponent(source))).on("exit", async () => console.log(await run(() => "in main")));`);
    assert.equal(stdout, "in a worker\nin main\n");
  });
});
