/**
 * What the network in memory does on demand: delay, pieces, windows, loss, refusal; in virtual time where time matters.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, chan, go, now, run, select, sleep, withTimeout } from "gort";
import { type Conn, dial, listen } from "gort/net";
import { network } from "#src/net/transport.ts";
import { type MemoryOptions, MemoryTransport } from "#src/testing/memory-transport.ts";
import { arrivals, doing, fails, pattern, start, textOf } from "../contract/net-support.ts";
import { mustBlock, panicOf } from "../go/support.ts";
import { over, overPair } from "./virtual-net.ts";

describe("the network in memory: delay", () => {
  test(
    "a connection, bytes and the end each take delayMs to the other side",
    over({ delayMs: 30 }, function* () {
      using listener = yield* listen({ port: 80 });
      const began = now();
      const dialing = start(dial({ port: 80 }));
      using server = yield* listener.accept();
      using client = yield* dialing;
      assert.equal(now(), began + 30);
      yield* client.write("one\n");
      client.closeWrite();
      assert.equal(now(), began + 30);
      assert.equal(yield* server.readLine(), "one");
      assert.equal(now(), began + 60);
      assert.equal(yield* server.readLine(), undefined);
      assert.equal(now(), began + 60);
      yield* server.write("two\n");
      assert.equal(yield* client.readLine(), "two");
      assert.equal(now(), began + 90);
    }),
  );

  test(
    "bytes travel while nobody reads: whoever comes late does not wait",
    overPair({ delayMs: 30 }, function* (client, server) {
      yield* client.write("x\n");
      yield* sleep(100);
      const before = now();
      assert.equal(yield* server.readLine(), "x");
      assert.equal(now(), before);
    }),
  );

  test(
    "nothing overtakes: a delay that becomes less leaves what is under way first",
    overPair({ delayMs: 50 }, function* (client, server, net) {
      const began = now();
      yield* client.write("slow ");
      net.delayMs = 1;
      yield* client.write("fast\n");
      assert.equal(yield* server.readLine(), "slow fast");
      assert.equal(now(), began + 50);
    }),
  );

  test(
    "a deadline and a delay: the sooner one happens",
    overPair({ delayMs: 50 }, function* (client, server) {
      yield* client.write("late\n");
      const began = now();
      server.setReadDeadline(20);
      yield* fails(() => doing(server.readLine()), "GORT_DEADLINE_EXCEEDED");
      assert.equal(now(), began + 20);
      server.setReadDeadline(40);
      assert.equal(yield* server.readLine(), "late");
      assert.equal(now(), began + 50);
    }),
  );

  test(
    "a dial may lose against the time: the listener never sees it",
    over({ delayMs: 50 }, function* () {
      using listener = yield* listen({ port: 80 });
      const [ctx, cancel] = withTimeout(background(), 20);
      assert.equal(yield* panicOf(() => doing(dial({ port: 80, ctx }))), ctx.err);
      cancel();
      const quit = chan<void>();
      const accepter = go(function* () {
        return (yield* select({ conn: listener.accept(), quit: quit.recv() })).case;
      });
      yield* sleep(1000);
      yield* quit.send();
      assert.equal(yield* accepter, "quit");
    }),
  );

  test(
    "bytes under way to nobody leave no timer when both ends are closed",
    overPair({ delayMs: 1_000_000 }, function* (client, server) {
      const reader = start(server.readLine());
      yield* client.write("never arrives");
      yield* mustBlock(reader, "readLine");
      client.close();
      server.close();
      yield* fails(() => doing(reader), "GORT_CONN_CLOSED");
    }),
  );
});

describe("the network in memory: windows and pieces", () => {
  for (const window of [1, 10, 1000]) {
    test(
      `a window of ${window} bytes holds as many, and the write that brings more waits for the reader`,
      overPair({ window }, function* (client, server) {
        const seen = arrivals(server);
        assert.equal(yield* client.write(pattern(window)), window);
        const writer = start(client.write("+"));
        yield* mustBlock(writer, "write");
        yield* sleep(1000);
        assert.deepEqual([seen.bytes, writer.status], [0, "waiting"]);
        const buf = new Uint8Array(window + 1);
        yield* server.readFull(buf);
        yield* writer;
        assert.deepEqual([...buf], [...pattern(window), 0x2b]);
      }),
    );
  }

  test(
    "nothing arrives after the reader has enough",
    overPair({}, function* (client, server) {
      const seen = arrivals(server);
      const writer = start(client.write(new Uint8Array(1_000_000)));
      yield* server.readFull(new Uint8Array(1));
      yield* sleep(1000);
      assert.equal(writer.status, "waiting");
      assert.ok(seen.bytes <= 2 * 65_536, `${seen.bytes}`);
      server.close();
      yield* panicOf(() => doing(writer));
    }),
  );

  test(
    "pieces of a size",
    overPair({ pieces: 7 }, function* (client, server) {
      const seen = arrivals(server);
      yield* client.write(pattern(100));
      client.closeWrite();
      assert.deepEqual(yield* server.readAll(), pattern(100));
      assert.deepEqual([seen.bytes, seen.pieces], [100, 15]);
    }),
  );

  test("pieces of random sizes: the same seed, the same sizes", async () => {
    const sizes: (readonly number[])[] = [];
    for (const seed of [5, 5, 6]) {
      await overPair({ pieces: 40, seed }, function* (client, server) {
        const seen = arrivals(server);
        yield* client.write(pattern(1000));
        yield* server.readFull(new Uint8Array(1000));
        assert.ok(seen.sizes.every((size) => size >= 1 && size <= 40));
        assert.ok(seen.pieces >= 25 && new Set(seen.sizes).size > 10);
        sizes.push(seen.sizes);
      })();
    }
    assert.deepEqual(sizes[0], sizes[1]);
    assert.notDeepEqual(sizes[0], sizes[2]);
  });

  test(
    "a writer's bytes are its own until there is room for them",
    overPair({ window: 10 }, function* (client, server) {
      const data = Buffer.from("0123456789abc");
      const writer = start(client.write(data));
      yield* mustBlock(writer, "write");
      data.fill("x");
      yield* server.readFull(new Uint8Array(10));
      yield* writer;
      const rest = new Uint8Array(3);
      yield* server.readFull(rest);
      assert.equal(textOf(rest), "xxx");
    }),
  );
});

describe("the network in memory: faults", () => {
  test(
    "reset: both ends get ECONNRESET after what has arrived; what was under way is lost",
    overPair({ delayMs: 10 }, function* (client, server, net) {
      yield* client.write("arrived\n");
      yield* sleep(20);
      yield* client.write("under way\n");
      const reader = start(client.readLine());
      yield* mustBlock(reader, "readLine");
      net.reset(server);
      const error = yield* fails(() => doing(reader), "ECONNRESET");
      assert.equal(error.message, "read ECONNRESET");
      assert.equal((error as NodeJS.ErrnoException).syscall, "read");
      assert.ok(((error as NodeJS.ErrnoException).errno as number) < 0);
      assert.equal(yield* server.readLine(), "arrived");
      yield* fails(() => doing(server.readLine()), "ECONNRESET");
      net.reset(server);
    }),
  );

  test(
    "resetAll: every connection, and no listener",
    over({}, function* (net) {
      using listener = yield* listen({ port: 80 });
      const conns: Conn[] = [];
      for (let i = 0; i < 3; i++) conns.push(yield* dial({ port: 80 }), yield* listener.accept());
      const readers = conns.map((conn) => start(conn.readLine()));
      for (const reader of readers) yield* mustBlock(reader, "readLine");
      net.resetAll();
      for (const reader of readers) yield* fails(() => doing(reader), "ECONNRESET");
      for (const conn of conns) yield* fails(() => doing(conn.write("x")), "ECONNRESET");
      assert.deepEqual(net.open, ["listener :::80"]);
      using again = yield* dial({ port: 80 });
      using server = yield* listener.accept();
      yield* again.write("x\n");
      assert.equal(yield* server.readLine(), "x");
    }),
  );

  test(
    "refusals: the next dials are refused, and then none is",
    over({}, function* (net) {
      using listener = yield* listen({ port: 80 });
      net.refusals = 2;
      for (let i = 0; i < 2; i++) {
        const error = yield* fails(() => doing(dial({ port: 80 })), "ECONNREFUSED");
        assert.equal(error.message, "connect ECONNREFUSED 127.0.0.1:80");
      }
      using _client = yield* dial({ port: 80 });
      using _server = yield* listener.accept();
    }),
  );

  test(
    "drops: a dial that is lost waits until it is given up",
    over({}, function* (net) {
      using listener = yield* listen({ port: 80 });
      net.drops = 1;
      const began = now();
      const [ctx, cancel] = withTimeout(background(), 500);
      assert.equal(yield* panicOf(() => doing(dial({ port: 80, ctx }))), ctx.err);
      cancel();
      assert.equal(now(), began + 500);
      using _client = yield* dial({ port: 80 });
      using _server = yield* listener.accept();
    }),
  );

  test(
    "a name is known when somebody has listened on it",
    over({}, function* () {
      yield* fails(() => doing(dial({ host: "db.test", port: 5432 })), "ENOTFOUND");
      const listener = yield* listen({ host: "db.test", port: 5432 });
      yield* fails(() => doing(dial({ port: 5432 })), "ECONNREFUSED");
      const client = yield* dial({ host: "db.test", port: 5432 });
      assert.deepEqual(client.remoteAddr, { address: "db.test", port: 5432 });
      (yield* listener.accept()).close();
      client.close();
      listener.close();
      yield* fails(() => doing(dial({ host: "db.test", port: 5432 })), "ECONNREFUSED");
    }),
  );

  test(
    "a listener on one address is not on another; one on every address is on all",
    over({}, function* () {
      using one = yield* listen({ host: "127.0.0.1", port: 80 });
      using two = yield* listen({ host: "127.0.0.2", port: 80 });
      yield* fails(() => doing(listen({ port: 80 })), "EADDRINUSE");
      for (const [listener, host] of [
        [one, "localhost"],
        [two, "127.0.0.2"],
      ] as const) {
        using _client = yield* dial({ host, port: 80 });
        using _server = yield* listener.accept();
      }
    }),
  );

  test(
    "TLS is not spoken, but both sides or none must want it",
    over({}, function* () {
      using listener = yield* listen({ port: 443, tls: { key: "a key", cert: "a certificate" } });
      yield* fails(() => doing(dial({ port: 443 })), "ECONNRESET");
      using client = yield* dial({ port: 443, tls: true });
      using server = yield* listener.accept();
      yield* client.write("x\n");
      assert.equal(yield* server.readLine(), "x");
    }),
  );
});

describe("the network in memory: what is open, and the seam", () => {
  test(
    "open names listeners and both ends of connections",
    over({}, function* (net) {
      const listener = yield* listen({ host: "127.0.0.1", port: 80 });
      const client = yield* dial({ port: 80 });
      const server = yield* listener.accept();
      const at = `127.0.0.1:${(client.localAddr as { port: number }).port}`;
      assert.deepEqual(net.open, [
        "listener 127.0.0.1:80",
        `connection ${at} to 127.0.0.1:80`,
        `connection 127.0.0.1:80 to ${at}`,
      ]);
      listener.close();
      client.close();
      assert.deepEqual(net.open, [`connection 127.0.0.1:80 to ${at}`]);
      server.close();
      const unix = yield* listen({ path: "/run/x" });
      using dialed = yield* dial({ path: "/run/x" });
      assert.deepEqual(net.open, [
        "listener /run/x",
        "connection (unnamed) to /run/x",
        "connection /run/x to (unnamed)",
      ]);
      unix.close();
      dialed.close();
    }),
  );

  test("install puts a network in place, and gives back the one before", () => {
    const before = network.transport;
    const outer = new MemoryTransport();
    const inner = new MemoryTransport();
    const restoreOuter = outer.install();
    const restoreInner = inner.install();
    assert.equal(network.transport, inner);
    restoreInner();
    assert.equal(network.transport, outer);
    restoreOuter();
    assert.equal(network.transport, before);
  });

  test("networks know nothing of each other", async () => {
    const one = new MemoryTransport();
    const two = new MemoryTransport();
    await run(function* () {
      let restore = one.install();
      using _listener = yield* listen({ port: 80 });
      restore();
      restore = two.install();
      yield* fails(() => doing(dial({ port: 80 })), "ECONNREFUSED");
      restore();
    });
    assert.deepEqual([one.open, two.open], [[], []]);
  });

  test("bad options are told", () => {
    const cases: [MemoryOptions, RegExp][] = [
      [{ window: 0 }, /^MemoryTransport: window is a number of at least 1, got the number 0$/],
      [{ delayMs: -1 }, /^MemoryTransport: delayMs is a number of at least 0, got the number -1$/],
      [{ pieces: Number.NaN }, /^MemoryTransport: pieces is a number of at least 1, got the number NaN$/],
      [{ seed: "x" as never }, /^MemoryTransport: seed is a number of at least 0, got the string "x"$/],
      [
        { latency: 3 } as never,
        /there is no option "latency" \(window, delayMs, pieces, jitterMs, loss, retransmitMs, seed\)$/,
      ],
    ];
    for (const [options, message] of cases) {
      assert.throws(() => new MemoryTransport(options), { code: "GORT_INVALID_OPTION", message });
    }
  });
});
