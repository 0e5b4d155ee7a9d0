/**
 * Network contract: read, readFull, readAll; in any pieces, as cases, in order, and never too much at once.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chan, type Goroutine, go, type Handle, select } from "gort";
import { mustBlock } from "../go/support.ts";
import {
  arrivals,
  doing,
  fails,
  inPieces,
  type Net,
  onPair,
  pattern,
  quiet,
  start,
  textOf,
  until,
} from "./net-support.ts";

export function readingContract(net: Net): void {
  describe(`${net.name}: reading`, () => {
    test(
      "read gives what is there, at least a byte, and never more than fits",
      onPair(net, function* (client, server) {
        const parked = go(function* () {
          const buf = new Uint8Array(100);
          return textOf(buf.subarray(0, yield* server.read(buf)));
        });
        yield* mustBlock(parked, "read");
        yield* client.write("hello");
        let got = yield* parked;
        const two = new Uint8Array(2);
        while (got.length < 5) got += textOf(two.subarray(0, yield* server.read(two)));
        assert.equal(got, "hello");

        yield* client.write("abcdef");
        let rest = "";
        while (rest.length < 6) {
          const n = yield* server.read(two);
          assert.ok(n === 1 || n === 2, `${n}`);
          rest += textOf(two.subarray(0, n));
        }
        assert.equal(rest, "abcdef");
      }),
    );

    test(
      "read writes only as much of the buffer as it says, in views too",
      onPair(net, function* (client, server) {
        const all = new Uint8Array(10).fill(0xee);
        const view = all.subarray(3, 7);
        yield* client.write("xy");
        assert.equal(yield* server.readFull(view.subarray(0, 2)), 2);
        assert.deepEqual([...all], [0xee, 0xee, 0xee, 0x78, 0x79, 0xee, 0xee, 0xee, 0xee, 0xee]);
      }),
    );

    test(
      "a read into nothing gives 0 at once, and takes nothing",
      onPair(net, function* (client, server) {
        assert.equal(yield* server.read(new Uint8Array(0)), 0);
        assert.equal(yield* server.readFull(new Uint8Array(0)), 0);
        yield* client.write("z");
        assert.equal(yield* server.readFull(new Uint8Array(1)), 1);
      }),
    );

    test(
      "the end of the stream is 0, again and again, after all that came before it",
      onPair(net, function* (client, server) {
        yield* client.write("last words");
        client.close();
        const buf = new Uint8Array(64);
        let got = "";
        for (let n = yield* server.read(buf); n > 0; n = yield* server.read(buf))
          got += textOf(buf.subarray(0, n));
        assert.equal(got, "last words");
        assert.equal(yield* server.read(buf), 0);
        assert.equal(yield* server.readFull(buf), 0);
        assert.equal(yield* server.readLine(), undefined);
        assert.equal((yield* server.readAll()).length, 0);
      }),
    );

    test(
      "the end of the stream wakes whoever reads",
      onPair(net, function* (client, server) {
        const readers = [
          start(server.read(new Uint8Array(1))),
          start(server.readFull(new Uint8Array(1))),
          start(server.readLine()),
          start(server.readAll()),
        ];
        for (const reader of readers) yield* mustBlock(reader, "a read");
        client.closeWrite();
        const [n, full, line, all] = readers;
        assert.deepEqual([yield* n!, yield* full!, yield* line!], [0, 0, undefined]);
        assert.deepEqual(yield* all!, new Uint8Array(0));
      }),
    );

    test(
      "readFull waits for all of it, in pieces of any size",
      onPair(net, function* (client, server) {
        const wanted = pattern(10);
        const cuts = [[10], [1, 9], [9, 1], [5, 5], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [3, 4, 3]];
        for (const cut of cuts) {
          const buf = new Uint8Array(10);
          const reader = start(server.readFull(buf));
          yield* mustBlock(reader, "readFull");
          let at = 0;
          const pieces = cut.map((length) => wanted.subarray(at, (at += length)));
          yield* inPieces(client, server, pieces);
          assert.equal(yield* reader, 10);
          assert.deepEqual(buf, wanted);
        }
      }),
    );

    test(
      "readFull of more than is read ahead",
      onPair(net, function* (client, server) {
        const wanted = pattern(300_001);
        const writer = start(client.write(wanted));
        const buf = new Uint8Array(wanted.length);
        assert.equal(yield* server.readFull(buf), wanted.length);
        assert.equal(yield* writer, wanted.length);
        assert.ok(Buffer.from(buf).equals(wanted));
      }),
    );

    test(
      "a stream that ends inside readFull is an unexpected EOF, and what came stays readable",
      onPair(net, function* (client, server) {
        const buf = new Uint8Array(8).fill(0xaa);
        const reader = start(server.readFull(buf));
        yield* mustBlock(reader, "readFull");
        yield* client.write("abc");
        client.closeWrite();
        const error = yield* fails(() => doing(reader), "GORT_UNEXPECTED_EOF");
        assert.equal(error.message, "unexpected EOF");
        assert.deepEqual(
          [...buf],
          Array.from({ length: 8 }, () => 0xaa),
        );
        yield* fails(() => doing(server.readFull(buf)), "GORT_UNEXPECTED_EOF");
        assert.equal(textOf(yield* server.readAll()), "abc");
        assert.equal(yield* server.readFull(buf), 0);
      }),
    );

    test(
      "readAll gives everything up to the end, from where others have stopped",
      onPair(net, function* (client, server) {
        yield* client.write("first line\nand all ");
        assert.equal(yield* server.readLine(), "first line");
        const reader = start(server.readAll());
        yield* mustBlock(reader, "readAll");
        yield* inPieces(client, server, ["the ", "rest\n", "of it"]);
        client.closeWrite();
        assert.equal(textOf(yield* reader), "and all the rest\nof it");
      }),
    );

    test(
      "readAll takes as much as its limit, and nothing when there is a byte more",
      onPair(net, function* (client, server) {
        yield* client.write("12345678");
        client.closeWrite();
        const error = yield* fails(() => doing(server.readAll(7)), "GORT_TOO_LARGE");
        assert.match(error.message, /more than 7 bytes/);
        yield* fails(() => doing(server.readAll(0)), "GORT_TOO_LARGE");
        assert.equal(textOf(yield* server.readAll(8)), "12345678");
        assert.equal((yield* server.readAll(0)).length, 0);
      }),
    );

    test(
      "a readAll that is too large fails before the end has come",
      onPair(net, function* (client, server) {
        const reader = start(server.readAll(4));
        yield* mustBlock(reader, "readAll");
        yield* client.write("12345");
        yield* fails(() => doing(reader), "GORT_TOO_LARGE");
        const buf = new Uint8Array(5);
        assert.equal(yield* server.readFull(buf), 5);
        assert.equal(textOf(buf), "12345");
      }),
    );

    test(
      "reads are served first come, first served, whatever they ask for",
      onPair(net, function* (client, server) {
        const got: string[] = [];
        // An async function asks in a microtask: each has asked before the next begins.
        const begin = function* (fn: () => unknown): Goroutine<Handle<unknown>> {
          const reader = go(fn as () => void);
          yield* quiet(1);
          yield* mustBlock(reader, "a read");
          return reader;
        };
        const readers = [
          yield* begin(function* () {
            const buf = new Uint8Array(4);
            yield* server.readFull(buf);
            got.push(`full ${textOf(buf)}`);
          }),
          yield* begin(function* () {
            got.push(`line ${yield* server.readLine()}`);
          }),
          yield* begin(async () => {
            const buf = new Uint8Array(3);
            got.push(`some ${textOf(buf.subarray(0, await server.read(buf)))}`);
          }),
          yield* begin(function* () {
            got.push(`all ${textOf(yield* server.readAll())}`);
          }),
        ];
        yield* inPieces(client, server, ["12", "3", "4fi", "ve\n", "six", "seven"]);
        client.closeWrite();
        for (const reader of readers) yield* reader;
        assert.deepEqual(got, ["full 1234", "line five", "some six", "all seven"]);
      }),
    );

    test(
      "a read that is in line behind another takes nothing, though its bytes are there",
      onPair(net, function* (client, server) {
        const big = new Uint8Array(6);
        const first = start(server.readFull(big));
        yield* mustBlock(first, "readFull");
        yield* inPieces(client, server, ["abc"]);
        const second = start(server.read(new Uint8Array(1)));
        yield* mustBlock(second, "read");
        yield* client.write("defg");
        assert.equal(yield* first, 6);
        assert.equal(textOf(big), "abcdef");
        assert.equal(yield* second, 1);
      }),
    );

    test(
      "a read that loses its select takes nothing",
      onPair(net, function* (client, server) {
        const quit = chan<void>();
        const cases = [
          () => server.read(new Uint8Array(1)),
          () => server.readFull(new Uint8Array(100)),
          () => server.readLine(),
          () => server.readAll(),
        ];
        const seen = arrivals(server);
        let sum = 0;
        for (const [i, make] of cases.entries()) {
          const chooser = go(function* () {
            return (yield* select({ read: make(), quit: quit.recv() })).case;
          });
          yield* mustBlock(chooser, "select");
          if (i > 0) {
            sum += yield* client.write(`<${i}>`);
            yield* until(() => seen.bytes === sum, "the bytes arrive");
            yield* mustBlock(chooser, "select");
          }
          yield* quit.send();
          assert.equal(yield* chooser, "quit");
        }
        client.closeWrite();
        assert.equal(textOf(yield* server.readAll()), "<1><2><3>");
      }),
    );

    test(
      "a read wins its select with its bytes, at once or later",
      onPair(net, function* (client, server) {
        const quit = chan<void>();
        const buf = new Uint8Array(3);
        const chooser = start(select({ read: server.readFull(buf), quit: quit.recv() }));
        yield* mustBlock(chooser, "select");
        yield* inPieces(client, server, ["a", "bc\nnext\n"]);
        assert.deepEqual({ ...(yield* chooser) }, { case: "read", value: 3 });
        assert.equal(textOf(buf), "abc");
        const won = yield* select({ line: server.readLine(), quit: quit.recv() });
        assert.deepEqual([won.case, won.value], ["line", ""]);
        const two = yield* select({ line: server.readLine(), quit: quit.recv() });
        assert.deepEqual([two.case, two.value], ["line", "next"]);
      }),
    );

    test(
      "a case that leaves the line lets the next one be served",
      onPair(net, function* (client, server) {
        const quit = chan<void>();
        const chooser = go(function* () {
          return (yield* select({ read: server.readFull(new Uint8Array(100)), quit: quit.recv() })).case;
        });
        yield* mustBlock(chooser, "select");
        const behind = start(server.readLine());
        yield* mustBlock(behind, "readLine");
        yield* inPieces(client, server, ["here\n"]);
        yield* mustBlock(behind, "readLine");
        yield* quit.send();
        assert.equal(yield* chooser, "quit");
        assert.equal(yield* behind, "here");
      }),
    );

    test(
      "nothing is read before somebody reads, and not much more than is asked for",
      onPair(net, function* (client, server) {
        const seen = arrivals(server);
        const total = 8_000_000;
        const writer = start(client.write(pattern(total)));
        yield* mustBlock(writer, "write");
        assert.equal(seen.bytes, 0);
        const buf = new Uint8Array(1000);
        yield* server.readFull(buf);
        yield* mustBlock(writer, "write");
        let read = 1000;
        while (read < total) {
          const n = yield* server.read(buf);
          assert.deepEqual(Buffer.compare(buf.subarray(0, n), pattern(n, read)), 0);
          read += n;
        }
        assert.equal(yield* writer, total);
        // What is read ahead, and a chunk.
        assert.ok(seen.most <= 2 * 65_536, `${seen.most} bytes lay unread`);
      }),
    );
  });
}
