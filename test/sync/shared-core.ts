/** What is shared, from one thread of a test to another one: as the message that a goroutine's arguments would be. */
import { decodeArguments, encodeArguments, scratch } from "#src/portable/codec.ts";
import { self } from "#src/shm/lock.ts";

/** The message; it is to be read once, by {@link borrow}. */
export function lend(...values: readonly unknown[]): Int32Array {
  const length = encodeArguments(values as unknown[], "lend");
  return scratch.words.slice(0, length);
}

export function borrow<T extends readonly unknown[]>(message: Int32Array): T {
  return decodeArguments(message, Buffer.from(message.buffer), 0) as unknown as T;
}

/** Does it as another core would: who is served by it hears of it by mail. */
export function elsewhere<T>(fn: () => T): T {
  self.machine = 1;
  try {
    return fn();
  } finally {
    self.machine = 0;
  }
}
