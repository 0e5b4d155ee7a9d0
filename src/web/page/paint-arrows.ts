/**
 * What goes from one lane to another: steals between processors, and who woke whom for the selected goroutine. All wakes at once would be noise.
 */
import { LaneMark } from "../protocol.ts";
import type { Scene } from "./paint.ts";
import type { Palette } from "./palette.ts";
import { type LaneRow, MARGIN, ROW_HEIGHT } from "./rows.ts";
import type { Mark } from "./spans.ts";

/** More arrows than these in a view would hide what they point at: then only their heads are drawn. */
const MOST_STEALS = 24;
const MOST_WAKES = 40;
/** Heads nearer to each other than this are one. */
const APART = 5;

export function paintArrows(ctx: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { from, to, width, rows, lanes, selected } = scene;
  const scale = width / (to - from);
  const procs = new Map(rows.filter((row) => row.kind === 0).map((row) => [row.id, row]));
  const seen = rows.map((row) => ({ row, marks: between(lanes.get(row.key)?.marks ?? [], from, to) }));
  const steals = seen.reduce((sum, { marks }) => sum + marks.filter(isSteal).length, 0);
  for (const { row, marks } of seen) {
    const isOurs = row.kind === 1 && row.id === selected;
    const whole = isOurs ? marks.length <= MOST_WAKES : steals <= MOST_STEALS;
    let last = -APART;
    for (const mark of marks) {
      const x = (mark.at - from) * scale;
      if (!whole && x - last < APART) continue;
      const other = procs.get(mark.b);
      if (isSteal(mark)) {
        last = x;
        const up = other !== undefined && other.y > row.y;
        if (whole && other !== undefined) {
          arrow(ctx, x, middle(other), middle(row), palette.text, palette.ground, [3, 2]);
          if (mark.a > 0) tag(ctx, `${mark.a}`, x + 4, row.y + 9, palette);
        } else head(ctx, x, up ? row.y + 23 : row.y + 5, up ? -6 : 6, palette);
      } else if (mark.kind === LaneMark.note) {
        ctx.fillStyle = palette.select;
        ctx.fillRect(x, row.y, 2, ROW_HEIGHT - MARGIN);
        ctx.fillRect(x, row.y, 6, 4);
      } else if (isOurs) {
        last = x;
        const woken = mark.kind === LaneMark.woken;
        const top = row.y + MARGIN;
        const there = whole && other !== undefined ? middle(other) : row.y - 10;
        if (woken && mark.a === 0) hostDot(ctx, x, top, palette);
        else if (woken) arrow(ctx, x, there, top, palette.select, palette.ground, []);
        else if (whole) arrow(ctx, x, top, there, palette.select, palette.ground, [1, 3]);
      }
    }
  }
}

function isSteal(mark: Mark): boolean {
  return mark.kind === LaneMark.steal;
}

function between(marks: readonly Mark[], from: number, to: number): readonly Mark[] {
  const begin = firstAfter(marks, from);
  let end = begin;
  while (end < marks.length && marks[end]!.at <= to) end++;
  return marks.slice(begin, end);
}

/** Only the head of an arrow. */
function head(ctx: CanvasRenderingContext2D, x: number, y: number, high: number, palette: Palette): void {
  ctx.beginPath();
  ctx.moveTo(x, y + high);
  ctx.lineTo(x - 3.5, y);
  ctx.lineTo(x + 3.5, y);
  ctx.closePath();
  ctx.lineWidth = 2;
  ctx.strokeStyle = palette.ground;
  ctx.stroke();
  ctx.fillStyle = palette.text;
  ctx.fill();
}

function firstAfter(marks: readonly { readonly at: number }[], at: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (marks[middle]!.at >= at) high = middle;
    else low = middle + 1;
  }
  return low;
}

const middle = (row: LaneRow): number => row.y + ROW_HEIGHT / 2;

/** Woken by the host: nothing on the screen did it. */
function hostDot(ctx: CanvasRenderingContext2D, x: number, y: number, palette: Palette): void {
  ctx.strokeStyle = palette.select;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.arc(x, y, 3, 0, 2 * Math.PI);
  ctx.stroke();
}

function tag(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, palette: Palette): void {
  const wide = text.length * 6.7 + 4;
  ctx.fillStyle = palette.ground;
  ctx.fillRect(x, y - 6, wide, 12);
  ctx.fillStyle = palette.text;
  ctx.fillText(text, x + 2, y);
}

/** Upright, with a seam of the ground's colour so that it is seen on every bar. */
function arrow(
  ctx: CanvasRenderingContext2D,
  x: number,
  y0: number,
  y1: number,
  colour: string,
  seam: string,
  dash: number[],
): void {
  const tip = y1 > y0 ? -5 : 5;
  for (const [style, wide] of [
    [seam, 4],
    [colour, 1.5],
  ] as const) {
    ctx.strokeStyle = style;
    ctx.fillStyle = style;
    ctx.lineWidth = wide;
    ctx.setLineDash(style === seam ? [] : dash);
    ctx.beginPath();
    ctx.moveTo(x, y0);
    ctx.lineTo(x, y1 + tip);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x, y1);
    ctx.lineTo(x - 3.5, y1 + tip);
    ctx.lineTo(x + 3.5, y1 + tip);
    ctx.closePath();
    if (style === seam) ctx.stroke();
    else ctx.fill();
  }
  ctx.beginPath();
  ctx.arc(x, y0, 2, 0, 2 * Math.PI);
  ctx.fill();
}
