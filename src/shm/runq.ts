/**
 * The unstarted portable goroutines of one processor: a ring in shared memory. The owner puts and takes one at a time, a thief takes half.
 *
 * An entry is one word, a reference to a task's record; a task belongs to whoever moves `head` over its entry.
 *
 * Invariants:
 *   I1  only the owner writes tail and slots; anyone moves head, forward, by swap.
 *   I2  head ≤ tail ≤ head + capacity; both only grow (and wrap at 2^32).
 *   I3  a slot between head and tail is not written: the owner writes it and then stores tail (release), which pairs with the thief's load of tail (acquire); a thief reads slots first and then swaps head
 *       (release), which pairs with the owner's load of head (acquire) before it writes them again.
 *
 * Go: runtime/proc.go (runqput, runqget, runqgrab). Differs: it holds only what may run on any core, so it is not where the owner looks first; the owner knows by an entry's position whether it still is there.
 */
import { capacity, load, store, swap } from "./atomic.ts";
import { MACHINE } from "./layout.ts";
import type { Ref } from "./region.ts";

const CAPACITY = capacity.runQueue;
const MASK: number = CAPACITY - 1;

export class RunQueue {
  private readonly words: Int32Array;
  private readonly head: number;
  private readonly tail: number;
  private readonly slots: number;

  /** `area` is the first word of the machine's area in the home. */
  constructor(words: Int32Array, area: number) {
    this.words = words;
    this.head = area + MACHINE.runqHead;
    this.tail = area + MACHINE.runqTail;
    this.slots = area + MACHINE.runqSlots;
  }

  /** How many tasks are in it. */
  get size(): number {
    return Math.max(0, (load(this.words, this.tail) - load(this.words, this.head)) | 0);
  }

  /** Owner only: whether there is room. */
  get hasRoom(): boolean {
    return (((this.words[this.tail] as number) - load(this.words, this.head)) | 0) < CAPACITY;
  }

  /** Owner only, when there is room: puts a task at the end; gives its position. */
  put(task: Ref): number {
    const { words } = this;
    const tail = words[this.tail] as number; // Only this thread writes it.
    words[this.slots + (tail & MASK)] = task;
    store(words, this.tail, (tail + 1) | 0);
    return tail;
  }

  /** Owner only: takes the task at `position`, the oldest that it has not taken; false when a thief has. */
  take(position: number): boolean {
    return swap(this.words, this.head, position, (position + 1) | 0) === position;
  }

  /** Anyone: moves the older half, rounded up, into `into`; how many. */
  grab(into: Int32Array): number {
    const { words } = this;
    for (;;) {
      const head = load(words, this.head);
      const there = (load(words, this.tail) - head) | 0;
      const count = there - (there >>> 1);
      if (count <= 0) return 0;
      // The owner has gone on between the two loads, which do not belong together.
      if (count > CAPACITY >>> 1) continue;
      for (let i = 0; i < count; i++) into[i] = words[this.slots + ((head + i) & MASK)] as number;
      if (swap(words, this.head, head, (head + count) | 0) === head) return count;
    }
  }
}
