/**
 * What a thread tells the observer: a Frame each {@link TELL_EACH_MS} while somebody looks, and answers to questions (telling.ts).
 *
 * It does so when the event loop turns, so nobody is stopped for it, and a thread that computes is silent. What it costs is measured, and told with everything else; recording takes the largest part of that, and is
 * cut down to bursts when it is more than the budget (burst.ts).
 */
import { BroadcastChannel } from "node:worker_threads";
import { clock } from "../runtime/clock.ts";
import { ending } from "../runtime/exit.ts";
import { pathOf } from "../runtime/frames.ts";
import { type Go, goroutinesFrom } from "../runtime/goroutine.ts";
import { cores } from "../runtime/remote.ts";
import { type Creator, pictureOf } from "../runtime/snapshot.ts";
import { stacks } from "../runtime/stacks.ts";
import { waitGraph } from "../runtime/wait-graph.ts";
import { reasonText } from "../runtime/wait-reason.ts";
import { futexWait } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, wordOf } from "../shm/region.ts";
import { Bursts, observeBudget } from "./burst.ts";
import { ChannelTable } from "./channel-table.ts";
import { Look, shortPlace } from "./look.ts";
import { namesFrom } from "./names.ts";
import type { Graph, StateQuery } from "./rows.ts";
import { lastSeconds } from "./session.ts";
import { recorderHere, Traced, tracedText, tracing, watchedNow } from "./switch.ts";
import {
  type Asked,
  channelFor,
  type Ended,
  type Found,
  type Frame,
  TELL_EACH_MS,
  type Told,
} from "./telling.ts";

/** Goroutines that the graph is made of, and how often: a microsecond or two each. */
const GRAPH_GOROUTINES = 1_000;
const GRAPH_EACH_MS = 1_000;
/** How long a thread that ends the process waits for the observer to have told the page. */
const LAST_WORDS_MS = 250;
const MOST_REST_MS = 10_000;
const NO_GRAPH: Graph = { nodes: [], edges: [], cycles: [] };

class Agent {
  private readonly channel: BroadcastChannel;
  private readonly channels = new ChannelTable();
  private readonly bursts = new Bursts();
  private query: StateQuery | null = null;
  private timer: NodeJS.Timeout | null = null;
  private look: Look | null = null;
  private names = 0;
  private graph: Graph = NO_GRAPH;
  private graphAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds that looking has taken since the last frame, and when that was. */
  private lookedMs = 0;
  /** What the steps of this look have taken; when the next one may begin. */
  private steppedMs = 0;
  private restsUntil = Number.NEGATIVE_INFINITY;
  private toldAt: number = clock.read();
  private hasEnded = false;

  constructor(key: string) {
    this.channel = new BroadcastChannel(channelFor(key, self.machine));
    this.channel.onmessage = (event) => this.hear((event as { data: Asked }).data);
    (this.channel as unknown as { unref(): void }).unref();
    this.hello();
  }

  close(): void {
    this.rest();
    this.channel.close();
  }

  /** The process ends: the page keeps what it is told now. */
  ended(ended: Ended): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const heard = new SharedArrayBuffer(4);
    const look = new Look({}, this.channels);
    this.channels.begin();
    while (!look.step());
    this.graph = graphNow();
    tracing.recorder?.publish();
    this.tellNames();
    this.tell({ kind: "ended", ended, frame: this.frameOf(look, 0), heard });
    futexWait(new Int32Array(heard), 0, 0, LAST_WORDS_MS);
  }

  private hello(): void {
    const { ref } = recorderHere().ring;
    this.names = 0;
    this.tell({
      kind: "hello",
      machine: self.machine,
      proc: cores.remote.procId,
      ring: memoryOf(ref).shared,
      ringAt: wordOf(ref),
    });
  }

  private tell(told: Told): void {
    this.channel.postMessage(told);
  }

  private hear(asked: Asked): void {
    switch (asked.kind) {
      case "watch":
        this.watch(asked.query, asked.events);
        return;
      case "goroutine":
        this.tell({ kind: "goroutine", ask: asked.ask, found: findGoroutine(asked.id) });
        return;
      case "stacks":
        this.tell({ kind: "file", ask: asked.ask, data: stacks({ format: asked.format }) });
        return;
      case "last":
        this.tell({ kind: "file", ask: asked.ask, data: lastSeconds(asked.seconds) });
    }
  }

  private watch(query: StateQuery | null, events: boolean): void {
    if (query === null) {
      this.rest();
      return;
    }
    const isNew = this.query === null;
    this.query = query;
    this.bursts.wanted(events);
    if (!isNew) return;
    watchedNow(true);
    this.hello();
    this.timer = setInterval(() => this.begin(), TELL_EACH_MS);
    this.timer.unref();
    this.begin();
  }

  private rest(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.query = null;
    this.look = null;
    this.bursts.wanted(false);
    watchedNow(false);
  }

  private begin(): void {
    // Of very many goroutines the last look may still go on.
    if (this.look !== null || this.query === null || clock.read() < this.restsUntil) return;
    this.channels.begin();
    this.look = new Look(this.query, this.channels);
    this.goOn();
  }

  private goOn(): void {
    const { look } = this;
    if (look === null) return;
    const from = clock.read();
    const isThrough = look.step();
    if (isThrough) {
      this.look = null;
      this.report(look, from);
      return;
    }
    const tookMs = clock.read() - from;
    this.lookedMs += tookMs;
    this.steppedMs += tookMs;
    setImmediate(() => this.goOn()).unref();
  }

  private report(look: Look, from: number): void {
    if (from - this.graphAt > GRAPH_EACH_MS) {
      this.graph = graphNow();
      this.graphAt = from;
    }
    this.tellNames();
    const elapsed = Math.max(1, from - this.toldAt);
    this.toldAt = from;
    const recordedMs = this.bursts.costMs(elapsed);
    const frame = this.frameOf(look, (this.lookedMs + recordedMs) / elapsed);
    this.tell({ kind: "frame", frame });
    const now = clock.read();
    // Of a million goroutines a look takes a while: then it is made less often.
    this.restsUntil = now + Math.min(MOST_REST_MS, (this.steppedMs + now - from) / (observeBudget() / 2));
    this.lookedMs = now - from;
    this.steppedMs = 0;
  }

  private tellNames(): void {
    const names = namesFrom(this.names + 1);
    if (names.length === 0) return;
    this.tell({ kind: "names", first: this.names + 1, names });
    this.names += names.length;
  }

  private frameOf(look: Look, cost: number): Frame {
    return {
      machine: self.machine,
      proc: cores.remote.procId,
      at: clock.read(),
      goroutines: look.shown(),
      fitting: look.fitting,
      groups: look.largest(),
      channels: this.channels.rows(),
      graph: this.graph,
      states: look.states,
      blocked: look.blocked(),
      cost,
      recorded: this.bursts.share,
    };
  }
}

/** Who waits for whom, and nobody else: a goroutine that waits for whoever may come is in the table. */
function graphNow(): Graph {
  const graph = waitGraph(GRAPH_GOROUTINES);
  const edges = graph.edges
    .filter(({ kind, to }) => kind === "waits" && to !== null)
    .map(({ from, to, object, exact }) => ({ from, to: to as number, object, exact }));
  const named = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return { nodes: graph.nodes.filter(({ goid }) => named.has(goid)), edges, cycles: graph.cycles };
}

function findGoroutine(id: number): Found | null {
  const g = goroutinesFrom(0, 1, (one) => one.id === id && !cores.remote.isElsewhere(one)).found[0];
  return g === undefined ? null : foundOf(g);
}

function foundOf(g: Go): Found {
  const one = pictureOf(g);
  const { creator, stack } = one;
  const top = stack[0];
  return {
    id: one.id,
    name: one.name === "" ? "<anonymous>" : one.name,
    state: one.status as Found["state"],
    reason: one.reason === 0 ? "" : reasonText(one.reason),
    waitedSeconds: one.waitedSeconds,
    proc: cores.remote.procId,
    parent: one.parent,
    creator: creator === null ? "" : creatorWords(creator),
    where: top === undefined ? "" : shortPlace(top.file, top.line),
    waitsOn: (one.waitsOn ?? []).map(({ label }) => label).join(", "),
    stack: stack.map(({ fn, file, line, column }) => ({ fn, file: pathOf(file), line, column })),
    created:
      creator !== null && "file" in creator
        ? { fn: creator.fn, file: pathOf(creator.file), line: creator.line, column: creator.column }
        : null,
    holds: waitGraph(GRAPH_GOROUTINES)
      .edges.filter(({ kind, from }) => kind === "holds" && from === g.id)
      .map(({ object }) => object),
  };
}

function creatorWords(creator: Creator): string {
  return "file" in creator ? `${creator.fn} ${shortPlace(creator.file, creator.line)}` : creator.fn;
}

let agent: Agent | null = null;
let key = "";

function switched(bits: number): void {
  const wanted = (bits & Traced.watched) === 0 ? "" : tracedText(HOME.traceKey);
  if (wanted === key) return;
  agent?.close();
  key = wanted;
  agent = wanted === "" ? null : new Agent(wanted);
  if (wanted !== "" && self.machine === 0) process.on("exit", exiting);
  else process.off("exit", exiting);
}

function exiting(code: number): void {
  agent?.ended({ kind: "exit", code, message: "", dump: "" });
}

/** The runtime ends the process, for a reason that it has printed. */
function reported(text: string): void {
  const end = text.indexOf("\n");
  const head = end < 0 ? text : text.slice(0, end);
  const kind = head.startsWith("panic: ") ? "panic" : "deadlock";
  agent?.ended({
    kind,
    code: 2,
    message: head.replace(/^(panic|fatal error): /, ""),
    dump: text.slice(head.length).trimStart(),
  });
}

tracing.onSwitched.push(switched);
ending.reported.push(reported);
