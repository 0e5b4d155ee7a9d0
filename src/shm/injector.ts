/**
 * The global queue: tasks that are in no processor's own queue. Tasks of a core that has died or was given back, and of threads that have no processor.
 *
 * Bounded, for any number of threads on both ends. A slot is 64 bits and is written at once: the number of the put that it belongs to, and the reference to a task's record.
 *
 * Invariants:
 *   I1  head and tail only grow (and wrap at 2^32); tail ≤ head + capacity. Head is at most one ahead of tail: the task whose putter has yet to move tail may be taken.
 *   I2  a slot whose number is `pos` has been put; before, it has the number `pos - capacity`, and may be written when head is beyond that.
 *   I3  every step is one swap: the slot's publishes a task, head's takes it, and tail's is done by the putter or by the next one. So a thread that dies leaves nothing half done.
 *
 * The swap of a slot (release) pairs with its load in take (acquire); the swap of head (release) with its load in put (acquire).
 *
 * Go: runtime/proc.go (globrunqput, globrunqget). Rejected: a slot that is reserved by one swap and published by a later store (D. Vyukov's queue). V8 ends a thread at calls, also at that of an atomic operation, and a slot
 * that is reserved for ever stops the queue: 3 to 20 % of the threads that were ended in it (test/shm/kill.test.ts).
 */
import { capacity, load, load64, store, swap, swap64 } from "./atomic.ts";
import { HOME, INJECTOR_HEADER, LINE } from "./layout.ts";
import type { Ref } from "./region.ts";

const CAPACITY = capacity.injector;
const MASK: number = CAPACITY - 1;
const HEAD = HOME.injector;
const TAIL: number = HOME.injector + LINE;
const SLOTS: number = HOME.injector + INJECTOR_HEADER;

function entry(pos: number, task: Ref): bigint {
  return (BigInt(pos) << 32n) | BigInt(task);
}

function positionIn(slot: bigint): number {
  return Number(slot >> 32n);
}

export class Injector {
  private readonly words: Int32Array;
  private readonly slots: BigInt64Array;

  /** The home's words. */
  constructor(words: Int32Array) {
    this.words = words;
    this.slots = new BigInt64Array(words.buffer, SLOTS * 4, CAPACITY);
  }

  /** Once, before the home is shared. The first put has the number `begin`, a multiple of the capacity. */
  prepare(begin = 0): void {
    for (let i = 0; i < CAPACITY; i++) this.slots[i] = entry((begin + i - CAPACITY) | 0, 0);
    store(this.words, HEAD, begin);
    store(this.words, TAIL, begin);
  }

  get size(): number {
    return Math.max(0, (load(this.words, TAIL) - load(this.words, HEAD)) | 0);
  }

  /** Puts a task; false when there is no room. */
  put(task: Ref): boolean {
    const { words, slots } = this;
    for (;;) {
      const pos = load(words, TAIL);
      if (((pos - load(words, HEAD)) | 0) >= CAPACITY) return false;
      const there = load64(slots, pos & MASK);
      const number = positionIn(there);
      if (number === ((pos - CAPACITY) | 0)) {
        if (swap64(slots, pos & MASK, there, entry(pos, task)) !== there) continue;
        swap(words, TAIL, pos, (pos + 1) | 0);
        return true;
      }
      // Put, and tail not moved yet: whoever did may be dead. Else tail has gone on since it was loaded.
      if (number === pos) swap(words, TAIL, pos, (pos + 1) | 0);
    }
  }

  /** Takes the oldest; 0 when nothing is there. */
  take(): Ref {
    const { words, slots } = this;
    for (;;) {
      const pos = load(words, HEAD);
      const there = load64(slots, pos & MASK);
      if (positionIn(there) !== pos) {
        // Not put yet; or head has gone on since it was loaded, and the slot with it.
        if (load(words, HEAD) === pos) return 0;
      } else if (swap(words, HEAD, pos, (pos + 1) | 0) === pos) {
        return Number(there & 0xffff_ffffn);
      }
    }
  }
}
