/**
 * Network contract: how a connection ends: closed here, closed there, reset.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chan, type Goroutine, go, select } from "gort";
import type { Conn } from "gort/net";
import { mustBlock, panicOf } from "../go/support.ts";
import {
  arrivals,
  doing,
  fails,
  inPieces,
  type Net,
  onPair,
  quiet,
  start,
  textOf,
  tooMuch,
  until,
} from "./net-support.ts";

const CLOSED = "use of closed network connection";

/** Closes `conn` with bytes unread, which resets the connection. */
function* resetBy(conn: Conn, peer: Conn): Goroutine {
  yield* peer.write("never read");
  yield* quiet();
  conn.close();
}

/** How many bytes arrive until the end, whichever it is. */
function* receivedBy(conn: Conn): Goroutine<number> {
  const buf = new Uint8Array(65_536);
  let sum = 0;
  try {
    for (let count = yield* conn.read(buf); count > 0; count = yield* conn.read(buf)) sum += count;
  } catch {
    // Cut off.
  }
  return sum;
}

export function endingContract(net: Net): void {
  const TOO_MUCH = tooMuch(net);
  describe(`${net.name}: ending`, () => {
    test(
      "close wakes every operation that is parked",
      onPair(net, function* (client) {
        const quit = chan<void>();
        const writer = start(client.write(new Uint8Array(TOO_MUCH)));
        yield* mustBlock(writer, "write");
        const parked = [
          writer,
          start(client.write("behind")),
          start(client.read(new Uint8Array(1))),
          start(client.readFull(new Uint8Array(1))),
          start(client.readLine()),
          start(client.lines().recv()),
          start(client.readAll()),
          start(select({ line: client.readLine(), quit: quit.recv() })),
          start(select({ wrote: client.write("x"), quit: quit.recv() })),
          go(async () => await client.readLine()),
        ];
        for (const g of parked) yield* mustBlock(g as never, "an operation");
        client.close();
        for (const g of parked) {
          const error = yield* fails(() => doing(g as typeof writer), "GORT_CONN_CLOSED");
          assert.equal(error.message, CLOSED);
        }
      }),
    );

    test(
      "after close every operation throws, and close again does nothing",
      onPair(net, function* (client, server) {
        yield* server.write("unread");
        client.close();
        client.close();
        client[Symbol.dispose]();
        client.closeWrite();
        client.setDeadline(5);
        client.setDeadline(-1);
        client.setDeadline(null);
        const ops = [
          () => client.read(new Uint8Array(1)),
          () => client.readFull(new Uint8Array(1)),
          () => client.readLine(),
          () => client.lines().recv(),
          () => client.readAll(),
          () => client.write("x"),
          () => client.write(""),
        ];
        for (const make of ops) {
          const error = yield* fails(
            () => doing(make() as ReturnType<typeof client.readLine>),
            "GORT_CONN_CLOSED",
          );
          assert.equal(error.message, CLOSED);
        }
      }),
    );

    test(
      "using closes at the end of its block",
      onPair(net, function* (client, server) {
        {
          using scoped = client;
          yield* scoped.write("bye\n");
        }
        yield* fails(() => doing(client.write("x")), "GORT_CONN_CLOSED");
        assert.equal(yield* server.readLine(), "bye");
        assert.equal(yield* server.readLine(), undefined);
      }),
    );

    test(
      "a reset is the system's error, after what came before was read",
      { skip: !net.resets },
      onPair(net, function* (client, server) {
        const seen = arrivals(server);
        const reader = start(server.readLine());
        yield* mustBlock(reader, "readLine");
        yield* client.write("one\ntwo\nthr");
        yield* until(() => seen.bytes === 11, "the lines arrive");
        assert.equal(yield* reader, "one");
        yield* resetBy(client, server);
        yield* quiet();
        assert.equal(yield* server.readLine(), "two");
        const error = yield* fails(() => doing(server.readLine()), "ECONNRESET", "EPIPE");
        assert.match(error.message, /ECONNRESET|EPIPE/);
        // What is no whole line stays readable, and then the error is there again, for everyone.
        const three = new Uint8Array(3);
        assert.equal(yield* server.readFull(three), 3);
        assert.equal(textOf(three), "thr");
        yield* fails(() => doing(server.read(new Uint8Array(1))), "ECONNRESET", "EPIPE");
        yield* fails(() => doing(server.readFull(new Uint8Array(1))), "ECONNRESET", "EPIPE");
        yield* fails(() => doing(server.readAll()), "ECONNRESET", "EPIPE");
        yield* fails(() => doing(server.write("x")), "ECONNRESET", "EPIPE");
        // Closed by its owner, that is what it is.
        server.close();
        yield* fails(() => doing(server.readLine()), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "a reset wakes whoever reads and whoever writes",
      { skip: !net.resets },
      onPair(net, function* (client, server) {
        const writer = start(server.write(new Uint8Array(TOO_MUCH)));
        yield* mustBlock(writer, "write");
        const parked = [
          writer,
          start(server.write("behind")),
          start(server.readLine()),
          start(server.readAll()),
        ];
        for (const g of parked) yield* mustBlock(g as never, "an operation");
        client.close(); // With all that unread.
        for (const g of parked) yield* fails(() => doing(g as typeof writer), "ECONNRESET", "EPIPE");
      }),
    );

    for (const how of ["one", "several"] as const) {
      test(
        `a reset is told to whoever is parked in write, also when nobody reads (${how})`,
        { skip: !net.resets },
        onPair(net, function* (client, server) {
          const writers = [start(server.write(new Uint8Array(TOO_MUCH)))];
          if (how === "several")
            writers.push(start(server.write(new Uint8Array(5))), start(server.write("behind")));
          for (const writer of writers) yield* mustBlock(writer, "write");
          client.close(); // With all that unread.
          for (const writer of writers) yield* fails(() => doing(writer), "ECONNRESET", "EPIPE");
          yield* fails(() => doing(server.write("more")), "ECONNRESET", "EPIPE");
          yield* fails(() => doing(server.read(new Uint8Array(1))), "ECONNRESET", "EPIPE");
        }),
      );
    }

    test(
      "close lets go at once, whatever the peer does, when what is left was promised to nobody: a write that is parked",
      onPair(net, function* (client, server) {
        const writer = start(client.write(new Uint8Array(TOO_MUCH)));
        yield* mustBlock(writer, "write");
        const before = net.open().length;
        client.close();
        yield* fails(() => doing(writer), "GORT_CONN_CLOSED");
        yield* until(() => net.open().length < before, "it is gone");
        assert.ok((yield* receivedBy(server)) < TOO_MUCH);
      }),
    );

    test(
      "close lets go at once when what is left was promised to nobody: a write that was over its deadline",
      onPair(net, function* (client, server) {
        client.setWriteDeadline(1);
        yield* fails(() => doing(client.write(new Uint8Array(TOO_MUCH))), "GORT_DEADLINE_EXCEEDED");
        const before = net.open().length;
        client.close();
        yield* until(() => net.open().length < before, "it is gone");
        assert.ok((yield* receivedBy(server)) < TOO_MUCH);
      }),
    );

    test(
      "writing to a peer that is gone fails in the end, and the writer is told why",
      onPair(net, function* (client, server) {
        client.close();
        const error = yield* fails(
          function* () {
            for (let i = 0; i < 1000; i++) {
              yield* server.write("is anybody there?");
              yield* quiet(1);
            }
          },
          "ECONNRESET",
          "EPIPE",
        );
        assert.equal(typeof (error as NodeJS.ErrnoException).errno, "number");
      }),
    );

    test(
      "who has seen the end of the stream still sees it when a write has failed",
      onPair(net, function* (client, server) {
        client.close();
        assert.equal(yield* server.read(new Uint8Array(1)), 0);
        yield* panicOf(function* () {
          for (let i = 0; i < 1000; i++) {
            yield* server.write("is anybody there?");
            yield* quiet(1);
          }
        });
        assert.equal(yield* server.read(new Uint8Array(1)), 0);
        assert.equal(yield* server.readLine(), undefined);
      }),
    );

    test(
      "a connection that nobody uses may break without a word",
      { skip: !net.resets },
      onPair(net, function* (client, server) {
        yield* server.write("never read");
        yield* quiet();
        client.close();
        yield* quiet();
        yield* fails(() => doing(server.readLine()), "ECONNRESET");
      }),
    );

    test(
      "a close while bytes arrive: nothing is given to anybody after it",
      onPair(net, function* (client, server) {
        const seen = arrivals(server);
        const reader = start(server.readLine());
        yield* mustBlock(reader, "readLine");
        yield* inPieces(client, server, ["half a li"]);
        const before = seen.bytes;
        server.close();
        // It may be told so already, or not yet.
        const writer = start(client.write("ne\n"));
        writer.then(undefined, () => {});
        yield* quiet();
        assert.equal(seen.bytes, before);
        yield* fails(() => doing(reader), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "half closed by both, a connection has ended without anyone's close",
      onPair(net, function* (client, server) {
        client.closeWrite();
        server.closeWrite();
        assert.deepEqual([yield* client.readLine(), yield* server.readLine()], [undefined, undefined]);
        yield* quiet();
        assert.deepEqual([yield* client.readLine(), yield* server.readLine()], [undefined, undefined]);
        yield* fails(() => doing(client.write("x")), "GORT_CONN_CLOSED");
      }),
    );
  });
}
