/**
 * Ends of connections that only a real network has: resets behind unread bytes, peers that never read, TLS connections that Node would keep.
 */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { chan, type Goroutine, select, wait } from "gort";
import { type Conn, dial, type Listener, listen } from "gort/net";
import { linger } from "#src/net/node-link.ts";
import { HOST, tcp, unix } from "../contract/net-local.ts";
import { doing, fails, onNet, quiet, start, until } from "../contract/net-support.ts";
import { mustBlock } from "../go/support.ts";
import { broken, tls } from "./broken.ts";

const TOO_MUCH = 24_000_000;

/** A plain socket that is connected to `listener`, and reads nothing. */
function* rawTo(listener: Listener): Goroutine<[raw: Socket, conn: Conn]> {
  const place =
    "path" in listener.addr ? { path: listener.addr.path } : { port: listener.addr.port, host: HOST };
  const raw = connect(place).on("error", () => {});
  raw.pause();
  return [raw, yield* listener.accept()];
}

function written(raw: Socket, text: string): Goroutine<void> {
  return doing(wait(new Promise<void>((resolve) => raw.write(text, () => resolve()))));
}

describe("TCP: a reset behind bytes that nobody has read", () => {
  for (const [how, ends] of [
    ["read", (conn: Conn) => doing<unknown>(conn.read(new Uint8Array(9)))],
    ["readLine", (conn: Conn) => doing<unknown>(conn.readLine())],
    ["readAll", (conn: Conn) => doing<unknown>(conn.readAll())],
  ] as const) {
    test(
      `is an error of ${how} after them, and not the end of the stream`,
      onNet(tcp, function* () {
        using listener = yield* listen(tcp.place());
        const [raw, conn] = yield* rawTo(listener);
        yield* written(raw, "abc\n");
        yield* quiet();
        raw.resetAndDestroy();
        yield* quiet();
        assert.equal(yield* conn.readLine(), "abc");
        yield* fails(() => ends(conn), "ECONNRESET");
        yield* fails(() => ends(conn), "ECONNRESET");
        yield* fails(() => doing(conn.write("x")), "ECONNRESET");
        conn.close();
      }),
    );
  }

  for (const size of [1, 1000, 1_000_000]) {
    test(
      `fails a write of ${size} bytes at once, also when nobody reads`,
      onNet(tcp, function* () {
        using listener = yield* listen(tcp.place());
        for (const data of [new Uint8Array(size), "x".repeat(size)]) {
          const [raw, conn] = yield* rawTo(listener);
          raw.resetAndDestroy();
          yield* quiet();
          yield* fails(() => doing(conn.write(data)), "ECONNRESET", "EPIPE");
          yield* fails(() => doing(conn.read(new Uint8Array(1))), "ECONNRESET", "EPIPE");
          conn.close();
        }
      }),
    );
  }

  test(
    "is no error of one that only ends, before or after what we write",
    onNet(tcp, function* () {
      using listener = yield* listen(tcp.place());
      for (const end of [(raw: Socket) => raw.end(), (raw: Socket) => raw.destroy()]) {
        const [raw, conn] = yield* rawTo(listener);
        yield* conn.write("x");
        yield* written(raw, "abc\n");
        raw.read();
        yield* quiet();
        end(raw.on("data", () => {}));
        yield* quiet();
        assert.equal(yield* conn.readLine(), "abc");
        assert.equal(yield* conn.readLine(), undefined);
        conn.close();
        raw.destroy();
      }
    }),
  );
});

for (const net of [tcp, unix]) {
  test(
    `${net.name}: what was written is not kept for ever for a peer that never reads it`,
    onNet(net, function* () {
      const before = linger.ms;
      linger.ms = 10;
      using listener = yield* listen(net.place());
      const [raw, conn] = yield* rawTo(listener);
      try {
        const sent = select({ sent: conn.write(new Uint8Array(TOO_MUCH)), never: chan<void>().recv() });
        assert.equal((yield* sent).case, "sent");
        yield* quiet();
        const { length } = net.open();
        conn.close();
        yield* until(() => net.open().length < length, "it is gone");
      } finally {
        linger.ms = before;
        raw.destroy();
      }
    }),
  );

  test(
    `${net.name}: a reset is told to a parked writer when the peer is not gort's`,
    { skip: net.family === "Unix" },
    onNet(net, function* () {
      using listener = yield* listen(net.place());
      const [raw, conn] = yield* rawTo(listener);
      const writers = [start(conn.write(new Uint8Array(TOO_MUCH))), start(conn.write("x".repeat(TOO_MUCH)))];
      for (const writer of writers) yield* mustBlock(writer, "write");
      raw.resetAndDestroy();
      for (const writer of writers) yield* fails(() => doing(writer), "ECONNRESET", "EPIPE");
      conn.close();
    }),
  );
}

test(
  "TLS: a parked writer is told when its peer is gone without a word",
  onNet(tls, function* () {
    using listener = yield* listen(tls.place());
    const { port } = listener.addr as { port: number };
    const peer = start(dial({ port, host: HOST, tls: { rejectUnauthorized: false } }));
    const conn = yield* listener.accept();
    const writer = start(conn.write(new Uint8Array(TOO_MUCH)));
    yield* mustBlock(writer, "write");
    (yield* peer).close();
    yield* fails(() => doing(writer), "ECONNRESET", "EPIPE");
    conn.close();
  }),
);

test(
  "TLS: bytes that are none of it are an error, and not the end of the stream, also when that follows them",
  onNet(tls, function* () {
    using listener = yield* listen(tls.place());
    using conn = yield* broken(tls, listener, "spoiled, and gone");
    yield* fails(
      () => doing(conn.readLine()),
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_PACKET_LENGTH_TOO_LONG",
      "ERR_SSL_BAD_RECORD_TYPE",
    );
  }),
);

for (const net of [tcp, tls]) {
  test(
    `${net.name}: a connection that is written to after its peer has reset it, and then closed, is gone`,
    onNet(net, function* () {
      const before = linger.ms;
      linger.ms = 10;
      using listener = yield* listen(net.place());
      const conn = yield* broken(net, listener);
      try {
        conn.tryWrite("x");
        yield* doing(conn.read(new Uint8Array(1)));
      } catch (error) {
        assert.match(String((error as { code?: unknown }).code), /^(?:ECONNRESET|EPIPE)$/);
      }
      listener.close();
      conn.close();
      yield* until(() => net.open().length === 0, "nothing is left");
      linger.ms = before;
    }),
  );
}
