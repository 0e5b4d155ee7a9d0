/**
 * The tasks that one processor offers to thieves: a ring in shared memory.
 *
 * Entries are two words: a reference to the task's record, and the record's generation. An entry is an offer, not the task: who wants to run it claims the record (by a swap on its state), thief and owner alike. So the
 * owner never takes anything out of here, and an entry whose task has been claimed is only passed over.
 *
 * Invariants:
 *   I1  only the owner writes tail and slots; anyone moves head, forward, by swap.
 *   I2  head ≤ tail ≤ head + capacity.
 *   I3  a slot between head and tail is not written: the owner writes it and then stores tail (release), which pairs with the thief's load of tail (acquire); a thief reads slots first and
 *       then swaps head (release), which pairs with the owner's load of head.
 *
 * Go: runtime/proc.go (runqput, runqgrab). Differs: the owner's own queue is another one, in plain JavaScript (ARCHITECTURE: a program on one core pays nothing).
 */
import { capacity, load, store, swap } from "./atomic.ts";
import { MACHINE } from "./layout.ts";

const CAPACITY = capacity.runQueue;
const MASK: number = CAPACITY - 1;

export class RunQueue {
  private readonly words: Int32Array;
  private readonly head: number;
  private readonly tail: number;
  private readonly slots: number;

  /** `area` is the first word of the machine's area. */
  constructor(words: Int32Array, area: number) {
    this.words = words;
    this.head = area + MACHINE.runqHead;
    this.tail = area + MACHINE.runqTail;
    this.slots = area + MACHINE.runqSlots;
  }

  /** Offers that nobody has looked at. */
  get size(): number {
    return (load(this.words, this.tail) - load(this.words, this.head)) | 0;
  }

  /** Owner only: offers a task; false when there is no room. */
  offer(task: number, generation: number): boolean {
    const { words } = this;
    const tail = words[this.tail] as number; // Only this thread writes it.
    if (((tail - load(words, this.head)) | 0) >= CAPACITY) return false;
    const at = this.slots + (tail & MASK) * 2;
    words[at] = task;
    words[at + 1] = generation;
    store(words, this.tail, (tail + 1) | 0);
    return true;
  }

  /** Owner only: forgets all offers; each has been claimed. */
  clear(): void {
    store(this.words, this.head, this.words[this.tail] as number);
  }

  /** Anyone: moves the older half of the offers into `into` (two words each); how many. */
  grab(into: Int32Array): number {
    const { words } = this;
    for (;;) {
      const head = load(words, this.head);
      const there = (load(words, this.tail) - head) | 0;
      const count = there - (there >>> 1);
      if (count <= 0) return 0;
      // The owner has moved on in the meantime: the two loads do not belong together.
      if (count > CAPACITY >>> 1) continue;
      for (let i = 0; i < count; i++) {
        const at = this.slots + ((head + i) & MASK) * 2;
        into[i * 2] = words[at] as number;
        into[i * 2 + 1] = words[at + 1] as number;
      }
      if (swap(words, this.head, head, (head + count) | 0) === head) return count;
    }
  }
}
