/**
 * A network of a test's own, in memory and in virtual time.
 */
import assert from "node:assert/strict";
import { type Goroutine, gosched } from "gort";
import { type Conn, dial, listen } from "gort/net";
import { host as counts } from "#src/runtime/netpoll.ts";
import { p } from "#src/runtime/processor.ts";
import { type MemoryOptions, MemoryTransport } from "#src/testing/memory-transport.ts";
import { start } from "../contract/net-support.ts";
import { inTime } from "../time/virtual.ts";

/** `body` on a network of its own, in virtual time; nothing of it may be left. */
export function over(options: MemoryOptions, body: (net: MemoryTransport) => Goroutine): () => Promise<void> {
  return inTime(function* () {
    const net = new MemoryTransport(options);
    const restore = net.install();
    try {
      yield* body(net);
      assert.deepEqual(net.open, []);
      yield* gosched();
      assert.equal(p.runq.size, 0, "something is still to come");
      assert.equal(counts.waiting, 0, "a timer or a wait is left");
    } finally {
      restore();
    }
  });
}

/** The same with a connection. */
export function overPair(
  options: MemoryOptions,
  body: (client: Conn, server: Conn, net: MemoryTransport) => Goroutine,
): () => Promise<void> {
  return over(options, function* (net) {
    const listener = yield* listen({ port: 80 });
    const dialing = start(dial({ port: 80 }));
    using server = yield* listener.accept();
    using client = yield* dialing;
    listener.close();
    yield* body(client, server, net);
  });
}
