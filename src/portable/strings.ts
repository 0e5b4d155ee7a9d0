/**
 * Strings in words: up to 16 letters of ASCII by hand, longer ASCII a byte a letter, everything else two bytes a letter.
 *
 * UTF-8 would be shorter and would lose lone surrogates. Node's own functions cost 17-50 ns a call, whatever the length, so they are for
 * the long ones.
 */
import { HEAD_LIMIT, Kind, out, reserve, source } from "./wire.ts";

/** What Node's buffers have, and its types do not. */
interface Slices {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
  ucs2Write(text: string, offset: number, length: number): number;
}

const SHORT = 16;
/** The longest that utf8Write is asked for at once is three bytes a letter; the longest string has 2^29 letters. */
const LONG = HEAD_LIMIT - 1;

/** Writes a string, for a short one of which there is room. */
export function putString(text: string): void {
  const length = text.length;
  if (length > SHORT) {
    putLong(text);
    return;
  }
  const { words, at } = out;
  let to = at + 1;
  let all = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    words[to++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (i < length) {
    let word = 0;
    for (let shift = 0; i < length; i++, shift += 8) {
      const code = text.charCodeAt(i);
      all |= code;
      word |= code << shift;
    }
    words[to++] = word;
  }
  if (all >= 0x80) {
    putLong(text);
    return;
  }
  words[at] = (length << 8) | Kind.short;
  out.at = to;
}

function putLong(text: string): void {
  const length = text.length;
  // One byte more than a letter of four bytes could leave unused: a text that is not ASCII is then told by what was written.
  reserve(3 + ((length + 8) >> 2));
  const head = out.at;
  const isVeryLong = length >= LONG;
  const start = isVeryLong ? head + 2 : head + 1;
  const written = (out.bytes as unknown as Slices).utf8Write(text, start * 4, length + 4);
  if (written === length) {
    out.at = start + ((length + 3) >> 2);
    putHead(head, Kind.ascii, length);
    return;
  }
  reserve(3 + ((length + 1) >> 1));
  (out.bytes as unknown as Slices).ucs2Write(text, start * 4, length * 2);
  out.at = start + ((length + 1) >> 1);
  putHead(head, Kind.wide, length);
}

function putHead(at: number, kind: number, length: number): void {
  if (length >= LONG) out.words[at + 1] = length;
  out.words[at] = (Math.min(length, LONG) << 8) | kind;
}

/** Reads a string whose head has been read. */
export function takeString(head: number): string {
  const kind = head & 0x7f;
  let length = head >>> 8;
  if (kind === Kind.short) return takeShort(length);
  if (length === LONG) length = source.words[source.at++] as number;
  const from = source.at * 4;
  if (kind === Kind.ascii) {
    source.at += (length + 3) >> 2;
    return (source.bytes as unknown as Slices).latin1Slice(from, from + length);
  }
  source.at += (length + 1) >> 1;
  return (source.bytes as unknown as Slices).ucs2Slice(from, from + length * 2);
}

const { fromCharCode } = String;

function takeShort(length: number): string {
  const { words, at } = source;
  source.at = at + ((length + 3) >> 2);
  if (length === 0) return "";
  const a = words[at] as number;
  if (length <= 4) return upToFour(a, length);
  const b = words[at + 1] as number;
  if (length <= 8) return upToEight(a, b, length);
  const first = fromCharCode(
    a & 255,
    (a >>> 8) & 255,
    (a >>> 16) & 255,
    a >>> 24,
    b & 255,
    (b >>> 8) & 255,
    (b >>> 16) & 255,
    b >>> 24,
  );
  const c = words[at + 2] as number;
  if (length <= 12) return first + upToFour(c, length - 8);
  return first + upToEight(c, words[at + 3] as number, length - 8);
}

function upToFour(a: number, length: number): string {
  switch (length) {
    case 1:
      return fromCharCode(a & 255);
    case 2:
      return fromCharCode(a & 255, (a >>> 8) & 255);
    case 3:
      return fromCharCode(a & 255, (a >>> 8) & 255, (a >>> 16) & 255);
    default:
      return fromCharCode(a & 255, (a >>> 8) & 255, (a >>> 16) & 255, a >>> 24);
  }
}

function upToEight(a: number, b: number, length: number): string {
  const p = a & 255;
  const q = (a >>> 8) & 255;
  const r = (a >>> 16) & 255;
  const s = a >>> 24;
  switch (length) {
    case 5:
      return fromCharCode(p, q, r, s, b & 255);
    case 6:
      return fromCharCode(p, q, r, s, b & 255, (b >>> 8) & 255);
    case 7:
      return fromCharCode(p, q, r, s, b & 255, (b >>> 8) & 255, (b >>> 16) & 255);
    default:
      return fromCharCode(p, q, r, s, b & 255, (b >>> 8) & 255, (b >>> 16) & 255, b >>> 24);
  }
}
