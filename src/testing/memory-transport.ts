/**
 * A network in memory (SEAM network): no socket, no port of the machine, and faults on demand. `gort/net` works over it unchanged:
 *
 *   const net = new MemoryTransport({ delayMs: 20 });
 *   const restore = net.install();
 *
 * Everything happens in the run queue and in the runtime's timers, so it is deterministic, and moves with virtual time. It holds no process alive, as
 * nobody outside can dial: a program whose goroutines are all parked on it is at its end.
 *
 * Invariant: when every connection and listener is closed, nothing of it is left anywhere (`open` is empty).
 *
 * Bad weather is what TCP makes of a bad network: a piece that is lost or late holds up all behind it on its connection, and nothing else. So bytes keep their order, and connections overtake each other. Its luck is a sequence of its own, begun by the seed:
 * the same program has the same weather, and what selects and schedules choose changes nothing of it.
 *
 * Differs from a real network: a `tls` is not spoken, only both sides or none must have it; `reusePort` and `backlog` mean nothing; a name is known
 * when it is localhost or somebody has listened on it; a break is known at once, whatever the delay.
 */
import { describe, InvalidOptionError } from "../base/errors.ts";
import {
  type AcceptorEvents,
  type Address,
  type Closer,
  type DialEvents,
  type DialTarget,
  type ListenTarget,
  network,
  type Transport,
} from "../net/transport.ts";
import { KernelTimer, now, startTimer, stopTimer } from "../runtime/kernel.ts";
import { End, later, type Weather } from "./memory-pipe.ts";
import { systemError } from "./system-error.ts";

/** How the network behaves; each can be set later as well, and holds from then on. */
export interface MemoryOptions {
  /** How many bytes of one direction of a connection the network holds, until a write waits; 65,536 unless told. */
  readonly window?: number | undefined;
  /** How long anything takes to the other end, a connection attempt too, in milliseconds. */
  readonly delayMs?: number | undefined;
  /** The most bytes that arrive at once; Infinity unless told. */
  readonly pieces?: number | undefined;
  /** How much longer than `delayMs` anything takes at most: for each piece and each connection attempt a random part of it, in milliseconds. So what is of different connections comes in another order than it was sent. */
  readonly jitterMs?: number | undefined;
  /** How probable it is that a piece or a connection attempt is lost, 0 ≤ loss < 1. It is then sent again, and what is behind it on its connection waits. */
  readonly loss?: number | undefined;
  /** After how many milliseconds what was lost is sent again; 200 unless told. */
  readonly retransmitMs?: number | undefined;
  /** With it each piece has a random size, at most `pieces`: the same seed, the same sizes, and the same luck with `loss` and `jitterMs`. */
  readonly seed?: number | undefined;
}

const LEAST: Readonly<Record<string, number>> = {
  window: 1,
  delayMs: 0,
  pieces: 1,
  jitterMs: 0,
  loss: 0,
  retransmitMs: 0,
  seed: 0,
};
/** Whoever sets `loss` to 1 later does not wait for ever for the answer to how long that takes. */
const MOST_LOSSES = 1000;
/** Where the system looks for a port that nobody has asked for. */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;
const EVERY_ADDRESS: ReadonlySet<string> = new Set(["", "::", "0.0.0.0"]);

/** Who listens. */
interface Place {
  readonly addr: Address;
  readonly host: string;
  readonly isTls: boolean;
  readonly events: AcceptorEvents;
  over: boolean;
}

/**
 * A network in memory for `gort/net`, installed by {@link MemoryTransport.install}: no socket, no port of the machine, and delays, losses and resets on demand. In a bubble it is on the bubble's clock.
 *
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`) for options that mean nothing
 * @example
 * ```ts
 * const net = new MemoryTransport({ delayMs: 20 });
 * const restore = net.install();
 * ```
 * @example
 * ```ts
 * // One piece in ten is lost, and each is up to 30 ms late: the same each time, and another one with another seed.
 * new MemoryTransport({ delayMs: 20, jitterMs: 30, loss: 0.1, seed: 7 }).install();
 * ```
 */
export class MemoryTransport implements Transport, Weather {
  window: number;
  delayMs: number;
  pieces: number;
  jitterMs: number;
  loss: number;
  retransmitMs: number;
  /** How many pieces and connection attempts have been lost so far, each time counted. */
  lost = 0;
  /** How many of the next connection attempts are refused. */
  refusals = 0;
  /** How many of the next connection attempts are lost on the way: nobody answers, and they wait until they are given up. */
  drops = 0;
  private chance: number | null;
  private luck: number;
  private nextPort = FIRST_PORT;
  private readonly places: Set<Place> = new Set();
  private readonly names: Set<string> = new Set(["localhost"]);
  private readonly ends: Map<Address, End> = new Map();

  constructor(options: MemoryOptions = {}) {
    checkOptions(options);
    const { window = 65_536, delayMs = 0, pieces = Number.POSITIVE_INFINITY, seed } = options;
    const { jitterMs = 0, loss = 0, retransmitMs = 200 } = options;
    this.window = window;
    this.delayMs = delayMs;
    this.pieces = pieces;
    this.jitterMs = jitterMs;
    this.loss = loss;
    this.retransmitMs = retransmitMs;
    this.chance = seed === undefined ? null : seed | 1;
    // Small seeds are alike in their bits, and the first numbers would be as well.
    this.luck = Math.imul((seed ?? 0) + 1, 0x9e37_79b1) | 1;
  }

  /** From here on `gort/net` uses this network; what it returns puts back the one before. */
  install(): () => void {
    const { transport } = network;
    network.transport = this;
    return () => {
      network.transport = transport;
    };
  }

  /** What is not closed: a line for each listener and each end of a connection. */
  get open(): string[] {
    const lines = [...this.places].map(({ addr }) => `listener ${text(addr)}`);
    for (const { localAddr, remoteAddr } of this.ends.values())
      lines.push(`connection ${text(localAddr)} to ${text(remoteAddr)}`);
    return lines;
  }

  /** The connection is lost: both ends get ECONNRESET, after what has arrived. `conn` is either end, a Conn. */
  reset(conn: { readonly localAddr: Address }): void {
    this.ends.get(conn.localAddr)?.reset(now());
  }

  /** {@link reset} of every connection. */
  resetAll(): void {
    for (const end of [...this.ends.values()]) end.reset(now());
  }

  pieceSize(): number {
    const { pieces } = this;
    if (this.chance === null || pieces === 1) return pieces;
    // A sequence of its own, since its sizes must not depend on what selects choose.
    this.chance = xorshift(this.chance);
    return 1 + ((this.chance >>> 0) % Math.min(pieces, this.window));
  }

  transitMs(): number {
    const { delayMs, jitterMs, loss, retransmitMs } = this;
    let ms = delayMs;
    // Whole microseconds: times that can be read.
    if (jitterMs > 0) ms += Math.floor(this.random() * jitterMs * 1000) / 1000;
    if (loss === 0) return ms;
    for (let n = 0; n < MOST_LOSSES && this.random() < loss; n++) {
      this.lost++;
      ms += retransmitMs;
    }
    return ms;
  }

  /** In [0, 1). */
  private random(): number {
    this.luck = xorshift(this.luck);
    return (this.luck >>> 0) / 2 ** 32;
  }

  listen(target: ListenTarget, events: AcceptorEvents): Closer {
    const { path, host = "::", port = 0 } = target;
    const addr = path === undefined ? { address: host, port: port || this.freePort() } : { path };
    const place = { addr, host: plain(host), isTls: target.tls !== undefined, events, over: false };
    if ([...this.places].some((other) => collide(other, place))) {
      const where = path === undefined ? addr : { address: path };
      later(() => {
        if (!place.over) events.failed(systemError("EADDRINUSE", "listen", where));
      });
    } else {
      this.places.add(place);
      this.names.add(host);
      later(() => {
        if (!place.over) events.listening(addr);
      });
    }
    return {
      close: () => {
        place.over = true;
        this.places.delete(place);
      },
    };
  }

  dial(target: DialTarget, events: DialEvents): Closer {
    let over = false;
    const settle = (): void => {
      if (over) return;
      over = true;
      const answer = this.answer(target);
      if (answer instanceof Error) {
        events.failed(answer);
        return;
      }
      const [mine, theirs] = this.connect(target);
      answer.events.connection(theirs);
      events.connected(mine);
    };
    const timer = new KernelTimer(settle);
    if (this.drops > 0) {
      this.drops--;
    } else {
      const ms = this.transitMs();
      if (ms > 0) startTimer(timer, now() + ms);
      else later(settle);
    }
    return {
      close(): void {
        over = true;
        stopTimer(timer);
      },
    };
  }

  /** Who listens there, or what the system says. */
  private answer(target: DialTarget): Place | Error {
    const { path, host = "localhost", port = 0, tls } = target;
    if (path === undefined && !isAddress(host) && !this.names.has(host)) {
      return systemError("ENOTFOUND", "getaddrinfo", { hostname: host });
    }
    const where = path === undefined ? { address: plain(host), port } : { address: path };
    const place = [...this.places].find((place) => isMeant(place, target));
    if (place === undefined)
      return systemError(path === undefined ? "ECONNREFUSED" : "ENOENT", "connect", where);
    if (this.refusals > 0) {
      this.refusals--;
      return systemError("ECONNREFUSED", "connect", where);
    }
    const isTls = tls !== undefined && (tls as unknown) !== false;
    return place.isTls === isTls ? place : systemError("ECONNRESET", "read");
  }

  private connect({ path, host = "localhost", port = 0 }: DialTarget): [End, End] {
    const there = (): Address => (path === undefined ? { address: plain(host), port } : { path });
    const here: Address = path === undefined ? { address: plain(host), port: this.freePort() } : { path: "" };
    const onOver = (end: End): void => {
      this.ends.delete(end.localAddr);
    };
    const mine = new End(here, there(), onOver);
    const theirs = new End(there(), { ...here }, onOver);
    End.join(this, mine, theirs);
    this.ends.set(mine.localAddr, mine);
    this.ends.set(theirs.localAddr, theirs);
    return [mine, theirs];
  }

  /** The next one that nobody uses. */
  private freePort(): number {
    for (;;) {
      const port = this.nextPort;
      this.nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      const isUsed = ({ addr }: { addr: Address }): boolean => "port" in addr && addr.port === port;
      if (![...this.places].some(isUsed)) return port;
    }
  }
}

/** As base/rand.ts. */
function xorshift(before: number): number {
  let x = before;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x;
}

/** One spelling for each address. */
function plain(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":");
}

/** Whether a dial to `target` arrives at `place`. */
function isMeant({ addr, host }: Place, target: DialTarget): boolean {
  if ("path" in addr) return addr.path === target.path;
  const dialed = plain(target.host ?? "localhost");
  return addr.port === target.port && (EVERY_ADDRESS.has(host) || host === dialed);
}

function collide(a: Place, b: Place): boolean {
  if ("path" in a.addr || "path" in b.addr)
    return "path" in a.addr && "path" in b.addr && a.addr.path === b.addr.path;
  const isSame = a.host === b.host || EVERY_ADDRESS.has(a.host) || EVERY_ADDRESS.has(b.host);
  return isSame && a.addr.port === b.addr.port;
}

function text(addr: Address): string {
  return "path" in addr ? addr.path || "(unnamed)" : `${addr.address}:${addr.port}`;
}

function checkOptions(options: MemoryOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const least = LEAST[name];
    if (least === undefined) {
      const names = Object.keys(LEAST).join(", ");
      throw new InvalidOptionError(`MemoryTransport: there is no option "${name}" (${names})`);
    }
    if (value !== undefined && !(typeof value === "number" && value >= least))
      throw new InvalidOptionError(
        `MemoryTransport: ${name} is a number of at least ${least}, got ${describe(value)}`,
      );
  }
  const { loss = 0 } = options;
  if (loss >= 1)
    throw new InvalidOptionError(
      `MemoryTransport: loss is a probability below 1 (of 1 nothing would ever arrive), got ${describe(loss)}`,
    );
}
