/** Servers on several cores. Sharing a port needs Node 22.12 on Linux; elsewhere one core accepts. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { describe, it } from "node:test";
import { background, chan, type Goroutine, go, run, runtime, wait, withCancel, withTimeout } from "gort";
import { serve as serveHttp } from "gort/http";
import { type Address, dial, serve } from "gort/net";
import { hasReusePort } from "#src/net/target.ts";
import { program } from "../prog/program.ts";
import { whereConn, whereRequest } from "./cores-work.ts";

const shares = process.platform === "linux" && hasReusePort(process.versions.node);
const skip = shares ? false : "this Node cannot share a port between threads";

runtime.gomaxprocs(3);

/** What the server answers to `line`. */
function* ask(port: number, line: string): Goroutine<string | undefined> {
  const conn = yield* dial({ port, host: "127.0.0.1" });
  try {
    yield* conn.write(`${line}\n`);
    return yield* conn.readLine();
  } finally {
    conn.close();
  }
}

function request(port: number, path: string): Promise<[status: number | undefined, text: string]> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: "127.0.0.1", agent: false }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      res.on("end", () => resolve([res.statusCode, text]));
    }).on("error", reject);
  });
}

describe("serve with cores", () => {
  it("accepts on every core, reports what fails there, and ends with its context", { skip }, async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(background());
      const listening = chan<number>(1);
      const failed = chan<[string, string | undefined]>(12);
      const server = go(function* () {
        yield* serve(
          {
            host: "127.0.0.1",
            cores: "all",
            ctx,
            onListen: (addr: Address) => {
              listening.trySend((addr as { port: number }).port);
            },
            onError: (error, conn) => {
              failed.trySend([(error as Error).message, (conn.remoteAddr as { address?: string }).address]);
            },
          },
          whereConn,
        );
      });
      const port = (yield* listening.recv()) as number;
      const seen = new Set<string | undefined>();
      // The others begin to listen when their threads are there.
      while (seen.size < 3) seen.add(yield* ask(port, "where"));
      assert.deepEqual([...seen].sort(), ["0", "1", "2"]);
      for (let i = 0; i < 12; i++) assert.equal(yield* ask(port, "boom"), undefined);
      for (let i = 0; i < 12; i++) assert.deepEqual(yield* failed.recv(), ["boom", "127.0.0.1"]);
      cancel();
      yield* server;
      const late = yield* go(function* () {
        try {
          yield* dial({ port, host: "127.0.0.1" });
          return "connected";
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      });
      assert.equal(late, "ECONNREFUSED");
    });
  });

  it("serves requests on every core, and closes on all of them", { skip }, async () => {
    await run(function* () {
      const server = yield* serveHttp({ host: "127.0.0.1", cores: "all", onError: () => {} }, whereRequest);
      const { port } = server.addr as { port: number };
      const seen = new Set<string>();
      while (seen.size < 3) seen.add((yield* wait(request(port, "/")))[1]);
      assert.deepEqual([...seen].sort(), ["0", "1", "2"]);
      assert.equal((yield* wait(request(port, "/boom")))[0], 500);
      const [limit, stop] = withTimeout(background(), 10_000);
      yield* server.close(limit);
      stop();
      yield* server.close();
      yield* wait(assert.rejects(request(port, "/"), { code: "ECONNREFUSED" }));
    });
  });

  it("starts a core's share anew when that core is lost", { skip }, async () => {
    const { stdout, stderr, code } = await program(
      `import { background, chan, go, portable, run, runtime, wait, withCancel } from "gort";
      import { dial, serve } from "gort/net";
      import { isMainThread } from "node:worker_threads";
      export const handler = portable(function* handler(conn) {
        const line = yield* conn.readLine();
        if (line === "die" && !isMainThread) process.exit(1);
        yield* conn.write(isMainThread ? "main\\n" : "far\\n");
      });
      async function ask(port, line) {
        const conn = await dial({ port, host: "127.0.0.1" });
        try { await conn.write(line + "\\n"); return await conn.readLine(); } catch { return "lost"; } finally { conn.close(); }
      }
      async function until(port, line, answer) { while ((await ask(port, line)) !== answer); }
      await run(async function main() {
        const [ctx, cancel] = withCancel(background());
        let listens; const port = new Promise((resolve) => { listens = (addr) => resolve(addr.port); });
        const server = serve({ host: "127.0.0.1", cores: 2, ctx, onListen: listens }, handler).then(() => {});
        const p = await port;
        await until(p, "where", "far");
        for (;;) { const answer = await ask(p, "die"); if (answer !== "main") break; }
        await until(p, "where", "far");
        cancel();
        await server;
        console.log("served");
      });`,
      { env: { GOMAXPROCS: "2" } },
    );
    assert.deepEqual([stdout, stderr, code], ["served\n", "", 0]);
  });

  it("accepts on one core where a port cannot be shared, and says so once", { skip: shares }, async () => {
    const { stdout, stderr } = await program(
      `import { background, portable, run, withCancel } from "gort";
      import { dial, serve } from "gort/net";
      export const handler = portable(function* handler(conn) { yield* conn.write("hello\\n"); });
      await run(async function main() {
        for (let i = 0; i < 2; i++) {
          const [ctx, cancel] = withCancel(background());
          let listens; const port = new Promise((resolve) => { listens = (addr) => resolve(addr.port); });
          const server = serve({ host: "127.0.0.1", cores: "all", ctx, onListen: listens }, handler).then(() => {});
          const conn = await dial({ port: await port, host: "127.0.0.1" });
          console.log(await conn.readLine());
          cancel();
          await server;
        }
      });`,
      { env: { GOMAXPROCS: "2" } },
    );
    assert.equal(stdout, "hello\nhello\n");
    assert.match(
      stderr,
      /^gort: serve: one core accepts for all: this Node \(v\S+ on \S+\) cannot share a port; .*\n$/,
    );
  });

  it("needs a portable handler", async () => {
    for (const open of [serve, serveHttp] as ((
      options: object,
      handler: () => void,
    ) => PromiseLike<unknown>)[]) {
      await assert.rejects(async () => await open({ cores: 2 }, () => {}), { code: "GORT_NOT_PORTABLE" });
    }
  });
});
