/**
 * Network contract: writing: order, backpressure, half close, and writes as cases.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, chan, type Goroutine, go, select, withCancel } from "gort";
import type { Conn } from "gort/net";
import { mustBlock, panicOf } from "../go/support.ts";
import { doing, fails, type Net, onPair, pattern, quiet, start, textOf, tooMuch } from "./net-support.ts";

export function writingContract(net: Net): void {
  const TOO_MUCH = tooMuch(net);
  describe(`${net.name}: writing`, () => {
    test(
      "write gives the number of bytes, of a text its UTF-8's",
      onPair(net, function* (client, server) {
        assert.equal(yield* client.write("€\n"), 4);
        assert.equal(yield* client.write(""), 0);
        assert.equal(yield* client.write(new Uint8Array(0)), 0);
        assert.equal(yield* client.write(Buffer.from("abc")), 3);
        assert.equal(yield* client.write(pattern(100).subarray(10, 20)), 10);
        client.closeWrite();
        assert.equal(yield* server.readLine(), "€");
        const rest = yield* server.readAll();
        assert.equal(textOf(rest.subarray(0, 3)), "abc");
        assert.deepEqual([...rest.subarray(3)], [...pattern(100).subarray(10, 20)]);
      }),
    );

    test(
      "writes arrive in the order in which they were begun, each as a whole",
      onPair(net, function* (client, server) {
        const sizes = [1, 70_000, 5, 200_000, 0, 33];
        const writers = sizes.map((size, i) =>
          go(function* () {
            return yield* client.write(new Uint8Array(size).fill(i));
          }),
        );
        const closing = go(function* () {
          for (const [i, writer] of writers.entries()) assert.equal(yield* writer, sizes[i]);
          client.closeWrite();
        });
        const all = Buffer.from(yield* server.readAll());
        yield* closing;
        const expected = Buffer.concat(sizes.map((size, i) => Buffer.alloc(size, i)));
        assert.ok(all.equals(expected));
      }),
    );

    test(
      "a writer parks while its peer does not read, and goes on when it does",
      onPair(net, function* (client, server) {
        const data = pattern(TOO_MUCH);
        const writer = start(client.write(data));
        yield* mustBlock(writer, "write");
        yield* quiet();
        assert.equal(writer.status, "waiting");
        const all = new Uint8Array(TOO_MUCH);
        assert.equal(yield* server.readFull(all), TOO_MUCH);
        assert.equal(yield* writer, TOO_MUCH);
        assert.ok(Buffer.from(all.buffer).equals(Buffer.from(data.buffer)));
      }),
    );

    test(
      "a parked write holds those behind it back: at most one is under way",
      onPair(net, function* (client, server) {
        const first = start(client.write(new Uint8Array(TOO_MUCH)));
        yield* mustBlock(first, "write");
        const behind = pattern(100);
        const second = start(client.write(behind));
        yield* mustBlock(second, "write");
        yield* quiet();
        assert.equal(second.status, "waiting");
        // It is not with the system yet, so it can still be another.
        behind.fill(9);
        yield* server.readFull(new Uint8Array(TOO_MUCH));
        assert.deepEqual([yield* first, yield* second], [TOO_MUCH, 100]);
        const got = new Uint8Array(100);
        yield* server.readFull(got);
        assert.deepEqual(
          [...got],
          Array.from({ length: 100 }, () => 9),
        );
      }),
    );

    test(
      "a buffer may be used again when its write is done",
      onPair(net, function* (client, server) {
        const buf = new Uint8Array(1000);
        const writer = go(function* () {
          for (let i = 0; i < 1000; i++) {
            buf.fill(i & 0xff);
            yield* client.write(buf);
          }
          buf.fill(0xff);
          client.closeWrite();
        });
        const all = yield* server.readAll();
        yield* writer;
        assert.equal(all.length, 1_000_000);
        for (let i = 0; i < 1000; i++)
          for (let at = i * 1000; at < (i + 1) * 1000; at += 333) assert.equal(all[at], i & 0xff);
      }),
    );

    for (const kind of ["Uint8Array", "Buffer"] as const) {
      test(
        `a write that won its select is sent as it was then (${kind})`,
        onPair(net, function* (client, server) {
          const data = kind === "Buffer" ? Buffer.alloc(TOO_MUCH, 1) : new Uint8Array(TOO_MUCH).fill(1);
          const won = yield* select({ wrote: client.write(data), never: chan<void>().recv() });
          assert.deepEqual([won.case, won.value], ["wrote", TOO_MUCH]);
          data.fill(2);
          const all = new Uint8Array(TOO_MUCH);
          yield* server.readFull(all);
          assert.equal(all.indexOf(2), -1);
        }),
      );
    }

    test(
      "a write that can be begun is ready: it happens, and nothing else",
      onPair(net, function* (client, server) {
        const ready = chan<void>(1);
        yield* ready.send();
        let written = 0;
        let other = 0;
        const reader = start(server.readAll(2 ** 40));
        for (let i = 0; i < 40; i++) {
          const won = yield* select({ wrote: client.write(new Uint8Array(300_000)), ready: ready.recv() });
          if (won.case === "wrote") {
            written += won.value;
          } else {
            other++;
            yield* ready.send();
          }
        }
        assert.ok(other > 0 && written > 0);
        client.closeWrite();
        assert.equal((yield* reader).length, written);
      }),
    );

    test(
      "a write that waits for another and loses its select sends nothing",
      onPair(net, function* (client, server) {
        const quit = chan<void>();
        const first = start(client.write(new Uint8Array(TOO_MUCH)));
        yield* mustBlock(first, "write");
        const chooser = go(function* () {
          return (yield* select({ wrote: client.write("lost"), quit: quit.recv() })).case;
        });
        yield* mustBlock(chooser, "select");
        const [ctx, cancel] = withCancel(background());
        const canceled = start(ctx.wait(client.write("lost too")));
        yield* mustBlock(canceled, "write");
        const third = start(client.write("kept"));
        yield* mustBlock(third, "write");
        yield* quit.send();
        assert.equal(yield* chooser, "quit");
        cancel();
        assert.equal(yield* panicOf(() => doing(canceled)), ctx.err);
        yield* server.readFull(new Uint8Array(TOO_MUCH));
        assert.deepEqual([yield* first, yield* third], [TOO_MUCH, 4]);
        client.closeWrite();
        assert.equal(textOf(yield* server.readAll()), "kept");
      }),
    );

    test(
      "a write that waits as a case wins when its turn comes",
      onPair(net, function* (client, server) {
        const first = start(client.write(new Uint8Array(TOO_MUCH)));
        yield* mustBlock(first, "write");
        const chooser = start(select({ wrote: client.write("mine"), never: chan<void>().recv() }));
        yield* mustBlock(chooser, "select");
        yield* server.readFull(new Uint8Array(TOO_MUCH));
        yield* first;
        assert.deepEqual({ ...(yield* chooser) }, { case: "wrote", value: 4 });
        const four = new Uint8Array(4);
        yield* server.readFull(four);
        assert.equal(textOf(four), "mine");
      }),
    );

    test(
      "closeWrite ends one direction after what was written; the other goes on",
      onPair(net, function* (client, server) {
        yield* client.write("question");
        client.closeWrite();
        client.closeWrite();
        assert.equal(textOf(yield* server.readAll()), "question");
        const error = yield* fails(() => doing(client.write("more")), "GORT_CONN_CLOSED");
        assert.equal(error.message, "write after closeWrite");
        yield* server.write("answer");
        server.closeWrite();
        assert.equal(textOf(yield* client.readAll()), "answer");
      }),
    );

    test(
      "closeWrite lets what is with the system arrive; writes that wait are closed",
      onPair(net, function* (client, server) {
        const won = yield* select({ wrote: client.write(pattern(TOO_MUCH)), never: chan<void>().recv() });
        assert.equal(won.case, "wrote");
        const waiting = start(client.write("never sent"));
        yield* mustBlock(waiting, "write");
        client.closeWrite();
        yield* fails(() => doing(waiting), "GORT_CONN_CLOSED");
        const all = yield* server.readAll();
        assert.equal(all.length, TOO_MUCH);
      }),
    );

    test(
      "closeWrite lets a write that has begun go on: its writer is told so, and those behind it are closed",
      onPair(net, function* (client, server) {
        const first = start(client.write(pattern(TOO_MUCH)));
        yield* mustBlock(first, "write");
        const behind = [start(client.write("never sent")), start(client.write("nor this"))];
        for (const writer of behind) yield* mustBlock(writer, "write");
        client.closeWrite();
        for (const writer of behind) {
          const error = yield* fails(() => doing(writer), "GORT_CONN_CLOSED");
          assert.equal(error.message, "write after closeWrite");
        }
        assert.equal(first.status, "waiting");
        const all = yield* server.readAll();
        assert.equal(Buffer.compare(all, pattern(TOO_MUCH)), 0);
        assert.equal(yield* first, TOO_MUCH);
      }),
    );

    test(
      "writes of every size around those that are copied in one piece arrive as they were",
      onPair(net, function* (client, server) {
        const sizes = [1, 511, 512, 513, 1024, 1025, 4096, 131_071, 131_072, 131_073, 262_144, 300_001];
        const writing = go(function* () {
          const data = new Uint8Array(300_001);
          for (const size of sizes) {
            data.set(pattern(size, size));
            assert.equal(yield* client.write(data.subarray(0, size)), size);
            data.fill(0);
          }
        });
        for (const size of sizes) {
          const got = new Uint8Array(size);
          yield* server.readFull(got);
          assert.equal(Buffer.compare(got, pattern(size, size)), 0, String(size));
        }
        yield* writing;
      }),
    );

    for (const before of ["nothing", "its own closeWrite", "the peer's closeWrite"] as const) {
      test(
        `what was written is still sent after close (before it: ${before})`,
        onPair(net, function* (client, server) {
          if (before === "the peer's closeWrite") {
            server.closeWrite();
            assert.equal(yield* client.read(new Uint8Array(1)), 0);
          }
          yield* select({ wrote: client.write(pattern(TOO_MUCH)), never: chan<void>().recv() });
          if (before === "its own closeWrite") client.closeWrite();
          client.close();
          const all = yield* server.readAll();
          assert.equal(all.length, TOO_MUCH);
          assert.equal(Buffer.compare(all, pattern(TOO_MUCH)), 0);
        }),
      );
    }

    test(
      "both directions at once, each with more than the system holds",
      onPair(net, function* (client, server) {
        const size = 5_000_000;
        const send = (conn: Conn, from: number): Goroutine<number> => doing(conn.write(pattern(size, from)));
        const senders = [go(() => send(client, 0)), go(() => send(server, 7))];
        const a = new Uint8Array(size);
        const b = new Uint8Array(size);
        const readers = [start(client.readFull(a)), start(server.readFull(b))];
        for (const g of [...senders, ...readers]) assert.equal(yield* g, size);
        assert.equal(Buffer.compare(a, pattern(size, 7)), 0);
        assert.equal(Buffer.compare(b, pattern(size, 0)), 0);
      }),
    );
  });
}
