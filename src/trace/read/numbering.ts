/**
 * Numbers from 0 on for numbers from anywhere: goroutines of a trace become places in columns.
 *
 * A hash table with open addresses in one Int32Array: a Map of a million numbers takes four times as long, and ten times the memory.
 */
export class Numbering {
  count = 0;
  /** The key of each place. */
  keys: Uint32Array = new Uint32Array(1024);
  /** Places + 1; 0: free. Its length is a power of two, and at least twice the count. */
  private slots: Int32Array = new Int32Array(4096);

  /** The place of a key, a new one if it has none. */
  place(key: number): number {
    const mask = this.slots.length - 1;
    let at = spread(key) & mask;
    for (;;) {
      const found = this.slots[at] as number;
      if (found === 0) return this.add(key, at);
      if (this.keys[found - 1] === key) return found - 1;
      at = (at + 1) & mask;
    }
  }

  /** Whether a key has a place. Looks at all of them. */
  has(key: number): boolean {
    return this.keys.subarray(0, this.count).includes(key);
  }

  private add(key: number, at: number): number {
    const place = this.count++;
    if (place === this.keys.length) {
      const longer = new Uint32Array(this.keys.length * 2);
      longer.set(this.keys);
      this.keys = longer;
    }
    this.keys[place] = key;
    this.slots[at] = place + 1;
    if (this.count * 2 > this.slots.length) this.spreadOut();
    return place;
  }

  private spreadOut(): void {
    this.slots = new Int32Array(this.slots.length * 4);
    const mask = this.slots.length - 1;
    for (let place = 0; place < this.count; place++) {
      let at = spread(this.keys[place] as number) & mask;
      while (this.slots[at] !== 0) at = (at + 1) & mask;
      this.slots[at] = place + 1;
    }
  }
}

function spread(key: number): number {
  const mixed = Math.imul(key ^ (key >>> 16), 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}
