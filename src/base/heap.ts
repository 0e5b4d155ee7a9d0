/**
 * A 4-ary min-heap from which any item can be taken out in O(log n).
 *
 * Items stand still: each has a place in a table, and what moves in the heap are the number of that place and the item's time, in arrays of numbers. Sifting
 * would otherwise touch an item at every level, each in another line of memory: with a hundred thousand of them that was two thirds of the time of a pop.
 *
 * Invariants:
 *   I1  item.place is its place in the table while it is inside, and -1 while it is outside.
 *   I2  index[places[i]] === i for each i below size.
 *   I3  no entry is before its parent: first by time, then by number (equal times leave in the order they came).
 *
 * Why four children: half the levels of a binary heap, and their times share a line of the cache. Go: runtime/time.go.
 */
export interface HeapItem {
  place: number;
}

const FIRST_CAPACITY = 64;
/** More is given back when the heap is empty. */
const KEPT_CAPACITY = 4096;

export class Heap<T extends HeapItem> {
  size = 0;
  /** Of the entries, in the heap's order: time, number, place. */
  private whens: Float64Array<ArrayBuffer> = new Float64Array(FIRST_CAPACITY);
  private seqs: Float64Array<ArrayBuffer> = new Float64Array(FIRST_CAPACITY);
  private places: Int32Array<ArrayBuffer> = new Int32Array(FIRST_CAPACITY);
  /** By place: where in the heap it is, and the item. */
  private index: Int32Array<ArrayBuffer> = new Int32Array(FIRST_CAPACITY);
  private items: (T | undefined)[] = [];
  private free: number[] = [];
  private seq = 0;

  /** When the first item is due; Infinity when there is none. */
  get first(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.whens[0] as number);
  }

  /** The item that is due first. */
  peek(): T | undefined {
    return this.size === 0 ? undefined : this.items[this.places[0] as number];
  }

  push(item: T, when: number): void {
    const at = this.size;
    if (at === this.whens.length) this.resize(at * 2);
    const place = this.free.length === 0 ? this.items.length : (this.free.pop() as number);
    this.items[place] = item;
    item.place = place;
    this.size = at + 1;
    this.up(place, when, this.seq++, at);
  }

  pop(): T | undefined {
    const first = this.peek();
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes `item` out; false when it is not inside. */
  remove(item: T): boolean {
    const { place } = item;
    if (place < 0) return false;
    item.place = -1;
    this.items[place] = undefined;
    this.free.push(place);
    const at = this.index[place] as number;
    const end = --this.size;
    if (end === 0) {
      this.clear();
    } else if (at !== end) {
      const last = this.places[end] as number;
      const when = this.whens[end] as number;
      const seq = this.seqs[end] as number;
      if (!this.down(last, when, seq, at)) this.up(last, when, seq, at);
    }
    return true;
  }

  private resize(capacity: number): void {
    this.whens = grown(this.whens, new Float64Array(capacity));
    this.seqs = grown(this.seqs, new Float64Array(capacity));
    this.places = grown(this.places, new Int32Array(capacity));
    this.index = grown(this.index, new Int32Array(capacity));
  }

  /** It is empty: what a crowd has left is given back. */
  private clear(): void {
    if (this.whens.length <= KEPT_CAPACITY) return;
    this.whens = new Float64Array(FIRST_CAPACITY);
    this.seqs = new Float64Array(FIRST_CAPACITY);
    this.places = new Int32Array(FIRST_CAPACITY);
    this.index = new Int32Array(FIRST_CAPACITY);
    this.items = [];
    this.free = [];
  }

  /** Puts the entry at `from` or above. */
  private up(place: number, when: number, seq: number, from: number): void {
    const { whens, seqs, places, index } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentWhen = whens[parent] as number;
      if (when > parentWhen || (when === parentWhen && seq > (seqs[parent] as number))) break;
      this.move(parent, at);
      at = parent;
    }
    whens[at] = when;
    seqs[at] = seq;
    places[at] = place;
    index[place] = at;
  }

  /** Puts the entry below `from` and returns true; false when it belongs there or above, and has not been put. */
  private down(place: number, when: number, seq: number, from: number): boolean {
    const { whens, seqs, places, index, size } = this;
    let at = from;
    for (;;) {
      const child = at * 4 + 1;
      if (child >= size) break;
      let least = child;
      let leastWhen = whens[child] as number;
      const end = child + 4 < size ? child + 4 : size;
      for (let i = child + 1; i < end; i++) {
        const other = whens[i] as number;
        if (other < leastWhen || (other === leastWhen && (seqs[i] as number) < (seqs[least] as number))) {
          least = i;
          leastWhen = other;
        }
      }
      if (when < leastWhen || (when === leastWhen && seq < (seqs[least] as number))) break;
      this.move(least, at);
      at = least;
    }
    if (at === from) return false;
    whens[at] = when;
    seqs[at] = seq;
    places[at] = place;
    index[place] = at;
    return true;
  }

  private move(from: number, to: number): void {
    const { whens, seqs, places, index } = this;
    const place = places[from] as number;
    whens[to] = whens[from] as number;
    seqs[to] = seqs[from] as number;
    places[to] = place;
    index[place] = to;
  }
}

function grown<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
