/**
 * A 4-ary min-heap whose items know their place, so that any of them can be taken out in O(log n).
 *
 * Invariants:
 *   I1  items[i].heapIndex === i for each item inside, and -1 for each item outside.
 *   I2  no item is before its parent: first by `when`, then by `seq` (equal times leave in the order they came).
 *
 * Why four children: half the levels of a binary heap and children that share a cache line. Go: runtime/time.go.
 */
export interface HeapItem {
  when: number;
  seq: number;
  heapIndex: number;
}

export class Heap<T extends HeapItem> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  /** The item that is due first. */
  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    item.heapIndex = this.items.length;
    this.items.push(item);
    this.up(item, item.heapIndex);
  }

  pop(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes `item` out; false when it is not inside. */
  remove(item: T): boolean {
    const index = item.heapIndex;
    if (index < 0) return false;
    item.heapIndex = -1;
    const last = this.items.pop() as T;
    if (last !== item) {
      this.place(last, index);
      this.up(last, index);
      this.down(last, last.heapIndex);
    }
    return true;
  }

  private place(item: T, index: number): void {
    this.items[index] = item;
    item.heapIndex = index;
  }

  private up(item: T, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 2;
      const parent = this.items[parentIndex] as T;
      if (!before(item, parent)) break;
      this.place(parent, index);
      index = parentIndex;
    }
    this.place(item, index);
  }

  private down(item: T, from: number): void {
    const items = this.items;
    const length = items.length;
    let index = from;
    for (;;) {
      const first = index * 4 + 1;
      if (first >= length) break;
      let least = items[first] as T;
      const end = Math.min(first + 4, length);
      for (let i = first + 1; i < end; i++) {
        const child = items[i] as T;
        if (before(child, least)) least = child;
      }
      if (!before(least, item)) break;
      const hole = index;
      index = least.heapIndex;
      this.place(least, hole);
    }
    this.place(item, index);
  }
}

function before(a: HeapItem, b: HeapItem): boolean {
  return a.when < b.when || (a.when === b.when && a.seq < b.seq);
}
