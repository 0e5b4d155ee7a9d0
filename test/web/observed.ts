/**
 * A program to be observed, without goroutines: shared memory whose words a test writes, a ring, and threads that say what a test has them say.
 */
import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { HOME, LIFE, MACHINE, MOST_MACHINES, machineAt } from "#src/shm/layout.ts";
import { EVENT_WORDS, Kind } from "#src/trace/events.ts";
import { type Asked, channelFor, type Frame, type Told } from "#src/trace/telling.ts";
import type { PageFile } from "#src/web/observer/files.ts";
import { Observer, type ObserverOptions } from "#src/web/observer/observer.ts";
import { ObserverServer } from "#src/web/observer/server.ts";

export const TOKEN = "0123456789abcdef0123456789abcdef";
let keys = 0;

/** A home with the books of so many machines, each with a processor of its number. */
export class FakeHome {
  readonly shared: SharedArrayBuffer = new SharedArrayBuffer(machineAt(MOST_MACHINES) * 4);
  private readonly words = new Int32Array(this.shared);
  private readonly doubles = new Float64Array(this.shared, 0, Math.floor(this.shared.byteLength / 8));

  constructor(machines = 1) {
    this.words[HOME.procs] = machines;
    this.words[HOME.machines] = machines;
    for (let i = 0; i < machines; i++) this.set(i, { life: LIFE.alive, processor: i + 1 });
  }

  set(machine: number, words: Partial<Record<keyof typeof MACHINE, number>>): void {
    for (const [name, value] of Object.entries(words)) {
      const at = machineAt(machine) + MACHINE[name as keyof typeof MACHINE];
      if (["steps", "created", "busyMs"].includes(name)) this.doubles[at >>> 1] = value;
      else this.words[at] = value;
    }
  }
}

/** What has happened, as a test writes it down: time in units. */
export type FakeEvent = readonly [
  kind: number,
  time: number,
  a: number,
  b: number,
  reason?: number,
  name?: number,
];

export class FakeRing {
  readonly shared: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly capacity: number;
  private head = 0;

  constructor(capacity = 4096, magic = 0x676f7274) {
    this.capacity = capacity;
    this.shared = new SharedArrayBuffer((16 + capacity * EVENT_WORDS) * 4);
    this.words = new Int32Array(this.shared);
    this.words[0] = magic;
    this.words[1] = capacity;
  }

  /** A number that the head starts from, to be near where it wraps. */
  startAt(head: number): void {
    this.head = head;
    this.words[2] = head;
  }

  write(...events: readonly FakeEvent[]): void {
    for (const [kind, time, a, b, reason = 0, name = 0] of events) {
      const at = 16 + (this.head++ & (this.capacity - 1)) * EVENT_WORDS;
      this.words[at] = time % 2 ** 32;
      this.words[at + 1] = kind | (reason << 8) | (name << 16);
      this.words[at + 2] = a;
      this.words[at + 3] = b;
    }
    this.words[2] = this.head;
  }
}

/** A run from `begin` to `end`, which ended so. */
export function ran(begin: number, end: number, who: number, ended = 1, reason = 0): FakeEvent {
  return [Kind.run, begin, who, ((end - begin) << 3) | ended, reason];
}

export function frame(machine: number, more: Partial<Frame> = {}): Frame {
  return {
    machine,
    proc: machine,
    at: 1e9,
    goroutines: [],
    fitting: 0,
    groups: [],
    channels: [],
    graph: { nodes: [], edges: [], cycles: [] },
    states: [0, 0, 0, 0],
    blocked: {},
    cost: 0.01,
    recorded: 1,
    ...more,
  };
}

/** A thread of the program: hears what it is asked, says what it is told to. */
export class FakeThread {
  readonly machine: number;
  readonly heard: Asked[] = [];
  private readonly channel: BroadcastChannel;
  private wanted: { fits: (asked: Asked) => boolean; give: (asked: Asked) => void }[] = [];

  constructor(key: string, machine: number) {
    this.machine = machine;
    this.channel = new BroadcastChannel(channelFor(key, machine));
    this.channel.onmessage = (event) => {
      const asked = (event as { data: Asked }).data;
      this.heard.push(asked);
      this.look();
    };
  }

  /** The next message that fits, of those that have come too. */
  next<K extends Asked["kind"]>(
    kind: K,
    fits: (asked: Asked & { kind: K }) => boolean = () => true,
  ): Promise<Asked & { kind: K }> {
    return new Promise((give) => {
      this.wanted.push({
        fits: (asked) => asked.kind === kind && fits(asked as Asked & { kind: K }),
        give: give as (asked: Asked) => void,
      });
      this.look();
    });
  }

  say(told: Told): void {
    this.channel.postMessage(told);
  }

  hello(ring: FakeRing): void {
    this.say({ kind: "hello", machine: this.machine, proc: this.machine, ring: ring.shared } as Told);
  }

  close(): void {
    this.channel.close();
  }

  private look(): void {
    for (const one of [...this.wanted]) {
      const at = this.heard.findIndex(one.fits);
      if (at < 0) continue;
      const [asked] = this.heard.splice(at, 1);
      this.wanted = this.wanted.filter((other) => other !== one);
      one.give(asked as Asked);
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** An observer of a fake program, in this thread, that listens on a port of its own. */
export class Observed {
  readonly key: string = `test ${process.pid} ${keys++}`;
  readonly observer: Observer;
  readonly server: ObserverServer;
  readonly threads: FakeThread[] = [];
  port = 0;

  constructor(
    home: FakeHome,
    files: ReadonlyMap<string, PageFile> = new Map(),
    more: Partial<ObserverOptions> = {},
  ) {
    this.observer = new Observer({
      key: this.key,
      home: home.shared,
      keeps: false,
      program: { pid: 7, path: "/some/where/program.ts", node: "v0", gort: "0", budget: 0.03, startedMs: 0 },
      ...more,
    });
    this.server = new ObserverServer(this.observer, files);
  }

  async listen(): Promise<this> {
    this.port = await this.server.listen("127.0.0.1", 0, TOKEN);
    return this;
  }

  thread(machine: number): FakeThread {
    const thread = new FakeThread(this.key, machine);
    this.threads.push(thread);
    return thread;
  }

  /** Has a thread tell, and waits until it has been heard: a question that it answers comes behind. */
  async heard(thread: FakeThread): Promise<void> {
    const detail = this.get("/api/goroutine?id=999999");
    const { ask } = await thread.next("goroutine");
    thread.say({ kind: "goroutine", ask, found: null });
    for (const other of this.threads) {
      if (other === thread) continue;
      const asked = await other.next("goroutine");
      other.say({ kind: "goroutine", ask: asked.ask, found: null });
    }
    await detail;
  }

  get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
    return send(this.port, path, { authorization: `Bearer ${TOKEN}`, ...headers }, method);
  }

  async json<T>(path: string): Promise<T> {
    const { status, text } = await this.get(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  close(): void {
    for (const thread of this.threads) thread.close();
    this.server.close();
    this.observer.close();
  }
}

/** One request as it is, without what a browser would add. */
export async function send(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const asked = request({ port, path, method, headers, host: "127.0.0.1", agent: false });
  asked.end();
  const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body, text: body.toString() };
}

export interface Span {
  readonly begin: number;
  readonly end: number;
  readonly goroutine: number;
  readonly runs: number;
  readonly busy: number;
  readonly state: number;
  readonly reason: number;
}

export interface Lane {
  readonly kind: number;
  readonly id: number;
  readonly spans: Span[];
  readonly marks: readonly (readonly [at: number, kind: number, a: number, b: number])[];
}

/** Reads an answer of /api/lanes, as the page does. */
export function readLanes(bytes: Buffer): { from: number; to: number; now: number; lanes: Lane[] } {
  if (bytes.toString("latin1", 0, 4) !== "GLN1") throw new Error("no lanes");
  let at = 32;
  const next = (): number => bytes.readInt32LE((at += 4) - 4);
  const lanes = Array.from({ length: bytes.readInt32LE(4) }, () => {
    const [kind, id, spans, marks] = [next(), next(), next(), next()];
    return {
      kind,
      id,
      spans: Array.from({ length: spans }, () => {
        const [begin, end, goroutine, runs, flags] = [next(), next(), next(), next(), next()];
        return {
          begin,
          end,
          goroutine,
          runs,
          busy: flags & 0xff,
          state: (flags >>> 8) & 7,
          reason: (flags >>> 16) & 0xff,
        };
      }),
      marks: Array.from({ length: marks }, () => [next(), next(), next(), next()] as const),
    };
  });
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes too many`);
  return {
    from: bytes.readDoubleLE(8),
    to: bytes.readDoubleLE(16),
    now: bytes.readDoubleLE(24),
    lanes,
  };
}
