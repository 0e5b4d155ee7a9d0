/**
 * The record of a portable goroutine in shared memory: everything that another core needs to run it, and later its result. It is made by the machine that called `go`,
 * and comes back there as the message that says how the goroutine ended.
 *
 * Records come from chunks that stay records for ever, so that what an old reference points at is always a record, and so that the main thread can find the unstarted goroutines of a machine that has died.
 *
 * Invariants:
 *   I1  a record is used by its owner, by whoever holds its entry of a run queue, or by the machine that took that: never by two at once.
 *   I2  `stage` and `claimer` are written by the holder alone, after it has become it.
 *   I3  the arguments stay in the record until its goroutine has begun (stage started): until then another machine can still run it.
 */

import { store } from "../shm/atomic.ts";
import { KIND, Mail } from "../shm/inbox.ts";
import { MACHINE, machineAt } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { home, memoryOf, type Ref, refTo, wordOf } from "../shm/region.ts";
import { alloc, free } from "../shm/slab.ts";

/** Words of a record. The first two are the message's (shm/inbox.ts). */
export const R = {
  stage: 2,
  /** The machine that made it, and the place of its goroutine there (tokens.ts). */
  owner: 3,
  token: 4,
  /** The function: its key's number (shm/names.ts). */
  fn: 5,
  id: 6,
  parent: 7,
  /** The machine that has it. */
  claimer: 8,
  failed: 9,
  /** Where the arguments are, later the result: 0 for in the record itself. */
  block: 10,
  /** What a reference can say: a multiple of four. */
  inline: 12,
} as const;

/** What has become of a record, for whoever has to clear up after a machine. */
export const Stage = { free: 0, waiting: 1, offered: 2, taken: 3, started: 4, ended: 5 } as const;

const RECORD_WORDS = 32;
const INLINE_WORDS: number = RECORD_WORDS - R.inline;
const RECORDS_A_CHUNK = 63;
/** The first of a chunk's places: its link to the chunk before. */
const CHUNK_BYTES: number = (RECORDS_A_CHUNK + 1) * RECORD_WORDS * 4;

const pool: Ref[] = [];

/** An unused record of this machine's. */
export function takeRecord(): Ref {
  const record = pool.pop() ?? newChunk();
  const { words } = memoryOf(record);
  const at = wordOf(record);
  words[at + KIND] = Mail.done;
  words[at + R.owner] = self.machine;
  words[at + R.claimer] = self.machine;
  return record;
}

/** A machine takes over the records of the one that had its number before and has left. */
export function inheritRecords(): void {
  pool.push(...recordsOf(self.machine));
}

/** Owner only: its goroutine has ended, and nobody refers to it any more. */
export function dropRecord(record: Ref): void {
  memoryOf(record).words[wordOf(record) + R.stage] = Stage.free;
  pool.push(record);
}

function newChunk(): Ref {
  const chunk = alloc(CHUNK_BYTES);
  const { words, number } = memoryOf(chunk);
  const at = wordOf(chunk);
  const area = machineAt(self.machine) + MACHINE.records;
  words[at] = home().words[area] as number;
  for (let i = RECORDS_A_CHUNK; i > 0; i--) {
    words[at + i * RECORD_WORDS + R.stage] = Stage.free;
    pool.push(refTo(number, at + i * RECORD_WORDS));
  }
  store(home().words, area, chunk);
  return pool.pop() as Ref;
}

/** Every record of a machine that has died. */
export function recordsOf(machine: number): Ref[] {
  const records: Ref[] = [];
  let chunk = home().words[machineAt(machine) + MACHINE.records] as Ref;
  while (chunk !== 0) {
    const { words, number } = memoryOf(chunk);
    const at = wordOf(chunk);
    for (let i = 1; i <= RECORDS_A_CHUNK; i++) records.push(refTo(number, at + i * RECORD_WORDS));
    chunk = words[at] as Ref;
  }
  return records;
}

/** Puts `length` words of `source` into the record, or into a block beside it. */
export function writePayload(record: Ref, source: Int32Array, length: number): void {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  if (length <= INLINE_WORDS) {
    words[at + R.block] = 0;
    const to = at + R.inline;
    for (let i = 0; i < length; i++) words[to + i] = source[i] as number;
    return;
  }
  const block = alloc(length * 4);
  memoryOf(block).words.set(source.subarray(0, length), wordOf(block));
  words[at + R.block] = block;
}

/** Gives the record's block back, if it has one. What is in it has been read. */
export function freePayload(record: Ref): void {
  const { words } = memoryOf(record);
  const at = wordOf(record) + R.block;
  const block = words[at] as Ref;
  if (block === 0) return;
  words[at] = 0;
  free(block);
}

/** Where the payload is: a reference to its first word. */
export function payloadOf(record: Ref): Ref {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  return words[at + R.block] !== 0 ? (words[at + R.block] as Ref) : record + (R.inline >>> 2);
}
