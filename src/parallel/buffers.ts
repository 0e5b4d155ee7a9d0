/**
 * Further buffers of shared memory, and the program's own SharedArrayBuffers (own-buffers.ts), on their way to the other threads: they cannot travel through shared memory itself.
 *
 * All threads of the runtime listen to one BroadcastChannel. Posting puts the message into every listener's queue before it returns, and a listener takes what is in its queue when it meets a number that it does not
 * know (receiveMessageOnPort): so who announces first, and publishes the number then, is always understood, also while the announcer's event loop stands still.
 *
 * A thread that is being started is not a listener yet. It is given what there is at that moment, and a port of its own, to which the main thread sends what it announces until the new thread is there. What a third thread
 * announces in that moment it has to ask for.
 *
 * Invariant: the main thread sends its news to those ports first and to the channel then; a new thread listens to the channel first, and reads its port then, once. So what is not in its port any more comes by the channel.
 */
import {
  BroadcastChannel,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
} from "node:worker_threads";
import { nap } from "../shm/nap.ts";
import { attach, known, seams } from "../shm/region.ts";
import { allOwn, carrier, forgetOwn, keepOwn, type Own, ownOf } from "./own-buffers.ts";

type News =
  | { readonly buffer: number; readonly shared: SharedArrayBuffer }
  | { readonly own: Own }
  /** Nobody has one of the program's own any more: its serial number. */
  | { readonly gone: number }
  /** Who has the buffer of that number is to announce it again; so with one of the program's own. */
  | { readonly want: number }
  | { readonly wantOwn: number };

/** What a new thread is given to begin with. */
export interface Given {
  /** By number. */
  readonly buffers: readonly (SharedArrayBuffer | undefined)[];
  /** The program's own. */
  readonly own: readonly Own[];
  /** Where the main thread's news come until it listens itself. */
  readonly early: MessagePort;
}

const NAP_MS = 1;

let channel: BroadcastChannel;
/** The ports of threads that are being started. */
const latecomers = new Set<MessagePort>();

/** This thread listens from here on; a new one has been given something. */
export function listenTo(name: string, given: Given | null): void {
  channel = new BroadcastChannel(name);
  channel.onmessage = (event) => hear((event as { data: News }).data);
  (channel as unknown as { unref(): void }).unref();
  if (given !== null) takeGiven(given);
  seams.announce = (buffer, shared) => tellAll({ buffer, shared });
  seams.fetch = (number) => find(() => known()[number]?.shared, { want: number });
  carrier.announce = (own) => tellAll({ own });
  carrier.fetch = (serial, look) => find(look, { wantOwn: serial });
  carrier.retract = (gone) => tellAll({ gone });
}

function takeGiven({ buffers, own, early }: Given): void {
  buffers.forEach((shared, number) => {
    if (shared !== undefined) attach(number, shared);
  });
  for (const one of own) keepOwn(one);
  for (;;) {
    const message = receiveMessageOnPort(early) as { message: News } | undefined;
    if (message === undefined) break;
    hear(message.message);
  }
  early.close();
}

function find<T>(look: () => T | undefined, question: News): T {
  for (let asked = false; ; asked = true) {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const message = receiveMessageOnPort(channel as never) as { message: News } | undefined;
      if (message === undefined) break;
      hear(message.message);
    }
    if (!asked) channel.postMessage(question);
    nap(NAP_MS);
  }
}

function tellAll(news: News): void {
  for (const port of latecomers) port.postMessage(news);
  channel.postMessage(news);
}

function hear(news: News): void {
  if ("buffer" in news) attach(news.buffer, news.shared);
  else if ("own" in news) keepOwn(news.own);
  else if ("gone" in news) forgetOwn(news.gone);
  else if ("want" in news) {
    const memory = known()[news.want];
    if (memory !== undefined) tellAll({ buffer: memory.number, shared: memory.shared });
  } else {
    const own = ownOf(news.wantOwn);
    if (own !== undefined) tellAll({ own });
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
  return { given: { buffers: known().map((memory) => memory?.shared), own: allOwn(), early: port2 }, there };
}
