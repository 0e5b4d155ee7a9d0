/**
 * Values into messages and back, for a shared channel.
 */
import { abandon, decodeOne, encodeOne, scratch } from "../../portable/codec.ts";
import { memoryOf, type Ref, wordOf } from "../../shm/region.ts";
import { freeMessage, pack, parcel } from "../../shm/shared-message.ts";

const parcelBytes: Buffer = Buffer.from(parcel.buffer as ArrayBuffer);

/** Makes the parcel of `value`. Throws NotSendableError. */
export function wrap(value: unknown): void {
  const count = encodeOne(value, "value sent");
  pack(scratch.words, count);
}

/** The parcel that {@link wrap} has just made is not sent. */
export function discardParcel(): void {
  abandon();
  freeMessage(parcel, 0);
}

/** The value of the parcel; its block is free again. */
export function unwrap(): unknown {
  return open(parcel, parcelBytes, 0);
}

/** The value of the message at `words[at]`; its block is free again. */
export function unwrapFrom(ref: Ref, offset: number): unknown {
  const { words, bytes } = memoryOf(ref);
  return open(words, bytes, wordOf(ref) + offset);
}

function open(words: Int32Array, bytes: Buffer, at: number): unknown {
  if ((words[at] as number) > 0) {
    return decodeOne(words, bytes, at + 1);
  }
  const block = words[at + 1] as Ref;
  const memory = memoryOf(block);
  try {
    return decodeOne(memory.words, memory.bytes, wordOf(block));
  } finally {
    freeMessage(words, at);
  }
}

/** The message is received by nobody: what it refers to is let go. */
export function unwrapAndDrop(): void {
  unwrap();
}
