/**
 * The ring of a machine: its last events, in shared memory, for whoever reads them (a file's writer, the observer, the flight recorder).
 *
 * One writes, without waiting for anybody: what is not read in time is overwritten. How many were lost a reader can tell, since it counts what it has read.
 *
 *   word 0   {@link RING_MAGIC}
 *   word 1   its capacity in events, a power of two
 *   word 2   head: how many events have been written (mod 2^32), as of the last time that was said: every few runs
 *   word 3   the machine
 *   word 4   its processor
 *   word 5   whether it is written to
 *   word 6   how many of them are in the trace file (mod 2^32)
 *   word 7   the lock of whoever writes to the file (lock.ts)
 *   word 8   how many names of the process's are in the file for this machine
 *   word 9   how many events were written over before they were in the file
 *   word 10  as a double: the time of the last event that is in the file; when no file is written, of the beginning of the trace
 *   word 12  which event was the first of the program's own trace, the last one (mod 2^32)
 *   word 16  the events
 *
 * Invariants:
 *   I1  an event is complete before `head` counts it; who reads from `tail` to `head` and finds `head` less than the capacity further afterwards has read nothing torn.
 *   I2  words 6 and 8 to 12 are changed under the lock. The ring's own thread writes events to the file while it lives; the one that ends the trace writes the rest, of all.
 *
 * Go: runtime/trace.go (traceBuf). Differs: nobody waits for a reader.
 */
import { load, store } from "../shm/atomic.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc } from "../shm/slab.ts";
import { EVENT_WORDS } from "./events.ts";

export const RING_MAGIC = 0x676f7274;
export const RING_HEADER = 16;
/** 4 MiB a machine; the system gives them page by page, as they are written. */
export const RING_EVENTS: number = 1 << 18;
/** The writer may be so many events further than `head` says. */
export const RING_SLACK = 1024;

/** Words of the header. */
export const RingWord = {
  magic: 0,
  capacity: 1,
  head: 2,
  machine: 3,
  processor: 4,
  written: 5,
  inFile: 6,
  lock: 7,
  names: 8,
  lost: 9,
  fileTime: 10,
  began: 12,
} as const;

/** A ring, for writing or reading. */
export interface Ring {
  /** From its header on. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly capacity: number;
  readonly ref: Ref;
}

/** A new one. */
export function makeRing(machine: number): Ring {
  const ref = alloc((RING_HEADER + RING_EVENTS * EVENT_WORDS) * 4);
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  words.fill(0, at, at + RING_HEADER);
  words[at + RingWord.magic] = RING_MAGIC;
  words[at + RingWord.capacity] = RING_EVENTS;
  words[at + RingWord.machine] = machine;
  return ringAt(ref);
}

/** The ring at `ref`. */
export function ringAt(ref: Ref): Ring {
  const { shared, words } = memoryOf(ref);
  const at = wordOf(ref);
  const capacity = words[at + RingWord.capacity] as number;
  return {
    words: new Int32Array(shared, at * 4, RING_HEADER + capacity * EVENT_WORDS),
    doubles: new Float64Array(shared, at * 4, RING_HEADER / 2),
    capacity,
    ref,
  };
}

/** How many events have been written, mod 2^32. */
export function headOf(ring: Ring): number {
  return load(ring.words, RingWord.head);
}

/** Says how many there are. */
export function publishHead(ring: Ring, head: number): void {
  store(ring.words, RingWord.head, head);
}

/**
 * Copies the events from number `tail` on into `into` (words), at most what fits, and gives how many and how many were lost before them.
 */
export function copyEvents(
  ring: Ring,
  tail: number,
  into: Int32Array,
): { first: number; count: number; lost: number } {
  const { words, capacity } = ring;
  const head = headOf(ring);
  const most = Math.min(capacity - RING_SLACK, Math.floor(into.length / EVENT_WORDS));
  let first = tail;
  let lost = 0;
  if (((head - first) | 0) > capacity - RING_SLACK) {
    lost = (head - first - (capacity - RING_SLACK)) | 0;
    first = (first + lost) | 0;
  }
  const count = Math.min(most, (head - first) | 0);
  let done = 0;
  while (done < count) {
    const from = (first + done) & (capacity - 1);
    const run = Math.min(count - done, capacity - from);
    const at = RING_HEADER + from * EVENT_WORDS;
    into.set(words.subarray(at, at + run * EVENT_WORDS), done * EVENT_WORDS);
    done += run;
  }
  // What has been written over meanwhile.
  const torn = (headOf(ring) + RING_SLACK - capacity - first) | 0;
  if (torn <= 0) return { first, count, lost };
  const rest = Math.max(0, count - torn);
  into.copyWithin(0, (count - rest) * EVENT_WORDS, count * EVENT_WORDS);
  return { first: (first + count - rest) | 0, count: rest, lost: lost + count - rest };
}
