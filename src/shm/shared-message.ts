/**
 * A value on its way between cores: words.
 *
 * In a slot or a record it is a count and up to {@link INLINE} words. What is longer lies in a block of its own: then the count is that of the block's words, negative, and the one word is the reference.
 * A message belongs to whoever holds it, and so does its block.
 */
import { memoryOf, type Ref, wordOf } from "./region.ts";
import { alloc, free } from "./slab.ts";

/** The most words that a message holds by itself. */
export const INLINE = 30;

/** Words of a message in a slot or a record: the count, and what it holds. */
export const MESSAGE_WORDS: number = 1 + INLINE;

/** The message that this thread is sending or has received: count, then words. Nothing else runs between its being filled and its being used. */
export const parcel: Int32Array = new Int32Array(MESSAGE_WORDS + 1);

/** Makes `parcel` of the first `count` words of `from`. */
export function pack(from: Int32Array, count: number): void {
  if (count <= INLINE) {
    parcel[0] = count;
    for (let i = 0; i < count; i++) parcel[i + 1] = from[i] as number;
    return;
  }
  const block = alloc(count << 2);
  memoryOf(block).words.set(from.subarray(0, count), wordOf(block));
  parcel[0] = -count;
  parcel[1] = block;
}

/** Copies the message at `words[at]` to `into[to]`. */
export function copyMessage(words: Int32Array, at: number, into: Int32Array, to: number): void {
  const count = words[at] as number;
  into[to] = count;
  const held = count < 0 ? 1 : count;
  for (let i = 1; i <= held; i++) into[to + i] = words[at + i] as number;
}

/** Gives the block of a message back, if it has one. */
export function freeMessage(words: Int32Array, at: number): void {
  if ((words[at] as number) < 0) free(words[at + 1] as Ref);
  words[at] = 0;
}
