/**
 * A thread that ends in the middle of something: its lock is taken over (shm/lock.ts), and the others that used a channel with it go on (shm/wait.ts, shm/shared-heirs.ts, shm/shared-ring.ts).
 *
 * The last thread is the one that hears of it, and does what parallel/salvage.ts does.
 */
import { load, store } from "#src/shm/atomic.ts";
import { Mail, onMail, post } from "#src/shm/inbox.ts";
import { LIFE, MACHINE, machineAt } from "#src/shm/layout.ts";
import { lock, obituary, unlock } from "#src/shm/lock.ts";
import { home, memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { buryHoldings, forgetHoldings } from "#src/shm/shared-heirs.ts";
import { parcel } from "#src/shm/shared-message.ts";
import { beginObject, forgetObjects } from "#src/shm/shared-object.ts";
import { SharedQueue } from "#src/shm/shared-queue.ts";
import { CHANNEL, Outcome } from "#src/shm/shared-ring.ts";
import { alloc } from "#src/shm/slab.ts";
import {
  beginWait,
  buryWaits,
  endWait,
  forgetWaits,
  recoverWaits,
  Shared,
  tellServed,
  WAIT,
} from "#src/shm/wait.ts";
import { expect, expectOrder, hear, label, type Model, publish, published } from "../world.ts";
import { scratch, send } from "./sending.ts";
import { awaitMail, awaitServed, stock, Waiting } from "./waiting.ts";

/** The one that dies. */
const VICTIM = 0;

// As parallel/machine.ts.
obituary.isDead = (machine: number) => load(home().words, machineAt(machine) + MACHINE.life) === LIFE.dead;

const AT = machineAt(30) + MACHINE.runqSlots;

function locker(times: number): () => () => number[] {
  return () => () => {
    const { words } = home();
    for (let i = 0; i < times; i++) {
      lock(words, AT);
      words[AT + 1] = (words[AT + 1] as number) + 1;
      unlock(words, AT);
    }
    return [];
  };
}

function reaper(): () => number[] {
  return () => {
    hear(null, 0, VICTIM);
    store(home().words, machineAt(VICTIM) + MACHINE.life, LIFE.dead);
    return [];
  };
}

export const holderDies: Model<number[]> = {
  threads: [locker(1), locker(2), reaper],
  deaths: 16,
  check: () => {
    const { words } = home();
    const count = words[AT + 1] as number;
    expect(count === 2 || count === 3, "each has added its own, the dead one or not", count);
    // The dead one's lock may still be its: whoever asks next takes it over.
    lock(words, AT);
    expect(words[AT] === 1, "and it can be taken");
  },
};

const sent: number[] = [];
const got: number[] = [];
/** A channel with these in it. */
function make(capacity: number, items: readonly number[] = []): () => void {
  return () => {
    const ref = SharedQueue.make(capacity);
    label(ref, CHANNEL.words, "channel", CHANNEL);
    const ring = memoryOf(ref).words[wordOf(ref) + CHANNEL.ring] as Ref;
    if (ring !== 0) label(ring, 32, "slot", { number: 0, count: 1, message: 2 });
    beginObject(ref, Shared.channel);
    publish(0, ref);
    for (const item of items) {
      scratch[0] = 1;
      scratch[1] = item;
      new SharedQueue(ref).send(scratch, 0);
    }
  };
}

function receive(queue: SharedQueue): number {
  let outcome = queue.receive();
  if (outcome !== Outcome.blocked) {
    if (outcome === Outcome.done) got.push(parcel[1] as number);
    return outcome;
  }
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.channel);
  outcome = queue.enterReceive(record, 0);
  if (outcome === Outcome.done) got.push(parcel[1] as number);
  tellServed();
  if (outcome === Outcome.blocked) {
    awaitServed(waiting);
    outcome = record.outcome;
    if (outcome === Outcome.done) got.push(record.words[record.at + WAIT.message + 1] as number);
  }
  endWait(record);
  return outcome;
}

function sender(items: readonly number[]): () => () => number[] {
  return () => {
    stock(1);
    const queue = new SharedQueue(published(0));
    return () => {
      for (const item of items) {
        if (send(queue, item) !== Outcome.done) break;
        sent.push(item);
      }
      return sent;
    };
  };
}

function receiver(times: number): () => () => number[] {
  return () => {
    stock(1);
    const queue = new SharedQueue(published(0));
    return () => {
      for (let i = 0; i < times; i++) if (receive(queue) !== Outcome.done) break;
      return got;
    };
  };
}

let hasHeard = false;

/** The order by which a machine hears of it (parallel/orders.ts), and its answer. */
onMail[Mail.order] = (message: Ref) => {
  const { words } = memoryOf(message);
  const at = wordOf(message);
  if (words[at + 2] === 0) {
    recoverWaits(VICTIM);
    words[at + 2] = 1;
    post(2, message);
  }
  hasHeard = true;
};

function letter(): Ref {
  const ref = alloc(64);
  memoryOf(ref).words.fill(0, wordOf(ref), wordOf(ref) + 16);
  memoryOf(ref).words[wordOf(ref) + 1] = Mail.order;
  label(ref, 16, "order");
  return ref;
}

/** As parallel/salvage.ts, and in the end closes the channel. */
function heir(): () => number[] {
  stock(1);
  const queue = new SharedQueue(published(0));
  const order = letter();
  return () => {
    hear(null, 0, VICTIM);
    store(home().words, machineAt(VICTIM) + MACHINE.life, LIFE.dead);
    forgetWaits(VICTIM);
    forgetHoldings(VICTIM);
    forgetObjects(VICTIM);
    post(1, order);
    while (!hasHeard) awaitMail();
    buryHoldings(VICTIM);
    buryWaits(VICTIM);
    queue.close();
    return [];
  };
}

/** Does what it does, and then reads its mail until it has heard. */
function survivor(outer: () => () => number[]): () => () => number[] {
  return () => {
    const body = outer();
    return () => {
      const result = body();
      while (!hasHeard) awaitMail();
      return result;
    };
  };
}

/** What is still in the channel, which nobody stands in line for. */
function rest(): number[] {
  const queue = new SharedQueue(published(0));
  const left: number[] = [];
  while (queue.receive() === Outcome.done) left.push(parcel[1] as number);
  for (const list of [CHANNEL.recvq, CHANNEL.sendq]) {
    for (let i = 0; i < 3; i++) expect(queue.words[queue.at + list + i] === 0, "nobody stands in line");
  }
  return left;
}

/** What it had said that it sent arrives; of what it was just sending, it or nothing. */
function sentArrived([, received]: number[][]): void {
  const all = received as number[];
  expectOrder(all, "in order, each once");
  // This is the machine of the dead one.
  expect(sent.length <= all.length && all.length <= sent.length + 1, "what was sent arrived", sent, all);
  expect(rest().length === 0, "the end comes last");
}

/**
 * What it had in its hands may be lost: the message that it was receiving, and, with a buffer, that of a sender that it was just letting go (shared-ring.ts, put: the claim is decided before the message can be seen, so that it is
 * never sent twice).
 */
function fewLost(before: readonly number[], most: number): (results: number[][]) => void {
  return ([, done]) => {
    const all = [...got, ...rest()];
    expectOrder(all, "in order, each once");
    const gone = [...before, ...(done as number[])];
    for (const item of all) expect(gone.includes(item), "nothing arrives whose send has failed", done, all);
    const missing = gone.length - all.length;
    expect(missing >= 0 && missing <= most, `${most} lost at most`, done, all);
  };
}

export const senderDies: Model<number[]> = {
  prepare: make(1),
  threads: [sender([11]), survivor(receiver(2)), heir],
  deaths: 29,
  check: sentArrived,
};

export const busySenderDies: Model<number[]> = {
  prepare: make(1),
  threads: [sender([11, 12]), survivor(receiver(3)), heir],
  deaths: 60,
  check: sentArrived,
};

/** There is one, and another one waits to be sent. */
export const receiverDies: Model<number[]> = {
  prepare: make(1, [11]),
  threads: [receiver(1), survivor(sender([12])), heir],
  deaths: 30,
  check: fewLost([11], 2),
};

export const busyReceiverDies: Model<number[]> = {
  prepare: make(1),
  threads: [receiver(2), survivor(sender([11, 12])), heir],
  deaths: 52,
  check: fewLost([], 2),
};

export const unbufferedSenderDies: Model<number[]> = { ...senderDies, prepare: make(0), deaths: 20 };

export const unbufferedReceiverDies: Model<number[]> = {
  ...receiverDies,
  prepare: make(0),
  deaths: 20,
  check: fewLost([], 1),
};
