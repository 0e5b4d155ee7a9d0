/**
 * Bytes that have come and nobody has read: the chunks as they came, without copying them together.
 *
 * Invariant: `size` is the sum of what is left of the chunks; `offset` bytes of the first are read already.
 */
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class Inflow {
  size = 0;
  private chunks: Uint8Array[] = [];
  /** The chunk that is first, and how much of it has been read. */
  private head = 0;
  private offset = 0;
  /** No line ends in this many bytes from the first on: nobody looks twice. */
  private scanned = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** Moves as much as there is, at most what fits, into `into`; returns how much. */
  readInto(into: Uint8Array): number {
    const wanted = Math.min(into.length, this.size);
    let done = 0;
    while (done < wanted) {
      const chunk = this.chunks[this.head] as Uint8Array;
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
    const chunk = this.chunks[this.head];
    if (chunk !== undefined && chunk.length - this.offset >= count) {
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
    for (let i = this.head; i < this.chunks.length; i++) {
      const chunk = this.chunks[i] as Uint8Array;
      const start = i === this.head ? this.offset : 0;
      const length = chunk.length - start;
      if (before + length > this.scanned) {
        const at = chunk.indexOf(NEWLINE, start + Math.max(this.scanned - before, 0));
        if (at >= 0) return before + at - start + 1;
      }
      before += length;
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
    for (let i = this.head; ; i++) {
      const chunk = this.chunks[i] as Uint8Array;
      if (at < chunk.length) return chunk[at] as number;
      at -= chunk.length;
    }
  }

  /** The next `count` bytes as text, without the line's end. */
  takeLine(count: number): string {
    const length = this.contentLength(count);
    const bytes = this.take(count);
    return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("utf8");
  }

  /** Nothing is left. */
  clear(): void {
    this.chunks = [];
    this.head = 0;
    this.offset = 0;
    this.size = 0;
    this.scanned = 0;
  }

  private skip(count: number): void {
    const chunk = this.chunks[this.head] as Uint8Array;
    this.size -= count;
    this.offset += count;
    this.scanned = Math.max(this.scanned - count, 0);
    if (this.offset < chunk.length) return;
    this.offset = 0;
    this.head++;
    if (this.head === this.chunks.length) {
      // Mostly it was one: popping keeps the array's memory for the next.
      if (this.head === 1) this.chunks.pop();
      else this.chunks.length = 0;
      this.head = 0;
    } else if (this.head >= 64) {
      this.chunks.splice(0, this.head);
      this.head = 0;
    }
  }
}
