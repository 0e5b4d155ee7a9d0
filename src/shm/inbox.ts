/**
 * A machine's mail: wake-ups, results, orders. Any thread posts, the owner reads.
 *
 * A message is a block of shared memory (a task's record, a waiter's record, a block of its own). The first word links it to the message that was posted before; the owner takes the whole list at
 * once. So a mailbox is never full, posting is one swap, and a thread that dies has posted a message or has not.
 *
 * Invariants:
 *   I1  the inbox word is 0, or the newest message; each message's word 0 is the one before it, or 0.
 *   I2  a message belongs to the poster until the swap, to the list until it is taken, then to the owner.
 *
 * The swap in post (release) pairs with the exchange in takeAll (acquire): the message's words are there when it is read. Nobody but the owner takes, so there is no ABA.
 */
import { add, exchange, load, swap } from "./atomic.ts";
import { MACHINE, machineAt } from "./layout.ts";
import { self } from "./lock.ts";
import { home, memoryOf, type Ref, wordOf } from "./region.ts";

/** Of every message: word 0 is the link, word 1 says what it is, and the rest is what that says. */
export const LINK = 0;
export const KIND = 1;

/** Posts `message` to `machine`; {@link ring} it afterwards. */
export function post(machine: number, message: Ref): void {
  const { words } = home();
  const block = memoryOf(message).words;
  const link = wordOf(message) + LINK;
  const inbox = machineAt(machine) + MACHINE.inbox;
  // Counted before it can be received: never are more received than sent. A thread that ends in here may have counted one too many.
  const own = machineAt(self.machine) + MACHINE.sent;
  words[own] = ((words[own] as number) + 1) | 0;
  for (;;) {
    const before = load(words, inbox);
    block[link] = before;
    if (swap(words, inbox, before, message) === before) return;
  }
}

/** Whether there is mail. */
export function hasMail(machine: number): boolean {
  return load(home().words, machineAt(machine) + MACHINE.inbox) !== 0;
}

/** What a message is; who makes them says what is in them. */
export const Mail = {
  /** A wait on something shared is over: the waiter's record (wait.ts). */
  wake: 1,
  /** A portable goroutine that was made here has ended: its record. */
  done: 2,
  /** An order of another machine (parallel/orders.ts). */
  order: 3,
  /** A context has ended (context/crossing-home.ts). */
  ended: 4,
  /** Nobody refers to an object of this machine's any more (portable/references.ts). */
  unused: 5,
} as const;

/** What to do with a message of each kind. Set by the layers that make them. */
export const onMail: ((message: Ref) => void)[] = [];

/** Owner only: reads all mail, oldest first; whether there was any. */
export function readAll(): boolean {
  let message = takeAll();
  if (message === 0) return false;
  let count = 0;
  while (message !== 0) {
    const block = memoryOf(message).words;
    const at = wordOf(message);
    // The block may be given back, and be another one, when it has been read.
    const behind = block[at + LINK] as Ref;
    const kind = block[at + KIND] as number;
    const current = message;
    message = behind;
    count++;
    try {
      (onMail[kind] as (message: Ref) => void)(current);
    } catch (error) {
      // The rest of the list is nobody's fault. Nothing but a defect of gort's own comes here.
      setImmediate(() => {
        throw error;
      });
    }
  }
  // Only now: who looks whether anything can still happen (parallel/quiet.ts) sees by the count that something has.
  add(home().words, machineAt(self.machine) + MACHINE.received, count);
  return true;
}

/** Takes the whole list; gives the oldest message, which is linked to the one that was posted after it. */
function takeAll(): Ref {
  const { words } = home();
  const inbox = machineAt(self.machine) + MACHINE.inbox;
  if (load(words, inbox) === 0) return 0;
  let newest = exchange(words, inbox, 0);
  let oldest = 0;
  while (newest !== 0) {
    const block = memoryOf(newest).words;
    const link = wordOf(newest) + LINK;
    const before = block[link] as Ref;
    block[link] = oldest;
    oldest = newest;
    newest = before;
  }
  return oldest;
}
