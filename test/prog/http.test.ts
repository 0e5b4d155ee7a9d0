/**
 * Whole programs that serve HTTP: what they print, how they end, what they load.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output, program } from "./program.ts";

/** A program with a server whose handler is `handler`, and a `get` that gives status and body; `body` is what main does. */
function serving(handler: string, body: string, options = ""): string {
  return `import { spawn } from "node:child_process";
    import { request } from "node:http";
    import { background, chan, go, run, sleep, wait, withCancel, withTimeout } from "gort";
    import { serve } from "gort/http";
    const get = (server, path = "/") => wait(new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: server.addr.port, path, agent: false }, async (res) => {
        let text = "";
        for await (const chunk of res) text += chunk;
        resolve(res.statusCode + " " + text.trim());
      }).on("error", reject).end();
    }));
    await run(function* main() {
      const server = yield* serve({ port: 0, host: "127.0.0.1", ${options} }, ${handler});
      ${body}
    });`;
}

describe("a handler's error", () => {
  it("is printed to standard error, and the server goes on", async () => {
    const { code, stdout, stderr } = await program(
      serving(
        `function* (req, res) { if (req.url === "/bad") throw new TypeError("no such luck"); res.end("well"); }`,
        `console.log(yield* get(server, "/bad"));
        console.log(yield* get(server, "/well"));
        yield* server.close();`,
      ),
    );
    assert.equal(stdout, "500 Internal Server Error\n200 well\n");
    assert.match(
      stderr,
      /^gort: the handler of GET \/bad failed: TypeError: no such luck\n {4}at .*program\.mjs/,
    );
    assert.equal(stderr.match(/gort:/g)?.length, 1);
    assert.equal(code, 0);
  });

  it("that onError throws on is a panic", async () => {
    const { code, stderr } = await program(
      serving(
        `function* () { throw new Error("first"); }`,
        `yield* get(server); yield* sleep(3_600_000);`,
        `onError(error) { throw new Error("then", { cause: error }); }`,
      ),
    );
    assert.match(stderr, /^panic: then\n/);
    assert.equal(code, 2);
  });
});

describe("a program that serves", () => {
  it("ends when the server is closed, and leaves nothing", async () => {
    const stdout = await output(
      `${serving(
        `function* (req, res) { yield* sleep(1); res.end("hello"); }`,
        `console.log(yield* get(server));
        yield* server.close();
        console.log("closed");`,
      )}
      process.on("beforeExit", () => console.log(JSON.stringify(process.getActiveResourcesInfo().filter((kind) => !/Pipe|TTY/.test(kind)))));`,
    );
    assert.equal(stdout, "200 hello\nclosed\n[]\n");
  });

  it("ends when the server's context does", async () => {
    const stdout = await output(
      serving(
        `function* (req, res) { res.end("hello"); cancel(); }`,
        `console.log(yield* get(server));`,
        `ctx`,
      ).replace("await run(", "const [ctx, cancel] = withCancel(background());\nawait run("),
    );
    assert.equal(stdout, "200 hello\n");
  });

  it("lives as long as it listens, and its goroutines' waiting is no deadlock", async () => {
    const stdout = await output(
      serving(
        `function* (req, res) { res.end("hello"); yield* quit.send(); }`,
        // The client is a process that does not keep this one alive: the server alone does.
        `const later = "setTimeout(() => require('node:http').get('http://127.0.0.1:" + server.addr.port + "'), 300)";
        spawn(process.execPath, ["-e", later], { stdio: "ignore" }).unref();
        yield* quit.recv();
        console.log("asked");
        yield* server.close();`,
      ).replace("await run(", "const quit = chan();\nawait run("),
    );
    assert.equal(stdout, "asked\n");
  });

  it("and waits for handlers that nobody can wake, when all connections are closed, is in a deadlock", async () => {
    const { code, stderr } = await program(
      serving(
        `function* stuck(req, res, ctx) { res.end("hello"); yield* chan().recv(); }`,
        `console.log(yield* get(server));
        yield* server.close();`,
      ),
    );
    assert.match(stderr, /DeadlockError: all goroutines are asleep - deadlock!/);
    assert.match(stderr, /goroutine 1 \[IO wait\]/);
    assert.match(stderr, /goroutine \d+ \[chan receive\]:\n.*stuck[^]*created by .*main/);
    assert.equal(code, 1);
  });
});

describe("importing", () => {
  const LOADED = `import { builtinModules } from "node:module";
    const loaded = () => ["node:http", "node:net"].filter((name) => process.moduleLoadList.includes("NativeModule " + name.slice(5)));`;

  for (const [what, modules] of [
    ["gort", []],
    ["gort/net", ["node:net"]],
    ["gort/http", ["node:http", "node:net"]],
  ] as const) {
    it(`${what} loads of Node's network ${modules.length === 0 ? "nothing" : modules.join(" and ")}`, async () => {
      const stdout = await output(`${LOADED}
        const before = loaded();
        const listeners = JSON.stringify(process.eventNames());
        await import(${JSON.stringify(what)});
        console.log(JSON.stringify([before, loaded(), listeners === JSON.stringify(process.eventNames()), process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|Immediate/.test(kind))]));`);
      assert.deepEqual(JSON.parse(stdout), [[], modules, true, []]);
    });
  }
});
