/**
 * A queue in a circle: first in, first out, growing by doubling and never shrinking below its first size.
 *
 *   head          head+size
 *    v                v
 *  [ a  b  c  .  .  .  . ]      index = (head + i) & mask
 *
 * Invariants:
 *   I1  the length of `items` is a power of two, `mask` is that length less one.
 *   I2  slots outside [head, head+size) hold undefined, so that nothing taken out is kept alive.
 */
export class Ring<T> {
  size = 0;
  private head = 0;
  private mask: number;
  private items: (T | undefined)[];

  constructor(capacity = 16) {
    let length = 1;
    while (length < capacity) length *= 2;
    this.mask = length - 1;
    this.items = filled(length);
  }

  push(item: T): void {
    if (this.size > this.mask) this.grow();
    this.items[(this.head + this.size) & this.mask] = item;
    this.size++;
  }

  /** Takes the oldest item; undefined when there is none. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const at = this.head;
    const item = this.items[at];
    this.items[at] = undefined;
    this.head = (at + 1) & this.mask;
    this.size--;
    return item;
  }

  /** The item that is `index` places behind the oldest one. */
  at(index: number): T | undefined {
    return index < this.size ? this.items[(this.head + index) & this.mask] : undefined;
  }

  /** Takes the item at `index` out of the line, the others keep their order. O(n): for a chooser, not for the loop. */
  removeAt(index: number): T | undefined {
    const item = this.at(index);
    for (let i = index; i < this.size - 1; i++) {
      this.items[(this.head + i) & this.mask] = this.items[(this.head + i + 1) & this.mask];
    }
    if (index < this.size) {
      this.size--;
      this.items[(this.head + this.size) & this.mask] = undefined;
    }
    return item;
  }

  private grow(): void {
    const length = this.items.length;
    const straight = this.items.slice(this.head).concat(this.items.slice(0, this.head));
    // Twice the same, which keeps V8's packed elements; then the second half is cleared.
    const items = straight.concat(straight);
    for (let i = length; i < items.length; i++) items[i] = undefined;
    this.items = items;
    this.head = 0;
    this.mask = items.length - 1;
  }
}

/** An array without holes, so that reads stay on V8's packed path. */
function filled<T>(length: number): (T | undefined)[] {
  const items: (T | undefined)[] = [];
  for (let i = 0; i < length; i++) items.push(undefined);
  return items;
}
