/**
 * JSON as bytes, straight into one buffer: a million objects a second by JSON.stringify are not enough for a trace, and ten million are had by writing digits.
 *
 * Fixed parts are made once (`piece`), numbers are written digit by digit. Whoever writes takes care that it is JSON.
 */
/** The most that is written between two calls of `room`, but for long texts. */
const ROOM = 1 << 12;
const LONG = 64;
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * A fixed part as it is copied: eight bytes at a time, which is six times as fast as one at a time. None of these numbers is a NaN, which might be changed on
 * the way: in UTF-8 no byte is 0xff, and none of 0xf0 and above stands before 0x7f.
 */
export interface Piece {
  readonly words: Float64Array;
  readonly length: number;
}

export function piece(text: string): Piece {
  const bytes = Buffer.from(text);
  const words = new Float64Array(Math.ceil(bytes.length / 8));
  new Uint8Array(words.buffer).set(bytes);
  return { words, length: bytes.length };
}

export class JsonBytes {
  /** Bytes in all. */
  written = 0;
  private buffer: Uint8Array = new Uint8Array(1 << 20);
  private view: DataView = new DataView(this.buffer.buffer);
  private at = 0;

  /** Called before each object. */
  room(): void {
    if (this.at + ROOM > this.buffer.length) this.grow(ROOM);
  }

  /** What has been written since the last call. It is valid until something is written again. */
  take(): Uint8Array {
    const taken = this.buffer.subarray(0, this.at);
    this.written += this.at;
    this.at = 0;
    return taken;
  }

  put(part: Piece): this {
    const { words, length } = part;
    if (length > LONG && this.at + length + ROOM > this.buffer.length) this.grow(length + ROOM);
    const { view } = this;
    let at = this.at;
    for (let i = 0; i < words.length; i++, at += 8) view.setFloat64(at, words[i] as number, isLittleEndian);
    this.at += length;
    return this;
  }

  /** A text of any length, as it is. */
  text(text: string): this {
    if (this.at + text.length + ROOM > this.buffer.length) this.grow(text.length + ROOM);
    const { buffer } = this;
    let at = this.at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return this.put(piece(text));
      buffer[at++] = code;
    }
    this.at = at;
    return this;
  }

  /** A whole number from 0 on. */
  int(value: number): this {
    let rest = value;
    if (rest < 10) {
      this.buffer[this.at++] = 48 + rest;
      return this;
    }
    if (rest >= 2 ** 31) {
      const high = Math.floor(rest / 1e9);
      this.int(high);
      return this.padded(rest - high * 1e9, 9);
    }
    rest = value | 0;
    return this.padded(rest, digits(rest));
  }

  /** Units of 100 ns as microseconds, with one digit behind the point where it is needed; or with two, half a unit later. */
  micros(units: number, halfLater = false): this {
    const whole = Math.floor(units / 10);
    const tenth = units - whole * 10;
    this.int(whole);
    if (tenth !== 0 || halfLater) {
      this.buffer[this.at++] = 46;
      this.buffer[this.at++] = 48 + tenth;
      if (halfLater) this.buffer[this.at++] = 53;
    }
    return this;
  }

  private padded(value: number, width: number): this {
    const { buffer } = this;
    let rest = value | 0;
    for (let at = this.at + width - 1; at >= this.at; at--) {
      const tenth = (rest / 10) | 0;
      buffer[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.at += width;
    return this;
  }

  private grow(more: number): void {
    const longer = new Uint8Array(Math.max(2 * this.buffer.length, this.at + more));
    longer.set(this.buffer.subarray(0, this.at));
    this.buffer = longer;
    this.view = new DataView(longer.buffer);
  }
}

/** Of a number of at most 31 bits. */
function digits(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}
