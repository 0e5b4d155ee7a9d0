/** Does one thing over and over until it is ended. What it has done it counts in its heartbeat, behind each. */
import { capacity, load } from "#src/shm/atomic.ts";
import { KIND, post } from "#src/shm/inbox.ts";
import { Injector } from "#src/shm/injector.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { lock, unlock } from "#src/shm/lock.ts";
import { numberOf } from "#src/shm/names.ts";
import { ring } from "#src/shm/note.ts";
import { home, memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { RunQueue } from "#src/shm/runq.ts";
import { alloc, free } from "#src/shm/slab.ts";
import { gate, join } from "../crew.ts";

const { machine, data } = join<{ what: string; lock: number; prefix?: string }>();
const { words } = home();
const counted = machineAt(machine) + MACHINE.beat;
words[counted] = 0;
words[counted + 1] = 0;

function count(n: number): void {
  words[counted] = (words[counted] as number) + n;
}

const things: Record<string, (i: number) => void> = {
  post(i) {
    // Not too far ahead of the reader.
    while (i - load(words, counted + 1) > 1000);
    const message = alloc(64);
    const block = memoryOf(message).words;
    const at = wordOf(message);
    block[at + KIND] = 1;
    block[at + 2] = machine;
    block[at + 3] = i;
    post(0, message);
    ring(0);
  },
  inject(i) {
    if (machine === 3) {
      if (injector.take() !== 0) count(1);
    } else {
      // 24 bits of numbers are enough for as long as this lives.
      while (!injector.put((machine << 24) + i));
      count(1);
    }
  },
  runq(i) {
    if (machine === 1) {
      while (!queue.hasRoom);
      queue.put(i + 1);
      count(1);
    } else {
      count(queue.grab(into));
    }
  },
  blocks(i) {
    const ref = alloc(128 << (i & 3));
    if (Atomics.exchange(memoryOf(ref).words, wordOf(ref) + 2, 1) !== 0) throw new Error("not free");
    live.push(ref);
    if (live.length < 300) return;
    // All of them, so that batches are given away.
    for (const one of live) {
      memoryOf(one).words[wordOf(one) + 2] = 0;
      free(one);
    }
    live.length = 0;
  },
  lock() {
    lock(words, data.lock);
    const before = words[data.lock + 1] as number;
    words[data.lock + 1] = before + 1;
    words[data.lock + 2] = before + 1;
    unlock(words, data.lock);
  },
  names(i) {
    numberOf(`${data.prefix}${i}`);
  },
};
const injector = new Injector(words);
const queue = new RunQueue(words, machineAt(1));
const into = new Int32Array(capacity.runQueue);
const live: Ref[] = [];

const doIt = things[data.what] as (i: number) => void;
gate();
for (let i = 0; ; i++) doIt(i);
