/**
 * What a goroutine threw, on its way to the core that started it.
 */
import { decodeOne } from "./decode.ts";
import { encodeOne } from "./encode.ts";
import { isError } from "./error-objects.ts";

/**
 * Writes what a goroutine threw, whatever it is; returns the number of words in `out.words`. It never throws: in place of what cannot be sent
 * goes an error that says so.
 */
export function encodeError(thrown: unknown): number {
  try {
    return encodeOne(thrown, "value thrown");
  } catch (refusal) {
    const message = refusal instanceof Error ? refusal.message : String(refusal);
    return encodeOne(new Error(`a goroutine threw what cannot be sent: ${message}`), "value thrown");
  }
}

/**
 * Reads what a goroutine threw.
 *
 * An error has both stacks: that of the other core, a line that names its processor, and where the goroutine was made here.
 *
 * @param created - the frames of who made the goroutine, as in an error's stack without its first line; "" when they are not known
 * @param shown - what is to be seen of the other core's stack
 */
export function decodeError(
  words: Int32Array,
  bytes: Buffer,
  at: number,
  processor: number,
  created: string,
  shown: (stack: string) => string = String,
): unknown {
  const thrown = decodeOne(words, bytes, at);
  if (typeof thrown === "object" && thrown !== null && isError(thrown))
    joinStacks(thrown, processor, created, shown);
  return thrown;
}

/** Adds to an error's stack on which processor it was thrown, and who made the goroutine. */
export function joinStacks(
  error: Error,
  processor: number,
  created: string,
  shown: (stack: string) => string = String,
): void {
  const local = created === "" ? "" : `\n    created by\n${created}`;
  Object.defineProperty(error, "stack", {
    value: `${shown(error.stack ?? `${error.name}: ${error.message}`)}\n    on processor ${processor}${local}`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}
