/**
 * What crosses by reference: the layers above say how a shared channel, a context, a SharedArrayBuffer becomes words and is found again.
 *
 * Invariant: when a message is refused, or given up before it was sent, each handle that it took is told (`undo`), last first. So an
 * `encode` that counts a reference counts none for a message that never was.
 */
import { putWord, takeWord } from "./wire.ts";

/** How a handle writes. */
export interface HandleWriter {
  word(word: number): void;
}

/** How a handle reads what it wrote. */
export interface HandleReader {
  word(): number;
}

export interface HandleKind<T extends object = object> {
  /** Whether a value is one: asked for each object that is neither plain nor an array, of the first kind registered first. */
  is(value: object): boolean;
  /** Refuses (see `refuse`) one that may not cross: asked also when the message stays on this core, and nothing is written. */
  check?(value: T): void;
  /** Writes what `decode` needs. It may throw a {@link Refusal} (see `refuse`), and then nothing is sent. */
  encode(value: T, out: HandleWriter): void;
  decode(from: HandleReader): T;
  /** The message that `value` was written into is not sent. */
  undo?(value: T): void;
}

/** How SharedArrayBuffers cross. They cannot be put into words: both sides have a table (parallel/own-buffers.ts). */
export const bufferSeams: {
  share: (buffer: SharedArrayBuffer) => number;
  find: (id: number) => SharedArrayBuffer;
  /** The message that a buffer was written into is not sent. */
  undo: (buffer: SharedArrayBuffer) => void;
} = {
  share: () => {
    throw new Error("no other core has been started: there is nobody to share a buffer with");
  },
  find: () => {
    throw new Error("no other core has been started: nobody has shared a buffer");
  },
  undo: () => {},
};

/** By tag. */
const kinds: (HandleKind | undefined)[] = [];

/** Adds a kind of handle under a tag from 0 to 255, the same one on every core. */
export function registerHandle<T extends object>(tag: number, kind: HandleKind<T>): void {
  kinds[tag] = kind as unknown as HandleKind;
}

/** The tag of a value that is a handle, else -1. */
export function handleTag(value: object): number {
  for (let tag = 0; tag < kinds.length; tag++) if (kinds[tag]?.is(value) === true) return tag;
  return -1;
}

/** Throws a Refusal when this one may not cross. */
export function checkHandle(tag: number, value: object): void {
  kinds[tag]?.check?.(value);
}

const writer: HandleWriter = { word: putWord };
const reader: HandleReader = { word: takeWord };

/** What stays as it is when a message is copied on one core; null when the message is for another one. */
export const local: { aside: object[] | null } = { aside: null };

/** What the message being written has taken: a handle with its kind, or a SharedArrayBuffer with null. */
const taken: { kind: HandleKind | null; value: object }[] = [];

/** Writes what stands for a handle. */
export function encodeHandle(tag: number, value: object): void {
  const kind = kinds[tag] as HandleKind;
  kind.encode(value, writer);
  taken.push({ kind, value });
}

export function decodeHandle(tag: number): object {
  const kind = kinds[tag];
  if (kind === undefined) throw new Error(`no handle has the tag ${tag} on this core`);
  return kind.decode(reader);
}

/** What stands for a SharedArrayBuffer in the message that is being written. */
export function takeBuffer(buffer: SharedArrayBuffer): number {
  const id = bufferSeams.share(buffer);
  taken.push({ kind: null, value: buffer });
  return id;
}

export function handlesTaken(): number {
  return taken.length;
}

/** The message is on its way, or a new one begins. */
export function keepHandles(): void {
  if (taken.length > 0) taken.length = 0;
}

/** What has been taken since there were `left` is given back, last first. */
export function undoHandles(left = 0): void {
  while (taken.length > left) {
    const { kind, value } = taken.pop() as { kind: HandleKind | null; value: object };
    if (kind === null) bufferSeams.undo(value as SharedArrayBuffer);
    else kind.undo?.(value);
  }
}
