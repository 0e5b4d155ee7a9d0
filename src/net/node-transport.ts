/**
 * The real network: the only file that touches node:net and node:tls.
 *
 * A socket is paused until the first pull, and read in flowing mode from then on, which costs Node least: a `data` event per read of the system's, without a copy. A halt
 * pauses it. A write is with the kernel when the socket's own buffer is empty after it: Node tries to write at once.
 */
import { connect, createServer, type ListenOptions, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, TLSSocket, type TlsOptions } from "node:tls";
import { ConnClosedError } from "../base/errors.ts";
import {
  type AcceptorEvents,
  type Address,
  addressOf,
  type Closer,
  type DialEvents,
  type DialTarget,
  type Link,
  type LinkEvents,
  type ListenTarget,
  network,
  TCP_OPTIONS,
  type Transport,
} from "./transport.ts";

class NodeLink implements Link {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  events: LinkEvents = undefined as never;
  private readonly socket: Socket;
  /** One that is ended in the very callback of its last write ends before what it has encrypted is sent (Node 20; 4 % of streams of 400 KB both ways): it is ended a turn later. */
  private readonly isTls: boolean;
  private attached = false;
  private over = false;
  /** The system's error came before anybody listened. */
  private early: Error | null = null;

  constructor(socket: Socket, localAddr: Address, remoteAddr: Address) {
    this.socket = socket;
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
    this.isTls = socket instanceof TLSSocket;
    socket.pause();
    socket.on("error", (error) => this.failed(error));
    socket.on("close", () => {
      // Without an error and without the end of the stream: the other side of a TLS connection is gone.
      if (!socket.readableEnded) this.failed(new ConnClosedError("connection closed by the peer"));
    });
  }

  pull(): void {
    if (!this.attached) this.attach();
    if (this.early !== null) {
      const { early } = this;
      this.early = null;
      setImmediate(() => this.failed(early));
      return;
    }
    this.socket.resume();
  }

  halt(): void {
    this.socket.pause();
  }

  write(data: Uint8Array | string): boolean {
    if (!this.attached) this.attach();
    const { socket } = this;
    socket.write(data);
    if (socket.writableLength === 0) return true;
    // Nothing more is written until this is called: it comes when the kernel has all that is before it.
    socket.write("", () => {
      if (!this.over && socket.writableLength === 0) this.events.drained();
    });
    return false;
  }

  finish(): void {
    const { socket } = this;
    if (this.isTls) setImmediate(() => socket.end());
    else socket.end();
  }

  close(): void {
    this.over = true;
    const { socket } = this;
    // What the kernel has not taken yet is still sent; else there is nothing to wait for.
    if (this.isTls) setImmediate(() => socket.destroySoon());
    else if (socket.writableLength === 0) socket.destroy();
    else socket.destroySoon();
  }

  private attach(): void {
    this.attached = true;
    const { socket } = this;
    socket.on("data", (chunk: Buffer) => {
      if (!this.over) this.events.data(chunk);
    });
    socket.on("end", () => {
      if (!this.over) this.events.ended();
    });
    // TLS reads in its own way, and may have come to the end before anybody asked.
    if (socket.readableEnded) setImmediate(() => this.over || this.events.ended());
  }

  private failed(error: Error): void {
    if (this.over) return;
    if (this.attached) {
      this.over = true;
      this.events.failed(error);
    } else {
      this.early ??= error;
    }
  }
}

/** A Unix socket has a path at one end only. */
function linkOf(socket: Socket, paths: { local: string; remote: string } | undefined): NodeLink {
  if (paths !== undefined) return new NodeLink(socket, { path: paths.local }, { path: paths.remote });
  return new NodeLink(
    socket,
    { address: socket.localAddress ?? "", port: socket.localPort ?? 0 },
    { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 },
  );
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
  /** Connections in the middle of a TLS handshake: Node tells nobody of one that the client has given up. */
  const shaking = new Set<Socket>();
  const accept = (socket: Socket): void => {
    for (const raw of shaking) if (isSame(raw, socket)) shaking.delete(raw);
    if (over) socket.destroy();
    else events.connection(linkOf(socket, path === undefined ? undefined : { local: path, remote: "" }));
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
    if (!over) events.listening(addressOf(server));
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
    const link = linkOf(socket, path === undefined ? undefined : { local: "", remote: path });
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
