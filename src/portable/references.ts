/**
 * Objects that stay where they were made, and are referred to from other cores: a context, the handle of a goroutine.
 *
 * Their machine, the home, exports them: a record in shared memory, and a serial number by which the home finds the object again. Another machine imports them: it makes a stand-in, one for each object however
 * often that arrives.
 *
 * Invariants:
 *   I1  `holders` counts the messages on their way that name the record, and the machines that have a stand-in with it. Who writes a message adds one; who reads it takes that one over, or takes it off.
 *   I2  only a holder and the home add to `holders`, and only the home frees the record, when the count is zero and it has looked: so a record is not freed while anybody may read it.
 *   I3  the home keeps the object while there is a record. A stand-in is held weakly: when it is gone, so is its place among the holders.
 *   I4  who makes a stand-in puts itself into `mask` and then looks at `state`; who changes `state` stores it and then looks at `mask`. One of the two sees the other.
 *
 * When a machine has died, each home takes it off its records. Messages that were on their way to it, and name a record, stay counted: those objects are kept for the life of the process.
 *
 * Learned from the export and import tables of CapTP. Go: none.
 */
import { add, load, store } from "../shm/atomic.ts";
import { KIND, Mail, onMail, post } from "../shm/inbox.ts";
import { MASK_WORDS } from "../shm/layout.ts";
import { obituary, self } from "../shm/lock.ts";
import { exclude, include } from "../shm/mask.ts";
import { ring } from "../shm/note.ts";
import { memoryOf, NUMBERS_A_BLOCK, type Ref, takeNumbers, wordOf } from "../shm/region.ts";
import { alloc, free } from "../shm/slab.ts";

/** Words of a record. */
export const Reference = {
  holders: 0,
  home: 1,
  serial: 2,
  /** 0, or what has become of the object. */
  state: 3,
  /** A block that goes with the record, or 0; its length in words. */
  block: 4,
  length: 5,
  /** The machines that have a stand-in. */
  mask: 8,
} as const;

const RECORD_WORDS: number = Reference.mask + MASK_WORDS;

/** Of a message: the object's number. */
const SERIAL_WORD = 2;
const MESSAGE_BYTES = 64;

/** What the home knows of an object that others refer to. */
export interface Exported {
  /** Its record; 0 when it has none. */
  record: Ref;
  /** Nobody refers to it any more: the record is about to go. */
  dropped(): void;
}

const exported = new Map<number, Exported>();

const serials = { next: 0, end: 0 };

/** A number that no other object has, on whatever machine: machines' own numbers are used again. */
export function nextSerial(): number {
  if (serials.next === serials.end) {
    serials.next = takeNumbers();
    serials.end = serials.next + NUMBERS_A_BLOCK;
  }
  return serials.next++;
}

/** Gives `entry` a record, with nobody that holds it. */
export function exportAs(entry: Exported, serial: number): void {
  const record = alloc(RECORD_WORDS * 4);
  const { words } = memoryOf(record);
  const at = wordOf(record);
  words.fill(0, at, at + RECORD_WORDS);
  words[at + Reference.home] = self.machine;
  words[at + Reference.serial] = serial;
  entry.record = record;
  exported.set(serial, entry);
}

/** What this machine has exported under that number. */
export function exportOf(serial: number): Exported | undefined {
  return exported.get(serial);
}

/** How many objects of this machine's others refer to. */
export function exportCount(): number {
  return exported.size;
}

/** A message that names the record is being written. */
export function holdRecord(record: Ref): void {
  add(memoryOf(record).words, wordOf(record) + Reference.holders, 1);
}

/** A holder less. */
export function letGo(record: Ref): void {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  // Read before: behind the last holder the home may give the record back.
  const home = words[at + Reference.home] as number;
  const serial = words[at + Reference.serial] as number;
  if (add(words, at + Reference.holders, -1) > 1) return;
  if (home === self.machine) unused(serial);
  else if (obituary.isDead(home)) freeRecord(record);
  else send(home, Mail.unused, serial);
}

/** Home: drops what nobody holds. Between the last holder's leaving and its message a new one may have come. */
function unused(serial: number): void {
  const entry = exported.get(serial);
  if (entry === undefined) return;
  const { record } = entry;
  if (load(memoryOf(record).words, wordOf(record) + Reference.holders) > 0) return;
  exported.delete(serial);
  entry.dropped();
  entry.record = 0;
  freeRecord(record);
}

/** Home: `machine` has died, and with it its stand-ins. */
export function forsake(machine: number): void {
  for (const [serial, { record }] of [...exported]) {
    const { words } = memoryOf(record);
    const at = wordOf(record);
    // Each bit of the mask is one holder (I1).
    if (!exclude(words, at + Reference.mask, machine)) continue;
    if (add(words, at + Reference.holders, -1) === 1) unused(serial);
  }
}

function freeRecord(record: Ref): void {
  const block = memoryOf(record).words[wordOf(record) + Reference.block] as Ref;
  if (block !== 0) free(block);
  free(record);
}

/** Tells `machine` something about an object. */
export function send(machine: number, kind: number, serial: number): void {
  const message = alloc(MESSAGE_BYTES);
  const { words } = memoryOf(message);
  const at = wordOf(message);
  words[at + KIND] = kind;
  words[at + SERIAL_WORD] = serial;
  post(machine, message);
  ring(machine);
}

/** What to do with messages of {@link send}. */
export function onTold(kind: number, handler: (serial: number) => void): void {
  onMail[kind] = (message) => {
    const { words } = memoryOf(message);
    const at = wordOf(message);
    const serial = words[at + SERIAL_WORD] as number;
    free(message);
    handler(serial);
  };
}

onTold(Mail.unused, unused);

/** Home: what has become of the object is known; every machine that has a stand-in is told by a message of `kind`, if one is given. */
export function announce(record: Ref, state: number, kind?: number): void {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  const serial = words[at + Reference.serial] as number;
  store(words, at + Reference.state, state);
  if (kind === undefined) return;
  for (let i = 0; i < MASK_WORDS; i++) {
    // I4: pairs with include() in importOf.
    for (let bits = load(words, at + Reference.mask + i); bits !== 0; bits &= bits - 1) {
      const machine = i * 32 + 31 - Math.clz32(bits & -bits);
      if (!obituary.isDead(machine)) send(machine, kind, serial);
    }
  }
}

/** What has become of the object: a load that pairs with the store of {@link announce}. */
export function stateOf(record: Ref): number {
  return load(memoryOf(record).words, wordOf(record) + Reference.state);
}

/** A stand-in, or an object that is known by its number although there is no record any more. */
export class Import {
  readonly serial: number;
  readonly home: number;
  /** Its record, of which it is a holder; 0 for none. */
  record: Ref;
  readonly object: WeakRef<object>;

  constructor(serial: number, home: number, record: Ref, object: object) {
    this.serial = serial;
    this.home = home;
    this.record = record;
    this.object = new WeakRef(object);
  }

  /** The stand-in needs the record no more. */
  leave(): void {
    const { record } = this;
    if (record === 0) return;
    this.record = 0;
    held--;
    exclude(memoryOf(record).words, wordOf(record) + Reference.mask, self.machine);
    letGo(record);
  }
}

const imported = new Map<number, Import>();
/** How many of them hold a record. */
let held = 0;

const finalizer = new FinalizationRegistry<Import>((entry) => {
  if (imported.get(entry.serial) === entry) imported.delete(entry.serial);
  entry.leave();
});

/** The object that this machine knows by that number, if it is still there. */
export function importedAs(serial: number): object | undefined {
  return imported.get(serial)?.object.deref();
}

/** Whether this machine refers to objects of others, or others to its own. */
export function isReferring(): boolean {
  return exported.size > 0 || held > 0;
}

/** How many objects this machine knows by their numbers. */
export function importCount(): number {
  return imported.size;
}

/** `object` is what that number means here, as long as it lives. */
export function remember(serial: number, object: object): void {
  keepImport(new Import(serial, self.machine, 0, object), object);
}

function keepImport(entry: Import, object: object): Import {
  imported.set(entry.serial, entry);
  finalizer.register(object, entry);
  return entry;
}

/** A message that names a record of another machine has been read: the stand-in that there is; when there is none {@link importOf} is to be called. */
export function arrived(record: Ref): object | undefined {
  const object = importedAs(memoryOf(record).words[wordOf(record) + Reference.serial] as number);
  if (object !== undefined) letGo(record);
  return object;
}

/** `object` becomes this machine's stand-in for the record that has just arrived. Its state is to be looked at after this (I4). */
export function importOf(record: Ref, object: object): Import {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  const serial = words[at + Reference.serial] as number;
  const before = imported.get(serial);
  if (before !== undefined && before.record !== 0) {
    // The one before is gone, and that has not been told yet: its place among the holders goes to this one.
    before.record = 0;
    letGo(record);
  } else {
    held++;
  }
  include(words, at + Reference.mask, self.machine);
  return keepImport(new Import(serial, words[at + Reference.home] as number, record, object), object);
}
