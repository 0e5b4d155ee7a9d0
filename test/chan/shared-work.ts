/** What each core does in the stress of shared channels: its goroutines send what nobody else sends, and note what they receive. */
import { type Chan, chan, type Goroutine, go, type Handle, run, type SharedChan, select } from "gort";
import type { Ref } from "#src/shm/region.ts";
import { borrow } from "./shared-core.ts";

export interface Plan {
  readonly kind: "plain" | "select" | "exchange" | "mixed";
  /** The channels that values go through. */
  readonly refs: readonly Ref[];
  /** Where each sender says that it has sent all: its core. */
  readonly finished: Ref;
  readonly senders: number;
  readonly receivers: number;
  /** Values a sender. */
  readonly count: number;
}

/** Value number `seq` of a sender; every third one is longer than a slot. */
export type Item = readonly [sender: number, seq: number, rest?: string];

const LONG = "x".repeat(100);

function item(sender: number, seq: number): Item {
  return seq % 3 === 2 ? [sender, seq, LONG] : [sender, seq];
}

/** Runs the goroutines of one core; what each received, as (sender * 1e6 + seq) * 2, plus one when it came by the second channel. */
export function work(machine: number, plan: Plan): Promise<number[][]> {
  const [a, b] = plan.refs.map((ref) => borrow<Item>(ref)) as [SharedChan<Item>, SharedChan<Item>];
  const finished = borrow<number>(plan.finished);
  return run(function* () {
    const handles: Handle<number[]>[] = [];
    const name = (i: number): number => machine * 100 + i;
    for (let i = 0; i < plan.senders; i++) {
      if (plan.kind === "exchange") {
        const [to, from] = (machine + i) % 2 === 0 ? [a, b] : [b, a];
        handles.push(go(exchange, to, from, name(i), plan.count, finished));
      } else if (plan.kind === "plain") {
        go(send, i % 2 === 0 ? a : b, name(i), plan.count, finished);
      } else {
        const local = plan.kind === "mixed" ? chan<number>() : null;
        const [first, second] = machine % 2 === 0 ? [a, b] : [b, a];
        const sender = go(sendEither, first, second, name(i), plan.count, finished, local);
        if (local !== null) go(pester, local, sender);
      }
    }
    for (let i = 0; i < plan.receivers; i++) {
      if (plan.kind === "plain") {
        handles.push(go(receive, i % 2 === 0 ? a : b));
      } else {
        const local = plan.kind === "mixed" ? chan<number>() : null;
        const receiver = go(receiveEither, a, b, local);
        if (local !== null) go(feed, local, receiver);
        handles.push(receiver);
      }
    }
    const results: number[][] = [];
    for (const handle of handles) results.push(yield* handle);
    return results;
  });
}

function note([sender, seq, rest]: Item): number {
  if ((rest?.length ?? 0) !== (seq % 3 === 2 ? LONG.length : 0))
    throw new Error("a value has changed on its way");
  return (sender * 1e6 + seq) * 2;
}

function* send(ch: SharedChan<Item>, sender: number, count: number, finished: SharedChan<number>): Goroutine {
  for (let seq = 0; seq < count; seq++) yield* ch.send(item(sender, seq));
  yield* finished.send(1);
}

function* receive(ch: SharedChan<Item>): Goroutine<number[]> {
  const got: number[] = [];
  for (;;) {
    const [value, ok] = yield* ch.recvOk();
    if (!ok) return got;
    got.push(note(value));
  }
}

/** Sends through whichever takes it; a local case may come between, and must not lose anything. */
function* sendEither(
  a: SharedChan<Item>,
  b: SharedChan<Item>,
  sender: number,
  count: number,
  finished: SharedChan<number>,
  local: Chan<number> | null,
): Goroutine {
  let expected = 0;
  for (let seq = 0; seq < count; ) {
    const value = item(sender, seq);
    const s = yield* select({ a: a.send(value), b: b.send(value), local: local?.recv() });
    if (s.case === "local") {
      if (s.value !== expected++) throw new Error(`local value ${s.value}, expected ${expected - 1}`);
    } else {
      seq++;
    }
  }
  yield* finished.send(1);
}

/** Numbers into a local channel, as long as `whom` lives: each must arrive, in order. */
function* pester(local: Chan<number>, whom: Handle<unknown>): Goroutine {
  for (let n = 0; ; n++) {
    const s = yield* select({ sent: local.send(n), ended: whom });
    if (s.case === "ended") return;
  }
}

function* receiveEither(
  a: SharedChan<Item>,
  b: SharedChan<Item>,
  local: Chan<number> | null,
): Goroutine<number[]> {
  const got: number[] = [];
  let isOpenA = true;
  let isOpenB = true;
  let sent = 0;
  while (isOpenA || isOpenB) {
    const s = yield* select({
      a: isOpenA && a.recvOk(),
      b: isOpenB && b.recvOk(),
      local: local?.send(sent),
    });
    if (s.case === "local") {
      sent++;
      continue;
    }
    const [value, ok] = s.value;
    if (ok) got.push(note(value) + (s.case === "a" ? 0 : 1));
    else if (s.case === "a") isOpenA = false;
    else isOpenB = false;
  }
  return got;
}

function* feed(local: Chan<number>, whom: Handle<unknown>): Goroutine {
  for (let expected = 0; ; expected++) {
    const s = yield* select({ got: local.recv(), ended: whom });
    if (s.case === "ended") return;
    if (s.value !== expected) throw new Error(`local value ${s.value}, expected ${expected}`);
  }
}

/** Sends to one and receives from the other in one select: two of these on two cores meet as selects. */
function* exchange(
  to: SharedChan<Item>,
  from: SharedChan<Item>,
  sender: number,
  count: number,
  finished: SharedChan<number>,
): Goroutine<number[]> {
  const got: number[] = [];
  let told: Handle<void> | null = null;
  for (let seq = 0, isOpen = true; isOpen; ) {
    const s = yield* select({ out: seq < count && to.send(item(sender, seq)), in: from.recvOk() });
    if (s.case === "out") {
      seq++;
      if (seq === count) told = go(tell, finished);
    } else if (s.value[1]) {
      got.push(note(s.value[0]));
    } else {
      isOpen = false;
    }
  }
  if (told !== null) yield* told;
  return got;
}

function* tell(finished: SharedChan<number>): Goroutine {
  yield* finished.send(1);
}
