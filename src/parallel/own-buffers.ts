/**
 * The program's own SharedArrayBuffers, as far as they cross: how long the threads keep them.
 *
 * A SharedArrayBuffer cannot be put into words, and who receives a message may do so while every other thread stands still. So all threads are given each one when it crosses for the first time (buffers.ts), before the
 * message that names it is published. When they may let go of it again is counted as for a shared channel: a header in shared memory has a reference for each machine whose program has the buffer, and one for
 * each message that it is in (shm/shared-object.ts). A message names the header. Whoever gives the last reference back tells all threads, and each forgets the buffer.
 *
 * What a thread keeps for that long (`kept`) is not what its program has. It is another JavaScript object for the same memory, of which there may be any number: the one that came with the news, here a structured clone. So the
 * program's own can be held weakly, and its end says that this machine lets go; and every thread can make another one at any time, also for a thread that is started later.
 *
 *   shared here      header (this machine's reference) → kept → news to all → a reference for the message → the message
 *   received here    the message's reference becomes this machine's → the object that there is, or another one made of what is kept
 *   collected here   this machine's reference goes
 *   the last goes    the header says no more that it is that buffer's → news to all, who forget it
 *
 * Invariants:
 *   I1  each machine whose program can reach the object has a reference; so has each message. As long as there is one, every thread that listens keeps the buffer or has the news of it in its queue; one that has been started
 *       since can ask for it (buffers.ts).
 *   I2  a serial number means one buffer for ever; a header, which is a block like any other, does not. So news that comes late, or twice, can be told by the header: it says whether it is still that buffer's.
 *   I3  who lets the last reference go changes the header first and tells then; who hears of a buffer, or is given it, listens first and looks at the header then. One of the two sees the other, so nothing is kept for ever that
 *       has been forgotten everywhere else.
 *   I4  an object stands for one header from when it gets it until it is collected, and while it does this machine has its reference: an object that is sent again has the same header, and one that comes back is the same.
 *
 * A collection on the way of another message: the reference of that message keeps the header. It becomes the machine's, or goes if the collected object's has not gone yet (receiveReference); then the finalizer finds the new
 * object and lets nothing go.
 *
 * What a thread holds that never turns its event loop: the news that it has not heard. And nobody lets go before the collector runs. References of messages to a machine that dies unread are lost, as with everything that
 * is counted.
 *
 * Rejected: one thread that keeps a buffer for the others (it would have to answer, and may be in a long loop, or end); the object itself in the table, weakly while the program has it and strongly while a message does (two states
 * to agree upon with every other thread, at each message).
 *
 * While there is one core nothing of this happens, unless the program sends one through a shared channel. Go: none, goroutines share memory.
 */
import { bufferSeams } from "../portable/handles.ts";
import { nextSerial } from "../portable/references.ts";
import { load, store } from "../shm/atomic.ts";
import { isKnown, memoryOf, type Ref, wordOf } from "../shm/region.ts";
import {
  beginObject,
  disposers,
  dropReference,
  keepObject,
  OBJECT,
  receiveReference,
  sendReference,
} from "../shm/shared-object.ts";
import { alloc, free } from "../shm/slab.ts";
import { Shared } from "../shm/wait.ts";

/** Words of the header that are this kind's: the two halves of the buffer's serial number, plus one. */
const LOW = 1;
const HIGH = 2;
const WORD = 2 ** 32;

/** A buffer as the threads tell each other of it. */
export interface Own {
  readonly serial: number;
  readonly header: Ref;
  readonly shared: SharedArrayBuffer;
}

/** What buffers.ts does for this part, once there are other threads. */
export const carrier: {
  /** Tells all threads of a buffer, before it is named anywhere. */
  announce: (own: Own) => void;
  /** Waits for a buffer that another thread has announced; `look` says whether it has come. */
  fetch: (serial: number, look: () => Own | undefined) => Own;
  /** Tells all threads to forget a buffer. */
  retract: (serial: number) => void;
} = {
  announce: () => {},
  fetch: (serial) => {
    throw new Error(`gort: SharedArrayBuffer ${serial} was never announced`);
  },
  retract: () => {},
};

// A program's polyfill may copy them.
const { structuredClone } = globalThis;

const kept = new Map<number, Own>();
/** The header of each object that stands for one. */
const headers = new WeakMap<SharedArrayBuffer, Ref>();

/** All that this thread keeps. */
export function allOwn(): Own[] {
  return [...kept.values()];
}

export function ownOf(serial: number): Own | undefined {
  return kept.get(serial);
}

/** News of a buffer: it is kept from here on. This thread listens already (I3). */
export function keepOwn(own: Own): void {
  if (!kept.has(own.serial) && isOf(own)) kept.set(own.serial, own);
}

/** News that nobody has it any more. */
export function forgetOwn(serial: number): void {
  kept.delete(serial);
}

/** Whether the header is still that buffer's. One that lies in memory which this thread has not heard of yet is new. */
function isOf({ header, serial }: Own): boolean {
  return !isKnown(header) || serialOf(header) === serial;
}

/** The number of the buffer whose header this is; -1 for a header that is none any more. */
function serialOf(header: Ref): number {
  const { words } = memoryOf(header);
  const at = wordOf(header);
  if (words[at + OBJECT.kind] !== Shared.buffer) return -1;
  // Pairs with the store in the disposer.
  return (load(words, at + HIGH) >>> 0) * WORD + (load(words, at + LOW) >>> 0) - 1;
}

function share(shared: SharedArrayBuffer): Ref {
  const header = headers.get(shared) ?? beginBuffer(shared);
  sendReference(header);
  return header;
}

/** It crosses for the first time. */
function beginBuffer(shared: SharedArrayBuffer): Ref {
  const copy = structuredClone(shared);
  const header = alloc(OBJECT.words * 4);
  const { words } = memoryOf(header);
  const at = wordOf(header);
  const serial = nextSerial();
  words[at + LOW] = serial + 1;
  words[at + HIGH] = Math.floor((serial + 1) / WORD);
  beginObject(header, Shared.buffer);
  keepObject(header, shared);
  headers.set(shared, header);
  const own: Own = { serial, header, shared: copy };
  kept.set(serial, own);
  carrier.announce(own);
  return header;
}

function find(header: Ref): SharedArrayBuffer {
  return receiveReference(header, make);
}

function make(header: Ref): SharedArrayBuffer {
  const serial = serialOf(header);
  const { shared } = kept.get(serial) ?? carrier.fetch(serial, () => kept.get(serial));
  const made = structuredClone(shared);
  headers.set(made, header);
  return made;
}

disposers[Shared.buffer] = (header) => {
  const serial = serialOf(header);
  const { words } = memoryOf(header);
  const at = wordOf(header);
  // I3: pairs with the load in isOf.
  store(words, at + LOW, 0);
  store(words, at + HIGH, 0);
  free(header);
  kept.delete(serial);
  carrier.retract(serial);
};

Object.assign(bufferSeams, {
  share,
  find,
  undo: (shared: SharedArrayBuffer) => dropReference(headers.get(shared) as Ref),
});
