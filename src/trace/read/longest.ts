/**
 * The longest few of many: a sorted list, and a question that is cheap for all the others.
 */
export class Longest<T> {
  private readonly most: number;
  private readonly lengths: number[] = [];
  private readonly items: T[] = [];

  constructor(most: number) {
    this.most = most;
  }

  /** The longest first. */
  get rows(): readonly T[] {
    return this.items;
  }

  /** Whether one of that length gets in. None of length 0 does. */
  fits(length: number): boolean {
    return length > 0 && (this.items.length < this.most || length > (this.lengths[this.most - 1] as number));
  }

  add(length: number, item: T): void {
    let place = this.items.length;
    while (place > 0 && (this.lengths[place - 1] as number) < length) place--;
    this.lengths.splice(place, 0, length);
    this.items.splice(place, 0, item);
    if (this.items.length > this.most) {
      this.lengths.pop();
      this.items.pop();
    }
  }
}
