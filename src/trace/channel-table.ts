/**
 * The channels of a thread that somebody has been seen to wait at: also later, when nobody does, for as long as the program has them.
 *
 * Channels have no list of their own: it would cost each `chan()` of a program that nobody looks at. A channel that nobody has waited at while somebody looked is not here.
 */
import { clock } from "../runtime/clock.ts";
import { cores } from "../runtime/remote.ts";
import type { WaitObject } from "../runtime/waited.ts";
import type { ChannelRow } from "./rows.ts";

const MOST = 1_000;
const MOST_SHOWN = 200;
const MOST_WAITERS = 20;

/** What a channel tells of itself. */
interface Measured {
  readonly length: number;
  readonly capacity: number;
  readonly closed: boolean;
}

interface Known {
  readonly label: string;
  readonly isShared: boolean;
  readonly thing: WeakRef<object> | null;
  length: number;
  capacity: number;
  closed: boolean;
  receivers: number[];
  senders: number[];
  receiverCount: number;
  senderCount: number;
  /** Since when it has been full with senders, or empty with receivers; NaN: it is not. */
  stuckSince: number;
}

export class ChannelTable {
  private readonly known = new Map<string, Known>();

  /** A new look begins. */
  begin(): void {
    for (const one of this.known.values()) {
      one.receivers = [];
      one.senders = [];
      one.receiverCount = 0;
      one.senderCount = 0;
    }
  }

  /** Goroutine `id` waits at a channel. */
  waits(object: WaitObject, id: number, sends: boolean): void {
    const { label, thing } = object;
    let one = this.known.get(label);
    if (one === undefined) {
      if (this.known.size >= MOST) return;
      one = {
        label,
        isShared: typeof thing === "number",
        thing: typeof thing === "number" ? null : new WeakRef(thing),
        length: 0,
        capacity: 0,
        closed: false,
        receivers: [],
        senders: [],
        receiverCount: 0,
        senderCount: 0,
        stuckSince: Number.NaN,
      };
      this.known.set(label, one);
    }
    one.length = object.len;
    one.capacity = object.cap;
    const waiters = sends ? one.senders : one.receivers;
    if (waiters.length < MOST_WAITERS) waiters.push(id);
    if (sends) one.senderCount++;
    else one.receiverCount++;
  }

  /** The look is over: its rows. */
  rows(): ChannelRow[] {
    const now = clock.read();
    const rows: ChannelRow[] = [];
    for (const [label, one] of this.known) {
      const isWaitedFor = one.receiverCount + one.senderCount > 0;
      const thing = one.thing?.deref() as Partial<Measured> | undefined;
      if (!isWaitedFor && thing === undefined) {
        this.known.delete(label);
        continue;
      }
      if (typeof thing?.length === "number") {
        one.length = thing.length;
        one.capacity = thing.capacity ?? 0;
        one.closed = thing.closed === true;
      }
      if (!isWaitedFor) one.stuckSince = Number.NaN;
      else if (Number.isNaN(one.stuckSince)) one.stuckSince = now;
      rows.push(rowOf(one, now));
    }
    const waiters = (row: ChannelRow): number => row.receiverCount + row.senderCount;
    return rows.sort((a, b) => Number(waiters(b) > 0) - Number(waiters(a) > 0)).slice(0, MOST_SHOWN);
  }
}

function rowOf(one: Known, now: number): ChannelRow {
  const { label, length, capacity, closed, receivers, senders, receiverCount, senderCount } = one;
  return {
    label,
    kind: one.isShared ? "shared chan" : "chan",
    proc: cores.remote.procId,
    length,
    capacity,
    closed,
    receivers,
    receiverCount,
    senders,
    senderCount,
    stuckMs: Number.isNaN(one.stuckSince) ? 0 : now - one.stuckSince,
  };
}
