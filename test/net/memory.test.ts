/** The network contract, over the network in memory: in good weather, and in bad. */
import { after, before, describe } from "node:test";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
import { netContract } from "../contract/net.ts";
import type { Net } from "../contract/net-support.ts";

const HOST = "127.0.0.1";
let places = 0;

/** Registers the contract over `net`, which is in use while its tests run. */
function contract(name: string, net: MemoryTransport): void {
  const tcp: Net = {
    name: `${name}, TCP`,
    family: "TCP",
    resets: true,
    most: 3_000_000,
    place: () => ({ host: HOST, port: 0 }),
    to: ({ addr }) => ({ host: HOST, port: (addr as { port: number }).port }),
    open: () => net.open,
  };
  const unix: Net = {
    name: `${name}, Unix socket`,
    family: "Unix",
    resets: true,
    most: 3_000_000,
    place: () => ({ path: `/run/${++places}` }),
    to: ({ addr }) => ({ path: (addr as { path: string }).path }),
    open: () => net.open,
  };
  describe(name, () => {
    let restore = (): void => {};
    before(() => {
      restore = net.install();
    });
    after(() => restore());
    netContract(tcp);
    netContract(unix);
  });
}

contract("memory", new MemoryTransport());
contract("memory in random pieces", new MemoryTransport({ pieces: 50_000, seed: 7 }));
contract("memory with delay", new MemoryTransport({ delayMs: 0.01, window: 1_000_000, pieces: 65_536 }));
contract(
  "memory in bad weather",
  new MemoryTransport({ jitterMs: 0.05, loss: 0.1, retransmitMs: 0.1, pieces: 20_000, seed: 11 }),
);
