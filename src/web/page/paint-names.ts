/** What is written on bars that are wide enough, and beside them: names, "idle", reasons, and what runs on and has not told its beginning. */
import { called } from "./names.ts";
import type { Scene } from "./paint.ts";
import { BAR, GAP } from "./paint-bars.ts";
import { HUES, type Palette } from "./palette.ts";
import { type LaneRow, MARGIN, ROW_HEIGHT } from "./rows.ts";
import type { Spans } from "./spans.ts";
import { reasonText } from "./states.ts";

/** Of the canvas's font. */
const LETTER = 6.7;
/** Least widths, in pixels. */
const NAME = 24;
const IDLE = 72;
const REASON = 40;

export function paintNames(ctx: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  ctx.font = palette.font;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const unknown = ((scene.known[0] - scene.from) / (scene.to - scene.from)) * scene.width;
  const [top] = scene.rows;
  if (unknown > IDLE && top !== undefined) {
    ctx.fillStyle = palette.faint;
    ctx.fillText("not kept", Math.min(unknown, scene.width) - 10 * LETTER, top.y + ROW_HEIGHT / 2 + 1);
    ctx.fillRect(unknown, top.y, 1, scene.height);
  }
  for (const row of scene.rows) {
    const lane = scene.lanes.get(row.key);
    if (lane === undefined) continue;
    if (row.kind === 0) processor(ctx, lane, row, scene, palette);
    else goroutine(ctx, lane, row, scene, palette);
  }
}

function processor(
  ctx: CanvasRenderingContext2D,
  lane: Spans,
  row: LaneRow,
  scene: Scene,
  palette: Palette,
): void {
  const { from, to, width, selected, bright, byEnd } = scene;
  const scale = width / (to - from);
  const { begin, end, goroutine, runs, flags, size } = lane;
  const middle = row.y + ROW_HEIGHT / 2 + 1;
  const dimsOthers = selected > 0 || bright.size > 0;
  // Of what is older nothing is known: it is not called idle.
  let last = Math.max((scene.known[0] - from) * scale, 0);
  for (let i = lane.after(from); i < size && begin[i]! < to; i++) {
    const x = Math.max((begin[i]! - from) * scale, 0);
    const right = Math.min((end[i]! - from) * scale, width);
    if (x - last > IDLE) idle(ctx, (x + last) / 2, middle, palette);
    last = right;
    const flag = flags[i]!;
    const low = runs[i]! > 1 && (flag & 255) < 170;
    if (right - x <= NAME || ((flag >>> 8) & 7) === GAP || low) continue;
    const who = goroutine[i]!;
    const text = fit(runs[i]! > 1 ? `${called(who)} ×${runs[i]}` : called(who), right - x);
    const lit = !byEnd && (!dimsOthers || who === selected || bright.has(who));
    if (byEnd && text !== "") {
      ctx.fillStyle = palette.ground;
      ctx.fillRect(x + 2, row.y + 7, text.length * LETTER + 3, ROW_HEIGHT - 14);
    }
    ctx.fillStyle = lit ? palette.onHue : palette.text;
    if (text !== "") ctx.fillText(text, x + 3, middle);
  }
  const now = scene.ongoing.get(row.id);
  if (now === undefined || now.since >= to || now.since < (size > 0 ? end[size - 1]! : 0) - 1) {
    const right = (Math.min(scene.known[1], to) - from) * scale;
    if (right - last > IDLE) idle(ctx, (last + right) / 2, middle, palette);
    return;
  }
  const x = Math.max((now.since - from) * scale, 0);
  ctx.fillStyle = palette.hues[now.goroutine % HUES]!;
  ctx.fillRect(x, row.y + MARGIN, width - x, 2);
  ctx.fillRect(x, row.y + MARGIN + BAR - 2, width - x, 2);
  ctx.fillRect(x, row.y + MARGIN, 2, BAR);
  ctx.fillStyle = palette.text;
  const text = fit(`${called(now.goroutine)} runs on`, width - x);
  if (text !== "") ctx.fillText(text, x + 6, middle);
}

function idle(ctx: CanvasRenderingContext2D, x: number, y: number, palette: Palette): void {
  ctx.fillStyle = palette.faint;
  ctx.fillText("idle", x - 2 * LETTER, y);
}

function goroutine(
  ctx: CanvasRenderingContext2D,
  lane: Spans,
  row: LaneRow,
  scene: Scene,
  palette: Palette,
): void {
  const { from, to, width } = scene;
  const scale = width / (to - from);
  const { begin, end, flags, size } = lane;
  for (let i = lane.after(from); i < size && begin[i]! < to; i++) {
    if (((flags[i]! >>> 8) & 7) !== 1) continue;
    const x = Math.max((begin[i]! - from) * scale, 0);
    const w = Math.min((end[i]! - from) * scale, width) - x;
    const text = reasonText((flags[i]! >>> 16) & 255);
    const room = Math.floor((w - 6) / LETTER);
    if (w < REASON) continue;
    ctx.fillStyle = palette.text;
    ctx.fillText(text.length <= room ? text : `${text.slice(0, room - 1)}…`, x + 3, row.y + 10);
  }
}

/** As much of a text as there is room for; at least its number, else nothing. */
function fit(text: string, wide: number): string {
  const room = Math.floor((wide - 6) / LETTER);
  if (text.length <= room) return text;
  const number = text.indexOf(" ");
  if (number > 0 && room < number + 3) return number <= room ? text.slice(0, number) : "";
  return number < 0 ? "" : `${text.slice(0, room - 1)}…`;
}
