/**
 * The real network: listening and dialing with node:net and node:tls. What a connection does is in node-link.ts.
 */
import { connect, createServer, type ListenOptions, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, type TlsOptions } from "node:tls";
import { NodeLink } from "./node-link.ts";
import {
  type AcceptorEvents,
  type Address,
  addressOf,
  type Closer,
  type DialEvents,
  type DialTarget,
  type ListenTarget,
  network,
  TCP_OPTIONS,
  type Transport,
} from "./transport.ts";

/** `local` is this end's address when that is known: Node keeps what it is asked for, for each socket. A Unix socket has a path at one end only. */
function linkOf(socket: Socket, local: Address | null, remotePath: string | undefined): NodeLink {
  return new NodeLink(
    socket,
    local ?? { address: socket.localAddress ?? "", port: socket.localPort ?? 0 },
    remotePath === undefined
      ? { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 }
      : { path: remotePath },
  );
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(["::", "0.0.0.0"]);

/** The address at which every connection to it arrives; null when it listens on every one that this machine has. */
function sharedAddress(addr: Address): Address | null {
  return "address" in addr && EVERY_ADDRESS.has(addr.address) ? null : addr;
}

const SOCKET_OPTIONS = { allowHalfOpen: true, ...TCP_OPTIONS };

/** Node's own limit is two minutes. */
const HANDSHAKE_MS = 10_000;

/** Whether `secure` is the TLS connection on `raw`. The ends of a Unix socket cannot be told apart: such a one is only let go of. */
function isSame(raw: Socket, secure: Socket): boolean {
  return raw.remotePort === secure.remotePort && raw.remoteAddress === secure.remoteAddress;
}

function startListening(target: ListenTarget, events: AcceptorEvents): Closer {
  const { port = 0, host, path, backlog, reusePort, tls } = target;
  let over = false;
  let shared: Address | null = null;
  /** Connections in the middle of a TLS handshake: Node tells nobody of one that the client has given up. */
  const shaking = new Set<Socket>();
  const accept = (socket: Socket): void => {
    for (const raw of shaking) if (isSame(raw, socket)) shaking.delete(raw);
    if (over) socket.destroy();
    else events.connection(linkOf(socket, shared, path === undefined ? undefined : ""));
  };
  const server =
    tls === undefined
      ? createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true }, accept)
      : createTlsServer(
          { handshakeTimeout: HANDSHAKE_MS, ...SOCKET_OPTIONS, ...(tls as TlsOptions) },
          accept,
        );
  if (tls !== undefined) {
    server.on("connection", (raw: Socket) => {
      shaking.add(raw);
      raw.once("close", () => shaking.delete(raw));
    });
  }
  server.on("error", (error) => {
    if (!over) events.failed(error);
  });
  const place: ListenOptions = path === undefined ? { port } : { path };
  if (host !== undefined) place.host = host;
  if (backlog !== undefined) place.backlog = backlog;
  if (reusePort !== undefined) (place as { reusePort?: boolean }).reusePort = reusePort;
  server.listen(place, () => {
    const addr = addressOf(server);
    shared = path === undefined ? sharedAddress(addr) : { path };
    if (!over) events.listening(addr);
  });
  return {
    close(): void {
      over = true;
      for (const raw of shaking) raw.destroy();
      server.close();
    },
  };
}

function startDialing(target: DialTarget, events: DialEvents): Closer {
  const { port, host = "localhost", path, tls } = target;
  let over = false;
  const place = path === undefined ? { port: port as number, host } : { path };
  const isTls = tls !== undefined && (tls as unknown) !== false;
  const socket = isTls
    ? connectTls({ ...place, ...SOCKET_OPTIONS, ...(tls === true ? {} : tls) })
    : connect({ ...place, ...SOCKET_OPTIONS });
  const settle = (): boolean => {
    const first = !over;
    over = true;
    return first;
  };
  const failed = (error: Error): void => {
    if (!settle()) return;
    socket.destroy();
    events.failed(oneOf(error));
  };
  socket.once("error", failed);
  socket.once(isTls ? "secureConnect" : "connect", () => {
    if (!settle()) return;
    const link = linkOf(socket, path === undefined ? null : { path: "" }, path);
    socket.off("error", failed);
    events.connected(link);
  });
  return {
    close(): void {
      if (!settle()) return;
      socket.on("error", () => {}); // What it says now is nobody's business.
      socket.destroy();
    },
  };
}

/** Of several addresses that were tried in vain Node reports all, in an error without a message: the first one says it. */
function oneOf(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first : error;
}

/** What Node throws at once (a key that is none, say) is told as everything else is: later, to whoever waits. */
function orFailed<E extends { failed(error: Error): void }>(start: (events: E) => Closer, events: E): Closer {
  try {
    return start(events);
  } catch (error) {
    const told = setImmediate(() => events.failed(error as Error));
    return { close: () => clearImmediate(told) };
  }
}

/** Real sockets. */
export const nodeTransport: Transport = {
  listen: (target, events) => orFailed((to) => startListening(target, to), events),
  dial: (target, events) => orFailed((to) => startDialing(target, to), events),
};

network.transport = nodeTransport;
