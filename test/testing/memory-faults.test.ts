/** Bad weather over the network in memory: loss, lateness and who overtakes whom, in the time of a bubble. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, chan, type Goroutine, go, now, sleep, WaitGroup, withTimeout } from "gort";
import { type Conn, dial, type Listener, listen } from "gort/net";
import { bubble, explore, type MemoryOptions, MemoryTransport, replay } from "gort/testing";

/** A connection of a network of its own, in a bubble. */
function overPair<R>(
  options: MemoryOptions,
  body: (client: Conn, server: Conn, net: MemoryTransport) => Goroutine<R>,
): Promise<R> {
  return bubble(function* () {
    const net = new MemoryTransport(options);
    net.install();
    using listener = yield* listen({ port: 80 });
    const dialing = go(function* () {
      return yield* dial({ port: 80 });
    });
    using server = yield* listener.accept();
    using client = yield* dialing;
    return yield* body(client, server, net);
  });
}

/** When each of `count` one-line messages arrives, which are sent one a millisecond; counted from the sending of each. */
function* latencies(client: Conn, server: Conn, count: number): Goroutine<number[]> {
  const began = now();
  go(function* () {
    for (let i = 0; i < count; i++) {
      yield* client.write(`${i}\n`);
      yield* sleep(1);
    }
    client.closeWrite();
  });
  const late: number[] = [];
  for (let i = 0; ; i++) {
    const line = yield* server.readLine();
    if (line === undefined) break;
    assert.equal(line, String(i), "the order");
    late.push(now() - began - i);
  }
  assert.equal(late.length, count);
  return late;
}

describe("the network in memory: loss", () => {
  it("is sent again after retransmitMs, and all behind it waits; nothing is missing", async () => {
    const [late, lost] = await overPair(
      { delayMs: 10, loss: 0.01, retransmitMs: 50, seed: 3 },
      function* (client, server, net) {
        return [yield* latencies(client, server, 1000), net.lost] as const;
      },
    );
    assert.ok(lost > 2 && lost < 40, `${lost}`);
    const onTime = late.filter((ms) => ms === 10).length;
    assert.ok(onTime > 200 && onTime < 950, `${onTime}`);
    assert.ok(late.every((ms) => ms >= 10));
    // Who comes behind a lost one waits less and less: a millisecond less than who was sent a millisecond before.
    const held = late.filter((ms, i) => i > 0 && ms > 10 && ms === (late[i - 1] as number) - 1).length;
    assert.ok(held > 100, `${held}`);
    assert.ok(late.some((ms) => ms === 60));
  });

  it("is as probable as it is told", async () => {
    for (const loss of [0.05, 0.5, 0.9]) {
      const net = new MemoryTransport({ loss, retransmitMs: 1 });
      let sum = 0;
      const n = 20_000;
      for (let i = 0; i < n; i++) sum += net.transitMs();
      assert.equal(sum, net.lost);
      // Of sendings, that is; 6 σ of 0.5 are 0.015.
      assert.ok(Math.abs(net.lost / (net.lost + n) - loss) < 0.015, `${loss}: ${net.lost}`);
    }
  });

  it("is the same for the same seed, another one for another, and 0 unless told", async () => {
    const runs: string[] = [];
    for (const seed of [1, 1, 2, undefined, undefined, 0]) {
      const late = await overPair({ loss: 0.2, retransmitMs: 30, seed }, function* (client, server) {
        return yield* latencies(client, server, 50);
      });
      runs.push(late.join());
    }
    const [a, b, c, d, e, f] = runs;
    assert.equal(a, b);
    assert.notEqual(a, c);
    assert.equal(d, e);
    assert.equal(d, f);
    await overPair({ delayMs: 7 }, function* (client, server, net) {
      assert.ok((yield* latencies(client, server, 20)).every((ms) => ms === 7));
      assert.equal(net.lost, 0);
    });
  });

  it("holds up one connection, and no other", async () => {
    await overPair({ delayMs: 10 }, function* (client, server, net) {
      const began = now();
      net.loss = 1 - 2 ** -40;
      net.retransmitMs = 1;
      yield* client.write("lost\n");
      net.loss = 0;
      yield* server.write("back\n");
      assert.equal(yield* client.readLine(), "back");
      assert.equal(now() - began, 10);
      yield* client.write("behind it\n");
      assert.equal(yield* server.readLine(), "lost");
      // The most that anything is lost.
      assert.equal(now() - began, 1010);
      assert.equal(yield* server.readLine(), "behind it");
      assert.equal(now() - began, 1010);
    });
  });

  it("what waits behind a lost one is lost with it when the connection breaks", async () => {
    await overPair({ delayMs: 10 }, function* (client, server, net) {
      yield* client.write("arrives\n");
      net.loss = 1 - 2 ** -40;
      yield* client.write("lost\n");
      net.loss = 0;
      yield* client.write("behind it\n");
      yield* sleep(20);
      net.reset(server);
      assert.equal(yield* server.readLine(), "arrives");
      try {
        assert.fail(`it got ${yield* server.readLine()}`);
      } catch (error) {
        assert.equal((error as { code: string }).code, "ECONNRESET");
      }
    });
  });

  it("loses connection attempts too, which come later then, or too late", async () => {
    await bubble(function* () {
      const net = new MemoryTransport({ delayMs: 5, loss: 1 - 2 ** -40, retransmitMs: 200 });
      net.install();
      using listener = yield* listen({ port: 80 });
      const [ctx, cancel] = withTimeout(background(), 1000);
      try {
        yield* dial({ port: 80, ctx });
        assert.fail("it is connected");
      } catch (error) {
        assert.equal(error, ctx.err);
      }
      cancel();
      assert.equal(now(), 1000);
      net.loss = 0;
      using _client = yield* dial({ port: 80 });
      using _server = yield* listener.accept();
      assert.equal(now(), 1005);
    });
  });

  it("cuts a long write into pieces, each of which has its own fate", async () => {
    await overPair({ delayMs: 1, loss: 0.3, retransmitMs: 10, pieces: 100 }, function* (client, server, net) {
      const data = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);
      const writer = go(function* () {
        yield* client.write(data);
        client.closeWrite();
      });
      const times = new Set<number>();
      const got: number[] = [];
      const buffer = new Uint8Array(100);
      for (;;) {
        const n = yield* server.read(buffer);
        if (n === 0) break;
        got.push(...buffer.subarray(0, n));
        times.add(now());
      }
      yield* writer;
      assert.deepEqual(got, [...data]);
      assert.ok(net.lost > 10, `${net.lost}`);
      assert.ok(times.size > 1, `${[...times]}`);
    });
  });
});

describe("the network in memory: jitter", () => {
  it("makes each piece late by a part of jitterMs, and keeps their order", async () => {
    await overPair({ delayMs: 10, jitterMs: 5 }, function* (client, server) {
      const late = yield* latencies(client, server, 200);
      assert.ok(late.every((ms) => ms >= 10 && ms < 15));
      assert.ok(new Set(late).size > 100);
      assert.ok(Math.max(...late) > 14 && Math.min(...late) < 11);
    });
  });

  it("lets connection attempts overtake each other, and what is sent over different connections", async () => {
    const orders = await bubble(function* () {
      const net = new MemoryTransport({ delayMs: 10, jitterMs: 50, seed: 4 });
      net.install();
      using listener: Listener = yield* listen({ port: 80 });
      const accepted: number[] = [];
      const arrived: number[] = [];
      const wg = new WaitGroup();
      const connected = chan<void>();
      const all = new WaitGroup();
      all.add(10);
      for (let i = 0; i < 10; i++) {
        wg.go(function* () {
          yield* sleep(i);
          using conn = yield* dial({ port: 80 });
          accepted.push(i);
          all.done();
          yield* connected.recv();
          yield* sleep(i);
          yield* conn.write(`${i}\n`);
          // Until it has been read.
          assert.equal(yield* conn.readLine(), undefined);
        });
        wg.go(function* () {
          using conn = yield* listener.accept();
          arrived.push(Number(yield* conn.readLine()));
        });
      }
      yield* all.wait();
      connected.close();
      yield* wg.wait();
      return [accepted, arrived];
    });
    const sent = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (const order of orders) {
      assert.deepEqual([...order].sort(), sent);
      assert.notDeepEqual(order, sent);
    }
  });

  it("in an exploration has its luck from the seed: every schedule has the same weather, and is replayed", async () => {
    const seen = new Set<string>();
    const program = function* (): Goroutine {
      new MemoryTransport({ delayMs: 5, jitterMs: 20, loss: 0.3, retransmitMs: 40, seed: 9 }).install();
      using listener = yield* listen({ port: 80 });
      const echo = go(function* () {
        using conn = yield* listener.accept();
        for (let line = yield* conn.readLine(); line !== undefined; line = yield* conn.readLine()) {
          yield* conn.write(`${line}\n`);
        }
      });
      using conn = yield* dial({ port: 80 });
      for (let i = 0; i < 5; i++) {
        yield* conn.write(`${i}\n`);
        assert.equal(yield* conn.readLine(), String(i));
      }
      conn.closeWrite();
      yield* echo;
      seen.add(String(now()));
    };
    await explore(program, { schedules: 100, selfCheck: true });
    assert.equal(seen.size, 1);
    const failing = function* (): Goroutine {
      yield* program();
      throw new Error("after all");
    };
    const error = await explore(failing, { schedules: 1 }).then(
      () => assert.fail("it passed"),
      (e: unknown) => e as { schedule: string },
    );
    await assert.rejects(replay(failing, error.schedule), /after all/);
    assert.equal(seen.size, 1);
  });
});

describe("the network in memory: options of bad weather", () => {
  it("are checked", () => {
    const cases: [MemoryOptions, RegExp][] = [
      [{ loss: -0.1 }, /^MemoryTransport: loss is a number of at least 0, got the number -0\.1$/],
      [{ loss: 1 }, /^MemoryTransport: loss is a probability below 1 \(.*\), got the number 1$/],
      [{ loss: Number.NaN }, /^MemoryTransport: loss is a number of at least 0, got the number NaN$/],
      [{ jitterMs: -1 }, /^MemoryTransport: jitterMs is a number of at least 0, got the number -1$/],
      [
        { retransmitMs: "x" as never },
        /^MemoryTransport: retransmitMs is a number of at least 0, got the string "x"$/,
      ],
    ];
    for (const [options, message] of cases) {
      assert.throws(() => new MemoryTransport(options), { code: "GORT_INVALID_OPTION", message });
    }
    const net = new MemoryTransport({});
    assert.deepEqual([net.loss, net.jitterMs, net.retransmitMs, net.lost], [0, 0, 200, 0]);
  });
});
