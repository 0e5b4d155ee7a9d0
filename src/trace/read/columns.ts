/**
 * Events as columns of numbers: 20 bytes an event, and no object for any.
 *
 * Invariants:
 *   I1  the first `count` places of each column are events; the arrays may be longer.
 *   I2  after `settle` they are ordered by time; of those that have the same, what a run has done stands behind the run, everything else as it was recorded.
 *
 * A run is written down when it ends, with the time when it began (events.ts): so in a file it stands behind what happened in it.
 */
import { Kind } from "../events.ts";

export class EventColumns {
  count = 0;
  /** In units of 100 ns of the process's clock. */
  times: Float64Array = new Float64Array(0);
  kinds: Uint8Array = new Uint8Array(0);
  reasons: Uint8Array = new Uint8Array(0);
  names: Uint16Array = new Uint16Array(0);
  as: Uint32Array = new Uint32Array(0);
  bs: Uint32Array = new Uint32Array(0);

  /** Makes room for so many more. */
  room(more: number): void {
    const wanted = this.count + more;
    if (wanted <= this.times.length) return;
    const length = Math.max(wanted, 1024, Math.ceil(this.times.length * 1.5));
    this.times = moved(this.times, new Float64Array(length));
    this.kinds = moved(this.kinds, new Uint8Array(length));
    this.reasons = moved(this.reasons, new Uint8Array(length));
    this.names = moved(this.names, new Uint16Array(length));
    this.as = moved(this.as, new Uint32Array(length));
    this.bs = moved(this.bs, new Uint32Array(length));
  }

  /** Orders them (I2). In a sound trace that is one pass: each event moves once, behind its run. */
  settle(): void {
    const { times, kinds, count } = this;
    let tail = 0;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== Kind.run) continue;
      let place = i;
      while (place > tail && this.isIn(place - 1, i)) place--;
      if (place < i) this.rotate(place, i);
      tail = i + 1;
    }
    for (let i = 1; i < count; i++) {
      if ((times[i] as number) < (times[i - 1] as number)) {
        this.sort();
        return;
      }
    }
  }

  /** When the last of what is known ends, in units. 0: there is nothing. */
  end(): number {
    const { times, kinds, bs, count } = this;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const kind = kinds[i] as number;
      const length = kind === Kind.run ? (bs[i] as number) >>> 3 : kind === Kind.gap ? (bs[i] as number) : 0;
      end = Math.max(end, (times[i] as number) + length);
    }
    return end;
  }

  /** Whether the event belongs behind a run that was recorded after it. */
  private isIn(event: number, run: number): boolean {
    const began = this.times[run] as number;
    const time = this.times[event] as number;
    return time > began || (time === began && this.actor(event) === this.as[run]);
  }

  /** The goroutine that did it; 0: none, or not known. */
  private actor(i: number): number {
    switch (this.kinds[i]) {
      case Kind.create:
      case Kind.unblock:
      case Kind.taskEnd:
        return this.bs[i] as number;
      case Kind.regionBegin:
      case Kind.regionEnd:
      case Kind.log:
      case Kind.mark:
        return this.as[i] as number;
      default:
        return 0;
    }
  }

  /** Moves the event `last` to `first`, and those between up by one: mostly one or two, so no copyWithin. */
  private rotate(first: number, last: number): void {
    const { times, kinds, reasons, names, as, bs } = this;
    const time = times[last] as number;
    const kind = kinds[last] as number;
    const reason = reasons[last] as number;
    const name = names[last] as number;
    const a = as[last] as number;
    const b = bs[last] as number;
    for (let i = last; i > first; i--) {
      times[i] = times[i - 1] as number;
      kinds[i] = kinds[i - 1] as number;
      reasons[i] = reasons[i - 1] as number;
      names[i] = names[i - 1] as number;
      as[i] = as[i - 1] as number;
      bs[i] = bs[i - 1] as number;
    }
    times[first] = time;
    kinds[first] = kind;
    reasons[first] = reason;
    names[first] = name;
    as[first] = a;
    bs[first] = b;
  }

  private sort(): void {
    const { times, count } = this;
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    order.sort((i, j) => (times[i] as number) - (times[j] as number) || i - j);
    for (const column of [times, this.kinds, this.reasons, this.names, this.as, this.bs]) {
      const old = column.slice(0, count);
      for (let i = 0; i < count; i++) column[i] = old[order[i] as number] as number;
    }
  }
}

function moved<T extends Float64Array | Uint8Array | Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
