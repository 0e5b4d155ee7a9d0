/**
 * What is known of each goroutine of a trace, in columns: its name, who made it, and the state in which the sweep has left it.
 *
 * A goroutine is its place here, from 0 on in the order in which they were seen first; `ids` has its number.
 */
import { Numbering } from "./numbering.ts";

export const Seen = {
  /** Nothing is known. */
  nothing: 0,
  runnable: 1,
  waiting: 2,
  ended: 3,
} as const;

/** Why one is runnable. */
export const Cause = { unknown: 0, made: 1, woken: 2, yielded: 3 } as const;

/** Nobody, where the number of a goroutine could stand. */
export const Who = {
  /** A timer, a socket, a promise. */
  host: 0,
  /** The event was lost, or the wait goes on. */
  unknown: -1,
} as const;

export class Goroutines {
  private readonly numbering: Numbering = new Numbering();
  private size = 0;
  /** Texts (texts.ts); 0: not known. */
  names: Int32Array = new Int32Array(0);
  /** The number of the goroutine that made it; 0: nobody, or not known. */
  makers: Uint32Array = new Uint32Array(0);
  /** One of Seen, since when, and why: a reason for waiting, or a Cause. */
  states: Uint8Array = new Uint8Array(0);
  since: Float64Array = new Float64Array(0);
  whys: Uint8Array = new Uint8Array(0);
  /** Whole seconds that its wait is older than `since`. */
  older: Uint32Array = new Uint32Array(0);
  /** A wake-up that came while it was not waiting: until when its waker's run lasts (-1: none), and by whom. */
  earlyUntil: Float64Array = new Float64Array(0);
  earlyBy: Uint32Array = new Uint32Array(0);

  get count(): number {
    return this.numbering.count;
  }

  /** The same without number 0, which stands for code outside goroutines: it logs, and marks the end. */
  get real(): number {
    return this.count - (this.numbering.has(0) ? 1 : 0);
  }

  /** The number of the one at that place. */
  id(place: number): number {
    return this.numbering.keys[place] as number;
  }

  place(id: number): number {
    const place = this.numbering.place(id);
    if (place === this.size) this.grow();
    return place;
  }

  private grow(): void {
    const size = Math.max(1024, this.size * 2);
    this.names = longer(this.names, new Int32Array(size));
    this.makers = longer(this.makers, new Uint32Array(size));
    this.states = longer(this.states, new Uint8Array(size));
    this.since = longer(this.since, new Float64Array(size));
    this.whys = longer(this.whys, new Uint8Array(size));
    this.older = longer(this.older, new Uint32Array(size));
    this.earlyUntil = longer(this.earlyUntil, new Float64Array(size).fill(-1));
    this.earlyBy = longer(this.earlyBy, new Uint32Array(size));
    this.size = size;
  }
}

function longer<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
