/**
 * The codec's door: values to words and back. How: encode.ts, decode.ts; the words: wire.ts.
 *
 *     const n = encodeArguments([5, "worker"], "crunch");   // throws NotSendableError, and then nothing has happened
 *     shared.set(scratch.words.subarray(0, n), at);         // before the next message is written
 *     const args = decodeArguments(shared, bytes, at);      // on the other core
 */
export { copyArguments, copyOne, copyResult } from "./copy.ts";
export { decodeArguments, decodedTo, decodeOne } from "./decode.ts";
export { abandon, encodeArguments, encodeOne, encodeResult } from "./encode.ts";
export { registerErrorClass } from "./error-objects.ts";
export {
  bufferSeams,
  type HandleKind,
  type HandleReader,
  type HandleWriter,
  registerHandle,
} from "./handles.ts";
export { decodeError, encodeError, joinStacks } from "./thrown.ts";
export { out as scratch } from "./wire.ts";
