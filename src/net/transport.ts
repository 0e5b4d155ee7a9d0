/**
 * The network as gort sees it (SEAM): streams of bytes, in callbacks. conn.ts and listener.ts make goroutines' operations of it.
 *
 * There are two: node-transport.ts over real sockets, and the in-memory one of `gort/testing`. One contract suite holds for both.
 *
 * What every transport keeps:
 *   - nothing is called back inside the call that began it, so whoever begins something has its handle first
 *   - after `close`, `abort` and `failed` no callback comes any more
 *   - it delivers nothing before the first pull(), and after halt() at most what was under way
 */

/** Where one end of a connection is. */
export type Address =
  | { readonly address: string; readonly port: number }
  /** A Unix socket; empty for the dialing side of one. */
  | { readonly path: string };

/** What a listening server of Node's says of its place. */
export function addressOf(server: {
  address(): string | { readonly address: string; readonly port: number } | null;
}): Address {
  const address = server.address();
  if (typeof address === "string") return { path: address };
  return { address: address?.address ?? "", port: address?.port ?? 0 };
}

/** As Go sets up a TCP connection: no delay of small writes, and keep-alive probes after 15 s. */
export const TCP_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 } as const;

/** Where to listen. */
export interface ListenTarget {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly backlog?: number | undefined;
  readonly reusePort?: boolean | undefined;
  /** Options of `tls.createServer`: `key`, `cert`, … */
  readonly tls?: object | undefined;
}

/** Whom to dial. */
export interface DialTarget {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  /** Options of `tls.connect`, or true for none. */
  readonly tls?: object | true | undefined;
}

/** What a connection says of itself. */
export interface LinkEvents {
  data(chunk: Uint8Array): void;
  /** The peer writes no more. */
  ended(): void;
  /** All that was written is with the kernel. */
  drained(): void;
  /** The connection is broken: a system error with its `code`. */
  failed(error: Error): void;
}

/** One connection. */
export interface Link {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  /** Set before the first pull or write. */
  events: LinkEvents;
  /** Data is wanted. */
  pull(): void;
  /** No more data for the moment. */
  halt(): void;
  /** Hands bytes over: true when the kernel has taken them all at once; else drained() follows, and they must stay as they are until then. */
  write(data: Uint8Array | string): boolean;
  /** The bytes of a write that has not drained may change from here on: what is left of them is sent from a copy. */
  keep(): void;
  /** Nothing more will be written: the peer sees the end after what was. */
  finish(): void;
  /** What was written is still sent, for a limited time; nothing else happens any more. */
  close(): void;
  /** As close, but what the kernel has not taken is dropped. */
  abort(): void;
}

/** What a listening socket says of itself. */
export interface AcceptorEvents {
  listening(addr: Address): void;
  connection(link: Link): void;
  /** It could not listen, or cannot go on. */
  failed(error: Error): void;
}

/** What can be given up or closed. */
export interface Closer {
  close(): void;
}

/** What a dial says of itself: one of the two, once. */
export interface DialEvents {
  connected(link: Link): void;
  failed(error: Error): void;
}

export interface Transport {
  listen(target: ListenTarget, events: AcceptorEvents): Closer;
  dial(target: DialTarget, events: DialEvents): Closer;
}

/** The transport in use; node-transport.ts sets the real one, a test another. */
export const network: { transport: Transport } = { transport: undefined as never };
