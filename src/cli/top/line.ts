/**
 * A line of the screen: pieces of text with a meaning each. What a meaning looks like is decided last, when it is known whether there are colours; nothing is told by a colour alone.
 */
import { cut, shown, shownAscii, width } from "./text.ts";

export type Look = "strong" | "faint" | "alarm" | "warning" | "good" | "head" | "selected";

export interface Piece {
  readonly text: string;
  readonly look?: Look;
}
export type Line = readonly Piece[];

const SGR: Readonly<Record<Look, string>> = {
  strong: "1",
  faint: "2",
  alarm: "1;31",
  warning: "33",
  good: "32",
  head: "1;4",
  selected: "7",
};

/** What may be drawn with: a terminal without Unicode gets the second form. */
export interface Glyphs {
  readonly full: string;
  readonly empty: string;
  /** Eight heights. */
  readonly heights: string;
  readonly more: string;
  readonly arrow: string;
  readonly pointer: string;
  /** Makes a program's text fit for the terminal. */
  readonly shown: (text: string) => string;
}

export const UNICODE: Glyphs = {
  full: "#",
  empty: "·",
  heights: "▁▂▃▄▅▆▇█",
  more: "…",
  arrow: "→",
  pointer: "›",
  shown,
};
export const ASCII: Glyphs = {
  full: "#",
  empty: ".",
  heights: "_.,-=+*#",
  more: "~",
  arrow: "->",
  pointer: ">",
  shown: shownAscii,
};

export function plainText(line: Line): string {
  return line.map(({ text }) => text).join("");
}

/** The line as it goes to the terminal: at most `cells` wide, with colours or without. */
export function paint(line: Line, cells: number, mark: string, isColoured: boolean): string {
  const isCut = width(plainText(line)) > cells;
  let left = isCut ? Math.max(0, cells - width(mark)) : cells;
  let text = "";
  for (const piece of line) {
    const kept = cut(piece.text, left, "");
    left -= width(kept);
    text +=
      isColoured && piece.look !== undefined && kept !== "" ? `\x1b[${SGR[piece.look]}m${kept}\x1b[0m` : kept;
    if (kept !== piece.text) break;
  }
  return isCut ? text + cut(mark, cells, "") : text;
}

/** A piece that is left out when there is no room: the highest number first; without one it stays. */
export interface Part extends Piece {
  readonly drop?: number;
}

/** As many of the parts as fit, two blanks between them. */
export function joined(parts: readonly Part[], cells: number): Line {
  let kept = parts.filter(({ text }) => text !== "");
  for (;;) {
    const wide = kept.reduce((sum, { text }) => sum + width(text) + 2, -2);
    const drop = Math.max(...kept.map((part) => part.drop ?? 0));
    if (wide <= cells || drop <= 0) break;
    const gone = kept.findLastIndex((part) => part.drop === drop);
    kept = kept.filter((_part, at) => at !== gone);
  }
  return kept.flatMap((part, at) => (at === 0 ? [part] : [{ text: "  " }, part]));
}

/** How full something is: [####··]. */
export function bar(ratio: number | null, cells: number, { full, empty }: Glyphs): string {
  const filled = Math.round(Math.min(1, Math.max(0, ratio ?? 0)) * cells);
  return `[${full.repeat(filled)}${empty.repeat(cells - filled)}]`;
}

/** The last values, as heights of up to `most`; what is not known yet is blank. */
export function sparkline(
  values: readonly number[],
  most: number,
  cells: number,
  { heights }: Glyphs,
): string {
  const last = values.slice(-cells);
  const steps = last.map((n) => heights[n <= 0 ? 0 : Math.min(7, Math.max(1, Math.round((n / most) * 7)))]);
  return steps.join("").padStart(cells);
}
