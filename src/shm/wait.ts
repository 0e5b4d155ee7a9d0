/**
 * Waiting for something shared: records, lists, claims.
 *
 * Who waits has a *record* in shared memory. It stands in a list of the object that it waits for, and whoever serves it, on whichever core, takes it out, leaves the result in it, and hands it to its
 * machine: directly on its own core, else as mail (the record is the message) and a ring of the bell. So waiters of all cores stand in one line, first come, first served.
 *
 * Whether a wait is over is decided by its *claim* (claim.ts), which all cases of a select share.
 *
 * Invariants:
 *   I1  lists change only under the lock of the object they belong to, which is the first word of its header (lock.ts: straight-line code between consistent states).
 *   I2  the order in serveWait: result, then who served, then the claim. So of a server that died the waiter's thread can tell whether it has been served ({@link recoverWaits}).
 *   I3  a machine's records are linked from its area and stay records while it lives: a stale reference still leads to a record.
 *
 * The words of a result go with the mail, or with the object's lock.
 *
 * Go: runtime/sema.go (sudog).
 */
import { load, store, swap } from "./atomic.ts";
import { Held, holdBoth, holdClaim, OPEN } from "./claim.ts";
import { Mail, onMail, post, readAll } from "./inbox.ts";
import { MACHINE, machineAt } from "./layout.ts";
import { lock, obituary, self, unlock } from "./lock.ts";
import { ring } from "./note.ts";
import { home, memoryOf, type Ref, wordOf } from "./region.ts";
import { alloc, free } from "./slab.ts";

/** The words of a record; the first two are those of every message (inbox.ts). */
export const WAIT = {
  link: 0,
  kind: 1,
  machine: 2,
  /** Its number on its machine. */
  token: 3,
  /** The reference of the claim that decides it. */
  claim: 4,
  /** The header of the object that it waits for. */
  host: 5,
  /** Where in the header the list begins that it stands in; 0: it stands in none. */
  list: 6,
  /** The number plus one of the machine that serves it; counts once its claim is decided for this record. */
  servedBy: 7,
  /** The claim of a lone wait. */
  ownClaim: 8,
  before: 9,
  behind: 10,
  /** The next of all its machine's records. */
  all: 11,
  /** One of {@link Shared}: what the object is. */
  object: 12,
  /** What came of it, in the object's words. */
  outcome: 13,
  /** Of the object's kind: an amount, say. */
  first: 14,
  second: 15,
  /** A value: at most MESSAGE_WORDS (shared-message.ts). */
  message: 16,
} as const;

const RECORD_BYTES = 192;

/** A list in an object's header: its first and last record, and how many there are. */
export const LIST = { first: 0, last: 1, count: 2, words: 3 } as const;

/** The kinds of objects that lists belong to. */
export const Shared = { channel: 0, mutex: 1, semaphore: 2, waitGroup: 3, other: 4, buffer: 5 } as const;

/** A machine has died, and this object may have been left with something to do: a waiter went, or was about to be served. Called without its lock. */
export const afterDeath: ((host: Ref) => void)[] = [];

/** Who waits, on its own thread. */
export interface Sharer {
  /** Its record has been served; it stands in no list. */
  served(): void;
}

/** A record, on its own thread. */
export class WaitRecord {
  readonly ref: Ref;
  readonly words: Int32Array;
  readonly at: number;
  sharer: Sharer | null = null;

  constructor(ref: Ref, token: number) {
    this.ref = ref;
    this.words = memoryOf(ref).words;
    this.at = wordOf(ref);
    const { words, at } = this;
    for (let i = 0; i < RECORD_BYTES >>> 2; i++) words[at + i] = 0;
    words[at + WAIT.kind] = Mail.wake;
    words[at + WAIT.machine] = self.machine;
    words[at + WAIT.token] = token;
    const all = machineAt(self.machine) + MACHINE.waits;
    words[at + WAIT.all] = home().words[all] as Ref;
    home().words[all] = ref;
  }

  get token(): number {
    return this.words[this.at + WAIT.token] as number;
  }

  /** The claim that is its own. */
  get ownClaim(): Ref {
    return this.ref + (WAIT.ownClaim >>> 2);
  }

  get outcome(): number {
    return this.words[this.at + WAIT.outcome] as number;
  }
}

/** By token. */
const records: WaitRecord[] = [];
const spares: WaitRecord[] = [];

/** A record for `sharer`, with its own claim, open. */
export function beginWait(sharer: Sharer, object: number): WaitRecord {
  let record = spares.pop();
  if (record === undefined) {
    record = new WaitRecord(alloc(RECORD_BYTES), records.length);
    records.push(record);
  }
  const { words, at } = record;
  record.sharer = sharer;
  words[at + WAIT.claim] = record.ownClaim;
  words[at + WAIT.object] = object;
  words[at + WAIT.servedBy] = 0;
  store(words, at + WAIT.ownClaim, OPEN);
  return record;
}

/** The wait is over, and so are all that share its claim: the record stands in no list and no mail of it is under way. */
export function endWait(record: WaitRecord): void {
  record.sharer = null;
  spares.push(record);
}

/** Under the object's lock: `record` joins the end of the list that begins at word `list` of the header. */
export function lineUp(
  header: Int32Array,
  host: number,
  hostRef: Ref,
  list: number,
  record: WaitRecord,
): void {
  const { words, at, ref } = record;
  const line = host + list;
  const last = header[line + LIST.last] as Ref;
  const lastWords = last === 0 ? header : memoryOf(last).words;
  const behindLast = last === 0 ? line + LIST.first : wordOf(last) + WAIT.behind;
  words[at + WAIT.host] = hostRef;
  words[at + WAIT.before] = last;
  words[at + WAIT.behind] = 0;
  words[at + WAIT.list] = list;
  lastWords[behindLast] = ref;
  header[line + LIST.last] = ref;
  store(header, line + LIST.count, (header[line + LIST.count] as number) + 1);
}

/** Under the object's lock: the record `ref`, at `words[at]`, leaves the list that it stands in. */
function stepOut(header: Int32Array, host: number, ref: Ref, words: Int32Array, at: number): void {
  const line = host + (words[at + WAIT.list] as number);
  const before = words[at + WAIT.before] as Ref;
  const behind = words[at + WAIT.behind] as Ref;
  const beforeWords = before === 0 ? header : memoryOf(before).words;
  const ofBefore = before === 0 ? line + LIST.first : wordOf(before) + WAIT.behind;
  const behindWords = behind === 0 ? header : memoryOf(behind).words;
  const ofBehind = behind === 0 ? line + LIST.last : wordOf(behind) + WAIT.before;
  // Else a thread has died that had just done this, and no more.
  const isIn = beforeWords[ofBefore] === ref;
  if (isIn) {
    beforeWords[ofBefore] = behind;
    behindWords[ofBehind] = before;
  }
  store(words, at + WAIT.list, 0); // Pairs with the load in leaveLine.
  if (isIn) store(header, line + LIST.count, (header[line + LIST.count] as number) - 1);
}

/** Under the object's lock: counts a list anew, of which a thread that died may have changed the links and not the count. */
export function recount(header: Int32Array, host: number, list: number): void {
  let count = 0;
  for (let ref = header[host + list + LIST.first] as Ref; ref !== 0; count++) {
    ref = memoryOf(ref).words[wordOf(ref) + WAIT.behind] as Ref;
  }
  store(header, host + list + LIST.count, count);
}

/** Leaves the list that it stands in, if it still does: it is given up, or its rival has won. Takes the object's lock. Whether it did stand there. */
export function leaveLine(record: WaitRecord): boolean {
  const { words, at } = record;
  // Whoever else takes it out has decided it, and this thread knows of no such thing, or does not mind.
  if (load(words, at + WAIT.list) === 0) return false;
  const host = words[at + WAIT.host] as Ref;
  const header = memoryOf(host).words;
  const hostAt = wordOf(host);
  lock(header, hostAt);
  const stood = words[at + WAIT.list] !== 0;
  if (stood) stepOut(header, hostAt, record.ref, words, at);
  unlock(header, hostAt);
  return stood;
}

/** What {@link nextInLine} says instead of a reference when its own wait has been decided meanwhile. */
export const OVER: Ref = -1;

/**
 * Under the object's lock: holds the claim of the first in line that has not been decided, and gives its record. Those that have been leave the line. 0: nobody is there.
 *
 * `own` is the claim of a select that asks and is visible to others already (else 0): it is held as well, or the answer is {@link OVER}; its own records are passed over.
 * {@link serveWait} or {@link reopenClaim} must follow.
 */
export function nextInLine(header: Int32Array, host: number, list: number, own: Ref): Ref {
  let ref = header[host + list + LIST.first] as Ref;
  while (ref !== 0) {
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    const behind = words[at + WAIT.behind] as Ref;
    const claim = words[at + WAIT.claim] as Ref;
    if (claim !== own) {
      const machine = words[at + WAIT.machine] as number;
      const outcome =
        machine !== self.machine && obituary.isDead(machine)
          ? Held.otherLost
          : own !== 0
            ? holdBoth(own, claim)
            : holdClaim(claim)
              ? Held.both
              : Held.otherLost;
      if (outcome === Held.both) return ref;
      if (outcome === Held.ownLost) return OVER;
      stepOut(header, host, ref, words, at);
    }
    ref = behind;
  }
  return 0;
}

/** Those that have been served, the one of longest standing first; {@link tellServed} tells them. */
let toTell: Ref = 0;
let lastToTell: Ref = 0;

/** How {@link aboutToServe} wants a claim to be decided. */
export const verdict: { claim: Int32Array | null; at: number; value: number } = {
  claim: null,
  at: 0,
  value: 0,
};

/** By who holds its claim: says in the record what is going to come of it, and leaves the store that decides it in {@link verdict}, for who must do that in the middle of something else. {@link serveWait} follows. */
export function aboutToServe(ref: Ref, outcome: number): void {
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + WAIT.outcome] = outcome;
  words[at + WAIT.servedBy] = self.machine + 1;
  const claim = words[at + WAIT.claim] as Ref;
  verdict.claim = memoryOf(claim).words;
  verdict.at = wordOf(claim);
  verdict.value = -1 - (words[at + WAIT.token] as number);
}

/** Under the object's lock, by who holds its claim: the wait of `ref` is over; its result is in the record. */
export function serveWait(header: Int32Array, host: number, ref: Ref, outcome: number): void {
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + WAIT.outcome] = outcome;
  words[at + WAIT.servedBy] = self.machine + 1;
  const claim = words[at + WAIT.claim] as Ref;
  store(memoryOf(claim).words, wordOf(claim), -1 - (words[at + WAIT.token] as number));
  stepOut(header, host, ref, words, at);
  words[at + WAIT.link] = 0;
  if (toTell === 0) toTell = ref;
  else memoryOf(lastToTell).words[wordOf(lastToTell) + WAIT.link] = ref;
  lastToTell = ref;
}

/** After the lock has been given back: those who have been served go on, here or on their machines. */
export function tellServed(): void {
  while (toTell !== 0) {
    const ref = toTell;
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    toTell = words[at + WAIT.link] as Ref;
    const machine = words[at + WAIT.machine] as number;
    if (machine === self.machine) {
      woken(ref);
    } else {
      post(machine, ref);
      ring(machine);
    }
  }
}

function woken(ref: Ref): void {
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + WAIT.servedBy] = 0;
  const record = records[words[at + WAIT.token] as number] as WaitRecord;
  (record.sharer as Sharer).served();
}

onMail[Mail.wake] = woken;

/**
 * `dead` has died: its waiters leave all lines, and what it may have left undone is done. By one thread, once; then every living machine calls {@link recoverWaits}, and then one {@link buryWaits}.
 */
export function forgetWaits(dead: number): void {
  for (let ref: Ref = firstOf(dead); ref !== 0; ) {
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    const host = words[at + WAIT.host] as Ref;
    if (words[at + WAIT.list] !== 0) {
      const header = memoryOf(host).words;
      const hostAt = wordOf(host);
      lock(header, hostAt);
      const stood = words[at + WAIT.list] !== 0;
      if (stood) stepOut(header, hostAt, ref, words, at);
      unlock(header, hostAt);
      if (stood) afterDeath[words[at + WAIT.object] as number]?.(host);
    }
    ref = words[at + WAIT.all] as Ref;
  }
}

/** On each living machine, after `dead` has been forgotten: waits of this machine that it had decided and not told, or was about to serve. */
export function recoverWaits(dead: number): void {
  // What it had posted comes first; after this nothing of its comes any more.
  readAll();
  for (const record of records) {
    const { words, at, ref } = record;
    if (record.sharer === null) continue;
    const claim = words[at + WAIT.claim] as Ref;
    const claimWords = memoryOf(claim).words;
    const claimAt = wordOf(claim);
    swap(claimWords, claimAt, dead + 1, OPEN);
    if (words[at + WAIT.servedBy] === dead + 1 && load(claimWords, claimAt) === -1 - record.token) {
      leaveLine(record);
      woken(ref);
    } else if (words[at + WAIT.list] !== 0) {
      afterDeath[words[at + WAIT.object] as number]?.(words[at + WAIT.host] as Ref);
    }
  }
}

/** The memory of its records is free again: no machine has a reference to one any more, and its inbox has been emptied (what was posted to it after its death are such records). */
export function buryWaits(dead: number): void {
  let ref = firstOf(dead);
  home().words[machineAt(dead) + MACHINE.waits] = 0;
  while (ref !== 0) {
    const next = memoryOf(ref).words[wordOf(ref) + WAIT.all] as Ref;
    free(ref);
    ref = next;
  }
}

function firstOf(machine: number): Ref {
  return home().words[machineAt(machine) + MACHINE.waits] as Ref;
}

/** How many records of this thread are in use: for tests. */
export function waitsInUse(): number {
  return records.length - spares.length;
}
