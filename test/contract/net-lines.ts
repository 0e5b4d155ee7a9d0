/**
 * Network contract: lines, one by one and as a channel.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chan, go, range, select } from "gort";
import { mustBlock } from "../go/support.ts";
import { doing, fails, inPieces, type Net, onPair, start, textOf } from "./net-support.ts";

/** All ways to cut `text` into two, and into single bytes. */
function cuts(text: string): Uint8Array[][] {
  const bytes = Buffer.from(text);
  const ways = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))];
  for (let at = 1; at < bytes.length; at++) ways.push([bytes.subarray(0, at), bytes.subarray(at)]);
  return ways;
}

export function linesContract(net: Net): void {
  describe(`${net.name}: lines`, () => {
    test(
      "a line is without its end, \\n or \\r\\n; empty lines count; the last one needs no end",
      onPair(net, function* (client, server) {
        yield* client.write("one\ntwo\r\n\n\r\nthr\ree\r\r\n\0\nlast");
        client.closeWrite();
        const lines: (string | undefined)[] = [];
        for (let i = 0; i < 9; i++) lines.push(yield* server.readLine());
        assert.deepEqual(lines, ["one", "two", "", "", "thr\ree\r", "\0", "last", undefined, undefined]);
      }),
    );

    test(
      "a stream that ends with a line's end has no empty line behind it",
      onPair(net, function* (client, server) {
        yield* client.write("only\n");
        client.closeWrite();
        assert.equal(yield* server.readLine(), "only");
        assert.equal(yield* server.readLine(), undefined);
      }),
    );

    test(
      "lines are the same however they are cut: \\r | \\n, and inside a character",
      onPair(net, function* (client, server) {
        for (const pieces of cuts("aé\r\n€😀\n\r\n")) {
          const reader = go(function* () {
            return [yield* server.readLine(), yield* server.readLine(), yield* server.readLine()];
          });
          yield* mustBlock(reader, "readLine");
          yield* inPieces(client, server, pieces);
          assert.deepEqual(yield* reader, ["aé", "€😀", ""]);
        }
      }),
    );

    test(
      "bytes that are no UTF-8 become replacement characters, and lose nothing else",
      onPair(net, function* (client, server) {
        yield* client.write(Uint8Array.of(0x61, 0xff, 0x62, 0x0a, 0x63, 0x0a));
        assert.deepEqual([yield* server.readLine(), yield* server.readLine()], ["a\ufffdb", "c"]);
      }),
    );

    test(
      "a line as long as the limit is read, its end not counted; one byte more is too long",
      onPair(net, function* (client, server) {
        for (const end of ["\n", "\r\n"]) {
          for (const pieces of cuts(`12345${end}`)) {
            const reader = start(server.readLine(5));
            yield* mustBlock(reader, "readLine");
            yield* inPieces(client, server, pieces);
            assert.equal(yield* reader, "12345");
          }
          for (const pieces of cuts(`123456${end}`)) {
            const reader = start(server.readLine(5));
            yield* mustBlock(reader, "readLine");
            yield* inPieces(client, server, pieces);
            const error = yield* fails(() => doing(reader), "GORT_LINE_TOO_LONG");
            assert.match(error.message, /5 bytes/);
            assert.equal(yield* server.readLine(6), "123456");
          }
        }
      }),
    );

    test(
      "a line that is too long is too long before its end has come, and nothing of it is lost",
      onPair(net, function* (client, server) {
        const reader = start(server.readLine(4));
        yield* mustBlock(reader, "readLine");
        yield* inPieces(client, server, ["1234", "56"]);
        yield* fails(() => doing(reader), "GORT_LINE_TOO_LONG");
        yield* fails(() => doing(server.readLine(4)), "GORT_LINE_TOO_LONG");
        const buf = new Uint8Array(6);
        yield* server.readFull(buf);
        assert.equal(textOf(buf), "123456");
        yield* client.write("7\n");
        assert.equal(yield* server.readLine(4), "7");
      }),
    );

    test(
      "the last line, without an end, has the same limit",
      onPair(net, function* (client, server) {
        yield* client.write("12345");
        client.closeWrite();
        yield* fails(() => doing(server.readLine(4)), "GORT_LINE_TOO_LONG");
        assert.equal(yield* server.readLine(5), "12345");
      }),
    );

    test(
      "65,536 bytes are the limit unless told",
      onPair(net, function* (client, server) {
        const longest = "x".repeat(65_536);
        const writer = go(function* () {
          yield* client.write(`${longest}\r\n`);
          yield* client.write(`${longest}y\n`);
        });
        assert.equal(yield* server.readLine(), longest);
        yield* fails(() => doing(server.readLine()), "GORT_LINE_TOO_LONG");
        assert.equal(yield* server.readLine(65_537), `${longest}y`);
        yield* writer;
      }),
    );

    test(
      "lines() receives them one by one and is closed at the end of the stream",
      onPair(net, function* (client, server) {
        const lines = server.lines();
        assert.deepEqual([lines.length, lines.capacity], [0, 0]);
        const reader = go(function* () {
          const got: string[] = [];
          for (const line = range(lines); yield* line.next(); ) got.push(line.value);
          return got;
        });
        yield* mustBlock(reader, "range");
        yield* inPieces(client, server, ["a\r", "\nb", "b\n\nlast"]);
        client.closeWrite();
        assert.deepEqual(yield* reader, ["a", "bb", "", "last"]);
        assert.equal(yield* lines.recv(), undefined);
        assert.deepEqual(yield* lines.recvOk(), [undefined, false]);
      }),
    );

    test(
      "lines() may be shared, left, and taken up again: it holds no line back",
      onPair(net, function* (client, server) {
        yield* client.write("1\n2\n3\n4\n");
        const lines = server.lines();
        const quit = chan<void>(1);
        assert.equal(yield* lines.recv(), "1");
        assert.equal(yield* server.readLine(), "2");
        assert.deepEqual(yield* server.lines().recvOk(), ["3", true]);
        const won = yield* select({ line: lines.recv(), quit: quit.recv() });
        assert.deepEqual([won.case, won.value], ["line", "4"]);
        const chooser = go(function* () {
          return (yield* select({ line: lines.recv(), quit: quit.recv() })).case;
        });
        yield* mustBlock(chooser, "select");
        yield* quit.send();
        assert.equal(yield* chooser, "quit");
        yield* client.write("5\n");
        assert.equal(yield* server.readLine(), "5");
      }),
    );

    test(
      "async code iterates over lines()",
      onPair(net, function* (client, server) {
        const reader = go(async () => {
          const got: string[] = [];
          for await (const line of server.lines()) got.push(line);
          return got;
        });
        yield* client.write("x\ny\n");
        client.closeWrite();
        assert.deepEqual(yield* reader, ["x", "y"]);
      }),
    );

    test(
      "a receive throws what readLine throws",
      onPair(net, function* (client, server) {
        yield* client.write("too long\nok\n");
        const lines = server.lines(3);
        yield* fails(() => doing(lines.recv()), "GORT_LINE_TOO_LONG");
        const parked = start(lines.recv());
        yield* fails(() => doing(parked), "GORT_LINE_TOO_LONG");
        assert.equal(yield* server.readLine(), "too long");
        assert.equal(yield* lines.recv(), "ok");
        const waiter = start(lines.recvOk());
        yield* mustBlock(waiter, "recv");
        server.close();
        yield* fails(() => doing(waiter), "GORT_CONN_CLOSED");
      }),
    );
  });
}
