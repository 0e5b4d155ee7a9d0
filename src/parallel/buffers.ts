/**
 * Further buffers of shared memory, and the program's own SharedArrayBuffers, on their way to the other threads: they cannot travel through shared memory itself.
 *
 * All threads of the runtime listen to one BroadcastChannel. Posting puts the message into every listener's queue before it returns, and a listener takes what is in its queue when it meets a number that it does not
 * know (receiveMessageOnPort): so who announces first, and publishes the number then, is always understood. Who joins late asks for everything.
 */
import { BroadcastChannel, receiveMessageOnPort } from "node:worker_threads";
import { bufferSeams } from "../portable/handles.ts";
import { futexWait, load } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { attach, home, known, seams } from "../shm/region.ts";

type News =
  | { readonly buffer: number; readonly shared: SharedArrayBuffer }
  | { readonly own: number; readonly shared: SharedArrayBuffer }
  | { readonly want: true };

const NAP_MS = 1;
/** Numbers of the program's own buffers: this many for each machine. */
const OWN_A_MACHINE = 1 << 22;

let channel: BroadcastChannel;
const own = new Map<number, SharedArrayBuffer>();
const numbers = new WeakMap<SharedArrayBuffer, number>();
let nextOwn = 0;

/** This thread listens from here on; it knows the buffers in `given` already. */
export function listenTo(name: string, given: readonly (SharedArrayBuffer | undefined)[]): void {
  given.forEach((shared, number) => {
    if (shared !== undefined) attach(number, shared);
  });
  channel = new BroadcastChannel(name);
  channel.onmessage = (event) => hear((event as { data: News }).data);
  (channel as unknown as { unref(): void }).unref();
  nextOwn = self.machine * OWN_A_MACHINE;
  seams.announce = (buffer, shared) => channel.postMessage({ buffer, shared } satisfies News);
  seams.fetch = (number) => find(() => known()[number]?.shared);
  bufferSeams.share = share;
  bufferSeams.find = (id) => find(() => own.get(id));
  if (known().filter((memory) => memory !== undefined).length < load(home().words, HOME.buffers)) ask();
}

function share(shared: SharedArrayBuffer): number {
  let number = numbers.get(shared);
  if (number === undefined) {
    number = nextOwn++;
    numbers.set(shared, number);
    own.set(number, shared);
    channel.postMessage({ own: number, shared } satisfies News);
  }
  return number;
}

function find<T>(look: () => T | undefined): T {
  for (let asked = false; ; asked = true) {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const message = receiveMessageOnPort(channel as never) as { message: News } | undefined;
      if (message === undefined) break;
      hear(message.message);
    }
    if (!asked) ask();
    nap();
  }
}

const napping = new Int32Array(new SharedArrayBuffer(4));

function nap(): void {
  futexWait(napping, 0, 0, NAP_MS);
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
      if (memory !== undefined)
        channel.postMessage({ buffer: memory.number, shared: memory.shared } satisfies News);
    }
    for (const [number, shared] of own) channel.postMessage({ own: number, shared } satisfies News);
  }
}

/** What a new thread is given to begin with. */
export function givenBuffers(): (SharedArrayBuffer | undefined)[] {
  return known().map((memory) => memory?.shared);
}
