/**
 * A list of moments of one kind, oldest first: a time and three numbers each, in typed arrays that grow up to a limit; then the oldest go.
 *
 * Invariant: times never go back by more than a run's length (events of a run stand before it), so a search by time looks a little further.
 */
export class Columns {
  /** How many there have been; the last `kept` are there. */
  count = 0;
  private room = 256;
  private readonly most: number;
  private times = new Float64Array(256);
  private numbers = new Int32Array(256 * 3);

  /** `most`: a power of two. */
  constructor(most: number) {
    this.most = most;
  }

  add(time: number, a: number, b: number, c: number): void {
    if (this.count >= this.room && this.room < this.most) this.grow();
    const at = this.count++ & (this.room - 1);
    this.times[at] = time;
    this.numbers[at * 3] = a;
    this.numbers[at * 3 + 1] = b;
    this.numbers[at * 3 + 2] = c;
  }

  /** The number of the oldest one that is there. */
  get first(): number {
    return Math.max(0, this.count - this.room);
  }

  time(i: number): number {
    return this.times[i & (this.room - 1)] as number;
  }

  number(i: number, which: 0 | 1 | 2): number {
    return this.numbers[(i & (this.room - 1)) * 3 + which] as number;
  }

  /** The number of the first one at `time` or later. */
  search(time: number): number {
    let low = this.first;
    let high = this.count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.time(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  clear(): void {
    this.count = 0;
  }

  private grow(): void {
    // Full, and never gone round: everything stands where it stood.
    this.room *= 2;
    const times = new Float64Array(this.room);
    times.set(this.times);
    const numbers = new Int32Array(this.room * 3);
    numbers.set(this.numbers);
    this.times = times;
    this.numbers = numbers;
  }
}
