/**
 * readBody and readChunk: what they give, what they refuse, and that one that loses takes nothing.
 */
import assert from "node:assert/strict";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { chan, type Goroutine, go, gosched, select, trySelect, wait, withTimeout } from "gort";
import { readBody, readChunk } from "gort/http";
import { rest, turn } from "../../go/support.ts";
import { ask, get, type Handler, portOf, post, Raw, thrown, turns, withServer } from "./support.ts";

/** Answers the body's length and first letters. */
function* echo(req: IncomingMessage, res: ServerResponse): Goroutine {
  const body = yield* readBody(req, 10_000_000);
  res.end(`${body.length} ${body.subarray(0, 5)}`);
}

/** How many listeners the reading of a body could have left. */
function listeners(req: IncomingMessage): number {
  return (
    req.listenerCount("readable") +
    req.listenerCount("data") +
    req.listenerCount("end") +
    req.listenerCount("error") +
    req.listenerCount("close")
  );
}

describe("readBody", () => {
  it(
    "gives the whole body, however it comes",
    withServer(echo, function* (server) {
      assert.equal((yield* ask(server)).body, "0 ");
      assert.equal((yield* ask(server, "/", { method: "POST", body: "hello" })).body, "5 hello");
      const long = "abcde".repeat(1_000_000);
      assert.equal((yield* ask(server, "/", { method: "POST", body: long })).body, "5000000 abcde");
      const raw = new Raw(server);
      raw.send(post(5));
      for (const letter of "hello") {
        yield* wait(turn());
        raw.send(letter);
      }
      yield* raw.sees("5 hello");
      raw.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      yield* wait(turn());
      raw.send("2\r\nde\r\n0\r\n\r\n");
      yield* raw.sees("5 abcde");
      raw.socket.destroy();
    }),
  );

  it(
    "gives bytes as they are, to a client as well",
    withServer(
      function* (req, res) {
        res.end(yield* readBody(req));
      },
      function* (server) {
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        const res = yield* wait(
          new Promise<IncomingMessage>((resolve) => {
            request({ host: "127.0.0.1", port: portOf(server), method: "POST", agent: false }, resolve).end(
              bytes,
            );
          }),
        );
        assert.deepEqual(yield* readBody(res), bytes);
      },
    ),
  );

  it(
    "gives nothing the second time",
    withServer(
      function* (req, res) {
        const first = yield* readBody(req);
        const second = yield* readBody(req);
        yield* wait(turn());
        const third = yield* readBody(req);
        res.end(`${first};${second};${third};${yield* readChunk(req)}`);
      },
      function* (server) {
        assert.equal((yield* ask(server, "/", { method: "POST", body: "body" })).body, "body;;;undefined");
      },
    ),
  );

  it("throws TooLargeError beyond its limit, and has read nothing", async () => {
    const handler: Handler = function* (req, res) {
      const before = listeners(req);
      const error = (yield* thrown(readBody(req, 4))) as { code: string; message: string };
      assert.equal(error.code, "GORT_TOO_LARGE");
      assert.match(error.message, /^body too large: more than 4 bytes/);
      assert.equal(listeners(req), before);
      const body = yield* readBody(req, 5);
      res.writeHead(413);
      res.end(`after all: ${body}`);
    };
    await withServer(handler, function* (server) {
      const known = yield* ask(server, "/", { method: "POST", body: "12345" });
      assert.deepEqual([known.status, known.body], [413, "after all: 12345"]);
      const raw = new Raw(server).send(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n",
      );
      yield* wait(turn());
      raw.send("2\r\n45\r\n0\r\n\r\n");
      yield* raw.sees("after all: 12345");
      raw.socket.destroy();
    })();
  });

  it(
    "takes 1 MiB unless told, and none of nothing",
    withServer(
      function* (req, res) {
        if (req.url === "/none") res.end(String(yield* readBody(req, 0)));
        else res.end(String((yield* readBody(req)).length));
      },
      function* (server) {
        const body = "x".repeat(1_048_576);
        assert.equal((yield* ask(server, "/", { method: "POST", body })).body, "1048576");
        assert.equal((yield* ask(server, "/none")).body, "");
      },
    ),
  );

  it("that loses takes nothing and leaves no listener; whoever reads next gets all", async () => {
    const parts = chan<string>();
    const consumers: Record<string, (req: IncomingMessage) => Goroutine<string>> = {
      "/again": function* (req) {
        return String(yield* readBody(req));
      },
      "/chunks": function* (req) {
        let all = "";
        for (let chunk = yield* readChunk(req); chunk; chunk = yield* readChunk(req)) all += chunk;
        return all;
      },
      "/iterate": function* (req) {
        return yield* go(async () => {
          let all = "";
          for await (const chunk of req) all += chunk;
          return all;
        });
      },
      "/data": function* (req) {
        return yield* wait(
          new Promise<string>((resolve) => {
            let all = "";
            req.on("data", (chunk) => (all += chunk)).on("end", () => resolve(all));
          }),
        );
      },
    };
    await withServer(
      function* (req, res) {
        const before = listeners(req);
        // Two lose: one that has taken part of the body by the time, one at once.
        const first = yield* select({ body: readBody(req), part: parts.recv() });
        assert.equal(first.case, "part");
        const second = yield* select({ body: readBody(req), chunk: false, now: gosched() });
        assert.equal(second.case, "now");
        yield* wait(turn());
        assert.equal(listeners(req), before);
        assert.equal(trySelect({ body: readBody(req) }), undefined);
        yield* parts.recv();
        const consumer = consumers[req.url ?? ""];
        assert.ok(consumer);
        res.end(yield* consumer(req));
      },
      function* (server) {
        for (const path of Object.keys(consumers)) {
          const raw = new Raw(server).send(`${post(6, path)}ab`);
          yield* turns();
          raw.send("cd");
          yield* turns();
          yield* parts.send("lose");
          yield* parts.send("go on");
          raw.send("ef");
          yield* raw.sees("abcdef");
          raw.socket.destroy();
        }
      },
    )();
  });

  it(
    "under a deadline throws that, and can be called again",
    withServer(
      function* (req, res, ctx) {
        const [limited, cancel] = withTimeout(ctx, 1);
        const error = yield* thrown(limited.wait(readBody(req)));
        cancel();
        res.writeContinue();
        res.end(`${(error as { code: string }).code} ${yield* readBody(req)}`);
      },
      function* (server) {
        const raw = new Raw(server).send(`${post(4)}ab`);
        yield* raw.sees("100 Continue");
        raw.send("cd");
        yield* raw.sees("GORT_DEADLINE_EXCEEDED abcd");
        raw.socket.destroy();
      },
    ),
  );

  it(
    "by two at once serves the first that came; the second finds the rest, which is nothing",
    withServer(
      function* (req, res) {
        const results: string[] = [];
        const readers = ["first", "second", "third"].map((name) =>
          go(function* () {
            results.push(`${name} ${yield* readBody(req)}`);
          }),
        );
        yield* rest(...readers);
        res.writeContinue();
        for (const reader of readers) yield* reader;
        res.end(results.join(";"));
      },
      function* (server) {
        const raw = new Raw(server).send(`${post(4)}ab`);
        yield* raw.sees("100 Continue");
        raw.send("cd");
        yield* raw.sees("first abcd;second ;third ");
        raw.socket.destroy();
      },
    ),
  );

  it(
    "whose predecessor gives up gets what that had collected",
    withServer(
      function* (req, res) {
        const gaveUp = chan<void>();
        const first = go(function* () {
          return (yield* select({ body: readBody(req), up: gaveUp.recv() })).case;
        });
        yield* rest(first);
        const second = go(function* () {
          return String(yield* readBody(req));
        });
        yield* rest(second);
        res.writeContinue();
        yield* wait(turn());
        gaveUp.close();
        res.end(`${yield* first} ${yield* second}`);
      },
      function* (server) {
        const raw = new Raw(server).send(`${post(6)}ab`);
        yield* wait(turn());
        raw.send("cd");
        yield* raw.sees("100 Continue");
        raw.send("ef");
        yield* raw.sees("up abcdef");
        raw.socket.destroy();
      },
    ),
  );

  it(
    "of a request that says that it is too long throws before anything has come",
    withServer(
      function* (req, res) {
        const error = yield* thrown(readBody(req, 1000));
        res.writeHead(413, { connection: "close" }).end((error as { code: string }).code);
      },
      function* (server) {
        const raw = new Raw(server).send(post(1001));
        yield* raw.sees("GORT_TOO_LARGE");
        raw.socket.destroy();
      },
    ),
  );

  it("refuses what it cannot do", async () => {
    for (const [what, code] of [
      [() => readBody({} as never), "GORT_INVALID_OPTION"],
      [() => readBody(undefined as never), "GORT_INVALID_OPTION"],
      [() => readChunk(1 as never), "GORT_INVALID_OPTION"],
      [() => readBody({ read() {}, headers: {} } as never, -1), "GORT_INVALID_NUMBER"],
      [() => readBody({ read() {}, headers: {} } as never, 1.5), "GORT_INVALID_NUMBER"],
    ] as const) {
      await assert.rejects(Promise.resolve<unknown>(what()), { code });
    }
  });
});

describe("readChunk", () => {
  it(
    "gives what has come, and undefined at the end",
    withServer(
      function* (req, res) {
        const first = yield* readChunk(req);
        res.writeContinue();
        const second = yield* readChunk(req);
        const third = yield* readChunk(req);
        res.end(`${first};${second};${third};${yield* readChunk(req)}`);
      },
      function* (server) {
        const raw = new Raw(server).send(`${post(4)}ab`);
        yield* raw.sees("100 Continue");
        raw.send("cd");
        yield* raw.sees("ab;cd;undefined;undefined");
        raw.socket.destroy();
      },
    ),
  );

  it(
    "behind a readBody that gives up gets at once what that had collected",
    withServer(
      function* (req, res) {
        const gaveUp = chan<void>();
        const first = go(function* () {
          return (yield* select({ body: readBody(req), up: gaveUp.recv() })).case;
        });
        yield* rest(first);
        const second = go(function* () {
          return String(yield* readChunk(req));
        });
        yield* rest(second);
        res.writeContinue();
        yield* turns();
        gaveUp.close();
        res.write(`${yield* first} ${yield* second}`);
        res.end(` ${yield* readBody(req)}`);
      },
      function* (server) {
        const raw = new Raw(server).send(post(6));
        yield* raw.sees("100 Continue");
        raw.send("abcd");
        yield* raw.sees("up abcd");
        raw.send("ef");
        yield* raw.sees(" ef");
        raw.socket.destroy();
      },
    ),
  );

  it("holds the client back while nobody reads", async () => {
    const length = 50_000_000;
    const begin = chan<void>();
    await withServer(
      function* (req, res) {
        yield* begin.recv();
        let size = 0;
        for (let chunk = yield* readChunk(req); chunk; chunk = yield* readChunk(req)) size += chunk.length;
        res.end(String(size));
      },
      function* (server) {
        const raw = new Raw(server).send(post(length));
        const written = new Promise<void>((resolve) => {
          raw.socket.write("x".repeat(length), () => resolve());
        });
        for (let i = 0; i < 50; i++) yield* wait(turn());
        assert.ok(raw.socket.writableLength > 0, "all of it has been taken");
        begin.close();
        yield* wait(written);
        yield* raw.sees(String(length));
        raw.socket.destroy();
      },
    )();
  });

  it(
    "leaves the rest of a body to Node when the handler returns: the next request is served",
    withServer(
      function* (req, res) {
        if (req.method === "POST") yield* readChunk(req);
        res.end(req.url);
      },
      function* (server) {
        const raw = new Raw(server).send(`${post(200_000, "/first")}${"x".repeat(200_000)}`);
        yield* raw.sees("/first");
        raw.send(get("/second"));
        yield* raw.sees("/second");
        raw.socket.destroy();
      },
    ),
  );
});
