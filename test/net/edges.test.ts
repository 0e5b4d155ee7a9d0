/**
 * Connections, pollers and the network in memory at their edges: times that are exactly over, cases that have lost, bytes in awkward pieces.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, now, select, sleep, trySelect } from "gort";
import { dial, listen, Poller } from "gort/net";
import { host as counts } from "#src/runtime/netpoll.ts";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
import { arrivals, doing, fails, start } from "../contract/net-support.ts";
import { mustBlock, mustFinish } from "../go/support.ts";
import { output } from "../prog/program.ts";
import { inTime } from "../time/virtual.ts";
import { over, overPair } from "./virtual-net.ts";

const buf = new Uint8Array(64);

describe("a deadline", () => {
  it(
    "of zero is over at once, whatever there is to read",
    overPair({}, function* (client, server) {
      yield* client.write("there\n");
      assert.equal(server.tryRead(buf.subarray(0, 1)), undefined);
      yield* sleep(1);
      server.setReadDeadline(0);
      assert.throws(() => server.tryRead(buf), { code: "GORT_DEADLINE_EXCEEDED" });
      yield* fails(() => doing(server.readLine()), "GORT_DEADLINE_EXCEEDED");
      server.setReadDeadline(null);
      client.setWriteDeadline(0);
      assert.throws(() => client.tryWrite("x"), { code: "GORT_DEADLINE_EXCEEDED" });
      client.setWriteDeadline(null);
      assert.equal(yield* server.readLine(), "there");
    }),
  );

  it(
    "is over in its very millisecond",
    overPair({}, function* (client, server) {
      yield* client.write("there\n");
      server.setReadDeadline(20);
      const began = now();
      yield* sleep(20);
      assert.equal(now(), began + 20);
      assert.throws(() => server.tryRead(buf), { code: "GORT_DEADLINE_EXCEEDED" });
    }),
  );
});

describe("close", () => {
  for (const name of ["setReadDeadline", "setWriteDeadline"] as const) {
    it(
      `leaves no timer of ${name}`,
      inTime(function* (host) {
        const net = new MemoryTransport();
        const restore = net.install();
        try {
          const listener = yield* listen({ port: 80 });
          const client = yield* dial({ port: 80 });
          const server = yield* listener.accept();
          const due = (): number[] => host.armed.map(({ at }) => at);
          const before = now();
          client[name](5_000_000);
          yield* sleep(1);
          assert.ok(due().some((at) => at >= before + 5_000_000));
          for (const open of [client, server, listener]) open.close();
          yield* sleep(1);
          assert.ok(!due().some((at) => at >= before + 5_000_000), `${due()}`);
        } finally {
          restore();
        }
      }),
    );
  }
});

describe("lines(): tryRecv", () => {
  it(
    "gives a line that is there, never waits, and says the end",
    overPair({}, function* (client, server) {
      const lines = server.lines();
      assert.equal(lines.tryRecv(), undefined);
      yield* client.write("one\ntwo\n");
      yield* sleep(1);
      assert.deepEqual(lines.tryRecv(), ["one", true]);
      assert.deepEqual(lines.tryRecv(), ["two", true]);
      assert.equal(lines.tryRecv(), undefined);
      assert.equal(lines.closed, false);
      client.closeWrite();
      yield* sleep(1);
      assert.deepEqual(lines.tryRecv(), [undefined, false]);
      assert.equal(lines.closed, true);
    }),
  );
});

describe("tryRead", () => {
  it(
    "again and again in small pieces lets no more come than a few chunks",
    overPair({ window: 10_000_000, pieces: 65_536 }, function* (client, server) {
      const seen = arrivals(server);
      yield* client.write(new Uint8Array(5_000_000));
      for (let i = 0; i < 40; i++) {
        server.tryRead(buf.subarray(0, 1));
        yield* sleep(1);
      }
      assert.ok(seen.most >= 65_536 && seen.most <= 2 * 65_536, `${seen.most}`);
    }),
  );
});

/** A program over a network that holds nobody alive by itself; `main` has both ends of a connection. */
const ALONE = (main: string): string => `
  import { go, gosched, run } from "gort";
  import { dial, listen } from "gort/net";
  import { host as counts } from "#src/runtime/netpoll.ts";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
  new MemoryTransport().install();
  await run(function* () {
    const listener = yield* listen({ port: 80 });
    const client = yield* dial({ port: 80 });
    const server = yield* listener.accept();
    ${main}
  });
  console.log("over");`;

describe("a deadline and the process", () => {
  const codes: Readonly<Record<string, string>> = {
    "set before": "server.setReadDeadline(100); yield* server.readLine();",
    "set while one is parked": "setImmediate(() => server.setReadDeadline(100)); yield* server.readLine();",
    "of a write": "server.setWriteDeadline(100); yield* server.write(new Uint8Array(1_000_000));",
    "of a write, set while one is parked":
      "setImmediate(() => server.setDeadline(100)); yield* server.write(new Uint8Array(1_000_000));",
  };
  for (const [what, body] of Object.entries(codes)) {
    it(`holds it while somebody is parked: ${what}`, async () => {
      const source = ALONE(`try { ${body} } catch (error) { console.log(error.code); }`);
      assert.equal(await output(source), "GORT_DEADLINE_EXCEEDED\nover\n");
    });
  }

  it("holds nothing when nobody is parked: never, no more, or not in that direction", async () => {
    const source = ALONE(`
      for (const conn of [client, server]) conn.setDeadline(3_600_000);
      const reader = go(function* () { return yield* server.readLine(200_000); });
      const writer = go(function* () { return yield* client.write("x".repeat(100_000) + "\\n"); });
      yield* gosched();
      console.log((yield* reader).length, yield* writer);`);
    assert.equal(await output(source), "100000 100001\nover\n");
  });
});

describe("Poller", () => {
  it(
    "goes on telling of what is asked for again",
    overPair({}, function* (client) {
      const poller = new Poller();
      poller.add(client, { write: true });
      poller.modify(client, { write: true });
      assert.equal((yield* mustSay(poller)).kind, "writable");
    }),
  );

  it(
    "has nothing more to do with a wait that has lost",
    overPair({}, function* (client, server) {
      const poller = new Poller();
      poller.add(server);
      const quit = chan<void>(1);
      const gate = chan<void>();
      const chooser = go(function* () {
        const won = (yield* select({ event: poller.next(), quit: quit.recv() })).case;
        yield* gate.recv();
        return won;
      });
      yield* mustBlock(chooser, "nothing was written");
      assert.equal(counts.waiting, 1);
      yield* quit.send();
      yield* mustBlock(chooser, "it waits at the gate");
      assert.equal(counts.waiting, 0);
      yield* client.write("x");
      yield* sleep(1);
      assert.equal(chooser.status, "waiting");
      yield* gate.send();
      assert.equal(yield* chooser, "quit");
    }),
  );

  it(
    "wakes nobody for a change after which nothing can go on",
    overPair({}, function* (client, server) {
      const poller = new Poller();
      poller.add(server, {});
      const asked = go(function* () {
        return (yield* poller.next()).kind;
      });
      yield* mustBlock(asked, "nothing is wanted");
      poller.modify(server, { read: true });
      yield* mustBlock(asked, "nothing was written");
      poller.modify(server, {});
      yield* mustBlock(asked, "nothing is wanted again");
      poller.modify(server, { read: true });
      yield* client.write("x");
      assert.equal(yield* asked, "readable");
    }),
  );
});

describe("an empty write", () => {
  it(
    "is possible at once as a case, and nothing arrives",
    overPair({}, function* (client, server) {
      for (const nothing of ["", new Uint8Array(0)])
        assert.deepEqual(trySelect({ wrote: client.write(nothing) }), { case: "wrote", value: 0 });
      yield* client.write("x\n");
      assert.equal(yield* server.readLine(), "x");
    }),
  );
});

describe("an async function's write", () => {
  it(
    "waits for a peer that does not read, as a goroutine's does",
    overPair({ window: 1000 }, function* (client, server) {
      const writer = go(async () => await client.write(new Uint8Array(3000)));
      yield* sleep(1000);
      assert.equal(writer.status, "waiting");
      yield* server.readFull(new Uint8Array(3000));
      assert.equal(yield* writer, 3000);
    }),
  );
});

describe("an async function's write behind another", () => {
  it(
    "waits for a peer that does not read as well",
    overPair({ window: 1000 }, function* (client, server) {
      const first = go(async () => await client.write(new Uint8Array(3000)));
      yield* mustBlock(first, "write");
      const second = go(async () => await client.write(new Uint8Array(300_000)));
      yield* mustBlock(second, "write");
      yield* server.readFull(new Uint8Array(3000));
      assert.equal(yield* first, 3000);
      yield* sleep(1000);
      assert.equal(second.status, "waiting");
      yield* server.readFull(new Uint8Array(300_000));
      assert.equal(yield* second, 300_000);
    }),
  );
});

describe("the network in memory", () => {
  it(
    "says which place is in use",
    over({}, function* () {
      using _one = yield* listen({ host: "127.0.0.1", port: 80 });
      using _two = yield* listen({ path: "/run/x" });
      const say = "EADDRINUSE: address already in use";
      const tcp = yield* fails(() => doing(listen({ host: "127.0.0.1", port: 80 })), "EADDRINUSE");
      assert.equal(tcp.message, `listen ${say} 127.0.0.1:80`);
      const unix = yield* fails(() => doing(listen({ path: "/run/x" })), "EADDRINUSE");
      assert.equal(unix.message, `listen ${say} /run/x`);
    }),
  );

  it(
    "refuses a write to a peer that has closed, and knows every address, though not every name",
    overPair({}, function* (client, server) {
      server.close();
      yield* fails(() => doing(client.write("x")), "EPIPE");
      for (const host of ["10.1.2.3", "fe80::1"])
        yield* fails(() => doing(dial({ host, port: 80 })), "ECONNREFUSED");
    }),
  );

  it(
    "tells Unix sockets apart by their paths",
    over({}, function* () {
      using one = yield* listen({ path: "/run/one" });
      using two = yield* listen({ path: "/run/two" });
      for (const [listener, path] of [
        [two, "/run/two"],
        [one, "/run/one"],
      ] as const) {
        using client = yield* dial({ path });
        using server = yield* listener.accept();
        yield* client.write(`${path}\n`);
        assert.equal(yield* server.readLine(), path);
      }
      yield* fails(() => doing(dial({ path: "/run/three" })), "ENOENT");
    }),
  );

  it(
    "loses an end of the stream that was under way when the connection breaks",
    overPair({}, function* (client, server, net) {
      const reader = start(server.readLine());
      yield* mustBlock(reader, "readLine");
      client.closeWrite();
      net.reset(client);
      yield* fails(() => doing(reader), "ECONNRESET");
    }),
  );
});

function* mustSay(poller: Poller) {
  const asked = start(poller.next());
  yield* mustFinish(asked, "something can go on");
  return yield* asked;
}
