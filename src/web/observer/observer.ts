/**
 * The observer: knows what every thread tells of itself and what its books and ring say, and answers for the program.
 *
 * It has a thread of its own and runs no goroutine, so it answers while every processor is busy. It changes nothing in the program.
 *
 * Invariants:
 *   I1  threads are asked for frames and events only while somebody has looked within three seconds (viewers.ts), or if a flight recorder is wanted (`keeps`).
 *   I2  state() and lanes() wait for nobody; all else at most {@link PATIENCE_MS} or {@link FILE_PATIENCE_MS}.
 */
import { emptyCensus } from "../../runtime/census.ts";
import { clock } from "../../runtime/clock.ts";
import { metricsOf } from "../../runtime/metrics.ts";
import type { Figures } from "../../runtime/remote.ts";
import { UNITS_A_MS } from "../../trace/events.ts";
import type { Asked, Told } from "../../trace/telling.ts";
import type { Cost, Ended, GoroutineDetail, LanesQuery, StateQuery, StateReply } from "../protocol.ts";
import { BookReader } from "./books.ts";
import { type History, KEPT_MS } from "./history.ts";
import { lanesAnswer } from "./lanes.ts";
import {
  byReason,
  channelRows,
  type Frames,
  goroutineRows,
  graphOf,
  groupRows,
  type Known,
  nameOf,
  procRows,
  statesOf,
  totalsOf,
} from "./state.ts";
import { Texts } from "./texts.ts";
import { type Thread, Threads } from "./threads.ts";
import { Track } from "./track.ts";
import { Viewers } from "./viewers.ts";
import { type LongRun, Warnings } from "./warnings.ts";

const PATIENCE_MS = 250;
/** For files: the thread that makes one waits for the others, a quarter of a second for one that computes. */
const FILE_PATIENCE_MS = 1000;
const DRAIN_MS = 33;
const KEEP_MS = 250;
const LOOK_MS = 1000;
const TRACK_MS = 10_000;
/** What has been told so long ago is old, and how long an answer waits for something newer. */
const OLD_MS = 600;
const FIRST_WORDS_MS = 50;
/** Long runs so far back are worth a warning. */
const RECENT_MS = 10_000;

/** What the observer is told of the program when it is started. */
export interface Program {
  readonly pid: number;
  readonly path: string;
  readonly node: string;
  readonly gort: string;
  readonly budget: number;
  /** The process's clock when the program began. */
  readonly startedMs: number;
}

export interface ObserverOptions {
  readonly key: string;
  readonly home: SharedArrayBuffer;
  readonly program: Program;
  /** Events are kept also while nobody looks: for a flight recorder. */
  readonly keeps: boolean;
}

export class Observer {
  readonly threads: Threads;
  readonly texts: Texts = new Texts();
  ended: Ended | null = null;

  private readonly books: BookReader;
  private readonly program: Program;
  private readonly keeps: boolean;
  private readonly viewers = new Viewers();
  private readonly warnings = new Warnings();
  private readonly tracks = new Map<number, Track>();
  private told: StateQuery | null = null;
  private wantsEvents = false;
  private toldAt = 0;
  private draining: NodeJS.Timeout | null = null;
  private drainsEach = 0;
  private readonly looking: NodeJS.Timeout;

  constructor({ key, home, program, keeps }: ObserverOptions) {
    this.books = new BookReader(home);
    this.program = program;
    this.keeps = keeps;
    this.threads = new Threads(key, now);
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.refresh();
  }

  /** Who asks for the first time, or after a while, waits a moment for threads to tell of themselves: of one that computes stands what it has told last. */
  async toldOf(query: StateQuery): Promise<void> {
    const at = now();
    this.viewers.asked(query, at);
    this.refresh();
    const late = this.present().filter(({ frame, framedAt }) => frame === null || at - framedAt > OLD_MS);
    if (late.length > 0 && this.ended === null) await this.threads.fresh(late, FIRST_WORDS_MS);
  }

  /** The state as it is now. */
  state(query: StateQuery): StateReply {
    const at = now();
    this.viewers.asked(query, at);
    this.refresh();
    const books = this.books.read(at);
    const frames = this.frames(at);
    const alive = books.machines.flatMap((one) =>
      one.isAlive ? (frames.get(one.machine)?.frame ?? []) : [],
    );
    const procs = procRows(books, frames);
    const totals = totalsOf(books, frames);
    this.warnings.look({ nowMs: at, goroutines: totals.goroutines, procs });
    const isTold =
      this.told !== null &&
      this.told.filter === query.filter &&
      alive.every((frame) => frame.at >= this.toldAt);
    const { rows, fitting } = goroutineRows(query, books, frames, isTold);
    const channels = channelRows(alive);
    const graph = graphOf(alive);
    const cost = this.cost(frames);
    const { pid, path, node, gort, startedMs } = this.program;
    const reply: StateReply = {
      format: 1,
      now: at,
      pid,
      program: path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1),
      path,
      node,
      gort,
      gomaxprocs: books.procs,
      upMs: at - startedMs,
      ended: this.ended,
      totals,
      procs,
      goroutines: rows,
      fitting,
      groups: groupRows(alive),
      channels,
      graph,
      warnings: this.warnings.found({
        procs,
        channels,
        graph,
        cost,
        longRuns: this.longRuns(at, frames),
        nameOf: (goroutine) => nameOf(goroutine, frames),
      }),
      cost,
    };
    return reply;
  }

  /** Runs of the last seconds that took long, as far as events were written down. */
  private longRuns(atMs: number, frames: Frames): LongRun[] {
    const since = (atMs - RECENT_MS) * UNITS_A_MS;
    const found: LongRun[] = [];
    for (const { longRuns, proc } of this.threads.histories()) {
      for (let i = longRuns.search(since); i < longRuns.count; i++) {
        const goroutine = longRuns.number(i, 0);
        found.push({
          proc,
          goroutine,
          name: nameOf(goroutine, frames),
          ms: longRuns.number(i, 1) / UNITS_A_MS,
          agoMs: Math.max(0, atMs - longRuns.time(i) / UNITS_A_MS),
        });
      }
    }
    return found;
  }

  /** The lanes, as bytes. */
  lanes(query: LanesQuery): Buffer {
    const at = now();
    this.viewers.looked(at);
    this.refresh();
    this.drain();
    const histories = this.threads.histories();
    const books = this.books.read(at);
    return lanesAnswer(
      query,
      {
        histories,
        procs: procRows(books, this.frames(at)),
        tracks: (query.goroutines ?? []).map((goroutine) => this.track(goroutine, histories, at)),
        text: (history, name) => this.textOf(history, name),
      },
      at,
    );
  }

  /** One goroutine; null when there is none of that number, undefined when that cannot be told: a thread is silent. */
  async goroutine(id: number): Promise<GoroutineDetail | null | undefined> {
    this.refresh();
    const asked = this.present();
    const answers = await this.threads.ask(
      asked,
      (ask) => ({ kind: "goroutine", ask, id }),
      PATIENCE_MS,
      (told) => told.kind === "goroutine" && told.found !== null,
    );
    this.drain();
    const at = now();
    const last = this.track(id, this.threads.histories(), at).last();
    const seen = {
      wokenBy: last.wokenBy,
      wokenAt: last.wokenAt < 0 ? -1 : last.wokenAt / UNITS_A_MS,
      ranAt: last.ranAt < 0 ? -1 : last.ranAt / UNITS_A_MS,
      ranMs: last.ranUnits < 0 ? -1 : last.ranUnits / UNITS_A_MS,
    };
    for (const told of answers) {
      if (told.kind === "goroutine" && told.found !== null) return { ...told.found, silent: false, ...seen };
    }
    if (answers.length === asked.length) return null;
    for (const { frame } of this.frames(at).values()) {
      const row = frame.goroutines.find((one) => one.id === id);
      if (row !== undefined) return { ...row, silent: true, stack: [], created: null, holds: [], ...seen };
    }
    return undefined;
  }

  /** A file that a thread makes; undefined when none has answered. */
  async file(question: (ask: number) => Asked): Promise<Uint8Array | string | undefined> {
    this.refresh();
    // The one that has told of itself last is the least likely to compute.
    const threads = this.present().sort((a, b) => b.heardAt - a.heardAt || a.machine - b.machine);
    const answers = await this.threads.ask(threads.slice(0, 1), question, FILE_PATIENCE_MS);
    return answers.find(isFile)?.data;
  }

  /** The numbers of runtime.metrics(). Waits for the threads' counts, a quarter of a second at most. */
  async metrics(): Promise<Record<string, number>> {
    this.viewers.asked({ limit: 0 }, now());
    this.refresh();
    await this.threads.fresh(this.present(), PATIENCE_MS);
    const at = now();
    const { machines, procs, queued } = this.books.read(at);
    const frames = this.frames(at);
    const figures = machines.map((one): Figures => {
      const census = one.isAlive
        ? { inState: [...statesOf(one, frames).states], inWait: byReason(statesOf(one, frames).blocked) }
        : emptyCensus();
      return { ...one, processor: one.proc, census };
    });
    return metricsOf(figures, procs, queued);
  }

  /** The program ends: the last events are taken. */
  end(ended: Ended): void {
    this.ended = ended;
    this.drain();
  }

  close(): void {
    clearInterval(this.looking);
    if (this.draining !== null) clearInterval(this.draining);
    this.threads.close();
  }

  /** Once a second. */
  private look(): void {
    const at = now();
    const books = this.books.read(at);
    const frames = this.frames(at);
    this.warnings.look({
      nowMs: at,
      goroutines: books.machines.reduce((all, one) => all + one.goroutines, 0),
      procs: procRows(books, frames),
    });
    this.refresh();
    this.threads.tick();
    for (const [id, track] of this.tracks) if (at - track.askedAt > TRACK_MS) this.tracks.delete(id);
  }

  /** Has the threads do what is wanted now. */
  private refresh(): void {
    const at = now();
    // Those of processors that may yet come, too: their first words are not to be missed.
    this.threads.know(Math.max(this.books.machines, this.books.procs));
    const lanes = this.viewers.lanesWanted(at);
    const query = this.viewers.query(at) ?? (this.keeps ? {} : null);
    const events = lanes || this.keeps;
    if (events && !this.wantsEvents) for (const history of this.threads.histories()) history.skip();
    this.wantsEvents = events;
    if (JSON.stringify(query) !== JSON.stringify(this.told)) {
      this.told = query;
      this.toldAt = at;
    }
    this.threads.watch(query, events);
    this.drainEach(lanes ? DRAIN_MS : this.keeps ? KEEP_MS : 0);
  }

  private drainEach(ms: number): void {
    if (ms === this.drainsEach) return;
    if (this.draining !== null) clearInterval(this.draining);
    this.drainsEach = ms;
    this.draining = ms === 0 ? null : setInterval(() => this.drain(), ms);
  }

  private drain(): void {
    if (!this.wantsEvents) return;
    const units = Math.floor(now() * UNITS_A_MS);
    for (const history of this.threads.histories()) history.drain(units);
  }

  /** Threads that are alive, also those that have told nothing yet. */
  private present(): Thread[] {
    const { machines } = this.books.read(now());
    return this.threads.all.filter((one) => machines[one.machine]?.isAlive === true);
  }

  private frames(at: number): Frames {
    const found = new Map<number, Known>();
    for (const { machine, frame, framedAt } of this.threads.all)
      if (frame !== null) found.set(machine, { frame, ageMs: Math.max(0, at - framedAt) });
    return found;
  }

  private cost(frames: Frames): Cost {
    const all = [...frames.values()].filter(({ frame }) => frame.proc >= 0).map(({ frame }) => frame);
    const lost = this.threads.histories().reduce((sum, one) => sum + one.lost, 0);
    const recorded =
      all.length === 0 || !this.wantsEvents ? 0 : Math.min(...all.map((frame) => frame.recorded));
    return {
      ratio: all.length === 0 ? 0 : all.reduce((sum, { cost }) => sum + cost, 0) / all.length,
      budget: this.program.budget,
      mode: recorded === 0 ? "counters" : recorded > 0.999 ? "full" : "bursts",
      recorded,
      lost,
    };
  }

  private track(goroutine: number, histories: readonly History[], at: number): Track {
    let track = this.tracks.get(goroutine);
    if (track === undefined) {
      track = new Track(goroutine);
      this.tracks.set(goroutine, track);
    }
    track.askedAt = at;
    track.look(histories, (at - KEPT_MS) * UNITS_A_MS);
    return track;
  }

  private textOf(history: History, name: number): number {
    return this.texts.numberOf(this.threads.all[history.machine]?.names[name] ?? `text ${name}`);
  }
}

function isFile(told: Told): told is Told & { kind: "file" } {
  return told.kind === "file";
}

function now(): number {
  return clock.read();
}
