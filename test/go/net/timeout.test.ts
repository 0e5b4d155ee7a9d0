/** Go's net/timeout_test.go, as facts of gort/net; what a listener's deadline is in Go, a context is here. No time is measured. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, go, sleep, withTimeout } from "gort";
import { dial, listen } from "gort/net";
import { tcp, unix } from "../../contract/net-local.ts";
import { doing, fails, onNet, onPair, quiet, start } from "../../contract/net-support.ts";
import { mustBlock, panicOf } from "../support.ts";

const PAST = -5000;
const SOON = 5;
const HOUR = 3_600_000;

for (const net of [tcp, unix]) {
  describe(`net timeouts: ${net.name}`, () => {
    test(
      "TestDialTimeout: a context that is over ends a dial with its error",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        for (const timeout of [PAST, 0]) {
          const [ctx, cancel] = withTimeout(background(), timeout);
          const error: unknown = yield* panicOf(() => doing(dial({ ...net.to(listener), ctx })));
          assert.equal(error, ctx.err);
          assert.equal((error as { code?: string } | undefined)?.code, "GORT_DEADLINE_EXCEEDED");
          cancel();
        }
      }),
    );

    test(
      "TestAcceptTimeout: a context ends an accept, before and after; the listener goes on",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        for (const timeout of [PAST, SOON]) {
          const [ctx, cancel] = withTimeout(background(), timeout);
          for (let i = 0; i < 2; i++)
            yield* fails(() => doing(ctx.wait(listener.accept())), "GORT_DEADLINE_EXCEEDED");
          cancel();
        }
        using _client = yield* dial(net.to(listener));
        using _server = yield* listener.accept();
      }),
    );

    test(
      "TestAcceptTimeoutMustNotReturn: without one an accept waits until the listener is closed",
      onNet(net, function* () {
        const listener = yield* listen(net.place());
        const accepter = start(listener.accept());
        yield* mustBlock(accepter, "accept");
        yield* sleep(20);
        assert.equal(accepter.status, "waiting");
        listener.close();
        yield* fails(() => doing(accepter), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "TestReadTimeout: also when there is something to read; twice the same",
      onPair(net, function* (client, server) {
        yield* server.write("READ TIMEOUT TEST");
        client.setReadDeadline(PAST);
        for (let i = 0; i < 2; i++)
          yield* fails(() => doing(client.read(new Uint8Array(64))), "GORT_DEADLINE_EXCEEDED");
        client.setReadDeadline(HOUR);
        assert.ok((yield* client.read(new Uint8Array(64))) > 0);
        client.setReadDeadline(SOON);
        yield* panicOf(function* () {
          for (;;) yield* client.read(new Uint8Array(64));
        });
        yield* fails(() => doing(client.read(new Uint8Array(64))), "GORT_DEADLINE_EXCEEDED");
      }),
    );

    test(
      "TestReadTimeoutMustNotReturn: a deadline in the past that has been cleared, and one for writing, end no read",
      onPair(net, function* (client) {
        client.setDeadline(PAST);
        client.setWriteDeadline(PAST);
        client.setReadDeadline(null);
        const reader = start(client.read(new Uint8Array(1)));
        yield* mustBlock(reader, "read");
        yield* sleep(20);
        assert.equal(reader.status, "waiting");
        client.close();
        yield* fails(() => doing(reader), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "TestWriteTimeout: a write after the deadline fails at once; a parked one when it comes",
      onPair(net, function* (client) {
        client.setWriteDeadline(PAST);
        for (let i = 0; i < 2; i++) yield* fails(() => doing(client.write("x")), "GORT_DEADLINE_EXCEEDED");
        client.setWriteDeadline(SOON);
        yield* fails(function* () {
          for (;;) yield* client.write(new Uint8Array(1_000_000));
        }, "GORT_DEADLINE_EXCEEDED");
        yield* fails(() => doing(client.write("x")), "GORT_DEADLINE_EXCEEDED");
      }),
    );

    test(
      "TestWriteTimeoutMustNotReturn: a deadline in the past that has been cleared, and one for reading, end no write",
      onPair(net, function* (client) {
        client.setDeadline(PAST);
        client.setReadDeadline(PAST);
        client.setWriteDeadline(null);
        const writer = go(function* () {
          for (;;) yield* client.write(new Uint8Array(1_000_000));
        });
        writer.then(undefined, () => {});
        yield* mustBlock(writer, "write");
        yield* quiet();
        yield* sleep(20);
        assert.equal(writer.status, "waiting");
        client.close();
        yield* fails(() => doing(writer), "GORT_CONN_CLOSED");
      }),
    );

    test(
      "TestReadTimeoutFluctuation, TestWriteTimeoutFluctuation: a short deadline again and again is met again and again",
      onPair(net, function* (client) {
        for (const ms of [1, 2, 3, 1, 2, 3]) {
          client.setReadDeadline(ms);
          yield* fails(() => doing(client.read(new Uint8Array(1))), "GORT_DEADLINE_EXCEEDED");
        }
        for (const ms of [1, 2, 3, 1, 2, 3]) {
          client.setWriteDeadline(ms);
          yield* fails(function* () {
            for (;;) yield* client.write(new Uint8Array(1_000_000));
          }, "GORT_DEADLINE_EXCEEDED");
        }
      }),
    );

    test(
      "TestVariousDeadlines: a reader of an endless stream is ended by each of many deadlines",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        for (const ms of [0, 0.001, 0.1, 1, 5, 20]) {
          const dialing = start(dial(net.to(listener)));
          using server = yield* listener.accept();
          using client = yield* dialing;
          const endless = go(function* () {
            for (;;) yield* server.write(new Uint8Array(1024));
          });
          endless.then(undefined, () => {});
          client.setDeadline(ms);
          yield* fails(function* () {
            const buf = new Uint8Array(4096);
            while ((yield* client.read(buf)) > 0);
          }, "GORT_DEADLINE_EXCEEDED");
          server.close();
          client.close();
          yield* fails(() => doing(endless), "GORT_CONN_CLOSED", "ECONNRESET", "EPIPE");
        }
      }),
    );

    test(
      "TestReadWriteProlongedTimeout: a deadline that is always put off never comes",
      onPair(net, function* (client, server) {
        const reader = go(function* () {
          const one = new Uint8Array(1);
          do server.setReadDeadline(HOUR);
          while ((yield* server.read(one)) > 0);
        });
        const writer = go(function* () {
          for (let i = 0; i < 1000; i++) {
            server.setWriteDeadline(HOUR);
            yield* server.write("x");
          }
        });
        const one = new Uint8Array(1);
        for (let i = 0; i < 1000; i++) {
          yield* client.write("y");
          yield* client.readFull(one);
        }
        client.closeWrite();
        yield* reader;
        yield* writer;
      }),
    );

    test(
      "TestReadWriteDeadlineRace, TestConcurrentSetDeadline: deadlines are set while others read and write",
      onPair(net, function* (client) {
        const set = go(function* () {
          for (let i = 0; i < 200; i++) {
            client.setReadDeadline(0.002);
            client.setWriteDeadline(0.002);
            yield* sleep(0.002);
          }
        });
        const tolerant = (body: () => ReturnType<typeof doing<number>>) =>
          go(function* () {
            for (let i = 0; i < 200; i++) {
              try {
                yield* body();
              } catch (error) {
                assert.equal((error as { code?: string }).code, "GORT_DEADLINE_EXCEEDED");
              }
            }
          });
        const reader = tolerant(() => doing(client.read(new Uint8Array(1))));
        const writer = tolerant(() => doing(client.write("x")));
        yield* set;
        yield* writer;
        client.setReadDeadline(PAST);
        yield* reader;
      }),
    );
  });
}

test(
  "TestDialTimeoutMaxDuration: the longest time limit is no short one",
  onNet(tcp, function* () {
    using listener = yield* listen(tcp.place());
    const [ctx, cancel] = withTimeout(background(), Number.MAX_SAFE_INTEGER);
    using client = yield* dial({ ...tcp.to(listener), ctx });
    cancel();
    client.setDeadline(Number.MAX_SAFE_INTEGER);
    using server = yield* listener.accept();
    yield* server.write("x");
    assert.equal(yield* client.read(new Uint8Array(1)), 1);
  }),
);
