/**
 * What the parts of the network's contract share: a network under test, pairs of connections on it, and ways to know what has arrived without a clock.
 */
import assert from "node:assert/strict";
import { type Goroutine, go, type Handle, type Op, run, wait } from "gort";
import { type Conn, type DialOptions, dial, type Listener, type ListenTarget, listen } from "gort/net";
import type { Conn as WholeConn } from "#src/net/conn.ts";
import { host as counts } from "#src/runtime/netpoll.ts";
import { turn } from "../go/support.ts";

/** A network, and how to be found on it. */
export interface Net {
  readonly name: string;
  readonly family: "TCP" | "Unix";
  /** Who closes with bytes unread resets the connection. Over TLS Node shows that as the end of the stream. */
  readonly resets: boolean;
  /** More bytes than it holds for a peer that does not read; not told, more than any system does. */
  readonly most?: number;
  /** Somewhere to listen where nobody does; another place each time. */
  place(): ListenTarget;
  /** How to dial a listener. */
  to(listener: Pick<Listener, "addr">): DialOptions;
  /** Describes what it holds; it must be nothing after each test. */
  open(): readonly string[];
}

/** So much that a write of it parks while its peer does not read. */
export function tooMuch({ most = 24_000_000 }: Net): number {
  return most;
}

/** More turns of the event loop than anything here takes. */
const MOST_TURNS = 20_000;

/** Waits for something that the host does. */
export function* until(isSo: () => boolean, what: string): Goroutine {
  for (let turns = 0; !isSo(); turns++) {
    assert.ok(turns < MOST_TURNS, `never: ${what}`);
    yield* wait(turn());
  }
}

/** Lets the host do all that it can do by now. */
export function* quiet(turns = 20): Goroutine {
  for (let i = 0; i < turns; i++) yield* wait(turn());
}

/** A `node:test` body: `main` as the main goroutine; afterwards nothing may be left anywhere. */
export function onNet(net: Net, main: () => Goroutine): () => Promise<void> {
  return async () => {
    await run(main);
    // Goroutines that a test has left behind hear of the end of their connections.
    for (let turns = 0; (counts.waiting > 0 || net.open().length > 0) && turns < MOST_TURNS; turns++)
      await turn();
    assert.deepEqual(net.open(), [], "something of the network is left");
    assert.equal(counts.waiting, 0, "a wait for the host is left");
  };
}

/** The place where `listener` listens. */
export function placeOf({ addr }: Listener): object {
  return "path" in addr ? { path: addr.path } : { port: addr.port };
}

/** Two ends of one connection. */
export function* pair(net: Net): Goroutine<[client: Conn, server: Conn]> {
  using listener = yield* listen(net.place());
  const dialing = go(function* () {
    return yield* dial(net.to(listener));
  });
  const server = yield* listener.accept();
  return [yield* dialing, server];
}

/** A `node:test` body with a connection: both ends are closed in the end, and nothing may be left. */
export function onPair(net: Net, main: (client: Conn, server: Conn) => Goroutine): () => Promise<void> {
  return onNet(net, function* () {
    const [client, server] = yield* pair(net);
    try {
      yield* main(client, server);
    } finally {
      client.close();
      server.close();
    }
  });
}

/** What has arrived at a connection. */
export interface Arrivals {
  readonly bytes: number;
  readonly pieces: number;
  readonly sizes: readonly number[];
  /** How many bytes at most lay unread. */
  readonly most: number;
}

/** Counts what arrives at `conn` from here on, whether or not anybody has read it. */
export function arrivals(reader: Conn): Arrivals {
  const seen = { bytes: 0, pieces: 0, most: 0, sizes: [] as number[] };
  const conn = reader as unknown as WholeConn;
  const data = conn.data.bind(conn);
  conn.data = (chunk) => {
    seen.bytes += chunk.length;
    seen.pieces++;
    seen.sizes.push(chunk.length);
    data(chunk);
    seen.most = Math.max(seen.most, conn.inflow.size);
  };
  return seen;
}

/** Writes `pieces` one by one: each when the one before has arrived at `reader`, where somebody reads. */
export function* inPieces(writer: Conn, reader: Conn, pieces: readonly (string | Uint8Array)[]): Goroutine {
  const seen = arrivals(reader);
  let sum = 0;
  for (const piece of pieces) {
    sum += yield* writer.write(piece);
    yield* until(() => seen.bytes >= sum, "a piece arrives");
  }
}

/** Waits for `op`, as a goroutine of its own can be told to. */
export function* doing<T>(op: Op<T>): Goroutine<T> {
  return yield* op;
}

/** A goroutine that waits for `op`. When that fails it is no panic: the test looks at it when it likes. */
export function start<T>(op: Op<T>): Handle<T> {
  const g = go(() => doing(op)) as Handle<T>;
  g.then(undefined, () => {});
  return g;
}

/** What `body` throws, which must have this `code`. */
export function* fails(body: () => Goroutine<unknown>, ...codes: readonly string[]): Goroutine<Error> {
  try {
    yield* body();
  } catch (error) {
    const { code } = error as { code?: string };
    assert.ok(codes.includes(code as string), `expected ${codes.join(" or ")}, got ${code}: ${error}`);
    return error as Error;
  }
  return assert.fail(`expected ${codes.join(" or ")}`);
}

/** `length` bytes that show where they stand: no two stretches of them are alike for long. */
export function pattern(length: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) * 131 + ((from + i) >> 8) * 17) & 0xff;
  return bytes;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
