/**
 * trace.serve(): a thread of its own that answers whatever the program does.
 */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { InvalidOptionError, ObserverError } from "#src/base/errors.ts";
import { chan, go, run } from "#src/index.ts";
import { readTrace } from "#src/trace/reader.ts";
import { startTrace, stopTrace } from "#src/trace/session.ts";
import type { StateReply } from "#src/web/protocol.ts";
import { type ServeOptions, startObserver } from "#src/web/serve.ts";
import { program, root } from "../prog/program.ts";
import { lintPerfetto } from "../trace/perfetto-lint.ts";
import { type Answer, send } from "./observed.ts";

const SERVE = JSON.stringify(pathToFileURL(join(root, "dist", "web", "serve.js")).href);

function tokenOf(url: string): string {
  return /#token=([0-9a-f]{32})$/.exec(url)?.[1] as string;
}

async function get(url: string, path: string): Promise<Answer> {
  return send(Number(new URL(url).port), path, { authorization: `Bearer ${tokenOf(url)}` });
}

describe("trace.serve", () => {
  it("gives a URL with a token, serves the program, and the same one when it is called again", async () => {
    const serving = await startObserver();
    try {
      assert.match(serving.url, /^http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{32}$/);
      const { status, text } = await get(serving.url, "/api/state");
      assert.equal(status, 200);
      const state = JSON.parse(text) as StateReply;
      assert.deepEqual([state.pid, state.node, state.path], [process.pid, process.version, process.argv[1]]);
      assert.ok(
        state.now > 0 && Math.abs(state.now - performance.now()) < 60_000,
        "one clock in all threads",
      );
      assert.equal((await send(Number(new URL(serving.url).port), "/api/state")).status, 401);
      assert.equal(await startObserver(), serving);
      assert.equal(await startObserver({ port: 0 }), serving);
      const { port } = new URL(serving.url);
      await assert.rejects(startObserver({ port: Number(port) - 1 }), (error: Error) => {
        assert.ok(error instanceof ObserverError);
        assert.match(
          error.message,
          new RegExp(`^trace\\.serve: it is served already, at 127\\.0\\.0\\.1:${port}; `),
        );
        assert.doesNotMatch(error.message, /token/);
        return true;
      });
    } finally {
      await serving.close();
    }
    await serving.close();
    await assert.rejects(get(serving.url, "/"), /ECONNREFUSED/);
    const second = await startObserver({ host: "localhost" });
    assert.notEqual(tokenOf(second.url), tokenOf(serving.url));
    await second.close();
  });

  it("answers while the thread that started it does nothing else", async () => {
    const serving = await startObserver();
    const done = new SharedArrayBuffer(8);
    const words = new Int32Array(done);
    // This thread stands still until another one has been answered.
    const asker = new Worker(
      `const { workerData: { url, token, done } } = require("node:worker_threads");
       fetch(url, { headers: { authorization: "Bearer " + token } }).then((answer) => answer.json()).then((state) => {
         const words = new Int32Array(done);
         Atomics.store(words, 1, state.format);
         Atomics.store(words, 0, 1);
         Atomics.notify(words, 0);
       });`,
      {
        eval: true,
        workerData: { url: new URL("/api/state", serving.url).href, token: tokenOf(serving.url), done },
      },
    );
    Atomics.wait(words, 0, 0, 30_000);
    assert.deepEqual([...words], [1, 1]);
    await asker.terminate();
    await serving.close();
  });

  it("gives the last seconds as a trace file, and as JSON that Perfetto takes", async () => {
    const serving = await startObserver();
    try {
      startTrace();
      await run(function* main() {
        const pings = chan<number>();
        const player = go(function* player() {
          for (let i = 0; i < 10; i++) yield* pings.recv();
        });
        for (let i = 0; i < 10; i++) yield* pings.send(i);
        yield* player;
      });
      const { status, body } = await get(serving.url, "/api/trace?seconds=60");
      assert.equal(status, 200);
      const trace = readTrace(body);
      assert.deepEqual([trace.end?.reason, trace.meta?.pid], ["last", process.pid]);
      assert.ok(trace.machines[0]?.names.includes("player"));
      const perfetto = await get(serving.url, "/api/perfetto?seconds=60");
      assert.equal(perfetto.status, 200);
      assert.deepEqual(lintPerfetto(perfetto.text), []);
      assert.match(perfetto.text, /G\d+ player/);
    } finally {
      await stopTrace();
      await serving.close();
    }
  });

  it("takes only options that it knows", async () => {
    for (const [options, message] of [
      [null, /the options are an object, got null/],
      [{ prot: 1 }, /there is no option "prot" \(port, host\)/],
      [{ port: -1 }, /port is an integer from 0 to 65535/],
      [{ port: 65_536 }, /port is an integer/],
      [{ port: "80" }, /port is an integer from 0 to 65535, got the string "80"/],
      [{ host: "" }, /host is a name or an address/],
      [{ host: 1 }, /host is a name or an address, got the number 1/],
    ] as [ServeOptions, RegExp][])
      await assert.rejects(startObserver(options), (error: Error) => {
        assert.ok(error instanceof InvalidOptionError);
        assert.match(error.message, message);
        return true;
      });
  });

  it("listens where nobody else can reach it, unless told that this is dangerous", async () => {
    for (const host of ["0.0.0.0", "::", "example.com", "127.0.0.1.example.com"])
      await assert.rejects(startObserver({ host }), (error: ObserverError) => {
        assert.equal(error.code, "GORT_OBSERVER");
        assert.match(error.message, /may be reached by others/);
        return true;
      });
  });

  it("says in one line that a port is in use, and can be tried again", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number };
    await assert.rejects(startObserver({ port }), (error: ObserverError) => {
      assert.equal(error.code, "GORT_OBSERVER");
      assert.equal(
        error.message,
        `trace.serve: port ${port} of 127.0.0.1 is in use; take another one, or 0 for any`,
      );
      return true;
    });
    await new Promise((resolve) => other.close(resolve));
    const serving = await startObserver({ port });
    assert.equal(new URL(serving.url).port, String(port));
    await serving.close();
  });

  it("keeps no process alive, and prints nothing", async () => {
    const { code, stdout, stderr } = await program(
      `import { startObserver } from ${SERVE}; const { url } = await startObserver(); console.log(url);`,
      { env: { NODE_OPTIONS: "" } },
    );
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{32}\n$/);
  });

  it("says what is missing where gort's own files are not there", async () => {
    const parent = join(root, "build", "programs");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, "lone-"));
    try {
      const dist = join(root, "dist");
      for (const name of readdirSync(dist).filter((one) => /^gort.*\.js$/.test(one)))
        writeFileSync(join(folder, name), readFileSync(join(dist, name)));
      writeFileSync(join(folder, "package.json"), '{"type":"module"}');
      const bundle = readFileSync(join(dist, "web", "serve.js"), "utf8").replace(
        "../gort-web.js",
        "./gort-web.js",
      );
      writeFileSync(join(folder, "serve.js"), bundle);
      assert.ok(!existsSync(join(dirname(folder), "web")));
      const { code, stdout, stderr } = await program(
        `import { startObserver } from ${JSON.stringify(pathToFileURL(join(folder, "serve.js")).href)};
         await startObserver().catch((error) => console.log(error.code, error.message));`,
      );
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^GORT_OBSERVER trace\.serve: gort's own files are not there: [^\n]*\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
