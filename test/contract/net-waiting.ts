/**
 * Network contract: listen, accept and dial as operations: cases that win and lose, contexts, async code.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, chan, type Goroutine, go, type Op, select, withCancel, withTimeout } from "gort";
import { dial, type Listener, listen } from "gort/net";
import { mustBlock, panicOf, rest } from "../go/support.ts";
import { doing, fails, type Net, onNet, onPair, placeOf, quiet, start } from "./net-support.ts";

export function waitingContract(net: Net): void {
  describe(`${net.name}: waiting`, () => {
    test(
      "an accept that loses its select loses no connection",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const quit = chan<void>(1);
        yield* quit.send();
        const outcome = yield* select({ conn: listener.accept(), quit: quit.recv() });
        assert.equal(outcome.case, "quit");
        // Parked, and then the other case happens.
        const chooser = go(function* () {
          return (yield* select({ conn: listener.accept(), quit: quit.recv() })).case;
        });
        yield* mustBlock(chooser, "select");
        yield* quit.send();
        assert.equal(yield* chooser, "quit");
        using client = yield* dial(net.to(listener));
        const won = yield* select({ conn: listener.accept(), quit: quit.recv() });
        assert.ok(won.case === "conn");
        using server = won.value;
        yield* client.write("still there\n");
        assert.equal(yield* server.readLine(), "still there");
      }),
    );

    test(
      "an accept wins its select when somebody dials",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const quit = chan<void>();
        const chooser = go(function* () {
          const won = yield* select({ conn: listener.accept(), quit: quit.recv() });
          if (won.case === "conn") won.value.close();
          return won.case;
        });
        yield* mustBlock(chooser, "select");
        using client = yield* dial(net.to(listener));
        assert.equal(yield* chooser, "conn");
        assert.equal(yield* client.read(new Uint8Array(1)), 0);
      }),
    );

    test(
      "a listen that loses its select listens nowhere",
      onNet(net, function* () {
        const first = yield* listen(net.place());
        const same = { ...net.place(), ...placeOf(first) };
        first.close();
        yield* quiet();
        yield* lose(() => listen(same));
        yield* quiet();
        (yield* listen(same)).close();
      }),
    );

    test(
      "a dial that loses its select closes its socket",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const begun = yield* lose(() => dial(net.to(listener)));
        // The listener may have seen it: then as a connection that is over at once.
        using next = yield* dial(net.to(listener));
        yield* next.write("next\n");
        assert.equal(yield* firstLine(listener, begun + 1), "next");
      }),
    );

    test(
      "a dial ends with its context",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const [over, cancel] = withCancel(background());
        cancel();
        const target = net.to(listener);
        const error = yield* panicOf(() => doing(dial({ ...target, ctx: over })));
        assert.equal(error, over.err);

        let begun = 0;
        for (let isOver = false; !isOver; ) {
          begun++;
          const [ctx, stop] = withCancel(background());
          const dialer = start(dial({ ...target, ctx }));
          yield* rest(dialer);
          stop();
          try {
            // The host may be quicker than the context; then once more.
            (yield* dialer).close();
          } catch (error) {
            assert.equal(error, ctx.err);
            isOver = true;
          }
        }
        // One that is in time does not care what becomes of the context.
        const [late, done] = withTimeout(background(), 60_000);
        using conn = yield* dial({ ...target, ctx: late });
        done();
        yield* conn.write("alive\n");
        assert.equal(yield* firstLine(listener, begun + 1), "alive");
      }),
    );

    test(
      "await works as yield* does",
      onNet(net, function* () {
        yield* doing(
          go(async () => {
            const listener = await listen(net.place());
            const [server, client] = await Promise.all([listener.accept(), dial(net.to(listener))]);
            assert.equal(await client.write("over\nto you"), 11);
            client.closeWrite();
            assert.equal(await server.readLine(), "over");
            assert.equal(await server.read(new Uint8Array(1)), 1);
            assert.equal(Buffer.from(await server.readAll()).toString(), "o you");
            assert.equal(await server.write(new Uint8Array([7])), 1);
            const one = new Uint8Array(1);
            assert.equal(await client.readFull(one), 1);
            assert.equal(one[0], 7);
            for (const each of [server, client, listener]) each.close();
            await assert.rejects(async () => await server.readLine(), { code: "GORT_CONN_CLOSED" });
            await assert.rejects(async () => await listener.accept(), { code: "GORT_CONN_CLOSED" });
          }),
        );
      }),
    );

    test(
      "each operation is waited for once",
      onPair(net, function* (client, server) {
        using listener = yield* listen(net.place());
        yield* server.write("a\nb\nc\n");
        const ops = [
          client.readLine(),
          client.read(new Uint8Array(1)),
          client.write("x"),
          listen(net.place()),
        ];
        for (const op of ops) {
          const result: unknown = yield* op as Op<unknown>;
          yield* fails(function* () {
            yield* op as Op<unknown>;
          }, "GORT_OPERATION_REUSED");
          if (op === ops[3]) (result as Listener).close();
        }
        const accept = listener.accept();
        using _client = yield* dial(net.to(listener));
        using _server = yield* accept;
        yield* fails(function* () {
          yield* accept;
        }, "GORT_OPERATION_REUSED");
      }),
    );
  });
}

/** Begins an operation as a case, and lets the other case win. The host may be quicker, then once more: returns how often it was begun. */
function* lose(make: () => Op<{ close(): void }>): Goroutine<number> {
  for (let begun = 1; ; begun++) {
    assert.ok(begun < 100, "it never loses");
    const quit = chan<void>();
    const chooser = go(function* () {
      const won = yield* select({ op: make(), quit: quit.recv() });
      if (won.case === "op") won.value.close();
      return won.case;
    });
    const quitter = go(function* () {
      yield* select({ sent: quit.send(), over: chooser });
    });
    const outcome = yield* chooser;
    yield* quitter;
    if (outcome === "quit") return begun;
  }
}

/** Accepts up to `most` connections, until one says a line; the others are over at once. */
function* firstLine(listener: Listener, most: number): Goroutine<string> {
  for (let seen = 0; seen < most; seen++) {
    using server = yield* listener.accept();
    try {
      const line = yield* server.readLine();
      if (line !== undefined) return line;
    } catch (error) {
      assert.equal((error as { code?: string }).code, "ECONNRESET");
    }
  }
  return assert.fail("more connections than dials");
}
