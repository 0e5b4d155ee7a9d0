/**
 * What one machine tells another to do: small messages in blocks of their own.
 */
import { KIND, Mail, onMail, post } from "../shm/inbox.ts";
import { ring } from "../shm/note.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc, free } from "../shm/slab.ts";

export const Order = {
  /** To the main thread: end the process, with this code. */
  exit: 0,
  /** To the main thread: there is more work than machines. */
  want: 1,
  /** A machine has died: its number (salvage.ts). */
  lost: 2,
  /** To the main thread: the number of a machine that has died, and that of one that has done what was to be done about it. */
  mourned: 3,
  /** Write down your goroutines: a reference to where the answer goes (dump.ts). */
  dump: 4,
  /** Run this record, whatever else there is: a call that blocks (blocking.ts). */
  run: 5,
  /** To the main thread: find a spare thread for this record. */
  block: 6,
  /** To the main thread: this spare thread has nothing to do. */
  spared: 7,
  /** To the main thread: the machine of this processor is to run this record (pinned.ts). */
  place: 8,
  /** Leave, unless you have something to do (retire.ts). */
  retire: 9,
  /** Somebody waits for a goroutine of this machine's: its serial number, the machine (handles.ts). */
  watch: 10,
  /** A goroutine that this machine has asked for has ended: its token, the result, whether that is an error (handles.ts). */
  answer: 11,
  /** Count your goroutines (figures.ts). */
  count: 12,
  /** Look what is to be written down of this process (runtime/remote.ts, cores.switched). */
  switched: 13,
} as const;

const WHAT = 2;
const FIRST = 3;
const ORDER_BYTES = 64;

type Handler = (a: number, b: number, c: number) => void;

const handlers: Handler[] = [];

/** What this thread does when it is told. */
export function onOrder(order: number, handler: Handler): void {
  handlers[order] = handler;
}

/** Tells `machine`. */
export function tell(machine: number, order: number, a = 0, b = 0, c = 0): void {
  const message = alloc(ORDER_BYTES);
  const { words } = memoryOf(message);
  const at = wordOf(message);
  words[at + KIND] = Mail.order;
  words[at + WHAT] = order;
  words[at + FIRST] = a;
  words[at + FIRST + 1] = b;
  words[at + FIRST + 2] = c;
  post(machine, message);
  ring(machine);
}

onMail[Mail.order] = (message: Ref): void => {
  const { words } = memoryOf(message);
  const at = wordOf(message);
  const what = words[at + WHAT] as number;
  const a = words[at + FIRST] as number;
  const b = words[at + FIRST + 1] as number;
  const c = words[at + FIRST + 2] as number;
  free(message);
  handlers[what]?.(a, b, c);
};
