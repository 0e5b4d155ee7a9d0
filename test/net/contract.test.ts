/** The network contract, over real sockets on this machine: TCP, a Unix socket, and TLS. */
import { netContract } from "../contract/net.ts";
import { HOST, open, tcp, unix } from "../contract/net-local.ts";
import type { Net } from "../contract/net-support.ts";
import { certificate } from "./certificate.ts";

const { key, cert } = certificate();

const tls: Net = {
  name: "TLS",
  family: "TCP",
  resets: false,
  place: () => ({ host: HOST, port: 0, tls: { key, cert } }),
  to: ({ addr }) => ({ host: HOST, port: (addr as { port: number }).port, tls: { ca: cert } }),
  open,
};

for (const net of [tcp, unix, tls]) netContract(net);
