/** A channel (shm/shared-queue.ts), with those who wait on either side (shm/wait.ts). */
import { memoryOf, wordOf } from "#src/shm/region.ts";
import { parcel } from "#src/shm/shared-message.ts";
import { SharedQueue } from "#src/shm/shared-queue.ts";
import { CHANNEL, Outcome } from "#src/shm/shared-ring.ts";
import { beginWait, endWait, Shared, tellServed, WAIT, type WaitRecord } from "#src/shm/wait.ts";
import { expect, expectAll, expectOrder, label, type Model, publish, published } from "../world.ts";
import { send } from "./sending.ts";
import { awaitServed, stock, Waiting } from "./waiting.ts";

interface Result {
  readonly sent: number[];
  readonly got: number[];
  /** A receiver: whether it was told that the channel is closed, and nothing follows. */
  readonly ended: boolean;
}

function make(capacity: number): () => void {
  return () => {
    const ref = SharedQueue.make(capacity);
    label(ref, CHANNEL.words, "channel", CHANNEL);
    const ring = memoryOf(ref).words[wordOf(ref) + CHANNEL.ring] as number;
    if (ring !== 0) label(ring, 32, "slot 0", { number: 0, count: 1, message: 2 });
    publish(0, ref);
  };
}

/** This thread's view of the channel, and a record so that no memory is taken later. */
function open(): SharedQueue {
  stock(1);
  return new SharedQueue(published(0));
}

const got: number[] = [];

function receive(queue: SharedQueue): number {
  const outcome = queue.receive();
  if (outcome !== Outcome.blocked) return took(outcome, parcel, 0);
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.channel);
  const late = queue.enterReceive(record, 0);
  tellServed();
  if (late !== Outcome.blocked) {
    endWait(record);
    return took(late, parcel, 0);
  }
  awaitServed(waiting);
  return landed(record);
}

function landed(record: WaitRecord): number {
  endWait(record);
  return took(record.outcome, record.words, record.at + WAIT.message);
}

function took(outcome: number, words: Int32Array, at: number): number {
  if (outcome !== Outcome.done) return outcome;
  expect(words[at] === 1, "the message is whole", words[at]);
  got.push(words[at + 1] as number);
  return outcome;
}

/** Sends `items`, and closes the channel when that is said. */
function sender(items: readonly number[], closes = false): () => () => Result {
  return () => {
    const queue = open();
    return () => {
      const sent: number[] = [];
      for (const item of items) if (send(queue, item) === Outcome.done) sent.push(item);
      if (closes) queue.close();
      return { sent, got, ended: false };
    };
  };
}

/** Receives so often, or to the end. */
function receiver(times: number): () => () => Result {
  return () => {
    const queue = open();
    return () => {
      let end: number = Outcome.done;
      for (let i = 0; i < times && end === Outcome.done; i++) end = receive(queue);
      return { sent: [], got, ended: end === Outcome.closed };
    };
  };
}

function closer(): () => Result {
  const queue = open();
  return () => {
    queue.close();
    return { sent: [], got, ended: false };
  };
}

/** Everything sent was received, or is still there; nobody stands in line. */
function check(results: Result[]): void {
  const queue = new SharedQueue(published(0));
  const left: number[] = [];
  while (queue.receive() === Outcome.done) left.push(parcel[1] as number);
  expectAll(
    [...results.flatMap((one) => one.got), ...left],
    results.flatMap((one) => one.sent),
    "each once",
  );
  for (const one of results) expectOrder(one.got, "in order");
  if (results.some(({ ended }) => ended)) expect(left.length === 0, "the end comes last", left);
  const { words, at } = queue;
  for (const list of [CHANNEL.recvq, CHANNEL.sendq]) {
    for (let i = 0; i < 3; i++) expect(words[at + list + i] === 0, "nobody stands in line");
  }
  expect(words[at + CHANNEL.lock] === 0, "the lock is free");
}

/** Two senders, of which one closes when it has sent; a receiver to the end. */
export const twoSendersAndClose: Model<Result> = {
  prepare: make(1),
  threads: [receiver(3), sender([11]), sender([21], true)],
  check,
};

export const oneToOne: Model<Result> = {
  prepare: make(1),
  threads: [sender([11, 12]), receiver(2)],
  check,
};

/** The last message stays in the channel, and its sender does not wait. */
export const oneStays: Model<Result> = {
  prepare: make(1),
  threads: [sender([11, 12]), receiver(1)],
  check,
};

export const oneToOneAndClose: Model<Result> = {
  prepare: make(1),
  threads: [sender([11, 12], true), receiver(3)],
  check,
};

export const twoSenders: Model<Result> = {
  prepare: make(1),
  threads: [receiver(2), sender([11]), sender([21])],
  check,
};

export const twoReceivers: Model<Result> = {
  prepare: make(1),
  threads: [sender([11, 12]), receiver(1), receiver(1)],
  check,
};

export const closedBetween: Model<Result> = {
  prepare: make(1),
  threads: [sender([11]), receiver(2), closer],
  check,
};

export const unbuffered: Model<Result> = {
  prepare: make(0),
  threads: [sender([11, 12], true), receiver(3)],
  check,
};

export const unbufferedTwoSenders: Model<Result> = {
  prepare: make(0),
  threads: [receiver(2), sender([11]), sender([21])],
  check,
};

export const unbufferedClosed: Model<Result> = {
  prepare: make(0),
  threads: [sender([11]), receiver(2), closer],
  check,
};
