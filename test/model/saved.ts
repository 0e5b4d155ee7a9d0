/** What the modules of a machine keep, noted once and put back before each schedule: that is a tenth of the work of making it again. */

/** Lists, maps and objects, and what was in them. What is shared is put back elsewhere, and functions keep nothing. */
export class Saved {
  private readonly lists: [unknown[], readonly unknown[]][] = [];
  private readonly maps: [Map<unknown, unknown>, readonly (readonly [unknown, unknown])[]][] = [];
  private readonly words: [Int32Array, Int32Array][] = [];
  private readonly objects: [Record<string, unknown>, readonly string[], readonly unknown[]][] = [];
  private readonly seen = new Set<unknown>();
  private readonly shared: ArrayBuffer;

  /** `shared` is the common memory. */
  constructor(values: readonly unknown[], shared: ArrayBuffer) {
    this.shared = shared;
    for (const value of values) this.note(value);
  }

  private note(value: unknown): void {
    if (value === null || typeof value !== "object" || this.seen.has(value)) return;
    this.seen.add(value);
    if (Array.isArray(value)) {
      this.lists.push([value, value.slice()]);
      for (const one of value) this.note(one);
    } else if (value instanceof Map) {
      this.maps.push([value, [...value]]);
      for (const [key, one] of value) {
        this.note(key);
        this.note(one);
      }
    } else if (ArrayBuffer.isView(value)) {
      if (value.buffer !== this.shared && value instanceof Int32Array)
        this.words.push([value, value.slice()]);
    } else if (!(value instanceof ArrayBuffer) && !Object.isFrozen(value)) {
      const object = value as Record<string, unknown>;
      const keys = Object.keys(object);
      this.objects.push([object, keys, keys.map((key) => object[key])]);
      for (const key of keys) this.note(object[key]);
    }
  }

  restore(): void {
    for (const [list, was] of this.lists) {
      if (list.length !== was.length) list.length = was.length;
      for (let i = 0; i < was.length; i++) if (list[i] !== was[i]) list[i] = was[i];
    }
    for (const [map, was] of this.maps) {
      if (map.size === 0 && was.length === 0) continue;
      map.clear();
      for (const [key, value] of was) map.set(key, value);
    }
    for (const [words, was] of this.words) words.set(was);
    for (const [object, keys, was] of this.objects) {
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as string;
        if (object[key] !== was[i]) object[key] = was[i];
      }
    }
  }
}
