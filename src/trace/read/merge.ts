/**
 * The events of all machines in the order of time. At the same time the machine with the lower number is first; each machine's own order stays.
 */
import type { MachineTrace } from "../reader.ts";

export class Merge {
  /** Where the event is that `next` has found: which machine (a place in the list), and its index there. */
  machine = 0;
  index = -1;
  private readonly machines: readonly MachineTrace[];
  /** The next event of each machine, and its time; infinite when there is none. */
  private readonly at: Int32Array;
  private readonly times: Float64Array;
  /** As long as its events are before this time, `machine` goes on. */
  private until = Number.NEGATIVE_INFINITY;

  constructor(machines: readonly MachineTrace[]) {
    this.machines = machines;
    this.at = new Int32Array(machines.length);
    this.times = new Float64Array(machines.length);
    for (let m = 0; m < machines.length; m++) this.times[m] = this.timeOf(m);
  }

  /** Goes to the next event; false: there is none. */
  next(): boolean {
    const { times, at } = this;
    let best = this.machine;
    if (!((times[best] as number) < this.until)) {
      best = this.choose();
      if (best < 0) return false;
    }
    this.machine = best;
    this.index = at[best] as number;
    at[best] = this.index + 1;
    times[best] = this.timeOf(best);
    return true;
  }

  /** The machine with the first event; -1: none. */
  private choose(): number {
    const { times } = this;
    let best = -1;
    let first = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (let m = 0; m < times.length; m++) {
      const time = times[m] as number;
      if (time < first) {
        second = first;
        first = time;
        best = m;
      } else if (time < second) second = time;
    }
    this.until = second;
    return best;
  }

  private timeOf(m: number): number {
    const { events } = this.machines[m] as MachineTrace;
    const index = this.at[m] as number;
    return index < events.count ? (events.times[index] as number) : Number.POSITIVE_INFINITY;
  }
}
