/**
 * Bytes that have come and nobody has read: the chunks as they came, without copying them together.
 *
 * Invariant: `size` is the sum of what is left of the chunks; `offset` bytes of the first are read already. Mostly there is one at a time: an array is made when there are more.
 */
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NOTHING = new Uint8Array(0);

export class Inflow {
  size = 0;
  /** The chunk that is first, and how much of it has been read. */
  private first: Uint8Array = NOTHING;
  private offset = 0;
  /** Those behind it, from `next` on; null when there are none. */
  private more: Uint8Array[] | null = null;
  private next = 0;
  /** No line ends in this many bytes from the first on: nobody looks twice. */
  private scanned = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.size === 0) this.first = chunk;
    else if (this.more === null) this.more = [chunk];
    else this.more.push(chunk);
    this.size += chunk.length;
  }

  /** Moves as much as there is, at most what fits, into `into`; returns how much. */
  readInto(into: Uint8Array): number {
    const wanted = Math.min(into.length, this.size);
    let done = 0;
    while (done < wanted) {
      const chunk = this.first;
      const part = Math.min(chunk.length - this.offset, wanted - done);
      into.set(
        this.offset === 0 && part === chunk.length ? chunk : chunk.subarray(this.offset, this.offset + part),
        done,
      );
      done += part;
      this.skip(part);
    }
    return done;
  }

  /** The next `count` bytes, which are there; a view when they came in one piece. */
  take(count: number): Uint8Array {
    const chunk = this.first;
    if (chunk.length - this.offset >= count) {
      const bytes = chunk.subarray(this.offset, this.offset + count);
      this.skip(count);
      return bytes;
    }
    const bytes = new Uint8Array(count);
    this.readInto(bytes);
    return bytes;
  }

  /** How many bytes the first line has, its end included; -1 when no end has come. */
  lineLength(): number {
    let before = 0;
    let chunk: Uint8Array | undefined = this.first;
    let start = this.offset;
    for (let i = this.next; chunk !== undefined; i++) {
      const length: number = chunk.length - start;
      if (before + length > this.scanned) {
        const at: number = chunk.indexOf(NEWLINE, start + Math.max(this.scanned - before, 0));
        if (at >= 0) return before + at - start + 1;
      }
      before += length;
      chunk = this.more?.[i];
      start = 0;
    }
    this.scanned = before;
    return -1;
  }

  /** How long the first line is without its end, when with its end it has `count` bytes. */
  contentLength(count: number): number {
    const last = this.at(count - 1);
    const end = last === NEWLINE ? count - 1 : count;
    return end > 0 && this.at(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
  }

  private at(index: number): number {
    let at = index + this.offset;
    let chunk = this.first;
    for (let i = this.next; at >= chunk.length; i++) {
      at -= chunk.length;
      chunk = this.more?.[i] as Uint8Array;
    }
    return chunk[at] as number;
  }

  /** The next `count` bytes as text, without the line's end. */
  takeLine(count: number): string {
    const length = this.contentLength(count);
    const bytes = this.take(count);
    return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("utf8");
  }

  /** Nothing is left. */
  clear(): void {
    this.first = NOTHING;
    this.more = null;
    this.next = 0;
    this.offset = 0;
    this.size = 0;
    this.scanned = 0;
  }

  private skip(count: number): void {
    this.size -= count;
    this.offset += count;
    this.scanned = Math.max(this.scanned - count, 0);
    if (this.offset < this.first.length) return;
    this.offset = 0;
    const { more } = this;
    if (more === null) {
      this.first = NOTHING;
      return;
    }
    this.first = more[this.next++] as Uint8Array;
    if (this.next === more.length) {
      this.more = null;
      this.next = 0;
    } else if (this.next >= 64) {
      more.splice(0, this.next);
      this.next = 0;
    }
  }
}

/** For all connections where no bytes have had to wait for a reader yet; nothing is ever pushed into it. */
export const empty: Inflow = new Inflow();
