/**
 * Plain bytes, the most frequent large input: they go straight from the program's buffer into the block, and out of it into a buffer of their own, past the codec, which would copy them once more.
 *
 * A message of bytes is a head that is none of the codec's, the length, and the bytes. A small Buffer arrives in Node's pool, where Buffer.from would have put it; a Uint8Array has a buffer of its own.
 */
import { Buffer as NodeBuffer } from "node:buffer";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";

// Not imported: on some Nodes importing node:util opens the standard streams, and importing gort is to open nothing.
const { types } = process.getBuiltinModule("node:util");

/** The lowest seven bits of a head are the codec's kind: this one it has not. */
const KIND = 0x7f;
const UINT8_ARRAY = KIND;
const BUFFER: number = KIND | 0x100;

/** Words before the bytes. */
export const BYTES_HEAD = 2;

const MOST_BYTES = 0x7fff_ffff;

/** Whether a value goes this way. Views of shared or detached buffers are the codec's. */
export function isBytes(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array)) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== NodeBuffer.prototype && proto !== Uint8Array.prototype) return false;
  return value.length > 0 && value.length < MOST_BYTES && !types.isSharedArrayBuffer(value.buffer);
}

/** A copy on this core. */
export function copyBytes(value: Uint8Array): Uint8Array {
  if (Object.getPrototypeOf(value) === Uint8Array.prototype) return new Uint8Array(value);
  const buffer = NodeBuffer.allocUnsafe(value.length);
  buffer.set(value);
  return buffer;
}

export function isBytesHead(head: number): boolean {
  return (head & KIND) === KIND;
}

/** Writes the message at a place of a block, which has room. */
export function layBytes(ref: Ref, place: number, value: Uint8Array): void {
  const { words, bytes } = memoryOf(ref);
  const at = wordOf(ref) + place;
  words[at] = Object.getPrototypeOf(value) === Uint8Array.prototype ? UINT8_ARRAY : BUFFER;
  words[at + 1] = value.length;
  bytes.set(value, (at + BYTES_HEAD) * 4);
}

export function liftBytes(head: number, bytes: Buffer, at: number, length: number): Uint8Array {
  if (head === BUFFER) {
    const buffer = NodeBuffer.allocUnsafe(length);
    bytes.copy(buffer, 0, at, at + length);
    return buffer;
  }
  const made = new Uint8Array(length);
  bytes.copy(made, 0, at, at + length);
  return made;
}
