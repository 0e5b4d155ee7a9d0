/**
 * Text in a terminal: how wide it is, how it is cut, and that it cannot command the terminal.
 *
 *   1. Whatever comes from a program (names of goroutines, files, messages) goes through {@link shown}: control characters, marks that turn the
 *      direction of writing and characters that nobody sees become visible escapes.
 *   2. A width counts cells: two for East Asian wide characters and emoji, none for combining marks.
 *   3. What is cut ends with a mark that says so, and is never wider than asked.
 */

/** Control, direction, invisible, and halves of a pair. */
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NOT_ASCII = /[^\x20-\x7e]/gu;

/** `text` of a program's, harmless. */
export function shown(text: string): string {
  return text.replace(DANGEROUS, escaped);
}

/** For a terminal that has no more than ASCII. */
export function shownAscii(text: string): string {
  return shown(text).replace(NOT_ASCII, escaped);
}

function escaped(char: string): string {
  const code = char.codePointAt(0) as number;
  if (char === "\n") return "\\n";
  if (char === "\t") return "\\t";
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

const MARK = /^[\p{Mn}\p{Me}]$/u;

/** First and last of the ranges that take two cells: East Asian Wide and Fullwidth, and pictures (Unicode 16, EastAsianWidth). */
const WIDE: readonly number[] = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd,
  0x25fe, 0x2614, 0x2615, 0x2630, 0x2637, 0x2648, 0x2653, 0x267f, 0x267f, 0x268a, 0x268f, 0x2693, 0x2693,
  0x26a1, 0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea,
  0x26ea, 0x26f2, 0x26f3, 0x26f5, 0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b,
  0x2728, 0x2728, 0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27b0,
  0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e, 0x3041, 0x33ff,
  0x3400, 0x4dbf, 0x4dc0, 0xa4cf, 0xa960, 0xa97c, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30,
  0xfe6f, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18dff, 0x1aff0, 0x1b2ff, 0x1d300, 0x1d376, 0x1f004,
  0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f1e6, 0x1f1ff, 0x1f200, 0x1f320, 0x1f32d,
  0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4,
  0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550,
  0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596, 0x1f5a4, 0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc,
  0x1f6cc, 0x1f6d0, 0x1f6d2, 0x1f6d5, 0x1f6d7, 0x1f6dc, 0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0,
  0x1f7eb, 0x1f7f0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70, 0x1faff, 0x20000,
  0x3fffd,
];

/** The cells that a character takes. */
function cellsOf(char: string): number {
  const code = char.codePointAt(0) as number;
  if (code < 0x300) return 1;
  if (MARK.test(char)) return 0;
  if (code < 0x1100) return 1;
  // How many of the bounds are at or below: odd inside a range but at its last, which the second test tells.
  let low = 0;
  let high = WIDE.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((WIDE[middle] as number) <= code) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1 || WIDE[low - 1] === code ? 2 : 1;
}

/** The cells that `text` takes. */
export function width(text: string): number {
  let cells = 0;
  for (const char of text) cells += cellsOf(char);
  return cells;
}

/** At most `cells` of `text`; `mark` ends what was cut. */
export function cut(text: string, cells: number, mark: string): string {
  if (width(text) <= cells) return text;
  let kept = "";
  let left = cells - width(mark);
  if (left < 0) return mark.slice(0, Math.max(0, cells));
  for (const char of text) {
    left -= cellsOf(char);
    if (left < 0) break;
    kept += char;
  }
  return kept + mark;
}

/** At most `cells` of the end of `text`; `mark` begins what was cut. */
export function cutStart(text: string, cells: number, mark: string): string {
  if (width(text) <= cells) return text;
  let left = cells - width(mark);
  if (left < 0) return mark.slice(0, Math.max(0, cells));
  const chars = [...text];
  let at = chars.length;
  while (at > 0 && (left -= cellsOf(chars[at - 1] as string)) >= 0) at--;
  return mark + chars.slice(at).join("");
}

/** Exactly `cells` cells. */
export function fit(
  text: string,
  cells: number,
  mark: string,
  align: "left" | "right" = "left",
  keep: "start" | "end" = "start",
): string {
  const kept = (keep === "end" ? cutStart : cut)(text, cells, mark);
  const blank = " ".repeat(Math.max(0, cells - width(kept)));
  return align === "left" ? kept + blank : blank + kept;
}
