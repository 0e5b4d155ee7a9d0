/**
 * Network contract: many goroutines on one connection, and long streams in random pieces, compared byte for byte.
 */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { chan, type Goroutine, go, select, sleep } from "gort";
import type { Conn } from "gort/net";
import { type Random, random } from "../base/seed.ts";
import { doing, type Net, onPair, pattern } from "./net-support.ts";

const TOTAL = 400_000;

/** Writes the pattern in random sizes; now and then it gives way, or offers a write as a case. */
function* sender(conn: Conn, chance: Random): Goroutine {
  for (let at = 0; at < TOTAL; ) {
    const size = Math.min(TOTAL - at, 1 + chance.below([10, 1000, 100_000][chance.below(3)] as number));
    const data = pattern(size, at);
    if (chance.below(3) === 0) {
      const instead = chan<void>(1);
      if (chance.below(2) === 0) yield* instead.send();
      const won = yield* select({ wrote: conn.write(data), instead: instead.recv() });
      data.fill(0);
      if (won.case === "instead") continue;
    } else {
      assert.equal(yield* conn.write(data), size);
    }
    at += size;
    if (chance.below(4) === 0) yield* sleep(0);
  }
  conn.closeWrite();
}

/** Reads all of it in random ways, of which some lose. */
function* receiver(conn: Conn, chance: Random): Goroutine<Buffer> {
  const parts: Buffer[] = [];
  for (;;) {
    const buf = new Uint8Array(1 + chance.below([10, 1000, 100_000][chance.below(3)] as number));
    const kind = chance.below(4);
    if (kind === 0) {
      const instead = chan<void>(1);
      if (chance.below(2) === 0) yield* instead.send();
      const won = yield* select({ read: conn.read(buf), instead: instead.recv() });
      if (won.case === "instead") continue;
      if (won.value === 0) break;
      parts.push(Buffer.from(buf.subarray(0, won.value)));
    } else if (kind === 1) {
      if (chance.below(2) === 0) conn.setReadDeadline(chance.below(2));
      try {
        const n = yield* conn.readFull(buf);
        if (n === 0) break;
        parts.push(Buffer.from(buf));
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === "GORT_UNEXPECTED_EOF") {
          conn.setReadDeadline(null);
          parts.push(Buffer.from(yield* conn.readAll()));
          break;
        }
        assert.equal(code, "GORT_DEADLINE_EXCEEDED");
      } finally {
        conn.setReadDeadline(null);
      }
    } else {
      const n = yield* conn.read(buf);
      if (n === 0) break;
      parts.push(Buffer.from(buf.subarray(0, n)));
    }
  }
  return Buffer.concat(parts);
}

export function loadContract(net: Net): void {
  describe(`${net.name}: load`, () => {
    for (let round = 0; round < 4; round++) {
      test(`random reads and writes move every byte, in order, in both directions (${round})`, (t: TestContext) =>
        onPair(net, function* (client, server) {
          const chance = random(t, "test/net");
          const senders = [go(sender, client, chance), go(sender, server, chance)];
          const receivers = [go(receiver, client, chance), go(receiver, server, chance)];
          for (const g of senders) yield* g;
          for (const g of receivers) {
            const got = yield* g;
            assert.equal(got.length, TOTAL);
            assert.ok(got.equals(pattern(TOTAL)), "the bytes are others");
          }
        })());
    }

    test(
      "several writers and several readers on one connection: each write is whole, each read is served",
      onPair(net, function* (client, server) {
        const writers = Array.from({ length: 8 }, (_, w) =>
          go(function* () {
            for (let i = 0; i < 50; i++)
              yield* client.write(`${w}:${i}:${"x".repeat((w * 997 + i * 31) % 5000)}\n`);
          }),
        );
        const readers = Array.from({ length: 5 }, () =>
          go(function* () {
            const lines: string[] = [];
            for (let line = yield* server.readLine(); line !== undefined; line = yield* server.readLine())
              lines.push(line);
            return lines;
          }),
        );
        for (const writer of writers) yield* writer;
        client.closeWrite();
        const seen = new Set<string>();
        for (const reader of readers) {
          // Each reader sees the lines of each writer in order, though not all of them.
          const last = new Map<string, number>();
          for (const line of yield* reader) {
            const [w = "", i, text = ""] = line.split(":");
            assert.ok(Number(i) > (last.get(w) ?? -1), `writer ${w} is out of order`);
            assert.equal(text, "x".repeat((Number(w) * 997 + Number(i) * 31) % 5000));
            last.set(w, Number(i));
            seen.add(`${w}:${i}`);
          }
        }
        assert.equal(seen.size, 400);
      }),
    );

    test(
      "ping-pong",
      onPair(net, function* (client, server) {
        const echo = go(function* () {
          for (let line = yield* server.readLine(); line !== undefined; line = yield* server.readLine())
            yield* server.write(`${line}\n`);
        });
        for (let i = 0; i < 500; i++) {
          yield* client.write(`${i}\n`);
          assert.equal(yield* client.readLine(), `${i}`);
        }
        client.closeWrite();
        yield* doing(echo);
      }),
    );
  });
}
