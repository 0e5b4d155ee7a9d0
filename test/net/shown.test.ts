/**
 * What is seen of connections and errors: printed objects, places in stacks, limits and buffers that are gone.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { background, go, type Op, run, withCancel } from "gort";
import { serve as serveHttp } from "gort/http";
import { dial, listen, serve } from "gort/net";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
import { tcp } from "../contract/net-local.ts";
import { doing, fails, onNet, onPair, placeOf, start } from "../contract/net-support.ts";
import { mustBlock } from "../go/support.ts";

test("a connection, a listener and a server are printed in a line, and can be made JSON of", async () => {
  const net = new MemoryTransport();
  const restore = net.install();
  await run(function* () {
    const listener = yield* listen({ port: 80 });
    assert.equal(inspect(listener), "Listener { [::]:80, open }");
    const conn = yield* dial({ port: 80 });
    const server = yield* listener.accept();
    const { port } = conn.localAddr as { port: number };
    assert.equal(inspect({ conn }), `{ conn: Conn { 127.0.0.1:${port} → 127.0.0.1:80, open } }`);
    assert.equal(String(conn), `Conn { 127.0.0.1:${port} → 127.0.0.1:80, open }`);
    const json = { localAddr: conn.localAddr, remoteAddr: conn.remoteAddr, state: "open" };
    assert.deepEqual(JSON.parse(JSON.stringify(conn)), json);
    net.reset(conn);
    yield* fails(() => doing(conn.read(new Uint8Array(1))), "ECONNRESET");
    assert.match(String(conn), /, ECONNRESET }$/);
    conn.close();
    assert.match(inspect(conn), /, closed }$/);
    server.close();
    listener.close();
    assert.equal(JSON.stringify(listener), '{"addr":{"address":"::","port":80},"state":"closed"}');
    const local = yield* listen({ path: "/x" });
    const near = yield* dial({ path: "/x" });
    assert.equal(inspect(near), "Conn { (unnamed) → /x, open }");
    near.close();
    local.close();
  });
  restore();
  const http = await serveHttp({ host: "127.0.0.1" }, () => {});
  assert.match(inspect(http), /^Server { 127\.0\.0\.1:\d+, open }$/);
  await http.close();
  assert.match(String(http), /, closed }$/);
  assert.equal(JSON.parse(JSON.stringify(http)).state, "closed");
});

describe("the system's errors name the place that waited", () => {
  const places = (error: Error): string[] =>
    [...(error.stack ?? "").matchAll(/at (\w+) \([^)]*shown\.test\.js:/g)].map(([, name]) => name as string);

  test(
    "dial, listen, serve, and under a context",
    onNet(tcp, function* () {
      using listener = yield* listen(tcp.place());
      const place = { host: "127.0.0.1", ...placeOf(listener) } as unknown as { port: number };
      const [ctx, cancel] = withCancel(background());
      const waits = [
        [() => listen(place), "EADDRINUSE"],
        [() => serve(place, () => {}), "EADDRINUSE"],
        [() => serveHttp(place, () => {}), "EADDRINUSE"],
        [() => ctx.wait(listen(place)), "EADDRINUSE"],
        [() => dial({ ...place, port: 1 }), "ECONNREFUSED"],
        [() => dial({ ...place, port: 1, ctx }), "ECONNREFUSED"],
      ] as const satisfies readonly (readonly [() => Op<unknown>, string])[];
      for (const [wait, code] of waits) {
        const error = yield* fails(function* asking() {
          return yield* wait() as Op<unknown>;
        }, code);
        assert.equal(places(error)[0], "asking", String(error.stack));
      }
      cancel();
    }),
  );

  for (const isParked of [true, false]) {
    test(
      `a connection's, of the first who hears of it, and once (${isParked ? "parked" : "later"})`,
      onNet(tcp, function* () {
        using listener = yield* listen(tcp.place());
        const raw = connect((listener.addr as { port: number }).port, "127.0.0.1").on("error", () => {});
        using conn = yield* listener.accept();
        const reader = go(function* asking() {
          yield* conn.readLine();
        });
        if (isParked) yield* mustBlock(reader, "readLine");
        raw.resetAndDestroy();
        const first = yield* fails(() => doing(reader), "ECONNRESET");
        assert.deepEqual(places(first), ["asking"], String(first.stack));
        const { stack } = first;
        yield* fails(() => doing(conn.write("x")), "ECONNRESET");
        assert.equal(first.stack, stack);
      }),
    );
  }
});

test(
  "readAll has no limit when it is told so",
  onPair(tcp, function* (client, server) {
    const reader = start(server.readAll(Number.POSITIVE_INFINITY));
    yield* client.write(new Uint8Array(100_000));
    client.closeWrite();
    assert.equal((yield* reader).length, 100_000);
  }),
);

describe("a buffer whose memory is transferred away", () => {
  const gone = (buf: Uint8Array): void =>
    void structuredClone(buf.buffer, { transfer: [buf.buffer as ArrayBuffer] });

  for (const name of ["read", "readFull"] as const) {
    test(
      `is an error of ${name}, and not the end of the stream; no byte is lost`,
      onPair(tcp, function* (client, server) {
        const buf = new Uint8Array(8);
        const reader = start(server[name](buf));
        yield* mustBlock(reader, name);
        gone(buf);
        yield* client.write("12345678");
        const error = yield* fails(() => doing(reader), "GORT_INVALID_OPTION");
        assert.match(error.message, /detached/);
        yield* fails(() => doing(server[name](buf)), "GORT_INVALID_OPTION");
        const again = new Uint8Array(8);
        assert.equal(yield* server.readFull(again), 8);
        assert.equal(Buffer.from(again).toString(), "12345678");
        assert.equal(yield* server.read(new Uint8Array(0)), 0);
      }),
    );
  }

  test(
    "is an error of a write that waits its turn, and nothing of it is sent",
    onPair(tcp, function* (client, server) {
      const first = start(client.write(new Uint8Array(24_000_000)));
      yield* mustBlock(first, "write");
      const buf = new Uint8Array(8);
      const second = start(client.write(buf));
      yield* mustBlock(second, "write");
      gone(buf);
      yield* server.readFull(new Uint8Array(24_000_000));
      yield* first;
      yield* fails(() => doing(second), "GORT_INVALID_OPTION");
      yield* client.write("next");
      client.closeWrite();
      assert.equal(Buffer.from(yield* server.readAll()).toString(), "next");
    }),
  );

  test(
    "breaks a connection in the middle of a write",
    onPair(tcp, function* (client, server) {
      const buf = new Uint8Array(24_000_000);
      const writer = start(client.write(buf));
      yield* mustBlock(writer, "write");
      gone(buf);
      const reader = start(server.readAll());
      yield* fails(() => doing(writer), "GORT_INVALID_OPTION");
      yield* fails(() => doing(client.write("x")), "GORT_INVALID_OPTION");
      assert.ok((yield* reader).length < 24_000_000);
    }),
  );
});
