/**
 * A channel in shared memory: its ring (shared-ring.ts), and those who wait on either side.
 *
 * Invariants:
 *   I1  whoever waits has counted himself, then looked again, then parks; whoever publishes a message, or frees a place, looks at the count afterwards, and settles if it is not 0. Both are sequentially
 *       consistent, so one of the two sees the other: no wake-up is lost.
 *   I2  settling is done under the lock, in the order of the lines, as long as there is a message and a receiver, or a place and a sender. Newcomers go past nobody: while somebody waits on their side they
 *       settle, and queue behind.
 *   I3  the end is told when the channel is closed and drained, after all that was sent before. Whoever has reserved a place before the channel was closed settles after he has published.
 *   I4  a thread that dies leaves at worst a count that does not fit its list, and a slot half done: the heir of {@link heirs} puts both right.
 *   I5  unbuffered a message goes from hand to hand under the lock, and nothing settles but a close.
 *
 * Go: runtime/chan.go.
 */
import { load } from "./atomic.ts";
import { decideClaim, holdClaim, reopenClaim } from "./claim.ts";
import { lock, unlock } from "./lock.ts";
import { memoryOf, type Ref, wordOf } from "./region.ts";
import { heirs } from "./shared-heirs.ts";
import { copyMessage, parcel } from "./shared-message.ts";
import { CHANNEL, Outcome, SharedRing } from "./shared-ring.ts";
import {
  aboutToServe,
  afterDeath,
  LIST,
  lineUp,
  nextInLine,
  OVER,
  recount,
  Shared,
  serveWait,
  tellServed,
  verdict,
  WAIT,
  type WaitRecord,
} from "./wait.ts";

export class SharedQueue extends SharedRing {
  private readonly receivers: number;
  private readonly senders: number;

  constructor(ref: Ref) {
    super(ref);
    this.receivers = this.at + CHANNEL.recvq + LIST.count;
    this.senders = this.at + CHANNEL.sendq + LIST.count;
  }

  /** Whether it looks as if a receive could end at once. */
  get canReceive(): boolean {
    const { words } = this;
    return load(words, this.tail) !== load(words, this.head) || load(words, this.senders) !== 0;
  }

  /** Whether it looks as if a send could end at once. */
  get canSend(): boolean {
    return load(this.words, this.receivers) !== 0 || this.closed || this.length < this.capacity;
  }

  /** Sends the message `from[i]` if that is possible at once. */
  send(from: Int32Array, i: number): number {
    const { words } = this;
    if (this.capacity > 0 && load(words, this.senders) === 0) {
      const outcome = this.put(from, i);
      // Pairs with the count in lineUp (I1).
      if (outcome === Outcome.done && load(words, this.receivers) !== 0) this.settle();
      return outcome;
    }
    if (this.closed) return Outcome.closed;
    if (this.capacity === 0 && load(words, this.receivers) === 0) return Outcome.blocked;
    lock(words, this.at);
    const outcome = this.sendLocked(0, from, i);
    unlock(words, this.at);
    tellServed();
    return outcome;
  }

  /** Receives into the {@link parcel} if that is possible at once. */
  receive(): number {
    const { words } = this;
    if (this.capacity > 0 && load(words, this.receivers) === 0) {
      const outcome = this.take(parcel, 0);
      if (outcome === Outcome.done && load(words, this.senders) !== 0) this.settle();
      return outcome;
    }
    const ended = this.closed;
    if (this.capacity === 0 && load(words, this.senders) === 0)
      return ended ? Outcome.closed : Outcome.blocked;
    lock(words, this.at);
    const outcome = this.receiveLocked(0);
    unlock(words, this.at);
    tellServed();
    return outcome;
  }

  /** Sends the message of `record` at once, or puts it in line. `own` is the claim of a select that stands in other lines already, else 0. {@link tellServed} is to follow. */
  enterSend(record: WaitRecord, own: Ref): number {
    const { words, at } = this;
    lock(words, at);
    const outcome = this.sendLocked(own, record.words, record.at + WAIT.message);
    if (outcome === Outcome.blocked) {
      lineUp(words, at, this.ref, CHANNEL.sendq, record);
      // Now that it is counted: who has freed a place just before did not see it (I1).
      if (this.capacity > 0) this.settleLocked();
    }
    unlock(words, at);
    return outcome;
  }

  /** As {@link enterSend}, for a receive: at once into the {@link parcel}. */
  enterReceive(record: WaitRecord, own: Ref): number {
    const { words, at } = this;
    lock(words, at);
    const outcome = this.receiveLocked(own);
    if (outcome === Outcome.blocked) {
      lineUp(words, at, this.ref, CHANNEL.recvq, record);
      if (this.capacity > 0) this.settleLocked();
    }
    unlock(words, at);
    return outcome;
  }

  /** Closes it; false when it was closed already. */
  close(): boolean {
    if (!this.shut()) return false;
    this.settle();
    return true;
  }

  /** Serves whoever can be served. */
  settle(): void {
    const { words, at } = this;
    lock(words, at);
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }

  /** A machine has died: those who wait are counted anew, and served. */
  recount(): void {
    const { words, at } = this;
    lock(words, at);
    recount(words, at, CHANNEL.recvq);
    recount(words, at, CHANNEL.sendq);
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }

  private sendLocked(own: Ref, from: Int32Array, i: number): number {
    const { words } = this;
    if (this.capacity === 0) return this.handOver(own, from, i);
    this.settleLocked();
    // Who stands in line goes first.
    if ((words[this.senders] as number) !== 0) return Outcome.blocked;
    if (own !== 0 && !holdClaim(own)) return Outcome.over;
    const outcome = this.put(from, i);
    if (own !== 0) this.conclude(own, outcome);
    if (outcome === Outcome.done && (words[this.receivers] as number) !== 0) this.settleLocked();
    return outcome;
  }

  private receiveLocked(own: Ref): number {
    const { words } = this;
    if (this.capacity === 0) return this.takeOver(own);
    this.settleLocked();
    if ((words[this.receivers] as number) !== 0) return Outcome.blocked;
    if (own !== 0 && !holdClaim(own)) return Outcome.over;
    const outcome = this.take(parcel, 0);
    if (own !== 0) this.conclude(own, outcome);
    if (outcome === Outcome.done && (words[this.senders] as number) !== 0) this.settleLocked();
    return outcome;
  }

  private conclude(own: Ref, outcome: number): void {
    if (outcome === Outcome.blocked) reopenClaim(own);
    else decideClaim(own);
  }

  /** Unbuffered: the message goes to the first receiver. */
  private handOver(own: Ref, from: Int32Array, i: number): number {
    const { words, at } = this;
    if (this.closed) return this.ended(own);
    const ref = nextInLine(words, at, CHANNEL.recvq, own);
    if (ref === OVER) return Outcome.over;
    if (ref === 0) return Outcome.blocked;
    copyMessage(from, i, memoryOf(ref).words, wordOf(ref) + WAIT.message);
    serveWait(words, at, ref, Outcome.done);
    if (own !== 0) decideClaim(own);
    return Outcome.done;
  }

  /** Unbuffered: the first sender's message becomes the parcel. */
  private takeOver(own: Ref): number {
    const { words, at } = this;
    const ref = nextInLine(words, at, CHANNEL.sendq, own);
    if (ref === OVER) return Outcome.over;
    if (ref === 0) return this.closed ? this.ended(own) : Outcome.blocked;
    const from = memoryOf(ref).words;
    const message = wordOf(ref) + WAIT.message;
    copyMessage(from, message, parcel, 0);
    serveWait(words, at, ref, Outcome.done);
    from[message] = 0;
    if (own !== 0) decideClaim(own);
    return Outcome.done;
  }

  private ended(own: Ref): number {
    if (own === 0) return Outcome.closed;
    if (!holdClaim(own)) return Outcome.over;
    decideClaim(own);
    return Outcome.closed;
  }

  private settleLocked(): void {
    const { closed } = this;
    if (this.capacity > 0) {
      while (this.serveReceivers() || this.serveSenders());
    }
    if (!closed) return;
    // As in Go: a select that stands on both sides receives the end.
    if (this.isDrained) this.endAll(CHANNEL.recvq);
    this.endAll(CHANNEL.sendq);
  }

  /** Whether it served one. */
  private serveReceivers(): boolean {
    const { words, at } = this;
    let served = false;
    while ((words[this.receivers] as number) !== 0 && this.hasMessage) {
      const ref = nextInLine(words, at, CHANNEL.recvq, 0);
      if (ref === 0) break;
      const into = memoryOf(ref).words;
      if (this.take(into, wordOf(ref) + WAIT.message) === Outcome.done) {
        serveWait(words, at, ref, Outcome.done);
        served = true;
      } else {
        reopenClaim(into[wordOf(ref) + WAIT.claim] as Ref);
      }
    }
    return served;
  }

  private serveSenders(): boolean {
    const { words, at } = this;
    let served = false;
    while ((words[this.senders] as number) !== 0 && this.hasPlace) {
      const ref = nextInLine(words, at, CHANNEL.sendq, 0);
      if (ref === 0) break;
      const from = memoryOf(ref).words;
      const message = wordOf(ref) + WAIT.message;
      aboutToServe(ref, Outcome.done);
      const outcome = this.put(from, message);
      verdict.claim = null;
      if (outcome === Outcome.done) {
        serveWait(words, at, ref, Outcome.done);
        from[message] = 0;
        served = true;
      } else {
        reopenClaim(from[wordOf(ref) + WAIT.claim] as Ref);
      }
    }
    return served;
  }

  private endAll(list: number): void {
    const { words, at } = this;
    for (;;) {
      const ref = nextInLine(words, at, list, 0);
      if (ref === 0) return;
      serveWait(words, at, ref, Outcome.closed);
    }
  }
}

/** What is lost with a machine: called with a message in the {@link parcel} that it had received, and nobody will. Set by who knows what is in one. */
export const lost: { message: () => void } = { message: () => {} };

heirs[Shared.channel] = (ref) => {
  const queue = new SharedQueue(ref);
  queue.recount();
  const halfDone = queue.halfDone();
  if (halfDone.length === 0) return undefined;
  return () => {
    queue.mend(halfDone, lost.message);
    queue.settle();
  };
};
afterDeath[Shared.channel] = (host) => new SharedQueue(host).settle();
