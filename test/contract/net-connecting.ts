/**
 * Network contract: listening, dialing, accepting; addresses; a place in use, a refusal.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { go } from "gort";
import { type Conn, dial, listen } from "gort/net";
import { host as counts } from "#src/runtime/netpoll.ts";
import { mustBlock, panicOf } from "../go/support.ts";
import { doing, fails, type Net, onNet, onPair, pair, placeOf, quiet, start, until } from "./net-support.ts";

export function connectingContract(net: Net): void {
  describe(`${net.name}: connecting`, () => {
    test(
      "a dialer meets an accepter, and each can talk",
      onPair(net, function* (client, server) {
        assert.equal(yield* client.write("ping\n"), 5);
        assert.equal(yield* server.readLine(), "ping");
        assert.equal(yield* server.write("pong\n"), 5);
        assert.equal(yield* client.readLine(), "pong");
      }),
    );

    test(
      "each end knows both addresses",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const accepting = go(function* () {
          return yield* listener.accept();
        });
        using client = yield* dial(net.to(listener));
        using server = yield* accepting;
        if (net.family === "Unix") {
          // As Go: the dialing side of a Unix socket has no name.
          const { addr } = listener;
          assert.deepEqual([server.localAddr, client.remoteAddr], [addr, addr]);
          assert.deepEqual([client.localAddr, server.remoteAddr], [{ path: "" }, { path: "" }]);
          return;
        }
        const address = "127.0.0.1";
        const at = (addr: object): unknown[] => [Object.keys(addr).sort(), (addr as { port: number }).port];
        assert.deepEqual(server.localAddr, listener.addr);
        assert.deepEqual(client.remoteAddr, listener.addr);
        assert.deepEqual(client.localAddr, server.remoteAddr);
        assert.equal((client.localAddr as { address: string }).address, address);
        const [keys, port] = at(client.localAddr);
        assert.deepEqual(keys, ["address", "port"]);
        assert.ok(Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536);
        assert.notDeepEqual(client.localAddr, client.remoteAddr);
      }),
    );

    test(
      "port 0 is a free port each time",
      { skip: net.family === "Unix" },
      onNet(net, function* () {
        using a = yield* listen(net.place());
        using b = yield* listen(net.place());
        const [one, two] = [a, b].map(({ addr }) => (addr as { port: number }).port);
        assert.ok(one! > 0 && two! > 0 && one !== two, `${one} and ${two}`);
      }),
    );

    test(
      "a place in use is EADDRINUSE, and free again after close",
      onNet(net, function* () {
        const first = yield* listen(net.place());
        const same = { ...net.place(), ...placeOf(first) };
        const error = yield* fails(() => doing(listen(same)), "EADDRINUSE");
        assert.match(error.message, /EADDRINUSE: address already in use/);
        assert.equal((error as NodeJS.ErrnoException).syscall, "listen");
        first.close();
        yield* quiet();
        const again = yield* listen(same);
        assert.deepEqual(again.addr, first.addr);
        again.close();
      }),
    );

    test(
      "a dial where nobody listens is refused",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        listener.close();
        yield* quiet();
        // The path of a Unix socket goes with its listener.
        const code = net.family === "Unix" ? "ENOENT" : "ECONNREFUSED";
        const error = yield* fails(() => doing(dial(net.to(listener))), code);
        assert.match(error.message, new RegExp(`^connect ${code}`));
        assert.equal((error as NodeJS.ErrnoException).syscall, "connect");
      }),
    );

    test(
      "a name that does not exist is ENOTFOUND",
      { skip: net.family === "Unix" },
      onNet(net, function* () {
        const target = { ...net.to({ addr: { address: "", port: 9 } }), host: "no-such-host.invalid" };
        const error = yield* fails(
          function* () {
            yield* dial(target);
          },
          "ENOTFOUND",
          // Where no name server can be reached at all.
          "EAI_AGAIN",
        );
        assert.match(error.message, /no-such-host\.invalid/);
      }),
    );

    test(
      "connections stand in line until they are accepted, each with what was written to it",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const clients: Conn[] = [];
        for (let i = 0; i < 5; i++) {
          const client = yield* dial(net.to(listener));
          yield* client.write(`I am ${i}\n`);
          clients.push(client);
        }
        const heard: (string | undefined)[] = [];
        for (let i = 0; i < 5; i++) {
          using server = yield* listener.accept();
          heard.push(yield* server.readLine());
        }
        assert.deepEqual(heard.sort(), ["I am 0", "I am 1", "I am 2", "I am 3", "I am 4"]);
        for (const client of clients) client.close();
      }),
    );

    test(
      "accepts are served first come, first served",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const order: number[] = [];
        const accepters = [0, 1, 2].map((i) =>
          go(function* () {
            using _conn = yield* listener.accept();
            order.push(i);
          }),
        );
        for (const accepter of accepters) yield* mustBlock(accepter, "accept");
        for (let i = 0; i < 3; i++) {
          using _client = yield* dial(net.to(listener));
          yield* until(() => order.length > i, "an accept");
        }
        assert.deepEqual(order, [0, 1, 2]);
        for (const accepter of accepters) yield* accepter;
      }),
    );

    test(
      "close ends every accept, at once and for ever; a second close does nothing",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        const accepters = [0, 1, 2].map(() => start(listener.accept()));
        for (const accepter of accepters) yield* mustBlock(accepter, "accept");
        listener.close();
        listener.close();
        for (const accepter of accepters) {
          const error = yield* fails(() => doing(accepter), "GORT_CONN_CLOSED");
          assert.equal(error.message, "use of closed network connection");
        }
        yield* fails(() => doing(listener.accept()), "GORT_CONN_CLOSED");
        listener[Symbol.dispose]();
      }),
    );

    test(
      "connections that nobody has accepted are closed with the listener; accepted ones live on",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        using first = yield* dial(net.to(listener));
        using server = yield* listener.accept();
        using second = yield* dial(net.to(listener));
        // What has been accepted for it by the system stands in the queue.
        yield* quiet();
        listener.close();
        yield* panicOf(function* () {
          assert.equal(yield* second.read(new Uint8Array(1)), 0);
          throw "the end, or a reset";
        });
        yield* first.write("alive\n");
        assert.equal(yield* server.readLine(), "alive");
      }),
    );

    test(
      "parked operations count as waiting for the host, and only those",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        assert.equal(counts.waiting, 0);
        const accepter = start(listener.accept());
        yield* mustBlock(accepter, "accept");
        assert.equal(counts.waiting, 1);
        using _client = yield* dial(net.to(listener));
        using server = yield* accepter;
        const reader = go(function* () {
          yield* server.readLine();
        });
        yield* mustBlock(reader, "readLine");
        assert.equal(counts.waiting, 1);
        server.close();
        yield* fails(() => doing(reader), "GORT_CONN_CLOSED");
        assert.equal(counts.waiting, 0);
      }),
    );

    test(
      "many connections at once",
      onNet(net, function* () {
        const server = yield* listen(net.place());
        const echoing = go(function* () {
          for (let i = 0; i < 100; i++) {
            const conn = yield* server.accept();
            go(function* () {
              yield* conn.write(`${yield* conn.readLine()}!\n`);
              conn.close();
            });
          }
        });
        const clients = Array.from({ length: 100 }, (_, i) =>
          go(function* () {
            using conn = yield* dial(net.to(server));
            yield* conn.write(`${i}\n`);
            return yield* conn.readLine();
          }),
        );
        for (const [i, client] of clients.entries()) assert.equal(yield* client, `${i}!`);
        yield* echoing;
        server.close();
      }),
    );

    test(
      "a pair is closed by both ends in either order",
      onNet(net, function* () {
        for (const serverFirst of [true, false]) {
          const [client, server] = yield* pair(net);
          const [one, other] = serverFirst ? [server, client] : [client, server];
          one.close();
          assert.equal(yield* other.read(new Uint8Array(1)), 0);
          other.close();
        }
      }),
    );
  });
}
