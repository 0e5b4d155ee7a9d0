/**
 * server.close: what it closes at once, what it waits for, and for how long.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import {
  background,
  type Context,
  cause,
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  run,
  select,
  wait,
  withCancel,
  withTimeout,
} from "gort";
import { RequestAbortedError, type ServeOptions, type Server, serve } from "gort/http";
import { inMain, must, rest } from "../../go/support.ts";
import { certificate } from "../certificate.ts";
import {
  ask,
  get,
  type Handler,
  nothingLeft,
  portOf,
  post,
  Raw,
  thrown,
  turns,
  withServer,
} from "./support.ts";

const LOOPBACK: ServeOptions = { port: 0, host: "127.0.0.1" };

function* hello(): Goroutine {}

function closing(server: Server, ctx?: Context): Handle<void> {
  return go(function* () {
    yield* server.close(ctx);
  });
}

interface Scene {
  readonly server: Server;
  /** The handler of the one request goes on when this is closed. */
  readonly end: () => void;
  readonly raw: Raw;
  /** The request's context. */
  readonly ctx: Context;
}

/** A server with one running request, which answers "done" when it is told to end. */
function* busy(options: ServeOptions = LOOPBACK, sent: string = get()): Goroutine<Scene> {
  const begun = chan<Context>();
  const end = chan<void>();
  const server = yield* serve(options, function* (_req, res, ctx) {
    yield* begun.send(ctx);
    yield* end.recv();
    res.end("done");
  });
  const raw = new Raw(server).send(sent);
  return { server, raw, ctx: must(yield* begun.recv()), end: () => end.close() };
}

describe("close", () => {
  it("of an idle server is done at once, and nobody can connect any more", async () => {
    await run(function* () {
      const server = yield* serve(LOOPBACK, hello);
      yield* ask(server);
      yield* server.close();
      assert.equal(((yield* thrown(wait(refused(server)))) as { code: string }).code, "ECONNREFUSED");
      yield* server.close();
      const [ctx, cancel] = withCancel(background());
      cancel();
      yield* server.close(ctx);
    });
    await nothingLeft();
  });

  it("ends connections without a request: idle, silent, and in the middle of a head", async () => {
    await run(function* () {
      const server = yield* serve(LOOPBACK, hello);
      const idle = new Raw(server).send(get());
      yield* idle.sees("200 OK");
      const silent = new Raw(server);
      const half = new Raw(server).send("GET / HTTP/1.1\r\nHo");
      // One that came later and was answered: the others are known by then.
      yield* ask(server);
      yield* server.close();
      for (const raw of [idle, silent, half]) yield* raw.ends();
    });
    await nothingLeft();
  });

  it("waits for a running request, whose answer says that the connection ends", async () => {
    await run(function* () {
      const { server, raw, ctx, end } = yield* busy();
      const closed = closing(server);
      yield* turns();
      assert.equal(closed.status, "waiting");
      assert.equal(ctx.err, undefined);
      assert.equal(((yield* thrown(wait(refused(server)))) as { code: string }).code, "ECONNREFUSED");
      end();
      const said = yield* raw.ends();
      assert.match(said, /^HTTP\/1\.1 200 OK\r\nconnection: close\r\n[^]*done$/i);
      yield* closed;
    });
    await nothingLeft();
  });

  it("of a connection whose head has been sent ends it after the answer all the same", async () => {
    await run(function* () {
      const begun = chan<void>();
      const end = chan<void>();
      const server = yield* serve(LOOPBACK, function* (_req, res) {
        res.flushHeaders();
        begun.close();
        yield* end.recv();
        res.end("done");
      });
      const raw = new Raw(server).send(get());
      yield* begun.recv();
      const closed = closing(server);
      yield* rest(closed);
      end.close();
      assert.match(yield* raw.ends(), /done\r\n0\r\n\r\n$/);
      yield* closed;
    });
    await nothingLeft();
  });

  it("lets an answer that is on its way arrive whole", async () => {
    const length = 30_000_000;
    await run(function* () {
      const ended = chan<void>();
      const server = yield* serve(LOOPBACK, function* (_req, res) {
        res.end("x".repeat(length));
        ended.close();
      });
      const raw = new Raw(server).send(get());
      raw.socket.pause();
      yield* ended.recv();
      const closed = closing(server);
      yield* turns();
      assert.equal(closed.status, "waiting");
      raw.socket.resume();
      const said = yield* raw.ends();
      assert.equal(said.length - said.indexOf("\r\n\r\n") - 4, length);
      yield* closed;
    });
    await nothingLeft();
  });

  it("waits for a handler whose client has gone", async () => {
    await run(function* () {
      const { server, raw, ctx, end } = yield* busy();
      raw.socket.destroy();
      yield* ctx.done();
      const closed = closing(server);
      yield* turns();
      assert.equal(closed.status, "waiting");
      end();
      yield* closed;
    });
    await nothingLeft();
  });

  it("may be called by several; all wait", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const all = [closing(server), closing(server), closing(server)];
      yield* rest(...all);
      for (const one of all) assert.equal(one.status, "waiting");
      end();
      for (const one of all) yield* one;
      yield* raw.ends();
    });
    await nothingLeft();
  });

  it("starts nothing more on a connection that has a request running", async () => {
    const begun: unknown[] = [];
    await run(function* () {
      const end = chan<void>();
      const server = yield* serve(LOOPBACK, function* (req, res) {
        begun.push(req.url);
        yield* end.recv();
        res.end("done");
      });
      const raw = new Raw(server).send(get("/1") + get("/2"));
      while (begun.length < 2) yield* gosched();
      const closed = closing(server);
      yield* rest(closed);
      raw.send(get("/3"));
      yield* turns();
      end.close();
      const said = yield* raw.ends();
      assert.deepEqual(said.match(/connection: close|done/gi), ["done", "connection: close", "done"]);
      assert.deepEqual(begun, ["/1", "/2"]);
      yield* closed;
    });
    await nothingLeft();
  });

  it("that loses its select goes on by itself", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      assert.equal((yield* select({ closed: server.close(), now: gosched() })).case, "now");
      end();
      yield* raw.ends();
      yield* server.close();
    });
    await nothingLeft();
  });

  it("of a secure server ends what has not got as far as being secure", async () => {
    await run(function* () {
      const server = yield* serve({ ...LOOPBACK, tls: certificate() }, hello);
      const silent = new Raw(server);
      const half = new Raw(server).send("\x16\x03\x01");
      const bad = new Raw(server).send(get());
      yield* bad.ends();
      yield* server.close();
      for (const raw of [silent, half]) yield* raw.ends();
    });
    await nothingLeft();
  });
});

describe("close with a context", () => {
  it("that ends destroys what is left, and throws its error; to close again waits for the handlers", async () => {
    await run(function* () {
      const { server, raw, ctx, end } = yield* busy();
      const [limit, cancel] = withCancel(background());
      const closed = go(function* () {
        return yield* thrown(server.close(limit));
      });
      yield* turns();
      assert.equal(closed.status, "waiting");
      cancel();
      assert.equal(yield* closed, limit.err);
      assert.equal(yield* raw.ends(), "");
      yield* ctx.done();
      assert.ok(cause(ctx) instanceof RequestAbortedError);
      const again = closing(server);
      yield* turns();
      assert.equal(again.status, "waiting");
      end();
      yield* again;
    });
    await nothingLeft();
  });

  it(
    "may be a time",
    inMain(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withTimeout(background(), 1);
      const error = yield* thrown(server.close(limit));
      cancel();
      assert.equal((error as { code: string }).code, "GORT_DEADLINE_EXCEEDED");
      yield* raw.ends();
      end();
      yield* server.close();
    }),
  );

  it("that is over already destroys at once", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withCancel(background());
      cancel();
      assert.equal(yield* thrown(server.close(limit)), limit.err);
      yield* raw.ends();
      end();
      yield* server.close();
    });
    await nothingLeft();
  });

  it("that does not end is as one without, and is left alone afterwards", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withTimeout(background(), 3_600_000);
      const closed = closing(server, limit);
      yield* rest(closed);
      end();
      yield* closed;
      yield* raw.ends();
      assert.equal(limit.err, undefined);
      cancel();
    });
    await nothingLeft();
  });

  it("may be one of the program's own", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [inner, cancel] = withCancel(background());
      const why = new Error("mine");
      const own: Context = {
        done: () => inner.done(),
        get err() {
          return inner.err === undefined ? undefined : why;
        },
        deadline: undefined,
        value: () => undefined,
        get signal() {
          return inner.signal;
        },
        wait: (op) => inner.wait(op),
      };
      const closed = go(function* () {
        return yield* thrown(server.close(own));
      });
      yield* rest(closed);
      cancel();
      assert.equal(yield* closed, why);
      yield* raw.ends();
      end();
      yield* server.close();
    });
    await nothingLeft();
  });

  it("that loses its select lets the request run, whatever becomes of the context", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withCancel(background());
      assert.equal((yield* select({ closed: server.close(limit), now: gosched() })).case, "now");
      cancel();
      yield* turns();
      end();
      assert.match(yield* raw.ends(), /done$/);
      yield* server.close();
    });
    await nothingLeft();
  });

  it(
    "must be one",
    withServer(hello, function* (server) {
      const error = (yield* thrown(server.close(5 as never))) as { code?: string; message: string };
      assert.match(
        `${error.code} ${error.message}`,
        /^GORT_INVALID_CONTEXT server\.close: ctx is no context/,
      );
    }),
  );
});

describe("the server's own context", () => {
  it("closes the server when it ends, and tells the running requests", async () => {
    await run(function* () {
      const why = new Error("why");
      const [ctx, cancel] = withCancel(background());
      const { server, raw, ctx: request, end } = yield* busy({ ...LOOPBACK, ctx });
      const idle = new Raw(server);
      yield* turns();
      cancel(why);
      assert.equal(cause(request), why);
      yield* idle.ends();
      const closed = closing(server);
      yield* turns();
      assert.equal(closed.status, "waiting");
      end();
      assert.match(yield* raw.ends(), /connection: close\r\n[^]*done$/i);
      yield* closed;
    });
    await nothingLeft();
  });

  it("has nothing hanging on it after close", async () => {
    await run(function* () {
      const [ctx, cancel] = withTimeout(background(), 3_600_000);
      const server = yield* serve({ ...LOOPBACK, ctx }, hello);
      yield* ask(server);
      yield* server.close();
      assert.equal((ctx as unknown as { children: unknown }).children, null);
      cancel();
    });
    await nothingLeft();
  });

  it("may end inside a handler", async () => {
    const [ctx, cancel] = withCancel(background());
    const stop: Handler = function* (_req, res) {
      cancel();
      res.end("stopping");
    };
    await run(function* () {
      const server = yield* serve({ ...LOOPBACK, ctx }, stop);
      const raw = new Raw(server).send(post(0));
      assert.match(yield* raw.ends(), /stopping$/);
      yield* server.close();
    });
    await nothingLeft();
  });
});

/** Rejects with the error of a connection that cannot be made. */
function refused(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(server), "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}
