/**
 * What the network is in a bubble unless a MemoryTransport is installed: nothing that can be reached.
 */

import { BubbleError } from "../base/errors.ts";
import { nodeTransport } from "../net/node-transport.ts";
import { type Closer, network, type Transport } from "../net/transport.ts";
import { later } from "./memory-pipe.ts";

function refuse(what: string, events: { failed(error: Error): void }): Closer {
  const error = new BubbleError(
    `${what} inside a bubble: real sockets know nothing of virtual time; install a MemoryTransport first (new MemoryTransport().install()), or do this outside of the bubble`,
  );
  later(() => events.failed(error));
  return { close() {} };
}

const nothing: Transport = {
  listen: (_, events) => refuse("listen", events),
  dial: (_, events) => refuse("dial", events),
};

/** The network of a new bubble: the one that is installed, if it is in memory. */
export function networkOfBubble(): Transport {
  return network.transport === nodeTransport ? nothing : network.transport;
}
