/** Messages of a model's threads: a number each. */
import { Mail, onMail } from "#src/shm/inbox.ts";
import { memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { alloc } from "#src/shm/slab.ts";
import { label } from "../world.ts";

/** The numbers that this thread has read, in order. */
export const got: number[] = [];

onMail[Mail.order] = (message: Ref) => {
  got.push(memoryOf(message).words[wordOf(message) + 2] as number);
};

export function letter(item: number): Ref {
  const ref = alloc(64);
  const { words } = memoryOf(ref);
  words[wordOf(ref) + 1] = Mail.order;
  words[wordOf(ref) + 2] = item;
  label(ref, 16, `letter ${item}`);
  return ref;
}
