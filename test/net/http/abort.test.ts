/**
 * A client that goes away, at each stage of a request.
 */
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { type Chan, type Context, cause, chan, type Goroutine, go, type Op, select, withCancel } from "gort";
import { RequestAbortedError, readBody, readChunk, send } from "gort/http";
import { must, rest } from "../../go/support.ts";
import { ask, get, nothingLeft, post, Raw, thrown, withServer } from "./support.ts";

/** How many listeners `emitter` has that are not Node's own by itself. */
function listeners(req: IncomingMessage, res: ServerResponse): Record<string, number> {
  return {
    readable: req.listenerCount("readable"),
    end: req.listenerCount("end"),
    reqClose: req.listenerCount("close"),
    drain: res.listenerCount("drain"),
    resClose: res.listenerCount("close"),
    socketClose: req.socket.listenerCount("close"),
  };
}

interface Seen {
  readonly error: unknown;
  readonly ctx: Context;
}

/** A client that goes away while the handler is parked in what `park` makes: what is thrown there, and how the context ends. */
function leaving(
  sent: string,
  park: (req: IncomingMessage, res: ServerResponse, ctx: Context) => Op<unknown> | Goroutine<unknown>,
  leave: (raw: Raw) => void,
  check: (seen: Seen) => void,
): () => Promise<void> {
  return async () => {
    const parked = chan<void>();
    const seen: Chan<Seen> = chan(1);
    await withServer(
      function* (req, res, ctx) {
        if (req.url === "/well") return;
        const before = listeners(req, res);
        const waiting = go(function* () {
          yield* park(req, res, ctx);
        });
        yield* rest(waiting);
        assert.equal(waiting.status, "waiting");
        parked.close();
        const error = yield* thrown(waiting);
        const after = listeners(req, res);
        for (const [what, count] of Object.entries(after))
          assert.ok(count <= (before[what] ?? 0), `${what}: ${count}`);
        yield* ctx.done();
        yield* seen.send({ error, ctx });
      },
      function* (server) {
        const raw = new Raw(server).send(sent);
        yield* parked.recv();
        leave(raw);
        check(must(yield* seen.recv()));
        assert.equal((yield* ask(server, "/well")).status, 200);
        raw.socket.destroy();
      },
    )();
  };
}

const destroys = (raw: Raw): void => {
  raw.socket.destroy();
};
const resets = (raw: Raw): void => {
  raw.socket.resetAndDestroy();
};
const hangsUp = (raw: Raw): void => {
  raw.socket.end();
};

function isAbort(error: unknown): void {
  assert.ok(error instanceof RequestAbortedError, String(error));
  assert.equal(error.code, "GORT_REQUEST_ABORTED");
  assert.match(error.message, /^request aborted/);
}

/** The context was cancelled because the client is gone. */
function isCancelled(ctx: Context): void {
  assert.equal((ctx.err as { code?: unknown } | undefined)?.code, "GORT_CONTEXT_CANCELED");
  isAbort(cause(ctx));
}

describe("a client that goes away", () => {
  for (const [way, leave] of Object.entries({ destroys, resets, "hangs up": hangsUp })) {
    it(
      `while the handler works cancels its context: ${way}`,
      leaving(
        get(),
        (_req, _res, ctx) => ctx.wait(chan().recv()),
        leave,
        ({ error, ctx }) => {
          assert.equal(error, ctx.err);
          isCancelled(ctx);
        },
      ),
    );

    it(
      `while its body is read ends the reading: ${way}`,
      leaving(
        `${post(100)}a part`,
        (req) => readBody(req),
        leave,
        ({ error, ctx }) => {
          isAbort(error);
          isCancelled(ctx);
        },
      ),
    );
  }

  it(
    "by a reset gives the system's error as the cause of the cause",
    leaving(
      get(),
      (_req, _res, ctx) => ctx.wait(chan().recv()),
      resets,
      ({ ctx }) => {
        assert.equal(((cause(ctx) as Error).cause as { code: string }).code, "ECONNRESET");
      },
    ),
  );

  it(
    "while a piece of its body is waited for ends that",
    leaving(
      post(100),
      (req) => readChunk(req),
      destroys,
      ({ error, ctx }) => {
        isAbort(error);
        isCancelled(ctx);
      },
    ),
  );

  it(
    "while it is sent more than it takes ends the sending",
    leaving(
      get(),
      function* (_req, res) {
        for (;;) yield* send(res, "x".repeat(100_000));
      },
      (raw) => {
        raw.socket.pause();
        raw.socket.destroy();
      },
      ({ error, ctx }) => {
        isAbort(error);
        isCancelled(ctx);
      },
    ),
  );

  it(
    "is heard of in a select, too",
    leaving(
      post(100),
      function* (req, _res, ctx) {
        const s = yield* select({ body: readBody(req), gone: ctx.done() });
        throw s.case;
      },
      destroys,
      ({ error, ctx }) => {
        assert.equal(error, "gone");
        isCancelled(ctx);
      },
    ),
  );

  it(
    "takes with it what was made from the context",
    leaving(
      get(),
      (_req, _res, ctx) => {
        const [child] = withCancel(ctx);
        return child.wait(chan().recv());
      },
      destroys,
      ({ error, ctx }) => assert.equal(error, ctx.err),
    ),
  );

  it("cancels every request that waits on the connection", async () => {
    const parked = chan<void>();
    const seen = chan<Context>();
    await withServer(
      function* (_req, res, ctx) {
        yield* parked.send();
        const sending = go(function* () {
          for (;;) yield* send(res, "x".repeat(100_000));
        });
        isAbort(yield* thrown(sending));
        yield* ctx.done();
        yield* seen.send(ctx);
      },
      function* (server) {
        const raw = new Raw(server).send(get("/1") + get("/2") + get("/3"));
        raw.socket.pause();
        for (let i = 0; i < 3; i++) yield* parked.recv();
        raw.socket.destroy();
        for (let i = 0; i < 3; i++) isCancelled(must(yield* seen.recv()));
      },
    )();
  });

  it("before its request is whole starts no handler", async () => {
    let calls = 0;
    await withServer(
      function* () {
        calls++;
      },
      function* (server) {
        const raw = new Raw(server).send("GET / HT");
        yield* ask(server);
        raw.socket.destroy();
        yield* ask(server);
        assert.equal(calls, 2);
      },
    )();
  });

  it("does not matter to a handler that does not ask: it goes on, and what it says goes nowhere", async () => {
    const steps = chan<string>();
    await withServer(
      function* (req, res, ctx) {
        if (req.url === "/well") return;
        yield* steps.send("begun");
        yield* ctx.done();
        res.setHeader("X", "y");
        res.write("to nobody");
        res.end("at all");
        yield* steps.send("ended");
      },
      function* (server) {
        const raw = new Raw(server).send(get());
        yield* steps.recv();
        raw.socket.destroy();
        assert.equal(yield* steps.recv(), "ended");
        assert.equal((yield* ask(server, "/well")).status, 200);
      },
    )();
  });

  it("after it has been answered cancels nothing with a cause", async () => {
    const contexts: Context[] = [];
    await withServer(
      function* (_req, res, ctx) {
        contexts.push(ctx);
        res.end("done");
      },
      function* (server) {
        const raw = new Raw(server).send(get());
        yield* raw.sees("done");
        raw.socket.destroy();
        yield* server.close();
        assert.equal(cause(must(contexts[0])), contexts[0]?.err);
      },
    )();
  });

  it("before its long answer has been taken is nothing to wait for", async () => {
    const ended = chan<void>();
    await withServer(
      function* (_req, res) {
        res.end("x".repeat(30_000_000));
        ended.close();
      },
      function* (server) {
        const raw = new Raw(server).send(get());
        raw.socket.pause();
        yield* ended.recv();
        raw.socket.destroy();
        yield* server.close();
      },
    )();
    await nothingLeft();
  });
});

describe("a program that closes a request's connection itself", () => {
  it("ends the request's context, and gets its own error from readBody", async () => {
    const seen = chan<unknown>(2);
    const why = new Error("why");
    await withServer(
      function* (req, _res, ctx) {
        const reading = go(function* () {
          yield* readBody(req);
        });
        yield* rest(reading);
        req.destroy(why);
        yield* seen.send(yield* thrown(reading));
        yield* ctx.done();
        yield* seen.send(cause(ctx));
      },
      function* (server) {
        const raw = new Raw(server).send(post(10));
        yield* raw.ends();
        assert.equal(yield* seen.recv(), why);
        const gone = yield* seen.recv();
        isAbort(gone);
        assert.equal((gone as Error).cause, why);
      },
    )();
  });
});
