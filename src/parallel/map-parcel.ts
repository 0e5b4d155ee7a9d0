/**
 * Values on their way between a parallel map and its calls: each a message of its own, one behind the other in a block.
 *
 * A message of its own, and not an array of them all: what two inputs share is not shared on the other side, a view of a large buffer brings its own bytes only, and a value is copied when it is handed over, so it may be
 * changed afterwards. The block lies in shared memory, so a message is copied in once and read where it is.
 *
 * While there is one processor the values stay on this core: the parcel is a list of copies.
 *
 * Invariants:
 *   I1  a block is freed by the machine that maps, however the calls end; whoever calls only reads it.
 *   I2  when a value is refused the parcel is as it was.
 *   I3  each message is read once, or discarded once: a reference that it holds is counted. (A machine that dies takes those of its batch with it.)
 */
import { abandon, copyOne, decodedTo, decodeOne, encodeOne, scratch } from "../portable/codec.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc, free, LARGEST } from "../shm/slab.ts";
import { BYTES_HEAD, copyBytes, isBytes, isBytesHead, layBytes, liftBytes } from "./map-bytes.ts";

/** Something that values are put into. */
export interface Parcel {
  readonly count: number;
  /** About how many words it takes. */
  readonly length: number;
  /** Adds a copy. Throws NotSendableError; `what` is what its message begins with. */
  put(value: unknown, what: string): void;
  /** Nobody will read these: what they refer to by reference is told, as if they had been read and forgotten. */
  discard(from: number, count: number): void;
  /** Nobody needs it any more. */
  drop(): void;
}

/** Something that values are taken out of, in their order. */
export interface Contents {
  next(): unknown;
}

/** Beyond this many words a copy by hand is slower than `set`. */
const SHORT = 32;

/** A block of shared memory with messages in it. */
export class Block implements Parcel {
  count = 0;
  /** 0 while nothing is in it. */
  ref: Ref = 0;
  length = 0;
  private limit = 0;
  private readonly hint: number;
  /** Where each message begins, in words from the block's first. */
  readonly places: number[] = [];

  /** `hint`: about how many words it will have. */
  constructor(hint: number) {
    this.hint = hint;
  }

  put(value: unknown, what: string): void {
    const from = this.length;
    if (isBytes(value)) {
      this.makeRoom(BYTES_HEAD + ((value.length + 3) >>> 2));
      layBytes(this.ref, from, value);
      this.length += BYTES_HEAD + ((value.length + 3) >>> 2);
    } else {
      const length = encodeOne(value, what);
      try {
        this.makeRoom(length);
      } catch (error) {
        abandon();
        throw error;
      }
      const { words } = memoryOf(this.ref);
      const at = wordOf(this.ref) + from;
      const source = scratch.words;
      if (length <= SHORT) for (let i = 0; i < length; i++) words[at + i] = source[i] as number;
      else words.set(source.subarray(0, length), at);
      this.length += length;
    }
    this.places.push(from);
    this.count++;
  }

  private makeRoom(words: number): void {
    if (this.length + words > this.limit) this.grow(this.length + words);
  }

  private grow(least: number): void {
    const before = this.ref;
    const most = Math.max(least, LARGEST >>> 2);
    const limit = Math.min(before === 0 ? Math.max(least, this.hint) : Math.max(least, this.limit * 2), most);
    const after = alloc(limit * 4);
    if (before !== 0) {
      const from = wordOf(before);
      memoryOf(after).words.set(memoryOf(before).words.subarray(from, from + this.length), wordOf(after));
      free(before);
    }
    this.ref = after;
    this.limit = limit;
  }

  discard(from: number, count: number): void {
    if (count === 0) return;
    const reading = new Reading(this.ref, this.places[from] as number);
    for (let left = count; left > 0; left--) reading.skip();
  }

  drop(): void {
    if (this.ref !== 0) free(this.ref);
    this.ref = 0;
  }
}

/** Reads the messages of a block, from a place on. */
export class Reading implements Contents {
  private readonly ref: Ref;
  private at: number;

  constructor(ref: Ref, place: number) {
    this.ref = ref;
    this.at = wordOf(ref) + place;
  }

  skip(): void {
    const { words } = memoryOf(this.ref);
    if (isBytesHead(words[this.at] as number))
      this.at += BYTES_HEAD + (((words[this.at + 1] as number) + 3) >>> 2);
    else this.next();
  }

  next(): unknown {
    const { words, bytes } = memoryOf(this.ref);
    const head = words[this.at] as number;
    if (isBytesHead(head)) {
      const length = words[this.at + 1] as number;
      const value = liftBytes(head, bytes, (this.at + BYTES_HEAD) * 4, length);
      this.at += BYTES_HEAD + ((length + 3) >>> 2);
      return value;
    }
    const value = decodeOne(words, bytes, this.at);
    this.at = decodedTo();
    return value;
  }
}

/** Copies that stay on this core. */
export class Copies implements Parcel {
  length = 0;
  readonly values: unknown[] = [];

  get count(): number {
    return this.values.length;
  }

  put(value: unknown, what: string): void {
    if (isBytes(value)) {
      this.values.push(copyBytes(value));
      this.length += value.length >>> 2;
    } else {
      this.values.push(copyOne(value, what));
      // What copying has written; the message before, where there was nothing to copy.
      this.length += typeof value === "object" ? scratch.at : 1;
    }
  }

  discard(): void {}

  drop(): void {}
}

/** Takes copies out of a list. */
export class Listed implements Contents {
  private readonly values: unknown[];
  private at: number;

  constructor(values: unknown[], from: number) {
    this.values = values;
    this.at = from;
  }

  next(): unknown {
    const value = this.values[this.at];
    this.values[this.at++] = undefined;
    return value;
  }
}
