/**
 * The global queue: tasks that are in no processor's own queue. Tasks of a core that has died or was given back, and of threads that have no processor.
 *
 * Bounded, for any number of threads on both ends. Every slot begins with a sequence number, which says whose turn it is: `pos` when it is free for the put number `pos`, `pos + 1` when that has been published, `pos +
 * capacity` when it has been taken. An entry is that of runq.ts: a reference to a task's record.
 *
 * Invariants:
 *   I1  head ≤ tail ≤ head + capacity; both only grow (and wrap at 2^32).
 *   I2  between the swap that reserves a slot and the store that publishes it there is straight-line code only, so that a thread that dies leaves no slot reserved for ever.
 *
 * The store of a sequence number (release) pairs with its load (acquire) on the other side; payload words are plain.
 *
 * Go: runtime/proc.go (globrunqput, globrunqget). Learned from D. Vyukov's bounded MPMC queue.
 */
import { capacity, load, store, swap } from "./atomic.ts";
import { HOME, INJECTED_WORDS, INJECTOR_HEADER, LINE } from "./layout.ts";
import type { Ref } from "./region.ts";

const CAPACITY = capacity.injector;
const MASK: number = CAPACITY - 1;
const HEAD = HOME.injector;
const TAIL: number = HOME.injector + LINE;
const SLOTS: number = HOME.injector + INJECTOR_HEADER;

export class Injector {
  private readonly words: Int32Array;

  /** The home's words. */
  constructor(words: Int32Array) {
    this.words = words;
  }

  /** Once, before the home is shared. */
  prepare(): void {
    for (let i = 0; i < CAPACITY; i++) store(this.words, SLOTS + i * INJECTED_WORDS, i);
  }

  get size(): number {
    return (load(this.words, TAIL) - load(this.words, HEAD)) | 0;
  }

  /** Puts a task; false when there is no room. */
  put(task: Ref): boolean {
    const { words } = this;
    for (;;) {
      const pos = load(words, TAIL);
      const at = SLOTS + (pos & MASK) * INJECTED_WORDS;
      const turn = (load(words, at) - pos) | 0;
      if (turn < 0) return false;
      if (turn > 0 || swap(words, TAIL, pos, (pos + 1) | 0) !== pos) continue;
      words[at + 1] = task;
      store(words, at, (pos + 1) | 0); // Pairs with the load in take.
      return true;
    }
  }

  /** Takes the oldest; 0 when nothing is there. */
  take(): Ref {
    const { words } = this;
    for (;;) {
      const pos = load(words, HEAD);
      const at = SLOTS + (pos & MASK) * INJECTED_WORDS;
      const turn = (load(words, at) - (pos + 1)) | 0;
      if (turn < 0) return 0;
      if (turn > 0 || swap(words, HEAD, pos, (pos + 1) | 0) !== pos) continue;
      const task = words[at + 1] as Ref;
      store(words, at, (pos + CAPACITY) | 0); // Pairs with the load in put.
      return task;
    }
  }
}
