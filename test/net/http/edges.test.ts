/**
 * gort/http at its edges: what is refused, what is reported, and connections that Node would keep.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { background, chan, type Goroutine, go, type Handle, run, select, wait, withCancel } from "gort";
import { readBody, readChunk, type ServeOptions, type Server, send, serve } from "gort/http";
import { host as counts } from "#src/runtime/netpoll.ts";
import { rest } from "../../go/support.ts";
import { output } from "../../prog/program.ts";
import { certificate } from "../certificate.ts";
import { get, nothingLeft, Raw, thrown, turns, withServer } from "./support.ts";

const LOOPBACK: ServeOptions = { port: 0, host: "127.0.0.1" };

describe("what is no request and no response", () => {
  it("is refused, whatever it is", async () => {
    const refused = (body: () => PromiseLike<unknown>, message: RegExp): Promise<void> =>
      assert.rejects(Promise.resolve(body()), { name: "TypeError", code: "GORT_INVALID_OPTION", message });
    for (const it of [undefined, null, 5, {}, { read() {} }, { headers: {} }, { write: 1, req: {} }]) {
      await refused(() => readBody(it as never), /^readBody needs a request, got /);
      await refused(() => readChunk(it as never), /^readChunk needs a request, got /);
      await refused(() => send(it as never, "x"), /^send needs a response, got /);
    }
    await refused(() => send({ write() {} } as never, "x"), /^send needs a response, got /);
  });
});

describe("a handler that fails by itself after its client has gone", () => {
  it("is reported: the client is not to blame for its error", async () => {
    const told = new Error("its own");
    const failures = chan<unknown>(1);
    const begun = chan<void>();
    await withServer(
      function* (_req, _res, ctx) {
        begun.close();
        yield* ctx.done();
        throw told;
      },
      function* (server) {
        const raw = new Raw(server).send(get());
        yield* begun.recv();
        raw.socket.destroy();
        assert.equal(yield* failures.recv(), told);
      },
      { onError: (error) => failures.trySend(error) },
    )();
  });
});

describe("a handler that fails where not even 500 can be sent", () => {
  it("has its connection closed", async () => {
    const failures = chan<Error>(1);
    await withServer(
      function* (_req, res) {
        res.writeHead = () => {
          throw new Error("no head");
        };
        throw new Error("as told");
      },
      function* (server) {
        assert.equal(yield* new Raw(server).send(get()).ends(), "");
        assert.equal((yield* failures.recv())?.message, "as told");
      },
      { onError: (error) => failures.trySend(error as Error) },
    )();
  });
});

describe("a send that loses", () => {
  it("leaves no listener when it was the only one that waited", async () => {
    const length = 20_000_000;
    const lost = chan<void>();
    await withServer(
      function* (_req, res) {
        const count = (): number[] => [
          ...["drain", "close"].map((name) => res.listenerCount(name)),
          res.req.socket.listenerCount("close"),
        ];
        const quit = chan<void>(1);
        yield* send(res, "x".repeat(length));
        const before = count();
        const chooser = go(function* () {
          return (yield* select({ sent: send(res, "never"), quit: quit.recv() })).case;
        });
        yield* rest(chooser);
        assert.equal(chooser.status, "waiting");
        assert.notDeepEqual(count(), before);
        yield* quit.send();
        assert.equal(yield* chooser, "quit");
        assert.deepEqual(count(), before);
        yield* lost.send();
      },
      function* (server) {
        const raw = new Raw(server);
        raw.socket.pause();
        raw.send(get("/", "Connection: close"));
        yield* lost.recv();
        raw.socket.resume();
        const said = yield* raw.ends();
        assert.ok(said.length > length && !said.includes("never"));
      },
    )();
  });
});

describe("close of a secure server on a Unix socket", { skip: process.platform === "win32" }, () => {
  it("with a context that is over ends requests, and handshakes that nobody can tell apart from them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gort-http-"));
    try {
      await run(function* () {
        const path = join(folder, "s");
        const begun = chan<void>();
        const server = yield* serve({ path, tls: certificate() }, function* (_req, _res, ctx) {
          begun.close();
          yield* ctx.done();
        });
        const silent = connect({ path });
        const gone = new Promise<void>((resolve) => void silent.on("close", () => resolve()));
        const client = connectTls({ path, rejectUnauthorized: false });
        const left = new Promise<void>((resolve) => void client.on("close", () => resolve()));
        for (const socket of [silent, client]) socket.on("error", () => {}).resume();
        client.write(get());
        yield* begun.recv();
        const [over, cancel] = withCancel(background());
        cancel();
        assert.equal(yield* thrown(server.close(over)), over.err);
        yield* wait(gone);
        yield* wait(left);
        yield* server.close();
      });
      await nothingLeft();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("close", () => {
  it("of a connection that Node would keep for ever ends it after its answer", async () => {
    await run(function* () {
      const begun = chan<void>();
      const end = chan<void>();
      const server = yield* serve({ ...LOOPBACK, http: { keepAliveTimeout: 0 } }, function* (_req, res) {
        res.setHeader("content-length", 4);
        res.flushHeaders();
        begun.close();
        yield* end.recv();
        res.end("done");
      });
      const raw = new Raw(server).send(get());
      yield* begun.recv();
      const closed = go(function* () {
        yield* server.close();
      });
      yield* rest(closed);
      end.close();
      assert.match(yield* raw.ends(), /done$/);
      yield* closed;
    });
    await nothingLeft();
  });

  it("counts as waiting for the host while connections are open, and not when only handlers are left", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      assert.equal(counts.waiting, 0);
      const closed = closing(server);
      yield* rest(closed);
      assert.equal(counts.waiting, 1);
      raw.socket.destroy();
      yield* turns();
      assert.deepEqual([closed.status, counts.waiting], ["waiting", 0]);
      end();
      yield* closed;
    });
    await nothingLeft();
  });

  it("with a context wakes whoever waits for it once", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withCancel(background());
      const gate = chan<number>();
      const closed = go(function* () {
        yield* server.close(limit);
        return yield* gate.recv();
      });
      yield* rest(closed);
      end();
      yield* raw.ends();
      yield* turns();
      assert.equal(closed.status, "waiting");
      yield* gate.send(7);
      assert.equal(yield* closed, 7);
      cancel();
    });
    await nothingLeft();
  });

  it("with a context that has ended has nothing to do with the server's end any more", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withCancel(background());
      const gate = chan<number>();
      const closed = go(function* () {
        assert.equal(yield* thrown(server.close(limit)), limit.err);
        return yield* gate.recv();
      });
      yield* rest(closed);
      cancel();
      yield* raw.ends();
      end();
      yield* server.close();
      yield* turns();
      assert.equal(closed.status, "waiting");
      yield* gate.send(7);
      assert.equal(yield* closed, 7);
    });
    await nothingLeft();
  });

  it("with a context that loses its select destroys nothing", async () => {
    await run(function* () {
      const { server, raw, end } = yield* busy();
      const [limit, cancel] = withCancel(background());
      const quit = chan<void>(1);
      const chooser = go(function* () {
        return (yield* select({ closed: server.close(limit), quit: quit.recv() })).case;
      });
      yield* rest(chooser);
      yield* quit.send();
      assert.equal(yield* chooser, "quit");
      cancel();
      yield* turns();
      end();
      assert.match(yield* raw.ends(), /done$/);
      yield* server.close();
    });
    await nothingLeft();
  });

  it("with a time holds the process until that is over, also when only handlers are left", async () => {
    const source = `import { background, chan, go, run, wait, withTimeout } from "gort";
      import { serve } from "gort/http";
      import { connect } from "node:net";
      await run(function* () {
        const [begun, gate] = [chan(), chan()];
        const server = yield* serve({ host: "127.0.0.1" }, function* (_req, _res, ctx) {
          begun.close();
          yield* ctx.done();
          yield* gate.recv();
        });
        const client = connect(server.addr.port, "127.0.0.1");
        client.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
        yield* begun.recv();
        client.destroy();
        const [ctx, cancel] = withTimeout(background(), 300);
        try { yield* server.close(ctx); } catch (error) { console.log(error.code); }
        cancel();
        gate.close();
        yield* server.close();
      });`;
    assert.equal(await output(source), "GORT_DEADLINE_EXCEEDED\n");
  });
});

interface Scene {
  readonly server: Server;
  readonly raw: Raw;
  /** The one handler goes on to its end. */
  readonly end: () => void;
}

/** A server with one running request. */
function* busy(): Goroutine<Scene> {
  const begun = chan<void>();
  const gate = chan<void>();
  const server = yield* serve(LOOPBACK, function* (_req, res) {
    begun.close();
    yield* gate.recv();
    res.end("done");
  });
  const raw = new Raw(server).send(get());
  yield* begun.recv();
  return { server, raw, end: () => gate.close() };
}

function closing(server: Server): Handle<void> {
  return go(function* () {
    yield* server.close();
  });
}
