/**
 * What makes a message cheap, and must not be seen: operations that are made anew, bytes that are copied once, goroutines of one turn that run in one go,
 * addresses that connections share.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { type Goroutine, go, select, wait } from "gort";
import { type Conn, dial, listen } from "gort/net";
import { p } from "#src/runtime/processor.ts";
import { HOST, tcp, unix } from "../contract/net-local.ts";
import { fails, onNet, onPair, pair, textOf, until } from "../contract/net-support.ts";
import { collectGarbage, mustBlock, rest, turn } from "../go/support.ts";
import { output, program } from "../prog/program.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("an operation of a connection, after its wait", () => {
  it(
    "is made anew for the next one of its kind, on whatever connection",
    onPair(tcp, function* (client, server) {
      const [other, peer] = yield* pair(tcp);
      const written = client.write("one");
      assert.equal(yield* written, 3);
      const next = other.write(bytes("more"));
      assert.equal(next, written);
      assert.equal(yield* next, 4);
      const buf = new Uint8Array(10);
      const read = server.read(buf);
      assert.equal(yield* read, 3);
      const again = peer.read(buf.subarray(3));
      assert.equal(again, read);
      assert.equal(yield* again, 4);
      assert.equal(textOf(buf.subarray(0, 7)), "onemore");
      other.close();
      peer.close();
    }),
  );

  it(
    "is waited for once: a second wait does nothing and throws",
    onPair(tcp, function* (client, server) {
      const written = client.write("one");
      yield* written;
      yield* fails(function* () {
        yield* written;
      }, "GORT_OPERATION_REUSED");
      const read = server.read(new Uint8Array(10));
      yield* read;
      yield* fails(function* () {
        yield* read;
      }, "GORT_OPERATION_REUSED");
      client.close();
      assert.equal(textOf(yield* server.readAll()), "");
    }),
  );

  it(
    "is not made anew while it is waited for, has not been waited for, or has failed",
    onPair(tcp, function* (client, server) {
      const buf = new Uint8Array(1);
      const parked = server.read(buf);
      const ops = [parked];
      const reader = go(function* () {
        yield* parked;
      });
      yield* mustBlock(reader, "the read");
      ops.push(server.read(buf), server.read(buf));
      assert.equal(new Set(ops).size, 3);
      server.setReadDeadline(0);
      yield* fails(function* () {
        yield* reader;
      }, "GORT_DEADLINE_EXCEEDED");
      ops.push(server.read(buf));
      assert.equal(new Set(ops).size, 4);
      const writes = [client.write("a"), client.write("b")];
      assert.notEqual(writes[0], writes[1]);
    }),
  );

  it("keeps nothing of the connection's and the program's alive", async () => {
    const refs: WeakRef<object>[] = [];
    await onPair(tcp, function* (client, server) {
      const out = new Uint8Array(100);
      const into = new Uint8Array(100);
      refs.push(new WeakRef(out), new WeakRef(into), new WeakRef(client), new WeakRef(server));
      const reader = go(function* () {
        yield* server.read(into);
      });
      yield* mustBlock(reader, "the read");
      yield* client.write(out);
      yield* reader;
    })();
    for (let turns = 0; turns < 50 && refs.some((ref) => ref.deref() !== undefined); turns++) {
      await turn();
      collectGarbage();
    }
    assert.deepEqual(
      refs.map((ref) => ref.deref()),
      [undefined, undefined, undefined, undefined],
    );
  });

  it("is a new one under GORT_DEBUG=ops, and the error of a second wait is exact", async () => {
    const source = `import { go, run } from "gort";
      import { dial, listen } from "gort/net";
      await run(function* () {
        const listener = yield* listen({ host: "127.0.0.1" });
        const dialing = go(function* () { return yield* dial({ host: "127.0.0.1", port: listener.addr.port }); });
        const server = yield* listener.accept();
        const client = yield* dialing;
        listener.close();
        const second = function* (op) {
          try { yield* op; } catch (error) { return error.code; }
        };
        const written = client.write("a");
        yield* written;
        const newer = client.write("b");
        console.log(yield* second(written), yield* newer);
        client.closeWrite();
        const buf = new Uint8Array(1);
        const read = server.read(buf);
        yield* read;
        const another = server.read(buf);
        console.log(yield* second(read), yield* another, String.fromCharCode(buf[0]), yield* server.read(buf));
        client.close();
        server.close();
      });`;
    const { stdout, stderr } = await program(source, { env: { GORT_DEBUG: "ops" } });
    assert.equal(stdout, "GORT_OPERATION_REUSED 1\nGORT_OPERATION_REUSED 1 b 0\n", stderr);
  });
});

for (const net of [tcp, unix]) {
  describe(`a message: ${net.name}`, () => {
    it(
      "goes into the buffer of the goroutine that waits; what does not fit waits for the next read",
      onPair(net, function* (client, server) {
        const small = new Uint8Array(4).fill(0xee);
        const large = new Uint8Array(8).fill(0xee);
        const counts: number[] = [];
        const reader = go(function* () {
          counts.push(yield* server.read(small), yield* server.read(large), yield* server.read(large));
        });
        yield* mustBlock(reader, "the read");
        yield* client.write("abcdef");
        yield* until(() => large[0] !== 0xee, "the second read");
        yield* mustBlock(reader, "the third read");
        yield* client.write("gh");
        yield* reader;
        assert.deepEqual(counts, [4, 2, 2]);
        assert.equal(textOf(small), "abcd");
        assert.deepEqual([...large], [...bytes("gh"), 0xee, 0xee, 0xee, 0xee, 0xee, 0xee]);
      }),
    );

    it(
      "is the first waiting read's alone",
      onPair(net, function* (client, server) {
        const got: string[] = [];
        const reader = function* (id: number): Goroutine {
          const buf = new Uint8Array(10);
          got.push(`${id}:${textOf(buf.subarray(0, yield* server.read(buf)))}`);
        };
        const first = go(reader, 1);
        const second = go(reader, 2);
        yield* mustBlock(second, "the second read");
        yield* client.write("one");
        yield* first;
        yield* mustBlock(second, "the second read");
        yield* client.write("two");
        yield* second;
        assert.deepEqual(got, ["1:one", "2:two"]);
      }),
    );

    it(
      "that a read takes as a case is taken once, with its rival in the same line",
      onPair(net, function* (client, server) {
        const bufs = { a: new Uint8Array(3), b: new Uint8Array(3) };
        const chosen = go(function* () {
          return (yield* select({ a: server.read(bufs.a), b: server.read(bufs.b) })).case;
        });
        yield* mustBlock(chosen, "the select");
        yield* client.write("one");
        const winner = yield* chosen;
        const loser = winner === "a" ? "b" : "a";
        assert.equal(textOf(bufs[winner]), "one");
        assert.deepEqual([...bufs[loser]], [0, 0, 0]);
        yield* client.write("two");
        yield* server.readFull(bufs[loser]);
        assert.equal(textOf(bufs[loser]), "two");
      }),
    );

    it(
      "that waits for another's is sent when its turn comes, though its operation has sent one before",
      onPair(net, function* (client, server) {
        const large = new Uint8Array(1_000_000);
        const writer = function* (): Goroutine {
          for (let i = 0; i < 3; i++) yield* client.write(large);
        };
        yield* client.write("x");
        const writers = [go(writer), go(writer), go(writer)];
        const reading = go(function* () {
          return (yield* server.readAll()).length;
        });
        for (const h of writers) yield* h;
        client.closeWrite();
        assert.equal(yield* reading, 9_000_001);
      }),
    );

    it(
      "which the kernel has not taken stays as it was written, whatever other connections write",
      onPair(net, function* (client, server) {
        const [other, peer] = yield* pair(net);
        const message = new Uint8Array(500).fill(1);
        let count = 0;
        let isOver = false;
        const writer = go(function* () {
          for (; !isOver; count++) yield* client.write(message);
        });
        // Until one is not taken in the call: then its writer is parked.
        for (let before = -1; count !== before || writer.status !== "waiting"; ) {
          before = count;
          for (let turns = 0; turns < 5; turns++) yield* wait(turn());
        }
        isOver = true;
        const theirs = new Uint8Array(500).fill(2);
        for (let i = 0; i < 3; i++) yield* other.write(theirs);
        other.close();
        const reading = go(function* () {
          return yield* server.readAll();
        });
        yield* writer;
        client.close();
        const all = yield* reading;
        assert.equal(all.length, count * 500);
        assert.equal(all.find((byte) => byte !== 1) ?? 1, 1);
        const rest = yield* peer.readAll();
        assert.equal(rest.length, 1500);
        assert.ok(rest.every((byte) => byte === 2));
        peer.close();
      }),
    );
  });
}

describe("messages of one turn", () => {
  it(
    "wake their goroutines in one go, each in the order of its own connection",
    onNet(tcp, function* () {
      const SOCKETS = 20;
      const got: string[] = [];
      const order: number[] = [];
      using listener = yield* listen(tcp.place());
      const { port } = listener.addr as { port: number };
      const sockets = Array.from({ length: SOCKETS }, () => connect(port, HOST));
      const conns: Conn[] = [];
      for (let i = 0; i < SOCKETS; i++) conns.push(yield* listener.accept());
      const readers = conns.map((conn, i) =>
        go(function* () {
          const buf = new Uint8Array(4);
          got[i] = "";
          for (let n = yield* conn.read(buf); n > 0; n = yield* conn.read(buf)) {
            order.push(p.tick);
            got[i] += textOf(buf.subarray(0, n));
          }
          conn.close();
        }),
      );
      yield* rest(...readers);
      yield* wait(turn());
      // From a timer, and so in a slice that is not spent: the poll phase, where all is read, comes next.
      setTimeout(() => {
        for (const socket of sockets) socket.write("abc");
      }, 1);
      yield* until(() => got.every((text) => text === "abc"), "every message");
      assert.ok(new Set(order).size <= SOCKETS / 4, `${new Set(order).size} entries for ${SOCKETS} messages`);
      for (const socket of sockets) socket.end("de");
      for (const reader of readers) yield* reader;
      assert.ok(got.every((text) => text === "abcde"));
    }),
  );

  it("do not keep a process awake, nor timers waiting", async () => {
    // Every echo is a turn; a runtime that armed one more after each would never let the process end.
    const source = `import { go, run } from "gort";
      import { dial, listen } from "gort/net";
      let fired = 0;
      const beat = setInterval(() => fired++, 1);
      await run(function* () {
        const listener = yield* listen({ host: "127.0.0.1" });
        const echo = go(function* () {
          const conn = yield* listener.accept();
          listener.close();
          const buf = new Uint8Array(16);
          for (let n = yield* conn.read(buf); n > 0; n = yield* conn.read(buf)) yield* conn.write(buf.subarray(0, n));
          conn.close();
        });
        const conn = yield* dial({ host: "127.0.0.1", port: listener.addr.port });
        const buf = new Uint8Array(16);
        let count = 0;
        while (fired < 20) {
          yield* conn.write("ping");
          count += yield* conn.readFull(buf.subarray(0, 4));
        }
        conn.close();
        yield* echo;
        console.log(count > 0);
      });
      clearInterval(beat);`;
    assert.equal(await output(source), "true\n");
  });
});

describe("an address", () => {
  it(
    "of a connection is its own end's, though the listener is at every address",
    onNet(tcp, function* () {
      using listener = yield* listen({ host: "0.0.0.0", port: 0 });
      const { port } = listener.addr as { port: number };
      using client = yield* dial({ host: HOST, port });
      using server = yield* listener.accept();
      assert.deepEqual(server.localAddr, { address: HOST, port });
      assert.deepEqual(client.remoteAddr, server.localAddr);
      assert.deepEqual(server.remoteAddr, client.localAddr);
    }),
  );
});

describe("a handler's goroutine", () => {
  it("was created by whoever called serve", async () => {
    const source = `import { chan, go, run, runtime } from "gort";
      import { dial, serve } from "gort/net";
      await run(function* main() {
        const port = chan(1);
        go(function* starts() {
          yield* serve({ host: "127.0.0.1", onListen: (addr) => port.trySend(addr.port) }, function* handler(conn) {
            console.log(runtime.stack());
            yield* conn.write("x");
          });
        });
        const conn = yield* dial({ host: "127.0.0.1", port: yield* port.recv() });
        yield* conn.readLine();
        process.exit(0);
      });`;
    const { stdout, stderr } = await program(source);
    assert.match(stdout, /goroutine \d+ \[running\]:\nhandler\([^]*?\ncreated by starts/, stderr);
  });
});
