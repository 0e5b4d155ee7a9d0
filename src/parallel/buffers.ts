/**
 * Further buffers of shared memory, and the program's own SharedArrayBuffers, on their way to the other threads: they cannot travel through shared memory itself.
 *
 * All threads of the runtime listen to one BroadcastChannel. Posting puts the message into every listener's queue before it returns, and a listener takes what is in its queue when it meets a number that it does not
 * know (receiveMessageOnPort): so who announces first, and publishes the number then, is always understood, also while the announcer's event loop stands still.
 *
 * A thread that is being started is not a listener yet. It is given what there is at that moment, and a port of its own, to which the main thread sends what it announces until the new thread is there. What a third thread
 * announces in that moment it has to ask for.
 */
import {
  BroadcastChannel,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
} from "node:worker_threads";
import { bufferSeams } from "../portable/handles.ts";
import { self } from "../shm/lock.ts";
import { nap } from "../shm/nap.ts";
import { attach, known, seams } from "../shm/region.ts";

type News =
  | { readonly buffer: number; readonly shared: SharedArrayBuffer }
  | { readonly own: number; readonly shared: SharedArrayBuffer }
  | { readonly want: true };

/** What a new thread is given to begin with. */
export interface Given {
  /** By number. */
  readonly buffers: readonly (SharedArrayBuffer | undefined)[];
  /** The program's own, with their numbers. */
  readonly own: readonly (readonly [number, SharedArrayBuffer])[];
  /** Where the main thread's news come until it listens itself. */
  readonly early: MessagePort;
}

const NAP_MS = 1;
/** Numbers of the program's own buffers: this many for each machine. */
const OWN_A_MACHINE = 1 << 22;

let channel: BroadcastChannel;
const own = new Map<number, SharedArrayBuffer>();
const numbers = new WeakMap<SharedArrayBuffer, number>();
let nextOwn = 0;
/** The ports of threads that are being started. */
const latecomers = new Set<MessagePort>();
/** This thread's own such port, when it was started so. */
let early: MessagePort | null = null;

/** This thread listens from here on; a new one has been given something. */
export function listenTo(name: string, given: Given | null): void {
  if (given !== null) {
    given.buffers.forEach((shared, number) => {
      if (shared !== undefined) attach(number, shared);
    });
    for (const [number, shared] of given.own) hear({ own: number, shared });
    early = given.early;
  }
  channel = new BroadcastChannel(name);
  channel.onmessage = (event) => hear((event as { data: News }).data);
  (channel as unknown as { unref(): void }).unref();
  nextOwn = self.machine * OWN_A_MACHINE;
  seams.announce = (buffer, shared) => tellAll({ buffer, shared });
  seams.fetch = (number) => find(() => known()[number]?.shared);
  bufferSeams.share = share;
  bufferSeams.find = (id) => find(() => own.get(id));
}

function share(shared: SharedArrayBuffer): number {
  let number = numbers.get(shared);
  if (number === undefined) {
    number = nextOwn++;
    numbers.set(shared, number);
    own.set(number, shared);
    tellAll({ own: number, shared });
  }
  return number;
}

function find<T>(look: () => T | undefined): T {
  for (let asked = false; ; asked = true) {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const message = next();
      if (message === undefined) break;
      hear(message);
    }
    if (!asked) ask();
    nap(NAP_MS);
  }
}

function next(): News | undefined {
  const first = early === null ? undefined : receiveMessageOnPort(early);
  const message = first ?? receiveMessageOnPort(channel as never);
  return (message as { message: News } | undefined)?.message;
}

function tellAll(news: News): void {
  channel.postMessage(news);
  for (const port of latecomers) port.postMessage(news);
}

function ask(): void {
  channel.postMessage({ want: true } satisfies News);
}

function hear(news: News): void {
  if ("buffer" in news) {
    attach(news.buffer, news.shared);
  } else if ("own" in news) {
    own.set(news.own, news.shared);
    numbers.set(news.shared, news.own);
  } else {
    for (const memory of known()) {
      if (memory !== undefined) tellAll({ buffer: memory.number, shared: memory.shared });
    }
    for (const [number, shared] of own) tellAll({ own: number, shared });
  }
}

/** What a thread that is about to be started is given; `there()` is called when it listens itself. */
export function giveBuffers(): { given: Given; there: () => void } {
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  latecomers.add(port1);
  const there = (): void => {
    if (latecomers.delete(port1)) port1.close();
  };
  return { given: { buffers: known().map((memory) => memory?.shared), own: [...own], early: port2 }, there };
}
