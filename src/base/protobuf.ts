/**
 * Messages in the wire format of Protocol Buffers: as much of it as profiles need, and only written.
 *
 * A field that is 0, "" or empty is left out, which reads as the same. Numbers are integers from 0 on; above 2^53 as exact as they are given.
 */

const VARINT = 0;
const BYTES = 2;

/** A message that is being written. */
export class Message {
  private readonly bytes: number[] = [];

  /** int64, uint64 or bool. */
  number(field: number, value: number): this {
    if (value !== 0) {
      this.varint(field * 8 + VARINT);
      this.varint(value);
    }
    return this;
  }

  /** Repeated int64 or uint64, packed. */
  numbers(field: number, values: readonly number[]): this {
    const packed = new Message();
    for (const value of values) packed.varint(value);
    return packed.bytes.length === 0 ? this : this.lengthed(field, packed.bytes);
  }

  /** A string, also an empty one: the place of one in a list counts. */
  text(field: number, value: string): this {
    return this.lengthed(field, Buffer.from(value));
  }

  message(field: number, value: Message): this {
    return this.lengthed(field, value.bytes);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }

  private lengthed(field: number, bytes: ArrayLike<number>): this {
    this.varint(field * 8 + BYTES);
    this.varint(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.bytes.push(bytes[i] as number);
    return this;
  }

  /** Seven bits a byte, the lowest first. No shifts: those know 32 bits only. */
  private varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.bytes.push(rest);
  }
}
