/**
 * The ring of a channel in shared memory: a bounded queue of messages, for any number of threads on both ends.
 *
 * Positions count by two, so that the lowest bit of the tail says that the channel is closed: to close and to reserve a place race in one word. A slot begins with a sequence number: `pos` when it is free
 * for the message number `pos`, `pos + 1` when that is there, `pos + 2 * slots` when it has been taken.
 *
 * Invariants:
 *   I1  head ≤ tail ≤ head + 2 * capacity; both only grow (and wrap at 2^32).
 *   I2  between the swap that reserves a place (takes a message) and the store that publishes it (frees the place again) there is straight-line code only. A thread that dies in there leaves a slot that nobody gets
 *       past: {@link SharedRing.halfDone} finds it, {@link SharedRing.mend} puts it right.
 *
 * Unbuffered there is no ring, and none of this is called.
 *
 * Learned from D. Vyukov's bounded MPMC queue and crossbeam's array flavour (the mark bit in the tail).
 */
import { load, or, store, swap } from "./atomic.ts";
import { memoryOf, type Ref, wordOf } from "./region.ts";
import { copyMessage, parcel } from "./shared-message.ts";
import { alloc, free } from "./slab.ts";
import { verdict } from "./wait.ts";

/** The words of a channel's header; the rest of its first line is that of every shared object (shared-object.ts). */
export const CHANNEL = {
  lock: 0,
  capacity: 1,
  slots: 2,
  ring: 3,
  /** Two lists (wait.ts). */
  recvq: 16,
  sendq: 19,
  tail: 32,
  head: 48,
  words: 64,
} as const;

/** In the tail. */
export const CLOSED = 1;
/** Instead of a count (no block is of one word): its sender has died before it was there. Whoever takes it goes on to the next. */
const VOID = -1;
/** A slot is the sequence number, the count, and 30 words. */
const SLOT_SHIFT = 5;
const MOST_SLOTS: number = 1 << 22;

/** What came of an attempt, or of a wait. */
export const Outcome = {
  /** Nothing: it would have to wait. */
  blocked: 0,
  /** The message has been sent, or received. */
  done: 1,
  /** The channel is closed (and drained). */
  closed: 2,
  /** The select that it is a case of has been decided meanwhile. */
  over: 3,
} as const;

export class SharedRing {
  /** The most places that one can have. */
  static readonly most: number = MOST_SLOTS;

  readonly ref: Ref;
  readonly words: Int32Array;
  readonly at: number;
  readonly capacity: number;
  /** As many slots as places: a free slot is a free place. */
  private readonly exact: boolean;
  private readonly mask: number;
  private readonly ring: Int32Array;
  private readonly ringAt: number;
  protected readonly tail: number;
  protected readonly head: number;

  /** Looks at the channel whose header is at `ref`. */
  constructor(ref: Ref) {
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    this.ref = ref;
    this.words = words;
    this.at = at;
    this.capacity = words[at + CHANNEL.capacity] as number;
    const slots = words[at + CHANNEL.slots] as number;
    const ring = words[at + CHANNEL.ring] as Ref;
    this.exact = slots === this.capacity;
    this.mask = slots - 1;
    this.ring = ring === 0 ? words : memoryOf(ring).words;
    this.ringAt = ring === 0 ? 0 : wordOf(ring);
    this.tail = at + CHANNEL.tail;
    this.head = at + CHANNEL.head;
  }

  /** Makes the header and the ring of a channel. `capacity` is at most {@link most}. */
  static make(capacity: number): Ref {
    const slots = capacity < 2 ? capacity : 1 << (32 - Math.clz32(capacity - 1));
    const ref = alloc(CHANNEL.words << 2);
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    words.fill(0, at, at + CHANNEL.words);
    words[at + CHANNEL.capacity] = capacity;
    words[at + CHANNEL.slots] = slots;
    if (slots > 0) {
      const ring = alloc(slots << (SLOT_SHIFT + 2));
      const ringWords = memoryOf(ring).words;
      const ringAt = wordOf(ring);
      for (let i = 0; i < slots; i++) ringWords[ringAt + (i << SLOT_SHIFT)] = i << 1;
      words[at + CHANNEL.ring] = ring;
    }
    return ref;
  }

  /** Its memory is free again. Nobody refers to it any more, and all messages have been taken out. */
  dispose(): void {
    const ring = this.words[this.at + CHANNEL.ring] as Ref;
    if (ring !== 0) free(ring);
    free(this.ref);
  }

  /** A moment's count. */
  get length(): number {
    const head = load(this.words, this.head);
    const count = (load(this.words, this.tail) - head) >> 1;
    return Math.max(0, Math.min(count, this.capacity));
  }

  get closed(): boolean {
    return (load(this.words, this.tail) & CLOSED) !== 0;
  }

  /** Sets the bit; false when it was set. */
  protected shut(): boolean {
    return (or(this.words, this.tail, CLOSED) & CLOSED) === 0;
  }

  protected get isDrained(): boolean {
    return (load(this.words, this.tail) & ~CLOSED) === load(this.words, this.head);
  }

  /** Whether the oldest message is there. */
  protected get hasMessage(): boolean {
    const pos = load(this.words, this.head);
    return load(this.ring, this.ringAt + (((pos >>> 1) & this.mask) << SLOT_SHIFT)) === ((pos + 1) | 0);
  }

  /** Whether the next place is free. */
  protected get hasPlace(): boolean {
    const pos = load(this.words, this.tail);
    if ((pos & CLOSED) !== 0) return false;
    if (!this.exact && (pos - load(this.words, this.head)) >> 1 >= this.capacity) return false;
    return load(this.ring, this.ringAt + (((pos >>> 1) & this.mask) << SLOT_SHIFT)) === pos;
  }

  /** Puts the message `from[i]`: its count, and what follows. */
  protected put(from: Int32Array, i: number): number {
    const { words, ring, tail } = this;
    for (;;) {
      const pos = load(words, tail);
      if ((pos & CLOSED) !== 0) return Outcome.closed;
      if (!this.exact && (pos - load(words, this.head)) >> 1 >= this.capacity) return Outcome.blocked;
      const at = this.ringAt + (((pos >>> 1) & this.mask) << SLOT_SHIFT);
      const turn = (load(ring, at) - pos) | 0;
      if (turn < 0) return Outcome.blocked;
      if (turn > 0 || swap(words, tail, pos, (pos + 2) | 0) !== pos) continue;
      const count = from[i] as number;
      const to = at + 1;
      ring[to] = count;
      ring[to + 1] = from[i + 1] as number;
      ring[to + 2] = from[i + 2] as number;
      if (count > 2) {
        ring[to + 3] = from[i + 3] as number;
        ring[to + 4] = from[i + 4] as number;
        ring[to + 5] = from[i + 5] as number;
        ring[to + 6] = from[i + 6] as number;
        if (count > 6) {
          ring[to + 7] = from[i + 7] as number;
          ring[to + 8] = from[i + 8] as number;
          ring[to + 9] = from[i + 9] as number;
          ring[to + 10] = from[i + 10] as number;
          ring[to + 11] = from[i + 11] as number;
          ring[to + 12] = from[i + 12] as number;
          ring[to + 13] = from[i + 13] as number;
          ring[to + 14] = from[i + 14] as number;
          if (count > 14) {
            ring[to + 15] = from[i + 15] as number;
            ring[to + 16] = from[i + 16] as number;
            ring[to + 17] = from[i + 17] as number;
            ring[to + 18] = from[i + 18] as number;
            ring[to + 19] = from[i + 19] as number;
            ring[to + 20] = from[i + 20] as number;
            ring[to + 21] = from[i + 21] as number;
            ring[to + 22] = from[i + 22] as number;
            if (count > 22) {
              ring[to + 23] = from[i + 23] as number;
              ring[to + 24] = from[i + 24] as number;
              ring[to + 25] = from[i + 25] as number;
              ring[to + 26] = from[i + 26] as number;
              ring[to + 27] = from[i + 27] as number;
              ring[to + 28] = from[i + 28] as number;
              ring[to + 29] = from[i + 29] as number;
              ring[to + 30] = from[i + 30] as number;
            }
          }
        }
      }
      // A sender that has waited is decided before its message can be seen: if this thread ends right here, it is not sent again.
      if (verdict.claim !== null) store(verdict.claim, verdict.at, verdict.value);
      store(ring, at, (pos + 1) | 0); // Pairs with the load in take.
      return Outcome.done;
    }
  }

  /** Takes the oldest message into `into[i]`. */
  take(into: Int32Array, i: number): number {
    const { words, ring, head } = this;
    for (;;) {
      const pos = load(words, head);
      const at = this.ringAt + (((pos >>> 1) & this.mask) << SLOT_SHIFT);
      const turn = (load(ring, at) - (pos + 1)) | 0;
      if (turn < 0) return load(words, this.tail) === (pos | CLOSED) ? Outcome.closed : Outcome.blocked;
      if (turn > 0 || swap(words, head, pos, (pos + 2) | 0) !== pos) continue;
      const from = at + 1;
      const count = ring[from] as number;
      into[i] = count;
      into[i + 1] = ring[from + 1] as number;
      into[i + 2] = ring[from + 2] as number;
      if (count > 2) {
        into[i + 3] = ring[from + 3] as number;
        into[i + 4] = ring[from + 4] as number;
        into[i + 5] = ring[from + 5] as number;
        into[i + 6] = ring[from + 6] as number;
        if (count > 6) {
          into[i + 7] = ring[from + 7] as number;
          into[i + 8] = ring[from + 8] as number;
          into[i + 9] = ring[from + 9] as number;
          into[i + 10] = ring[from + 10] as number;
          into[i + 11] = ring[from + 11] as number;
          into[i + 12] = ring[from + 12] as number;
          into[i + 13] = ring[from + 13] as number;
          into[i + 14] = ring[from + 14] as number;
          if (count > 14) {
            into[i + 15] = ring[from + 15] as number;
            into[i + 16] = ring[from + 16] as number;
            into[i + 17] = ring[from + 17] as number;
            into[i + 18] = ring[from + 18] as number;
            into[i + 19] = ring[from + 19] as number;
            into[i + 20] = ring[from + 20] as number;
            into[i + 21] = ring[from + 21] as number;
            into[i + 22] = ring[from + 22] as number;
            if (count > 22) {
              into[i + 23] = ring[from + 23] as number;
              into[i + 24] = ring[from + 24] as number;
              into[i + 25] = ring[from + 25] as number;
              into[i + 26] = ring[from + 26] as number;
              into[i + 27] = ring[from + 27] as number;
              into[i + 28] = ring[from + 28] as number;
              into[i + 29] = ring[from + 29] as number;
              into[i + 30] = ring[from + 30] as number;
            }
          }
        }
      }
      store(ring, at, this.freed(pos)); // Pairs with the load in put.
      if (count !== VOID) return Outcome.done;
    }
  }

  /** The number of the slot of the message `pos` when that has been taken. */
  private freed(pos: number): number {
    return (pos + (this.mask << 1) + 2) | 0;
  }

  /** The slots that are reserved and not published, or whose message is taken and the place not free yet: by a thread that is just doing it, or by one that has died. Each as where it is, and its number. */
  halfDone(): Int32Array {
    const { words, ring } = this;
    const found: number[] = [];
    for (let i = 0; this.capacity > 0 && i <= this.mask; i++) {
      // Before the number: both only grow, so what they say about that number is still so.
      const head = load(words, this.head);
      const tail = load(words, this.tail) & ~CLOSED;
      const at = this.ringAt + (i << SLOT_SHIFT);
      const number = load(ring, at);
      const end = (number & 1) === 0 ? tail : head;
      if (((end - (number & ~1)) | 0) > 0) found.push(at, number);
    }
    return Int32Array.from(found);
  }

  /** Those of {@link halfDone} that are so still, now that every thread that lives has done something else since: a place that was reserved gets a message that nobody receives, and one whose message was taken is free. That message becomes the {@link parcel}, for `lost`. */
  mend(halfDone: Int32Array, lost: () => void): void {
    const { ring } = this;
    for (let i = 0; i < halfDone.length; i += 2) {
      const at = halfDone[i] as number;
      const number = halfDone[i + 1] as number;
      if (load(ring, at) !== number) continue;
      if ((number & 1) === 0) {
        ring[at + 1] = VOID;
        store(ring, at, number + 1);
      } else {
        copyMessage(ring, at + 1, parcel, 0);
        store(ring, at, this.freed(number - 1));
        if (parcel[0] !== VOID) lost();
      }
    }
  }
}
