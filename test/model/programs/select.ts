/** Selects over shared channels (shm/claim.ts, shm/shared-queue.ts): each is decided once, and no message is lost or received twice. */
import { memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { copyMessage, parcel } from "#src/shm/shared-message.ts";
import { SharedQueue } from "#src/shm/shared-queue.ts";
import { CHANNEL, Outcome } from "#src/shm/shared-ring.ts";
import { beginWait, endWait, leaveLine, Shared, tellServed, WAIT, type WaitRecord } from "#src/shm/wait.ts";
import { expect, expectAll, label, type Model, publish, published } from "../world.ts";
import { awaitMail, awaitServed, stock, Waiting } from "./waiting.ts";

interface Result {
  readonly sent: number[];
  readonly got: number[];
}

/** A case: what it sends, or 0 for a receive. */
interface Case {
  readonly queue: SharedQueue;
  readonly item: number;
}

const sent: number[] = [];
const got: number[] = [];

function make(...capacities: number[]): () => void {
  return () => {
    for (let i = 0; i < capacities.length; i++) {
      const ref = SharedQueue.make(capacities[i] as number);
      label(ref, CHANNEL.words, `channel ${i}`, CHANNEL);
      const ring = memoryOf(ref).words[wordOf(ref) + CHANNEL.ring] as Ref;
      if (ring !== 0) label(ring, 32, `slot of ${i}`, { number: 0, count: 1, message: 2 });
      publish(i, ref);
    }
  };
}

function concluded(item: number, outcome: number, words: Int32Array, at: number): void {
  if (outcome !== Outcome.done) {
    expect(outcome === Outcome.closed, "closed", outcome);
    return;
  }
  if (item !== 0) sent.push(item);
  else {
    expect(words[at] === 1, "the message is whole", words[at]);
    got.push(words[at + 1] as number);
  }
}

function enter({ queue, item }: Case, record: WaitRecord, own: Ref): number {
  if (item === 0) return queue.enterReceive(record, own);
  record.words[record.at + WAIT.message] = 1;
  record.words[record.at + WAIT.message + 1] = item;
  return queue.enterSend(record, own);
}

/** As select does it (chan/select.ts, runtime/shared-operation.ts), without the first look: which case, by its place. */
function select(cases: readonly Case[]): number {
  const waits: Waiting[] = [];
  const records: WaitRecord[] = [];
  let own: Ref = 0;
  let chosen = -1;
  for (let i = 0; i < cases.length && chosen < 0; i++) {
    const waiting = new Waiting();
    const record = beginWait(waiting, Shared.channel);
    if (own === 0) own = record.ownClaim;
    record.words[record.at + WAIT.claim] = own;
    waits.push(waiting);
    records.push(record);
    const one = cases[i] as Case;
    const outcome = enter(one, record, own);
    if (outcome === Outcome.done || outcome === Outcome.closed) {
      concluded(one.item, outcome, parcel, 0);
      chosen = i;
    }
    tellServed();
    // Decided by another case, here, or elsewhere: then mail is on the way.
    if (outcome === Outcome.over || waits.some(({ isServed }) => isServed)) break;
  }
  if (chosen < 0) {
    while (!waits.some(({ isServed }) => isServed)) awaitMail();
    chosen = waits.findIndex(({ isServed }) => isServed);
    const record = records[chosen] as WaitRecord;
    concluded((cases[chosen] as Case).item, record.outcome, record.words, record.at + WAIT.message);
  } else {
    expect(!waits.some(({ isServed }) => isServed), "decided once");
  }
  for (const record of records) {
    leaveLine(record);
    endWait(record);
  }
  return chosen;
}

function receive(queue: SharedQueue): void {
  const outcome = queue.receive();
  if (outcome !== Outcome.blocked) {
    concluded(0, outcome, parcel, 0);
    return;
  }
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.channel);
  const late = queue.enterReceive(record, 0);
  if (late !== Outcome.blocked) concluded(0, late, parcel, 0);
  tellServed();
  if (late === Outcome.blocked) {
    awaitServed(waiting);
    concluded(0, record.outcome, record.words, record.at + WAIT.message);
  }
  endWait(record);
}

const scratch = new Int32Array(32);

function send(queue: SharedQueue, item: number): void {
  scratch[0] = 1;
  scratch[1] = item;
  const outcome = queue.send(scratch, 0);
  if (outcome !== Outcome.blocked) {
    concluded(item, outcome, scratch, 0);
    return;
  }
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.channel);
  copyMessage(scratch, 0, record.words, record.at + WAIT.message);
  let late = queue.enterSend(record, 0);
  tellServed();
  if (late === Outcome.blocked) {
    awaitServed(waiting);
    late = record.outcome;
  }
  endWait(record);
  concluded(item, late, scratch, 0);
}

/** Receives from either, and then from the other one. */
function bothInTurn(): () => Result {
  stock(2);
  const queues = [new SharedQueue(published(0)), new SharedQueue(published(1))] as const;
  return () => {
    const first = select([
      { queue: queues[0], item: 0 },
      { queue: queues[1], item: 0 },
    ]);
    receive(queues[1 - first] as SharedQueue);
    return { sent, got };
  };
}

function sender(channel: number, item: number): () => () => Result {
  return () => {
    stock(1);
    const queue = new SharedQueue(published(channel));
    return () => {
      send(queue, item);
      return { sent, got };
    };
  };
}

/** Selects once, over these: by channel, and what is sent there (0: received). */
function selector(cases: readonly (readonly [number, number])[]): () => () => Result {
  return () => {
    stock(cases.length);
    const own: Case[] = [];
    for (const [channel, item] of cases) own.push({ queue: new SharedQueue(published(channel)), item });
    return () => {
      select(own);
      return { sent, got };
    };
  };
}

function closer(channel: number): () => () => Result {
  return () => {
    const queue = new SharedQueue(published(channel));
    return () => {
      queue.close();
      return { sent, got };
    };
  };
}

function check(channels: number): (results: Result[]) => void {
  return (results) => {
    const left: number[] = [];
    for (let i = 0; i < channels; i++) {
      const queue = new SharedQueue(published(i));
      while (queue.receive() === Outcome.done) left.push(parcel[1] as number);
      for (const list of [CHANNEL.recvq, CHANNEL.sendq]) {
        for (let word = 0; word < 3; word++)
          expect(queue.words[queue.at + list + word] === 0, "nobody stands in line");
      }
    }
    expectAll(
      [...results.flatMap((one) => one.got), ...left],
      results.flatMap((one) => one.sent),
      "each once",
    );
  };
}

export const twoSenders: Model<Result> = {
  prepare: make(0, 0),
  threads: [bothInTurn, sender(0, 11), sender(1, 21)],
  check: check(2),
};

export const twoSendersBuffered: Model<Result> = {
  prepare: make(1, 1),
  threads: [bothInTurn, sender(0, 11), sender(1, 21)],
  check: check(2),
};

/** Each offers what the other one wants, on two channels, the other way round: one of the two comes about. */
export const twoSelectsMeet: Model<Result> = {
  prepare: make(0, 0),
  threads: [
    selector([
      [0, 11],
      [1, 0],
    ]),
    selector([
      [1, 21],
      [0, 0],
    ]),
  ],
  check: (results) => {
    check(2)(results);
    expect(results.flatMap((one) => one.got).length === 1, "one message", results);
  },
};

export const messageOrEnd: Model<Result> = {
  prepare: make(1, 1),
  threads: [
    selector([
      [0, 0],
      [1, 0],
    ]),
    sender(0, 11),
    closer(1),
  ],
  check: check(2),
};

/** Two selects want the only message; the end comes to the other one. */
export const oneMessageForTwo: Model<Result> = {
  prepare: make(0, 0),
  threads: [
    selector([
      [0, 0],
      [1, 0],
    ]),
    selector([
      [1, 0],
      [0, 0],
    ]),
    () => {
      stock(1);
      const queue = new SharedQueue(published(0));
      const other = new SharedQueue(published(1));
      return () => {
        send(queue, 11);
        other.close();
        return { sent, got };
      };
    },
  ],
  check: check(2),
};
