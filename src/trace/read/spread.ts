/**
 * Durations, counted by size: how many, their sum, the longest, and percentiles that are at most 3 % too large.
 *
 * 32 classes for each doubling, in one array: as small for ten million durations as for ten.
 */
const CLASSES = 32;
const BITS = 5;

export class Spread {
  count = 0;
  total = 0;
  max = 0;
  /** The shortest are counted one by one; a clock's units end below 2^53. */
  private readonly classes: Float64Array = new Float64Array(CLASSES * (54 - BITS));

  add(units: number): void {
    this.count++;
    this.total += units;
    if (units > this.max) this.max = units;
    const place = classOf(units);
    this.classes[place] = (this.classes[place] as number) + 1;
  }

  /** The duration that `share` of all do not exceed. 0 when there is none. */
  percentile(share: number): number {
    let left = Math.ceil(this.count * share);
    if (left === 0) return 0;
    for (let place = 0; place < this.classes.length; place++) {
      left -= this.classes[place] as number;
      if (left <= 0) return Math.min(this.max, largestOf(place));
    }
    return this.max;
  }
}

function classOf(units: number): number {
  if (units < CLASSES) return units;
  const doublings = units < 2 ** 31 ? 31 - Math.clz32(units) : Math.floor(Math.log2(units));
  const step = doublings - BITS;
  return step * CLASSES + Math.min(2 * CLASSES - 1, Math.floor(units / 2 ** step));
}

function largestOf(place: number): number {
  if (place < 2 * CLASSES) return place;
  const step = Math.floor(place / CLASSES) - 1;
  return ((place % CLASSES) + CLASSES + 1) * 2 ** step - 1;
}
