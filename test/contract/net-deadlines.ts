/**
 * Network contract: deadlines. None of these tests asserts how long anything took.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chan, type Goroutine, go, type Handle, select, sleep } from "gort";
import type { Conn } from "gort/net";
import { mustBlock } from "../go/support.ts";
import { doing, fails, inPieces, type Net, onPair, start, textOf, tooMuch } from "./net-support.ts";

const SOON_MS = 5;
const NEVER_MS = 3_600_000;

/** All kinds of reads. */
const READS: readonly ((conn: Conn) => ReturnType<Conn["readLine"]>)[] = [
  (conn) => conn.read(new Uint8Array(1)) as never,
  (conn) => conn.readFull(new Uint8Array(9)) as never,
  (conn) => conn.readLine(),
  (conn) => conn.readAll() as never,
  (conn) => conn.lines().recv(),
];

/** How many bytes of a write have gone, also when it was over its deadline. */
function* sent(writer: Handle<number>): Goroutine<number> {
  try {
    return yield* writer;
  } catch (error) {
    return (error as { bytesWritten?: number }).bytesWritten as number;
  }
}

export function deadlineContract(net: Net): void {
  const TOO_MUCH = tooMuch(net);
  describe(`${net.name}: deadlines`, () => {
    for (const set of ["setReadDeadline", "setDeadline"] as const) {
      test(
        `${set} ends reads that are parked, and those that come later, until it is cleared`,
        onPair(net, function* (client, server) {
          const readers = READS.map((read) => start(read(server)));
          for (const reader of readers) yield* mustBlock(reader, "a read");
          server[set](SOON_MS);
          for (const reader of readers) {
            const error = yield* fails(() => doing(reader), "GORT_DEADLINE_EXCEEDED");
            assert.equal(error.message, "i/o timeout");
            assert.equal(error.name, "TimeoutError");
          }
          // Also when there is something to read.
          yield* client.write("line\n");
          for (const read of READS) yield* fails(() => doing(read(server)), "GORT_DEADLINE_EXCEEDED");
          server[set](null);
          assert.equal(yield* server.readLine(), "line");
        }),
      );
    }

    for (const over of [0, -1, Number.NEGATIVE_INFINITY]) {
      test(
        `a deadline of ${over} is over at once`,
        onPair(net, function* (client, server) {
          const reader = start(server.readLine());
          yield* mustBlock(reader, "readLine");
          server.setReadDeadline(over);
          yield* fails(() => doing(reader), "GORT_DEADLINE_EXCEEDED");
          yield* fails(() => doing(server.readLine()), "GORT_DEADLINE_EXCEEDED");
          yield* server.write("writing goes on\n");
          assert.equal(yield* client.readLine(), "writing goes on");
          server.setWriteDeadline(over);
          yield* fails(() => doing(server.write("x")), "GORT_DEADLINE_EXCEEDED");
          server.setDeadline(Number.POSITIVE_INFINITY);
          yield* server.write("again\n");
          assert.equal(yield* client.readLine(), "again");
        }),
      );
    }

    test(
      "a deadline can be moved while somebody is parked: later, sooner, never",
      onPair(net, function* (client, server) {
        const reader = start(server.readLine());
        yield* mustBlock(reader, "readLine");
        server.setReadDeadline(SOON_MS);
        server.setReadDeadline(NEVER_MS);
        yield* sleep(3 * SOON_MS);
        assert.equal(reader.status, "waiting");
        server.setReadDeadline(SOON_MS);
        server.setReadDeadline(null);
        yield* sleep(3 * SOON_MS);
        assert.equal(reader.status, "waiting");
        yield* client.write("in time\n");
        assert.equal(yield* reader, "in time");

        const other = start(server.readLine());
        server.setReadDeadline(NEVER_MS);
        yield* mustBlock(other, "readLine");
        server.setReadDeadline(SOON_MS);
        yield* fails(() => doing(other), "GORT_DEADLINE_EXCEEDED");
      }),
    );

    test(
      "what came before the deadline stays readable",
      onPair(net, function* (client, server) {
        const reader = start(server.readLine());
        yield* mustBlock(reader, "readLine");
        yield* inPieces(client, server, ["half a "]);
        server.setReadDeadline(SOON_MS);
        yield* fails(() => doing(reader), "GORT_DEADLINE_EXCEEDED");
        server.setReadDeadline(null);
        yield* client.write("line\n");
        assert.equal(yield* server.readLine(), "half a line");
      }),
    );

    test(
      "setWriteDeadline ends writes that are parked, and leaves reading alone",
      onPair(net, function* (client, server) {
        const size = TOO_MUCH;
        const writer = start(client.write(new Uint8Array(size)));
        yield* mustBlock(writer, "write");
        const behind = start(client.write("behind"));
        yield* mustBlock(behind, "write");
        client.setWriteDeadline(SOON_MS);
        yield* fails(() => doing(writer), "GORT_DEADLINE_EXCEEDED");
        yield* fails(() => doing(behind), "GORT_DEADLINE_EXCEEDED");
        yield* server.write("reading goes on\n");
        assert.equal(yield* client.readLine(), "reading goes on");
        client.setWriteDeadline(null);
        // What the first had handed over goes on; what was behind it was not sent, and the next comes after it.
        const next = start(client.write("next"));
        yield* server.readFull(new Uint8Array(size));
        yield* next;
        client.closeWrite();
        assert.equal(textOf(yield* server.readAll()), "next");
      }),
    );

    for (const size of [TOO_MUCH, 20_000, 300]) {
      test(
        `a write that is over its deadline goes out as a whole when it has begun, else not at all, and its buffer is its writer's again (${size})`,
        onPair(net, function* (client, server) {
          const data = new Uint8Array(size).fill(1);
          let whole = 0;
          const writer = go(function* () {
            for (;;) whole += yield* client.write(data);
          });
          writer.then(undefined, () => {});
          yield* mustBlock(writer, "write");
          const behind = start(client.write(data));
          yield* mustBlock(behind, "write");
          client.setWriteDeadline(0);
          const over = yield* fails(() => doing(writer), "GORT_DEADLINE_EXCEEDED");
          const { bytesWritten = -1 } = over as { bytesWritten?: number };
          // A small one may have waited its turn.
          assert.ok(bytesWritten === size || (bytesWritten === 0 && size < TOO_MUCH), String(bytesWritten));
          if (size === TOO_MUCH) {
            const second = yield* fails(() => doing(behind), "GORT_DEADLINE_EXCEEDED");
            assert.equal((second as typeof over & { bytesWritten?: number }).bytesWritten, 0);
          } else {
            whole += yield* sent(behind);
          }
          data.fill(2);
          const late = yield* fails(() => doing(client.write(data)), "GORT_DEADLINE_EXCEEDED");
          assert.equal((late as typeof late & { bytesWritten?: number }).bytesWritten, 0);
          client.closeWrite();
          const all = yield* server.readAll(Number.POSITIVE_INFINITY);
          assert.equal(all.length, whole + bytesWritten);
          assert.equal(all.indexOf(2), -1);
        }),
      );
    }

    test(
      "a deadline ends a read that is a case, and the others have lost",
      onPair(net, function* (_client, server) {
        const other = chan<number>();
        const chooser = start(select({ line: server.readLine(), other: other.recv() }));
        yield* mustBlock(chooser, "select");
        server.setReadDeadline(SOON_MS);
        yield* fails(() => doing(chooser), "GORT_DEADLINE_EXCEEDED");
        const sender = start(other.send(1));
        yield* mustBlock(sender, "send");
        assert.equal(yield* other.recv(), 1);
        yield* sender;
      }),
    );

    test(
      "a deadline that nobody is parked under keeps nothing, and close drops it",
      onPair(net, function* (client, server) {
        client.setDeadline(NEVER_MS);
        server.setDeadline(NEVER_MS);
        yield* client.write("x\n");
        assert.equal(yield* server.readLine(), "x");
        const reader = start(server.readLine());
        yield* mustBlock(reader, "readLine");
        server.close();
        yield* fails(() => doing(reader), "GORT_CONN_CLOSED");
        client.close();
      }),
    );

    test(
      "a new deadline revives a connection, over and over",
      onPair(net, function* (client, server) {
        for (let i = 0; i < 5; i++) {
          server.setReadDeadline(1);
          yield* fails(() => doing(server.readLine()), "GORT_DEADLINE_EXCEEDED");
          server.setReadDeadline(NEVER_MS);
          yield* client.write(`${i}\n`);
          assert.equal(yield* server.readLine(), `${i}`);
        }
      }),
    );
  });
}
