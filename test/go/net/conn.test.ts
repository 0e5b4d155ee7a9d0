/** Go's net/conn_test.go, net_test.go, tcpsock_test.go, unixsock_test.go, listen_test.go and dial_test.go, as facts of gort/net. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { background, type Goroutine, go, select, sleep, WaitGroup, withCancel, withTimeout } from "gort";
import { type Conn, dial, type Listener, listen } from "gort/net";
import { tcp, unix } from "../../contract/net-local.ts";
import { doing, fails, type Net, onNet, onPair, quiet, start, textOf } from "../../contract/net-support.ts";
import { mustBlock } from "../support.ts";

/** Sends back all that comes. */
function* echo(conn: Conn): Goroutine {
  const buf = new Uint8Array(4096);
  for (let n = yield* conn.read(buf); n > 0; n = yield* conn.read(buf)) yield* conn.write(buf.subarray(0, n));
  conn.close();
}

for (const net of [tcp, unix]) {
  describe(`net: ${net.name}`, () => {
    test(
      "TestConnAndListener: what is written to an echo comes back, under a deadline, with addresses",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        assert.notDeepEqual(Object.keys(listener.addr), []);
        const server = go(function* () {
          yield* echo(yield* listener.accept());
        });
        using conn = yield* dial(net.to(listener));
        assert.deepEqual(Object.keys(conn.localAddr), Object.keys(listener.addr));
        assert.deepEqual(conn.remoteAddr, listener.addr);
        conn.setDeadline(60_000);
        conn.setReadDeadline(60_000);
        conn.setWriteDeadline(60_000);
        yield* conn.write("CONN AND LISTENER TEST");
        const back = new Uint8Array(22);
        yield* conn.readFull(back);
        assert.equal(textOf(back), "CONN AND LISTENER TEST");
        conn.close();
        yield* server;
      }),
    );

    test(
      "TestCloseWrite: the peer reads the end; who has closed his writing side cannot write",
      onPair(net, function* (client, server) {
        const peer = go(function* () {
          assert.equal(yield* server.read(new Uint8Array(1)), 0);
          server.closeWrite();
          yield* fails(() => doing(server.write("x")), "GORT_CONN_CLOSED");
        });
        client.closeWrite();
        assert.equal(yield* client.read(new Uint8Array(1)), 0);
        yield* fails(() => doing(client.write("x")), "GORT_CONN_CLOSED");
        yield* peer;
      }),
    );

    test(
      "TestConnClose: a read of a closed connection fails",
      onPair(net, function* (client) {
        client.close();
        yield* fails(() => doing(client.read(new Uint8Array(1))), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "TestListenerClose, TestClosingListener: accept fails then, and the place is free again at once",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        const accepter = start(listener.accept());
        yield* mustBlock(accepter, "accept");
        listener.close();
        yield* fails(() => doing(listener.accept()), "GORT_CONN_CLOSED");
        yield* fails(() => doing(accepter), "GORT_CONN_CLOSED");
        const { addr } = listener;
        const again = yield* listen(
          "path" in addr ? { path: addr.path } : { ...net.place(), port: addr.port },
        );
        again.close();
      }),
    );

    test(
      "TestZeroByteRead: it neither waits nor takes anything",
      onPair(net, function* (client, server) {
        for (const filled of [false, true]) {
          if (filled) yield* server.write("0");
          assert.equal(yield* client.read(new Uint8Array(0)), 0);
        }
        const one = new Uint8Array(1);
        assert.equal(yield* client.read(one), 1);
        assert.equal(textOf(one), "0");
      }),
    );

    test(
      "TestReadTimeoutUnblocksRead: a deadline in the past wakes a parked read",
      onPair(net, function* (_client, server) {
        const reader = start(server.read(new Uint8Array(1)));
        yield* mustBlock(reader, "read");
        server.setReadDeadline(-1e9);
        yield* fails(() => doing(reader), "GORT_DEADLINE_EXCEEDED");
      }),
    );

    test(
      "TestCloseUnblocksRead: the peer's close wakes a parked read with the end of the stream",
      onPair(net, function* (client, server) {
        const reader = start(client.read(new Uint8Array(1)));
        yield* mustBlock(reader, "read");
        server.close();
        assert.equal(yield* reader, 0);
      }),
    );

    test(
      "TestNotTemporaryRead: an abortive close is ECONNRESET, not the end of the stream",
      onPair(net, function* (client, server) {
        // Go sets SO_LINGER to 0; bytes that nobody has read do the same.
        yield* client.write("never read");
        yield* quiet();
        server.close();
        yield* fails(() => doing(client.read(new Uint8Array(1))), "ECONNRESET", "EPIPE");
      }),
    );

    test(
      "TestTCPConcurrentAccept: several goroutines accept from one listener, and each connection is accepted once",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        const wg = new WaitGroup();
        let accepted = 0;
        for (let i = 0; i < 10; i++) {
          wg.go(function* () {
            for (;;) {
              try {
                (yield* listener.accept()).close();
                accepted++;
              } catch (error) {
                assert.equal((error as { code?: string }).code, "GORT_CONN_CLOSED");
                return;
              }
            }
          });
        }
        for (let i = 0; i < 100; i++) {
          using conn = yield* dial(net.to(listener));
          assert.equal(yield* conn.read(new Uint8Array(1)), 0);
        }
        listener.close();
        yield* wg.wait();
        assert.equal(accepted, 100);
      }),
    );

    test(
      "TestTCPStress: two connections, request and answer, many times",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        const acceptor = go(function* () {
          for (let i = 0; i < 2; i++) {
            const conn = yield* listener.accept();
            go(function* () {
              const buf = new Uint8Array(512);
              while ((yield* conn.readFull(buf)) > 0) yield* conn.write(buf);
              conn.close();
            });
          }
        });
        const clients = [0, 1].map((seed) =>
          go(function* () {
            using conn = yield* dial(net.to(listener));
            const back = new Uint8Array(512);
            for (let i = 0; i < 1000; i++) {
              yield* conn.write(new Uint8Array(512).fill(seed + i));
              yield* conn.readFull(back);
              assert.ok(back.every((byte) => byte === ((seed + i) & 0xff)));
            }
          }),
        );
        for (const client of clients) yield* client;
        yield* acceptor;
        listener.close();
      }),
    );

    test(
      "TestTCPListenAfterClose: what was dialed before close is not accepted after it",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        using _one = yield* dial(net.to(listener));
        using _two = yield* dial(net.to(listener));
        (yield* listener.accept()).close();
        yield* quiet();
        listener.close();
        yield* fails(() => doing(listener.accept()), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "TestCancelAfterDial, TestDialWithNonZeroDeadline: a connection outlives the context it was dialed under",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        const server = go(function* () {
          for (let i = 0; i < 10; i++) {
            using conn = yield* listener.accept();
            yield* conn.write(`${yield* conn.readLine()}\n`);
          }
        });
        for (let i = 0; i < 10; i++) {
          const [ctx, cancel] = i % 2 === 0 ? withCancel(background()) : withTimeout(background(), 60_000);
          using conn = yield* dial({ ...net.to(listener), ctx });
          cancel();
          yield* sleep(1);
          yield* conn.write("echo!\n");
          assert.equal(yield* conn.readLine(), "echo!");
          assert.equal(yield* conn.readLine(), undefined);
        }
        yield* server;
        listener.close();
      }),
    );

    test(
      "TestDialListenerAddr: an address that a listener gives can be dialed",
      onNet(net, function* () {
        using listener = yield* listen(net.family === "TCP" ? {} : net.place());
        const { addr } = listener;
        using _client = yield* dial("path" in addr ? { path: addr.path } : { port: addr.port });
        using _server = yield* listener.accept();
      }),
    );
  });
}

/** A dial there, which fails. */
function* refused(net: Net, listener: Listener, ...codes: string[]): Goroutine<Error> {
  return yield* fails(() => doing(dial(net.to(listener))), ...codes);
}

describe("net: addresses", () => {
  test(
    "TestTCPListenerName, TestTCPListener: the port is a real one; the same address twice fails",
    onNet(tcp, function* () {
      using listener = yield* listen({ host: "127.0.0.1", port: 0 });
      const { address, port } = listener.addr as { address: string; port: number };
      assert.equal(address, "127.0.0.1");
      assert.ok(port > 0);
      yield* fails(() => doing(listen({ host: address, port })), "EADDRINUSE");
    }),
  );

  test(
    "TestDialClosedPortFailFast: nobody listens, and the dial says so without waiting",
    onNet(tcp, function* () {
      const listener = yield* listen(tcp.place());
      listener.close();
      yield* quiet();
      yield* refused(tcp, listener, "ECONNREFUSED");
    }),
  );

  test(
    "TestUnixConnLocalAndRemoteNames: the dialing side has no name",
    onNet(unix, function* () {
      using listener = yield* listen(unix.place());
      using client = yield* dial(unix.to(listener));
      using server = yield* listener.accept();
      const name = { path: (listener.addr as { path: string }).path };
      assert.deepEqual([client.localAddr, client.remoteAddr], [{ path: "" }, name]);
      assert.deepEqual([server.localAddr, server.remoteAddr], [name, { path: "" }]);
    }),
  );

  test(
    "TestUnixUnlink: the first close removes the file, a second one nothing",
    onNet(unix, function* () {
      const listener = yield* listen(unix.place());
      const { path } = listener.addr as { path: string };
      assert.ok(existsSync(path));
      listener.close();
      yield* quiet();
      assert.ok(!existsSync(path));
      writeFileSync(path, "hello world");
      listener.close();
      yield* quiet();
      assert.ok(existsSync(path));
      yield* fails(() => doing(listen({ path })), "EADDRINUSE");
      yield* refused(unix, listener, "ECONNREFUSED", "ENOTSOCK");
    }),
  );

  test(
    "TestUnixConnReadEOF: a read after the peer's close is the end of the stream, not an error",
    onPair(unix, function* (client, server) {
      server.close();
      for (let i = 0; i < 3; i++) assert.equal(yield* client.read(new Uint8Array(8)), 0);
    }),
  );

  test(
    "TestDialCancel: a dial that is given up returns the context's error",
    onNet(tcp, function* () {
      using listener = yield* listen(tcp.place());
      for (let i = 0; i < 10; i++) {
        const [ctx, cancel] = withCancel(background());
        const dialer = start(dial({ ...tcp.to(listener), ctx }));
        const canceled = go(() => cancel());
        const won = yield* select({ over: ctx.done(), canceled });
        assert.ok(won.case !== undefined);
        try {
          (yield* dialer).close();
        } catch (error) {
          assert.equal(error, ctx.err);
        }
      }
    }),
  );
});
