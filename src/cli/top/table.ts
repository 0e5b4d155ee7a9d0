/**
 * A table as wide as the terminal: columns that matter less go when there is no room, those that can be cut are cut.
 */
import type { Glyphs, Line, Look } from "./line.ts";
import { fit, width } from "./text.ts";

export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly align?: "right";
  /** It can be cut down to so many cells; without it: not at all. */
  readonly min?: number;
  /** What is cut off is the beginning: of a path the end says more. */
  readonly keep?: "end";
  /** The highest goes first when there is no room; without one it stays. */
  readonly drop?: number;
}

export interface Table {
  readonly head: Line;
  readonly rows: readonly Line[];
}

const GAP = 2;

/** The rows from `first` on, `most` at most, of which `selected` (-1: none) is marked. `rows` are all: the widths do not change while one scrolls. */
export function tableOf<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  { first, most, selected, cells, glyphs, look }: TableOptions<T>,
): Table {
  const texts = columns.map((column) => rows.map((row) => glyphs.shown(column.text(row))));
  const natural = columns.map(({ title }, c) => Math.max(title.length, ...(texts[c] as string[]).map(width)));
  const widths = widthsOf(columns, natural, cells - 1);
  const pointer = (isSelected: boolean): string => (isSelected ? glyphs.pointer : " ");
  const line = (cell: (c: number) => string): string =>
    columns
      .flatMap(({ align, keep }, c) => {
        const cells = widths[c] as number;
        return cells === 0 ? [] : [fit(cell(c), cells, glyphs.more, align, keep)];
      })
      .join(" ".repeat(GAP));
  const shown: Line[] = [];
  for (let at = first; at < Math.min(rows.length, first + most); at++) {
    const text = pointer(at === selected) + line((c) => (texts[c] as string[])[at] as string);
    const own = at === selected ? "selected" : look?.(rows[at] as T);
    shown.push([own === undefined ? { text } : { text, look: own }]);
  }
  return {
    head: [{ text: " " }, { text: line((c) => (columns[c] as Column<T>).title), look: "head" }],
    rows: shown,
  };
}

export interface TableOptions<T> {
  readonly first: number;
  readonly most: number;
  readonly selected: number;
  readonly cells: number;
  readonly glyphs: Glyphs;
  readonly look?: (row: T) => Look | undefined;
}

/** The width of each column; 0: it is left out. */
function widthsOf(
  columns: readonly { readonly min?: number; readonly drop?: number }[],
  natural: readonly number[],
  cells: number,
): number[] {
  const least = columns.map(({ min }, c) => Math.min(min ?? Number.POSITIVE_INFINITY, natural[c] as number));
  const kept = columns.map(() => true);
  const sum = (widths: readonly number[]): number =>
    widths.reduce((total, w, c) => (kept[c] ? total + w + GAP : total), -GAP);
  while (sum(least) > cells) {
    let gone = -1;
    for (const [c, { drop = 0 }] of columns.entries())
      if (kept[c] && drop > (columns[gone]?.drop ?? 0)) gone = c;
    if (gone < 0) break;
    kept[gone] = false;
  }
  const widths = [...natural];
  for (let over = sum(widths) - cells; over > 0; over--) {
    let widest = -1;
    for (const [c, w] of widths.entries())
      if (kept[c] && w > (least[c] as number) && w > (widths[widest] ?? 0)) widest = c;
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths.map((w, c) => (kept[c] ? w : 0));
}
