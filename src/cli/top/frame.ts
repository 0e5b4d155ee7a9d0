/**
 * The whole screen, from a state, the one before it, what the person looks at and the size of the terminal: a pure function.
 *
 * Of a low terminal the header gives way: few processors, one warning; the table has what is left, four rows at least where that can be.
 */
import type { StateReply } from "../../web/protocol.ts";
import { ratesBetween } from "./figures.ts";
import {
  channelsLine,
  procLines,
  reasonsLine,
  type Scene,
  titleLine,
  totalsLine,
  warningLines,
} from "./header.ts";
import { ASCII, type Line, plainText, UNICODE } from "./line.ts";
import {
  channelColumns,
  GOROUTINE_COLUMNS,
  GROUP_COLUMNS,
  goroutinesOf,
  groupsOf,
  procColumns,
} from "./rows.ts";
import { type Column, tableOf } from "./table.ts";
import { bottomLine, detailText, helpText, waitsText } from "./texts.ts";
import { isGrouped, type Rows, type View } from "./view.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Frame {
  readonly lines: readonly Line[];
  /** The view, scrolled so that the selected row is on the screen. */
  readonly view: View;
  readonly rows: Rows;
}

export function frameOf(state: StateReply, previous: StateReply | null, view: View, size: Size): Frame {
  const scene = sceneOf(state, previous, view, size.columns);
  const head = headerOf(scene, size.rows);
  const room = Math.max(1, size.rows - head.length - 1);
  const body = bodyOf(scene, room);
  const lines = [...head, ...body.lines.slice(0, room)];
  while (lines.length < size.rows - 1) lines.push([]);
  lines.push(bottomLine(body.view, size.columns));
  return { lines: lines.slice(0, size.rows), view: body.view, rows: body.rows };
}

function sceneOf(state: StateReply, previous: StateReply | null, view: View, cells: number): Scene {
  return { state, rates: ratesBetween(previous, state), view, cells, glyphs: view.ascii ? ASCII : UNICODE };
}

function headerOf(scene: Scene, rows: number): Line[] {
  const { mode } = scene.view;
  const lines = [titleLine(scene), totalsLine(scene)];
  if (rows < 8 || mode === "help") return lines;
  if (rows >= 12) lines.push(reasonsLine(scene));
  if (mode === "goroutines" || mode === "channels") {
    lines.push(
      ...procLines(scene, Math.max(1, Math.min(scene.cells >= 100 ? 64 : 16, Math.floor((rows - 9) / 3)))),
    );
    const channels = mode === "goroutines" ? channelsLine(scene) : null;
    if (channels !== null && rows >= 12) lines.push(channels);
  }
  if (mode !== "waits") lines.push(...warningLines(scene, rows < 20 ? 1 : rows < 36 ? 2 : 4));
  if (rows >= 20) lines.push([]);
  return lines;
}

interface Body {
  readonly lines: readonly Line[];
  readonly view: View;
  readonly rows: Rows;
}

function bodyOf(scene: Scene, room: number): Body {
  const { state, view } = scene;
  switch (view.mode) {
    case "goroutines":
      return isGrouped(view)
        ? inTable(scene, room, GROUP_COLUMNS, groupsOf(state, view.filter, view.sort), (row) => row.example)
        : inTable(
            scene,
            room,
            GOROUTINE_COLUMNS,
            goroutinesOf(state, view.sort),
            (row) => row.id,
            state.fitting,
          );
    case "channels":
      return inTable(scene, room, channelColumns(scene), state.channels, () => 0);
    case "procs":
      return inTable(scene, room, procColumns(scene), state.procs, () => 0);
    case "waits":
      return inText(view, room, waitsText(scene));
    case "detail":
      return inText(view, room, detailText(scene));
    case "help":
      return inText(view, room, helpText());
  }
}

function inTable<T>(
  scene: Scene,
  room: number,
  columns: readonly Column<T>[],
  rows: readonly T[],
  about: (row: T) => number,
  fitting = rows.length,
): Body {
  const most = Math.max(1, room - 1);
  const selected = Math.min(scene.view.selected, Math.max(0, rows.length - 1));
  const top = Math.max(0, Math.min(Math.max(scene.view.top, selected - most + 1), selected, rows.length - 1));
  const { cells, glyphs } = scene;
  const table = tableOf(columns, rows, { first: top, most, selected, cells, glyphs });
  const lines = [table.head, ...table.rows];
  if (rows.length === 0) lines.push([{ text: "  none", look: "faint" }]);
  else if (fitting > rows.length && top + most > rows.length)
    lines.push([{ text: `  ${glyphs.more} ${fitting - rows.length} more fit`, look: "faint" }]);
  const chosen = rows[selected];
  return {
    lines,
    view: { ...scene.view, selected, top },
    rows: { count: rows.length, fitting, example: chosen === undefined ? 0 : about(chosen) },
  };
}

/** Text scrolls by its first line. */
function inText(view: View, room: number, text: readonly Line[]): Body {
  const last = Math.max(0, text.length - room);
  const top = Math.min(view.mode === "detail" ? view.top : view.selected, last);
  return {
    lines: text.slice(top, top + room),
    view: view.mode === "detail" ? { ...view, top } : { ...view, selected: top },
    rows: { count: last + 1, fitting: text.length, example: 0 },
  };
}

/** Rows of a block of text, for logs and screen readers. */
const MOST_PLAIN = 50;

/** The same as lines of text one below the other, of any height: `--plain`, and what stays when the program has ended. */
export function plainOf(
  state: StateReply,
  previous: StateReply | null,
  view: View,
  columns: number,
): string[] {
  const scene = sceneOf(state, previous, view, columns);
  const grouped = isGrouped(view);
  const all = grouped ? groupsOf(state, view.filter, view.sort) : goroutinesOf(state, view.sort);
  const options = { first: 0, most: MOST_PLAIN, selected: -1, cells: columns, glyphs: scene.glyphs };
  const table = grouped
    ? tableOf(GROUP_COLUMNS, all as ReturnType<typeof groupsOf>, options)
    : tableOf(GOROUTINE_COLUMNS, all as ReturnType<typeof goroutinesOf>, options);
  const channels = channelsLine(scene);
  const rest = Math.max(all.length, grouped ? 0 : state.fitting) - MOST_PLAIN;
  const lines: Line[] = [
    titleLine(scene),
    totalsLine(scene),
    reasonsLine(scene),
    ...procLines(scene, Number.POSITIVE_INFINITY),
    table.head,
    ...table.rows,
    ...(rest > 0 ? [[{ text: `${scene.glyphs.more} ${rest} more` }]] : []),
    ...(channels === null ? [] : [channels]),
    ...state.graph.cycles.map((_cycle, at) => waitsText(scene)[at] as Line),
    ...warningLines(scene, Number.POSITIVE_INFINITY),
  ];
  return lines.map((line) => plainText(line).trimEnd());
}
