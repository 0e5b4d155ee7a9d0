/**
 * What a thread tells the observer when it is asked to, message by message (telling.ts).
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { BroadcastChannel } from "node:worker_threads";
import { type Chan, chan, go, gosched, Mutex, run, runtime } from "gort";
import { last, start, stop } from "gort/trace";
import { ChannelTable } from "#src/trace/channel-table.ts";
import { Look } from "#src/trace/look.ts";
import { readTrace } from "#src/trace/reader.ts";
import { RING_MAGIC, RingWord } from "#src/trace/ring.ts";
import { observe, unobserve } from "#src/trace/switch.ts";
import { type Asked, channelFor, type Frame, type Told } from "#src/trace/telling.ts";
import { output } from "../prog/program.ts";
import { stepsIn } from "./told.ts";

type Of<K extends Told["kind"]> = Extract<Told, { kind: K }>;

/** The observer's end of the channel. */
class Observer {
  readonly heard: Told[] = [];
  private readonly channel: BroadcastChannel;
  private waiting: { kind: Told["kind"]; resolve: (told: Told) => void }[] = [];

  constructor(key: string) {
    this.channel = new BroadcastChannel(channelFor(key, 0));
    this.channel.onmessage = (event) => {
      const told = (event as { data: Told }).data;
      this.heard.push(told);
      const fitting = this.waiting.filter(({ kind }) => kind === told.kind);
      this.waiting = this.waiting.filter((one) => !fitting.includes(one));
      for (const { resolve } of fitting) resolve(told);
    };
  }

  ask(asked: Asked): void {
    this.channel.postMessage(asked);
  }

  /** The next message of that kind. */
  next<K extends Told["kind"]>(kind: K): Promise<Of<K>> {
    return new Promise((resolve) => {
      this.waiting.push({ kind, resolve: resolve as (told: Told) => void });
    });
  }

  /** The next frame but one: the first may have been begun before something happened. */
  async frame(): Promise<Frame> {
    await this.next("frame");
    return (await this.next("frame")).frame;
  }

  close(): void {
    this.channel.close();
  }
}

const observer = new Observer("key");
after(() => {
  unobserve();
  observer.close();
});

/** Goroutines that wait at `c`. */
function crowd(c: Chan<number>, count: number): void {
  for (let i = 0; i < count; i++)
    go(function* crowded() {
      yield* c.recv();
    });
}

describe("an agent", () => {
  it("says hello when it is observed, with where its ring is", async () => {
    const hello = observer.next("hello");
    observe("key");
    const { machine, proc, ring, ringAt } = await hello;
    assert.deepEqual([machine, proc], [0, 0]);
    const words = new Int32Array(ring);
    assert.equal(words[ringAt + RingWord.magic], RING_MAGIC);
    assert.equal(words[ringAt + RingWord.written], 0, "nobody wants events yet");
  });

  it("is silent until somebody looks, then tells what there is", async () => {
    assert.deepEqual(
      observer.heard.map(({ kind }) => kind),
      ["hello"],
    );
    const c = chan<number>();
    const full = chan<number>(1);
    crowd(c, 30);
    go(function* sender() {
      yield* full.send(1);
      yield* full.send(2);
    });
    const m = new Mutex();
    await m.lock();
    go(function* locker() {
      yield* m.lock();
    });
    await new Promise(setImmediate);
    const hello = observer.next("hello");
    const frames = observer.frame();
    observer.ask({ kind: "watch", query: {}, events: false });
    await hello;
    const frame = await frames;
    assert.deepEqual([frame.machine, frame.proc, frame.fitting, frame.goroutines.length], [0, 0, 32, 32]);
    assert.deepEqual([...frame.states], [0, 0, 32, 0]);
    assert.deepEqual(frame.blocked, { "chan receive": 30, "chan send": 1, "sync.Mutex.Lock": 1 });
    assert.deepEqual(
      frame.groups.map(({ count, name, state, reason }) => [count, name, state, reason]),
      [
        [30, "crowded", "waiting", "chan receive"],
        [1, "sender", "waiting", "chan send"],
        [1, "locker", "waiting", "sync.Mutex.Lock"],
      ],
    );
    const row = frame.goroutines[0];
    assert.ok(row !== undefined);
    assert.equal(row.where, frame.groups[0]?.where);
    assert.match(row.where, /^build\/test\/trace\/agent\.test\.js:\d+$/);
    assert.match(row.waitsOn, /^chan#\d+$/);
    const channels = new Map(frame.channels.map((one) => [one.receiverCount, one]));
    const [crowdedAt, sentTo] = [channels.get(30), channels.get(0)];
    assert.deepEqual(
      [crowdedAt?.label, crowdedAt?.receivers.length, crowdedAt?.capacity, crowdedAt?.length],
      [row.waitsOn, 20, 0, 0],
    );
    assert.deepEqual([sentTo?.senderCount, sentTo?.capacity, sentTo?.length], [1, 1, 1]);
    assert.ok(frame.cost >= 0 && frame.cost < 1);
    assert.equal(frame.recorded, 0);
    // A channel that nobody waits at any more is still there, as long as the program has it.
    await full.recv();
    await full.recv();
    const later = await observer.frame();
    assert.deepEqual(
      later.channels
        .filter(({ label }) => label === sentTo?.label)
        .map((one) => [one.senderCount, one.length, one.stuckMs]),
      [[0, 0, 0]],
    );
    assert.equal(full.length, 0);
    c.close();
    m.unlock();
    assert.deepEqual((await observer.frame()).states, [0, 0, 0, 0]);
  });

  it("filters, sorts and shows as many as are wanted", async () => {
    const c = chan<number>();
    crowd(c, 50);
    go(function* zebra() {
      yield* c.recv();
    });
    observer.ask({ kind: "watch", query: { filter: "fn:crowd", limit: 7 }, events: false });
    const some = await observer.frame();
    assert.deepEqual([some.fitting, some.goroutines.length], [50, 7]);
    assert.ok(some.goroutines.every(({ name }) => name === "crowded"));
    // The counts are of all of them.
    assert.equal(some.states[2], 51);
    observer.ask({ kind: "watch", query: { sort: "fn", limit: 1_000 }, events: false });
    const all = await observer.frame();
    assert.equal(all.goroutines.length, 51);
    assert.equal(all.goroutines.at(-1)?.name, "zebra");
    c.close();
  });

  it("has who waits for whom, with the circles", async () => {
    const a = new Mutex();
    const b = new Mutex();
    const both = async (): Promise<void> => {
      const other = (first: Mutex, second: Mutex) =>
        function* crossed() {
          yield* first.lock();
          yield* gosched();
          yield* second.lock();
        };
      go(other(a, b));
      go(other(b, a));
    };
    await both();
    const inCircle = async (): Promise<Frame> => {
      // The graph is made once a second.
      for (;;) {
        const frame = await observer.frame();
        if (frame.graph.cycles.length > 0) return frame;
      }
    };
    const { graph, goroutines } = await inCircle();
    const ids = goroutines.filter(({ name }) => name === "crossed").map(({ id }) => id);
    assert.deepEqual([...(graph.cycles[0] ?? [])].sort(), ids);
    assert.ok(graph.edges.every(({ from, to, exact }) => exact && ids.includes(from) && ids.includes(to)));
    const detail = observer.next("goroutine");
    observer.ask({ kind: "goroutine", ask: 7, id: ids[0] as number });
    const { ask, found } = await detail;
    assert.equal(ask, 7);
    assert.deepEqual([found?.name, found?.state, found?.reason], ["crossed", "waiting", "sync.Mutex.Lock"]);
    assert.match(found?.waitsOn ?? "", /^mutex#\d+$/);
    assert.equal(found?.holds.length, 1);
    assert.notEqual(found?.holds[0], found?.waitsOn);
    assert.ok(found?.stack.some(({ fn, line }) => fn === "crossed" && line > 0));
    const nobody = observer.next("goroutine");
    observer.ask({ kind: "goroutine", ask: 8, id: 999_999 });
    assert.deepEqual(await nobody, { kind: "goroutine", ask: 8, found: null });
  });

  it("gives stacks and the last seconds, also when nothing has been recorded", async () => {
    const file = async (asked: Asked): Promise<Uint8Array | string> => {
      const told = observer.next("file");
      observer.ask(asked);
      return (await told).data;
    };
    assert.match(
      (await file({ kind: "stacks", ask: 1, format: "text" })) as string,
      /^goroutine \d+ \[sync\.Mutex\.Lock/m,
    );
    const nothing = (await file({ kind: "last", ask: 2, seconds: 5 })) as Uint8Array;
    assert.equal(readTrace(nothing).end?.reason, "last");
    observer.ask({ kind: "watch", query: {}, events: true });
    await observer.frame();
    await go(function* seen() {});
    const bytes = (await file({ kind: "last", ask: 3, seconds: 5 })) as Uint8Array;
    assert.ok(stepsIn(bytes).includes("seen has ended"));
    assert.throws(() => last(), { code: "GORT_TRACE" }, "the program has not asked for any");
  });

  it("records while events are wanted, and the program's own trace goes on when they are not", async () => {
    const { ring, ringAt } = observer.heard.find(({ kind }) => kind === "hello") as Of<"hello">;
    const written = (): number => new Int32Array(ring)[ringAt + RingWord.written] as number;
    assert.equal(written(), 1);
    assert.equal((await observer.frame()).recorded, 1);
    start();
    observer.ask({ kind: "watch", query: {}, events: false });
    assert.equal((await observer.frame()).recorded, 0);
    assert.equal(written(), 1);
    await go(function* own() {});
    assert.deepEqual(
      stepsIn(last()).filter((step) => !step.includes("is there")),
      ["host makes own", "own has ended"],
    );
    await stop();
    assert.equal(written(), 0);
  });

  it("tells names by number, before who uses them", async () => {
    observer.ask({ kind: "watch", query: null, events: false });
    observer.ask({ kind: "watch", query: {}, events: true });
    await observer.next("names");
    const names: string[] = [];
    for (const told of observer.heard) {
      if (told.kind === "hello") names.length = 0;
      if (told.kind !== "names") continue;
      assert.equal(told.first, names.length + 1);
      names.push(...told.names);
    }
    assert.ok(names.includes("seen") && names.includes("own"));
  });

  it("is silent again when nobody looks", async () => {
    observer.ask({ kind: "watch", query: null, events: false });
    const told = observer.next("goroutine");
    observer.ask({ kind: "goroutine", ask: 9, id: 0 });
    await told;
    const count = observer.heard.length;
    const again = observer.next("goroutine");
    setTimeout(() => observer.ask({ kind: "goroutine", ask: 10, id: 0 }), 600);
    await again;
    assert.equal(observer.heard.length, count + 1);
  });
});

describe("a look at very many", () => {
  it("takes many steps, each of which sees a bounded number", async () => {
    const c = chan<number>();
    const before = runtime.numGoroutine();
    crowd(c, 100_000);
    await new Promise(setImmediate);
    while (new Look({}, new ChannelTable()).step());
    const look = new Look({ filter: "fn:crowd" }, new ChannelTable());
    const seen = (): number => look.states.reduce((sum, count) => sum + count, 0);
    let steps = 0;
    for (let isThrough = false, had = 0; !isThrough; steps++, had = seen()) {
      isThrough = look.step();
      assert.ok(seen() - had <= 5_000, `${seen() - had}`);
    }
    assert.ok(steps >= 20);
    assert.equal(seen(), 100_000 + before);
    assert.equal(look.fitting, 100_000);
    assert.ok(look.shown().length <= 1_000);
    c.close();
    await run(function* () {
      yield* gosched();
    });
  });
});

describe("the end of a program", () => {
  const ends: readonly [kind: string, code: number, message: string, source: string][] = [
    ["panic", 2, "no more paper", `go(function* worker() { throw new Error("no more paper"); });`],
    [
      "deadlock",
      2,
      "all goroutines are asleep - deadlock!",
      `await run(function* main() { yield* chan().recv(); }, { onDeadlock: "exit" });`,
    ],
    [
      "exit",
      5,
      "",
      `go(function* waits() { yield* chan().recv(); }); await run(function* main() { yield* sleep(1); }); process.exit(5);`,
    ],
  ];
  for (const [kind, code, message, source] of ends) {
    it(`is told with who is left, and waits until it has been heard: ${kind}`, async () => {
      // The thread that hears is not the one that ends.
      const out = await output(`import { Worker } from "node:worker_threads";
        import { spawnSync } from "node:child_process";
        import { writeFileSync } from "node:fs";
        import { fileURLToPath } from "node:url";
        const inner = fileURLToPath(new URL("inner.mjs", import.meta.url));
        writeFileSync(inner, ${JSON.stringify(`import { chan, go, run, sleep } from "gort";
          import { once } from "node:events";
          import { Worker } from "node:worker_threads";
          import { observe } from "#src/trace/switch.ts";
          const observer = new Worker(\`
            const { BroadcastChannel, parentPort } = require("node:worker_threads");
            const { writeSync } = require("node:fs");
            const channel = new BroadcastChannel("gort observe k 0");
            channel.onmessage = ({ data }) => {
              if (data.kind === "hello") parentPort.postMessage("hello");
              if (data.kind !== "ended") return;
              const { kind, code, message, dump } = data.ended;
              writeSync(1, JSON.stringify([kind, code, message, dump !== "", data.frame.states]) + "\\\\n");
              const heard = new Int32Array(data.heard);
              Atomics.store(heard, 0, 1);
              Atomics.notify(heard, 0);
            };
            parentPort.postMessage("ready");
          \`, { eval: true });
          await once(observer, "message");
          observe("k");
          await once(observer, "message");
          observer.unref();
          process.on("exit", () => console.log("over"));
          ${source}`)});
        const { stdout, status } = spawnSync(process.execPath, [inner], { encoding: "utf8", timeout: 20_000 });
        process.stdout.write(stdout + status);`);
      const [first, ...rest] = out.split("\n");
      const left = kind === "panic" ? 0 : 1;
      assert.deepEqual(JSON.parse(first ?? ""), [kind, code, message, kind !== "exit", [0, 0, left, 0]]);
      assert.equal(rest.at(-1), `${code}`);
    });
  }
});
