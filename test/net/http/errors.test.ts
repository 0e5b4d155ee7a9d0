/**
 * A handler that fails: what the client sees, who is told, and that the server goes on. Reports on standard error: test/prog/http.test.ts.
 */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it } from "node:test";
import { chan, type Goroutine, goexit, gosched, run, sleep, withTimeout } from "gort";
import { readBody, type ServeOptions, type Server, serve } from "gort/http";
import { panicOf } from "../../go/support.ts";
import { ask, get, type Handler, nothingLeft, post, Raw, withServer } from "./support.ts";

interface Told {
  readonly error: unknown;
  readonly url: string | undefined;
}

/** As withServer, with the list of what onError was told. */
function withReports(
  handler: Handler,
  body: (server: Server, told: Told[]) => Goroutine,
): () => Promise<void> {
  return async () => {
    const told: Told[] = [];
    const options: ServeOptions = { onError: (error, req) => told.push({ error, url: req.url }) };
    await withServer(handler, (server) => body(server, told), options)();
  };
}

function codeOf(told: Told | undefined): unknown {
  return (told?.error as { code?: unknown } | undefined)?.code;
}

const why = new Error("why");

describe("a handler's error", () => {
  it(
    "before the head is sent is answered 500 with nothing of what was meant, and the connection goes on",
    withReports(
      function* (req, res) {
        if (req.url === "/well") return;
        res.statusCode = 201;
        res.statusMessage = "Made";
        res.setHeader("X-Secret", "s").setHeader("Content-Length", 3).setHeader("Set-Cookie", ["a=1"]);
        yield* gosched();
        throw why;
      },
      function* (server, told) {
        const raw = new Raw(server).send(get("/bad"));
        yield* raw.sees("Internal Server Error\n");
        assert.match(raw.text, /^HTTP\/1\.1 500 Internal Server Error\r\n/);
        assert.match(raw.text, /\r\ncontent-length: 22\r\n/i);
        assert.doesNotMatch(raw.text, /secret|cookie|why/i);
        assert.deepEqual(told, [{ error: why, url: "/bad" }]);
        raw.send(get("/well"));
        yield* raw.sees("200 OK");
        raw.socket.destroy();
        assert.equal(told.length, 1);
      },
    ),
  );

  for (const [kind, start] of Object.entries({
    "an async function": (options: ServeOptions) =>
      serve(options, async () => {
        await undefined;
        throw why;
      }),
    "a plain function": (options: ServeOptions) =>
      serve(options, () => {
        throw why;
      }),
  })) {
    it(`counts from ${kind}, too`, async () => {
      const told: unknown[] = [];
      await run(function* () {
        const server = yield* start({ port: 0, host: "127.0.0.1", onError: (error) => told.push(error) });
        assert.equal((yield* ask(server)).status, 500);
        yield* server.close();
      });
      assert.deepEqual(told, [why]);
      await nothingLeft();
    });
  }

  it(
    "after the head closes the connection, so that the client does not take the part for the whole",
    withReports(
      function* (req, res) {
        if (req.url === "/well") return;
        res.write("a part");
        yield* sleep(0);
        throw why;
      },
      function* (server, told) {
        const raw = new Raw(server).send(get("/bad"));
        assert.match(yield* raw.ends(), /^HTTP\/1\.1 200 OK\r\n[^]*a part\r\n$/);
        assert.equal(((yield* panicOf(() => ask(server, "/bad"))) as { code: string }).code, "ECONNRESET");
        assert.deepEqual(told, [
          { error: why, url: "/bad" },
          { error: why, url: "/bad" },
        ]);
        assert.equal((yield* ask(server, "/well")).status, 200);
      },
    ),
  );

  it(
    "after the response has been ended changes nothing for the client",
    withReports(
      function* (_req, res) {
        res.end("x".repeat(30_000_000));
        throw why;
      },
      function* (server, told) {
        assert.equal((yield* ask(server)).body.length, 30_000_000);
        assert.equal(told.length, 1);
      },
    ),
  );

  it("after the head of a response whose turn has not come: those before are sent", async () => {
    const second = chan<void>();
    await withReports(
      function* (req, res) {
        if (req.url === "/1") yield* second.recv();
        res.write(`to ${req.url};`);
        if (req.url === "/1") return;
        second.close();
        throw why;
      },
      function* (server, told) {
        const raw = new Raw(server).send(get("/1") + get("/2"));
        const said = yield* raw.ends();
        assert.match(said, /to \/1;\r\n0\r\n\r\n$/);
        assert.deepEqual(told, [{ error: why, url: "/2" }]);
      },
    )();
  });

  it(
    "may be a status that there is not, which shows when the response is ended",
    withReports(
      function* (_req, res) {
        res.statusCode = 9999;
      },
      function* (server, told) {
        assert.equal((yield* ask(server)).status, 500);
        assert.equal(codeOf(told[0]), "ERR_HTTP_INVALID_STATUS_CODE");
      },
    ),
  );

  it(
    "may be anything at all",
    withReports(
      function* () {
        throw undefined;
      },
      function* (server, told) {
        assert.equal((yield* ask(server)).status, 500);
        assert.deepEqual(told, [{ error: undefined, url: "/" }]);
      },
    ),
  );

  it("to a request with an unread body leaves the connection in order", async () => {
    await withReports(
      function* () {
        throw why;
      },
      function* (server) {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (let i = 0; i < 2; i++) {
          const { status } = yield* ask(server, "/", { method: "POST", body: "x".repeat(500_000), agent });
          assert.equal(status, 500);
        }
        agent.destroy();
      },
    )();
  });

  it("is none when the handler calls goexit: its response is ended", async () => {
    await withReports(
      function* (_req, res) {
        res.write("so far");
        goexit();
      },
      function* (server, told) {
        assert.equal((yield* ask(server)).body, "so far");
        assert.deepEqual(told, []);
      },
    )();
  });
});

describe("an error that only says that the client has gone", () => {
  const steps = chan<string>();
  const stages: Record<string, Handler> = {
    "ctx.err": function* (_req, _res, ctx) {
      yield* ctx.wait(sleep(3_600_000));
    },
    "readBody's": function* (req) {
      yield* readBody(req);
    },
  };
  for (const [name, handler] of Object.entries(stages)) {
    it(
      `is not reported: ${name}`,
      withReports(
        function* (req, res, ctx) {
          yield* steps.send("begun");
          try {
            yield* handler(req, res, ctx);
          } finally {
            yield* steps.send("ended");
          }
        },
        function* (server, told) {
          const raw = new Raw(server).send(post(10));
          assert.equal(yield* steps.recv(), "begun");
          raw.socket.destroy();
          assert.equal(yield* steps.recv(), "ended");
          yield* server.close();
          assert.deepEqual(told, []);
        },
      ),
    );
  }

  it(
    "is not taken for one that the handler's own deadline threw",
    withReports(
      function* (_req, _res, ctx) {
        const [limited, cancel] = withTimeout(ctx, 1);
        try {
          yield* limited.wait(sleep(3_600_000));
        } finally {
          cancel();
        }
      },
      function* (server, told) {
        assert.equal((yield* ask(server)).status, 500);
        assert.equal(codeOf(told[0]), "GORT_DEADLINE_EXCEEDED");
      },
    ),
  );
});
