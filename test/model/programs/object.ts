/** References to what is shared (shm/shared-object.ts): the last one gives it back, once. */

import { HOME } from "#src/shm/layout.ts";
import { self } from "#src/shm/lock.ts";
import { home, memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { beginObject, disposers, dropReference, OBJECT, sendReference } from "#src/shm/shared-object.ts";
import { alloc } from "#src/shm/slab.ts";
import { expect, label, type Model, publish, published } from "../world.ts";

const KIND = 4;
const disposed: Ref[] = [];

disposers[KIND] = (ref: Ref) => {
  disposed.push(ref);
};

function made(): Ref {
  const ref = alloc(64);
  memoryOf(ref).words.fill(0, wordOf(ref), wordOf(ref) + 16);
  label(ref, 16, `object of ${self.machine}`, OBJECT);
  return ref;
}

/** Each has a reference from the beginning, sends one to nobody, and drops both. */
function holder(): () => number {
  const ref = published(0);
  sendReference(ref);
  const own = made();
  return () => {
    beginObject(own, KIND);
    sendReference(ref);
    dropReference(ref);
    dropReference(ref);
    dropReference(own);
    return disposed.filter((one) => one === ref).length;
  };
}

function check(results: number[]): void {
  expect(results.reduce((a, b) => a + b, 0) === 1, "given back once", results);
  const ref = published(0);
  expect(memoryOf(ref).words[wordOf(ref) + OBJECT.references] === 0, "nobody has one");
  expect(home().words[HOME.sharedHead] === 0, "and the list is empty");
}

function prepare(): void {
  const ref = made();
  publish(0, ref);
  beginObject(ref, KIND);
  // The threads' own come in place of this one.
  memoryOf(ref).words[wordOf(ref) + OBJECT.references] = 0;
}

export const twoHolders: Model<number> = { prepare, threads: [holder, holder], check };
