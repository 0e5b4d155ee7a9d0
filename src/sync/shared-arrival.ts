/**
 * What stands on one core for something that all cores share: it is made new by the program, or because one came in a message. The program's constructors know nothing of the latter.
 */
import { registerHandle } from "../portable/codec.ts";
import type { Ref } from "../shm/region.ts";
import {
  beginObject,
  dropReference,
  keepObject,
  receiveReference,
  sendReference,
} from "../shm/shared-object.ts";

/** The header of the object that is being made for a message; 0 when the program makes one. */
let arriving: Ref = 0;

/** In a constructor: the header that `object` stands for. `make` makes it, if it is new. */
export function headerFor(object: object, kind: number, make: () => Ref): Ref {
  const come = arriving;
  if (come !== 0) {
    arriving = 0;
    return come;
  }
  const ref = make();
  beginObject(ref, kind);
  keepObject(ref, object);
  return ref;
}

/** Its class, in messages. The tags: 1 is that of shared channels. */
export function registerShared<T extends { readonly inner: { readonly ref: Ref } }>(
  tag: number,
  type: abstract new (...args: never[]) => T,
  make: () => T,
): void {
  registerHandle<T>(tag, {
    is: (value) => value instanceof type,
    encode: ({ inner }, out) => {
      sendReference(inner.ref);
      out.word(inner.ref);
    },
    decode: (from) =>
      receiveReference(from.word(), (ref) => {
        arriving = ref;
        return make();
      }),
    undo: ({ inner }) => dropReference(inner.ref),
  });
}
