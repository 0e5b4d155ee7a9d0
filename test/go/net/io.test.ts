/** Go's io/io_test.go, io/pipe_test.go and bufio/scan_test.go, as facts of a connection's reads; over a network in memory, in pieces of every size. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Goroutine, go, range, run } from "gort";
import { type Conn, dial, listen } from "gort/net";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
import { doing, fails, pattern, start, textOf } from "../../contract/net-support.ts";
import { mustBlock } from "../support.ts";

/** `body` with a connection whose bytes arrive in pieces of at most `pieces`. */
function over(pieces: number, body: (reader: Conn, writer: Conn) => Goroutine): () => Promise<void> {
  return async () => {
    const net = new MemoryTransport({ pieces });
    const restore = net.install();
    try {
      await run(function* () {
        const listener = yield* listen();
        const writer = yield* dial({ port: (listener.addr as { port: number }).port });
        const reader = yield* listener.accept();
        listener.close();
        yield* body(reader, writer);
        reader.close();
        writer.close();
      });
      assert.deepEqual(net.open, []);
    } finally {
      restore();
    }
  };
}

for (const pieces of [1, 2, 3, 7, 100_000]) {
  describe(`io, in pieces of ${pieces}`, () => {
    test(
      "TestReadAtLeast, TestReadFull: all of it; less is an unexpected EOF, and nothing is the end",
      over(pieces, function* (reader, writer) {
        yield* writer.write("0123");
        writer.closeWrite();
        const buf = new Uint8Array(2);
        for (const expected of ["01", "23"]) {
          assert.equal(yield* reader.readFull(buf), 2);
          assert.equal(textOf(buf), expected);
        }
        assert.equal(yield* reader.readFull(buf), 0);
      }),
    );

    test(
      "TestReadAtLeast: a stream that ends inside, and one that ends before",
      over(pieces, function* (reader, writer) {
        yield* writer.write("0");
        writer.closeWrite();
        yield* fails(() => doing(reader.readFull(new Uint8Array(2))), "GORT_UNEXPECTED_EOF");
        assert.equal(yield* reader.read(new Uint8Array(2)), 1);
        assert.equal(yield* reader.readFull(new Uint8Array(2)), 0);
      }),
    );

    test(
      "TestCopy, TestCopyLargeWriter: everything from one to the other",
      over(pieces, function* (reader, writer) {
        const size = Math.min(100_000, pieces * 5000);
        const copier = go(function* () {
          const buf = new Uint8Array(1000);
          for (let n = yield* reader.read(buf); n > 0; n = yield* reader.read(buf))
            yield* reader.write(buf.subarray(0, n));
          reader.closeWrite();
        });
        const source = go(function* () {
          yield* writer.write(pattern(size));
          writer.closeWrite();
        });
        assert.deepEqual(yield* writer.readAll(), pattern(size));
        yield* copier;
        yield* source;
      }),
    );

    test(
      "TestPipe1, TestPipe2: one write, or many, and reads that fit or do not",
      over(pieces, function* (reader, writer) {
        const server = go(function* () {
          for (let i = 0; i < 5; i++) yield* writer.write(pattern(5 + i * 10));
          writer.closeWrite();
        });
        const parts: Uint8Array[] = [];
        const buf = new Uint8Array(64);
        for (let n = yield* reader.read(buf); n > 0; n = yield* reader.read(buf)) parts.push(buf.slice(0, n));
        yield* server;
        const expected = Buffer.concat([0, 1, 2, 3, 4].map((i) => pattern(5 + i * 10)));
        assert.ok(Buffer.concat(parts).equals(expected));
      }),
    );

    test(
      "TestScanLine, TestScanLineNewline…, TestScanLineNoNewline: lines of every length, the last one with an end or without",
      over(pieces, function* (reader, writer) {
        const lines = Array.from({ length: 60 }, (_, i) =>
          "abcdefghijklmnopqrstuvwxyz".repeat(3).slice(0, i),
        );
        const sender = go(function* () {
          yield* writer.write(`${lines.join("\r\n")}\r\n${lines.join("\n")}`);
          writer.closeWrite();
        });
        const got: string[] = [];
        for (const line = range(reader.lines()); yield* line.next(); ) got.push(line.value);
        assert.deepEqual(got, [...lines, ...lines]);
        yield* sender;
      }),
    );

    test(
      "TestScanLineReturnButNoNewline, TestScanLineEmptyFinalLine, …CR: a carriage return alone is text; before the end of the stream it belongs to it",
      over(pieces, function* (reader, writer) {
        yield* writer.write("ab\rcd\n\r\n\nlast\r");
        writer.closeWrite();
        const got: (string | undefined)[] = [];
        for (let i = 0; i < 5; i++) got.push(yield* reader.readLine());
        assert.deepEqual(got, ["ab\rcd", "", "", "last", undefined]);
      }),
    );

    test(
      "TestScanLineTooLong, TestSplitError: a line over the limit is an error; nothing is lost",
      over(pieces, function* (reader, writer) {
        yield* writer.write(`${"x".repeat(60)}\nshort\n`);
        yield* fails(() => doing(reader.readLine(59)), "GORT_LINE_TOO_LONG");
        assert.equal(yield* reader.readLine(60), "x".repeat(60));
        assert.equal(yield* reader.readLine(5), "short");
      }),
    );

    test(
      "TestPipeReadClose, TestPipeWriteClose: whoever waits hears of the other's close",
      over(pieces, function* (reader, writer) {
        const waiting = start(reader.readFull(new Uint8Array(10)));
        yield* writer.write("12345");
        yield* mustBlock(waiting, "readFull");
        writer.close();
        yield* fails(() => doing(waiting), "GORT_UNEXPECTED_EOF");
        yield* fails(() => doing(writer.write("x")), "GORT_CONN_CLOSED");
        const error = yield* fails(() => doing(reader.write("x")), "EPIPE");
        assert.match(error.message, /EPIPE/);
      }),
    );
  });
}
