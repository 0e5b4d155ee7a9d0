/**
 * The program's threads, as far as they tell of themselves: messages on one channel each (trace/telling.ts).
 *
 * A thread hears only when its event loop turns. Nobody here waits for one longer than he says; what a thread told last stands for one that is silent.
 *
 * Invariants:
 *   I1  a thread is told `watch` when what is wanted has changed, when it says hello for the first time or without having been told, and each second that it does not answer; `null` once when nobody looks any more. So two who answer each other's hellos cannot
 *       go on for ever.
 *   I2  each question has one number, and one answer counts.
 */
import { type Asked, channelFor, type Frame, type Told } from "../../trace/telling.ts";
import type { Ended, StateQuery } from "../protocol.ts";
import { History } from "./history.ts";

const AGAIN_MS = 1000;
/** A hello so soon after a `watch` is its answer. */
const ANSWER_MS = 200;

/** One thread that may be there. */
export interface Thread {
  readonly machine: number;
  readonly channel: BroadcastChannel;
  /** Since it has said hello. */
  history: History | null;
  proc: number;
  frame: Frame | null;
  /** When it told of itself last, by the clock of this thread; and was told last. */
  heardAt: number;
  framedAt: number;
  toldAt: number;
  readonly names: string[];
}

export class Threads {
  readonly all: Thread[] = [];
  /** Called when the program ends. */
  onEnded: (ended: Ended, heard: SharedArrayBuffer) => void = () => {};

  private readonly key: string;
  private readonly now: () => number;
  private query: StateQuery | null = null;
  private events = false;
  private asks = 0;
  private readonly waiting = new Map<number, (told: Told) => void>();
  private frames: (() => void)[] = [];

  constructor(key: string, now: () => number) {
    this.key = key;
    this.now = now;
  }

  /** There have been so many machines. */
  know(machines: number): void {
    while (this.all.length < machines) this.open(this.all.length);
  }

  /** What is wanted of all threads from now on. */
  watch(query: StateQuery | null, events: boolean): void {
    const before = JSON.stringify([this.query, this.events]);
    this.query = query;
    this.events = events;
    if (before !== JSON.stringify([query, events])) for (const thread of this.all) this.tell(thread);
  }

  /** Called now and then: asks those again that have not answered. */
  tick(): void {
    if (this.query === null) return;
    const now = this.now();
    for (const thread of this.all) {
      if (now - Math.max(thread.heardAt, thread.toldAt) > AGAIN_MS) this.tell(thread);
    }
  }

  /** The histories of all that have said hello. */
  histories(): History[] {
    return this.all.flatMap(({ history }) => history ?? []);
  }

  /**
   * Asks some threads, and gives the answers of those that have answered within `patienceMs`. `enough`: that answer will do, and the others are not waited for.
   */
  ask(
    threads: readonly Thread[],
    question: (ask: number) => Asked,
    patienceMs: number,
    enough: (told: Told) => boolean = () => false,
  ): Promise<Told[]> {
    return new Promise((resolve) => {
      const answers: Told[] = [];
      const asked: number[] = [];
      let left = threads.length;
      const finish = (): void => {
        clearTimeout(timer);
        for (const ask of asked) this.waiting.delete(ask);
        resolve(answers);
      };
      const timer = setTimeout(finish, patienceMs);
      if (left === 0) finish();
      for (const { channel } of threads) {
        const ask = ++this.asks;
        asked.push(ask);
        this.waiting.set(ask, (told) => {
          answers.push(told);
          if (--left === 0 || enough(told)) finish();
        });
        channel.postMessage(question(ask));
      }
    });
  }

  /** Resolves when each of `threads` has told of itself once more, or after `patienceMs`. */
  fresh(threads: readonly Thread[], patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const since = new Map(threads.map((thread) => [thread, thread.frame]));
      const finish = (): void => {
        clearTimeout(timer);
        this.frames = this.frames.filter((one) => one !== look);
        resolve();
      };
      const look = (): void => {
        if ([...since].every(([thread, frame]) => thread.frame !== frame)) finish();
      };
      const timer = setTimeout(finish, patienceMs);
      this.frames.push(look);
      look();
    });
  }

  close(): void {
    for (const { channel } of this.all) {
      channel.postMessage({ kind: "watch", query: null, events: false } satisfies Asked);
      channel.close();
    }
    this.all.length = 0;
  }

  private open(machine: number): void {
    const channel = new BroadcastChannel(channelFor(this.key, machine));
    const thread: Thread = {
      machine,
      channel,
      history: null,
      proc: -1,
      frame: null,
      heardAt: 0,
      framedAt: 0,
      toldAt: 0,
      names: [],
    };
    this.all.push(thread);
    channel.onmessage = (event) => this.hear(thread, (event as { data: Told }).data);
    this.tell(thread);
  }

  private tell(thread: Thread): void {
    thread.toldAt = this.now();
    thread.channel.postMessage({
      kind: "watch",
      query: this.query,
      events: this.events,
    } satisfies Asked);
  }

  private hear(thread: Thread, told: Told): void {
    const now = this.now();
    thread.heardAt = now;
    switch (told.kind) {
      case "hello": {
        const isFirst = thread.history === null;
        this.greet(thread, told);
        if (this.query !== null && (isFirst || now - thread.toldAt > ANSWER_MS)) this.tell(thread);
        break;
      }
      case "names":
        told.names.forEach((name, i) => {
          thread.names[told.first + i] = name;
        });
        break;
      case "frame":
        thread.proc = told.frame.proc;
        thread.frame = told.frame;
        thread.framedAt = now;
        for (const look of [...this.frames]) look();
        break;
      case "ended":
        thread.frame = told.frame;
        thread.framedAt = now;
        this.onEnded(told.ended, told.heard);
        break;
      default:
        this.waiting.get(told.ask)?.(told);
        this.waiting.delete(told.ask);
    }
  }

  private greet(thread: Thread, told: Told & { kind: "hello" }): void {
    thread.proc = told.proc;
    const { ring } = told;
    // A ring may lie within a larger buffer; without a word it begins it.
    const { ringAt = 0 } = told as { ringAt?: number };
    if (thread.history?.isOf(told.proc, ring, ringAt)) return;
    try {
      thread.history = new History(told.machine, told.proc, ring, ringAt);
    } catch {
      // It has no ring yet: it says hello again when it has.
    }
  }
}
