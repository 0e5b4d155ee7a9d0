/**
 * The real network: the only file that touches node:net and node:tls.
 *
 * A socket is paused until the first pull, and read in flowing mode from then on, which costs Node least: a `data` event per read of the system's, without a copy. A halt
 * pauses it. A write is with the kernel when the socket's own buffer is empty after it: Node tries to write at once.
 */
import { connect, createServer, type ListenOptions, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, TLSSocket, type TlsOptions } from "node:tls";
import { ConnClosedError } from "../base/errors.ts";
import { gather } from "../runtime/kernel.ts";
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

/** Writes of at most so many bytes are copied. */
const SMALL = 512;

/**
 * Where small writes are copied to: that costs less than the Buffer that Node makes of every other Uint8Array. The kernel takes such a write at once as a rule, and then the
 * same bytes serve the next one, of whatever connection. If it does not, they are Node's from then on ({@link Scratch.lose}).
 */
class Scratch {
  /** A view of each length, made when it is first needed. */
  private views: (Buffer | undefined)[] = new Array(SMALL + 1).fill(undefined);
  private bytes: Buffer = Buffer.allocUnsafeSlow(SMALL);

  copy(data: Uint8Array): Buffer {
    const { length } = data;
    const view = (this.views[length] ??= this.bytes.subarray(0, length));
    view.set(data);
    return view;
  }

  lose(): void {
    this.views = new Array(SMALL + 1).fill(undefined);
    this.bytes = Buffer.allocUnsafeSlow(SMALL);
  }
}

const scratch = new Scratch();

const linkKey = Symbol("gort.link");

/** A socket's listeners are the same functions for all sockets, which find its link here: closures for each would be a tenth of an idle connection's memory. */
type Linked = Socket & { [linkKey]: NodeLink };

function onData(this: Linked, chunk: Buffer): void {
  this[linkKey].data(chunk);
}

function onEnd(this: Linked): void {
  this[linkKey].ended();
}

function onError(this: Linked, error: Error): void {
  this[linkKey].failed(error);
}

/** Without an error and without the end of the stream: the other side of a TLS connection is gone. */
function onClose(this: Linked): void {
  if (!this.readableEnded) this[linkKey].failed(new ConnClosedError("connection closed by the peer"));
}

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
    (socket as Linked)[linkKey] = this;
    socket.pause();
    socket.on("error", onError);
    socket.on("close", onClose);
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
    const isCopied = typeof data !== "string" && data.length <= SMALL && !this.isTls;
    socket.write(isCopied ? scratch.copy(data) : data);
    if (socket.writableLength === 0) return true;
    if (isCopied) scratch.lose();
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
    socket.on("data", onData);
    socket.on("end", onEnd);
    // TLS reads in its own way, and may have come to the end before anybody asked.
    if (socket.readableEnded) setImmediate(() => this.ended());
  }

  data(chunk: Uint8Array): void {
    if (this.over) return;
    gather(true);
    try {
      this.events.data(chunk);
    } finally {
      gather(false);
    }
  }

  ended(): void {
    if (!this.over) this.events.ended();
  }

  failed(error: Error): void {
    if (this.over) return;
    if (this.attached) {
      this.over = true;
      this.events.failed(error);
    } else {
      this.early ??= error;
    }
  }
}

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
