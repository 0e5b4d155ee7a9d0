/**
 * serve: handlers of every kind, connections of every kind, and what cannot be served.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, IncomingMessage, request, ServerResponse } from "node:http";
import { request as requestSecurely } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  chan,
  type Goroutine,
  go,
  gosched,
  run,
  runtime,
  select,
  sleep,
  wait,
  withCancel,
  withValue,
} from "gort";
import { type ServeOptions, type Server, serve } from "gort/http";
import { inMain, must, rest, turn } from "../../go/support.ts";
import { certificate } from "../certificate.ts";
import { ask, fetched, get, nothingLeft, Raw, thrown, turns, withServer } from "./support.ts";

function* hello(req: IncomingMessage, res: ServerResponse): Goroutine {
  res.end(`hello ${req.url}`);
}

const LOOPBACK = { port: 0, host: "127.0.0.1" };

describe("a handler", () => {
  const kinds: Record<string, () => Goroutine<Server>> = {
    "a generator function": function* () {
      return yield* serve(LOOPBACK, function* (req, res) {
        yield* gosched();
        res.end(`hello ${req.url}`);
      });
    },
    "an async function": function* () {
      return yield* serve(LOOPBACK, async (req, res) => {
        await turn();
        res.end(`hello ${req.url}`);
      });
    },
    "a plain function": function* () {
      return yield* serve(LOOPBACK, (req, res) => res.end(`hello ${req.url}`));
    },
    "a plain function that hands on a goroutine": function* () {
      const handler: (req: IncomingMessage, res: ServerResponse) => unknown = (req, res) => hello(req, res);
      return yield* serve(LOOPBACK, handler as typeof hello);
    },
  };
  for (const [kind, start] of Object.entries(kinds)) {
    it(
      `can be ${kind}`,
      inMain(function* () {
        const server = yield* start();
        const { status, body } = yield* ask(server, "/x");
        yield* server.close();
        assert.deepEqual([status, body], [200, "hello /x"]);
      }),
    );
  }

  it(
    "gets Node's own request and response, in a goroutine with its name",
    withServer(
      function* greet(req, res) {
        assert.ok(req instanceof IncomingMessage && res instanceof ServerResponse);
        res.end(runtime.stacks());
      },
      function* (server) {
        const { body } = yield* ask(server);
        assert.match(body, /goroutine \d+ \[running\]:[^]*\bgreet\b/);
      },
    ),
  );

  it(
    "need not end its response: that is done when it returns",
    withServer(
      function* (req, res) {
        if (req.url === "/part") res.write("part");
        yield* gosched();
      },
      function* (server) {
        assert.deepEqual((yield* ask(server, "/part")).body, "part");
        const { status, body, headers } = yield* ask(server);
        assert.deepEqual([status, body, headers["content-length"]], [200, "", "0"]);
      },
    ),
  );

  it("runs in a goroutine of its own for each request", async () => {
    const letters = chan<string>();
    await withServer(
      function* (req, res) {
        // The first request is answered by what the second one says.
        if (req.url === "/first") res.end(yield* letters.recv());
        else yield* letters.send("from the second");
      },
      function* (server) {
        const first = fetched(server, "/first");
        yield* ask(server, "/second");
        assert.equal((yield* wait(first)).body, "from the second");
      },
    )();
  });
});

describe("a request's context", () => {
  it("is over when the handler has ended, and all that was made from it", async () => {
    const seen: Context[] = [];
    const before: unknown[] = [];
    await withServer(
      function* (_req, _res, ctx) {
        seen.push(ctx, withCancel(ctx)[0], withValue(ctx, "k", 1));
        before.push(ctx.err, ctx.deadline, ctx.signal.aborted, String(ctx));
        yield* ctx.wait(gosched());
      },
      function* (server) {
        yield* ask(server);
        assert.deepEqual(before, [undefined, undefined, false, "context.Background.http.Request"]);
        assert.equal(seen.length, 3);
        for (const ctx of seen) {
          yield* ctx.done();
          assert.ok(ctx.err instanceof ContextCanceledError);
          assert.ok(ctx.signal.aborted);
        }
      },
    )();
  });

  it("aborts its signal when the handler has ended: whoever listens may start a goroutine", async () => {
    const heard = chan<string>(1);
    await withServer(
      function* (_req, _res, ctx) {
        ctx.signal.addEventListener("abort", () => {
          go(function* () {
            yield* heard.send("aborted");
          });
        });
      },
      function* (server) {
        yield* ask(server);
        assert.equal(yield* heard.recv(), "aborted");
      },
    )();
  });

  it(
    "has the values of the server's",
    inMain(function* () {
      const ctx = withValue(background(), "name", "Ada");
      const server = yield* serve({ ...LOOPBACK, ctx }, function* (_req, res, ctx) {
        res.end(ctx.value("name"));
      });
      assert.equal((yield* ask(server)).body, "Ada");
      yield* server.close();
    }),
  );
});

describe("a connection", () => {
  it("is kept alive for the next request", async () => {
    const ports: unknown[] = [];
    await withServer(
      function* (req) {
        ports.push(req.socket.remotePort);
      },
      function* (server) {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (let i = 0; i < 3; i++) yield* ask(server, "/", { agent });
        agent.destroy();
        assert.deepEqual([ports.length, new Set(ports).size], [3, 1]);
      },
    )();
  });

  it("with requests that do not wait for answers gets these in order", async () => {
    const last = chan<void>();
    const order: string[] = [];
    await withServer(
      function* (req, res) {
        if (req.url === "/1") yield* last.recv();
        order.push(must(req.url));
        res.end(`answer to ${req.url};`);
        if (req.url === "/3") last.close();
      },
      function* (server) {
        const raw = new Raw(server).send(get("/1") + get("/2") + get("/3", "Connection: close"));
        const said = yield* raw.ends();
        assert.deepEqual(said.match(/answer to ..;/g), ["answer to /1;", "answer to /2;", "answer to /3;"]);
        assert.deepEqual(order, ["/2", "/3", "/1"]);
      },
    )();
  });

  it(
    "that asks to go on before it sends its body is told to",
    withServer(hello, function* (server) {
      const raw = new Raw(server).send(
        "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
      );
      yield* raw.sees("100 Continue");
      yield* raw.sees("hello /a");
      raw.socket.destroy();
    }),
  );

  it("with what is no HTTP is answered 400, one with too long a head 431, and the server goes on", async () => {
    let calls = 0;
    await withServer(
      function* (_req, res) {
        calls++;
        res.end("well");
      },
      function* (server) {
        const bad = new Raw(server).send("no such thing\r\n\r\n");
        assert.match(yield* bad.ends(), /^HTTP\/1\.1 400 /);
        const long = new Raw(server).send(get("/", `X: ${"x".repeat(1000)}`));
        assert.match(yield* long.ends(), /^HTTP\/1\.1 431 /);
        const smuggled = new Raw(server).send(
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        assert.match(yield* smuggled.ends(), /^HTTP\/1\.1 400 /);
        assert.equal(calls, 0);
        assert.equal((yield* ask(server)).body, "well");
      },
      { http: { maxHeaderSize: 500 } },
    )();
  });

  it("may come by a Unix socket", { skip: process.platform === "win32" }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "gort-http-"));
    const path = join(folder, "s");
    await run(function* () {
      const server = yield* serve({ path }, hello);
      assert.deepEqual(server.addr, { path });
      const body = yield* wait(
        new Promise((resolve, reject) => {
          request({ socketPath: path, path: "/u", agent: false }, (res) => res.on("data", resolve))
            .on("error", reject)
            .end();
        }),
      );
      assert.equal(String(body), "hello /u");
      yield* server.close();
    });
    rmSync(folder, { recursive: true });
    await nothingLeft();
  });

  it("may be a secure one; what is none does no harm", async () => {
    const tls = certificate();
    await withServer(
      hello,
      function* (server) {
        assert.ok("port" in server.addr);
        const { port } = server.addr;
        const plain = new Raw(server).send(get());
        yield* plain.ends();
        const body = yield* wait(
          new Promise((resolve, reject) => {
            requestSecurely({ host: "127.0.0.1", port, path: "/s", agent: false, ca: tls.cert }, (res) =>
              res.on("data", resolve),
            )
              .on("error", reject)
              .end();
          }),
        );
        assert.equal(String(body), "hello /s");
      },
      { tls },
    )();
  });
});

describe("serve", () => {
  it(
    "that cannot listen throws the system's error",
    inMain(function* () {
      const other = createServer();
      yield* wait(new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve)));
      const { port } = other.address() as { port: number };
      const error = (yield* thrown(serve({ port, host: "127.0.0.1" }, hello))) as { code: string };
      assert.equal(error.code, "EADDRINUSE");
      other.close();
    }),
  );

  it("with a certificate that is none throws where it is waited for, and can be a case", async () => {
    const tls = { key: "none", cert: "none" };
    await run(function* () {
      assert.match(String(yield* thrown(serve({ ...LOOPBACK, tls }, hello))), /PEM|asn1|DECODER/i);
      assert.match(
        String(yield* thrown(select({ s: serve({ ...LOOPBACK, tls }, hello), never: false }))),
        /PEM|asn1|DECODER/i,
      );
    });
    await assert.rejects(async () => {
      await serve({ ...LOOPBACK, tls }, hello);
    }, /PEM|asn1|DECODER/i);
    await nothingLeft();
  });

  it("that loses its select does not listen", async () => {
    await run(function* () {
      for (const options of [LOOPBACK, { ...LOOPBACK, tls: { key: "none", cert: "none" } }]) {
        const stop = chan<void>();
        const loser = go(function* () {
          return (yield* select({ server: serve(options, hello), stop: stop.recv() })).case;
        });
        yield* rest(loser);
        assert.equal(loser.status, "waiting");
        stop.close();
        assert.equal(yield* loser, "stop");
      }
      yield* turns();
    });
    await nothingLeft();
  });

  it("with a context that is over throws its error, and does not listen", async () => {
    const [ctx, cancel] = withCancel(background());
    cancel();
    await run(function* () {
      assert.equal(yield* thrown(serve({ ...LOOPBACK, ctx }, hello)), ctx.err);
    });
    await nothingLeft();
  });

  it("can be awaited outside a goroutine", async () => {
    const server = await serve(LOOPBACK, hello);
    assert.equal((await fetched(server, "/a")).body, "hello /a");
    await server.close();
    await nothingLeft();
  });

  it("refuses what it cannot do, and says what is allowed", async () => {
    const bad: [options: unknown, handler: unknown, code: string, message: RegExp][] = [
      [
        { port: -1 },
        hello,
        "GORT_INVALID_NUMBER",
        /^serve: port is an integer from 0 to 65535, got the number -1$/,
      ],
      [{ port: 65_536 }, hello, "GORT_INVALID_NUMBER", /port/],
      [{ port: "80" }, hello, "GORT_INVALID_NUMBER", /the string "80"/],
      [{ prot: 80 }, hello, "GORT_INVALID_OPTION", /no option "prot" \(.*onError.*http\)/],
      [undefined, hello, "GORT_INVALID_OPTION", /serve needs an object of options/],
      [{ path: "/x", port: 1 }, hello, "GORT_INVALID_OPTION", /path/],
      [{ backlog: 0 }, hello, "GORT_INVALID_NUMBER", /backlog/],
      [{ tls: true }, hello, "GORT_INVALID_OPTION", /tls/],
      [
        { http: 1 },
        hello,
        "GORT_INVALID_OPTION",
        /^serve: http is an object of options as for http\.createServer/,
      ],
      [{ http: null }, hello, "GORT_INVALID_OPTION", /http/],
      [{ cores: 0 }, hello, "GORT_INVALID_OPTION", /cores is "all" or an integer of at least 1/],
      [{ cores: "some" }, hello, "GORT_INVALID_OPTION", /cores/],
      [{ ctx: {} }, hello, "GORT_INVALID_CONTEXT", /serve: ctx is no context/],
      [{ onError: 1 }, hello, "GORT_NOT_A_FUNCTION", /serve: onError/],
      [{}, undefined, "GORT_NOT_A_FUNCTION", /serve needs a function, got undefined/],
    ];
    for (const [options, handler, code, message] of bad) {
      const op = serve(options as ServeOptions, handler as never);
      await assert.rejects(Promise.resolve(op), { code, message });
    }
    for (const cores of [1, undefined] as const) serve({ cores }, hello);
  });

  it(
    "serves many connections with many requests",
    withServer(
      function* (req, res) {
        if (Number(req.headers["x"]) % 3 === 0) yield* sleep(1);
        res.end(req.headers["x"]);
      },
      function* (server) {
        const agent = new Agent({ keepAlive: true, maxSockets: 20 });
        const replies: Promise<{ body: string }>[] = [];
        for (let i = 0; i < 400; i++)
          replies.push(fetched(server, "/", { agent, headers: { x: String(i) } }));
        const all = yield* wait(Promise.all(replies));
        agent.destroy();
        assert.deepEqual(
          all.map(({ body }) => body),
          all.map((_, i) => String(i)),
        );
      },
    ),
  );
});
