/**
 * A call of a portable function as a record, on its way to whoever runs it.
 *
 *   writeCall   its arguments have been copied; what cannot be sent shows here, and then nothing has happened
 *   signCall    it has a number, and somebody who waits for its end
 *   sendTo      one machine is to run it, and no other
 *
 * Go: runtime/proc.go (newproc1).
 */
import { encodeArguments, scratch } from "../portable/codec.ts";
import type { PortableEntry } from "../portable/registry.ts";
import { numberOf } from "../shm/names.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { Order, tell } from "./orders.ts";
import { R, takeRecord, writePayload } from "./records.ts";
import { type Settler, takeToken } from "./tokens.ts";

/**
 * A record with the arguments of a call.
 *
 * @param name - of the function, for the message of an error
 * @throws NotSendableError (`GORT_NOT_SENDABLE`): no record has been taken
 */
export function writeCall(entry: PortableEntry, args: readonly unknown[], name: string): Ref {
  const length = encodeArguments(args, name);
  const record = takeRecord();
  writePayload(record, scratch.words, length);
  if (entry.index < 0) entry.index = numberOf(entry.key);
  return record;
}

/** Says in a record that {@link writeCall} has made which goroutine it is; `settler` hears of its end. */
export function signCall(
  record: Ref,
  entry: PortableEntry,
  settler: Settler,
  id: number,
  parent: number,
): void {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  words[at + R.token] = takeToken(settler);
  words[at + R.fn] = entry.index;
  words[at + R.id] = id;
  words[at + R.parent] = parent;
}

/** Main thread: `machine` is to run the record, whatever else it does; nobody else can take it. */
export function sendTo(machine: number, record: Ref): void {
  memoryOf(record).words[wordOf(record) + R.claimer] = machine;
  tell(machine, Order.run, record);
}
