/**
 * Draws the lanes: a frame, from what is known, for a stretch of time. From the ground up: bands and the time axis, the bars (kept in a layer), what is written on them,
 * arrows, the focus.
 */
import { barsOf } from "./layer.ts";
import { paintArrows } from "./paint-arrows.ts";
import { paintAxis } from "./paint-axis.ts";
import { BAR } from "./paint-bars.ts";
import { paintNames } from "./paint-names.ts";
import type { Palette } from "./palette.ts";
import { type LaneRow, MARGIN, ROW_HEIGHT } from "./rows.ts";
import type { Spans } from "./spans.ts";

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  /** The time at the right edge is now. */
  readonly following: boolean;
  readonly rows: readonly LaneRow[];
  readonly lanes: ReadonlyMap<string, Spans>;
  /** From when on and until when the lanes are known. */
  readonly known: readonly [from: number, to: number];
  readonly selected: number;
  /** Those that are not in it are dimmed; empty: nobody is. */
  readonly bright: ReadonlySet<number>;
  readonly byEnd: boolean;
  /** What runs now and has not told its beginning: by processor, since when. */
  readonly ongoing: ReadonlyMap<number, { readonly goroutine: number; readonly since: number }>;
  /** The span that the keyboard is at. */
  readonly focus: { readonly key: string; readonly at: number } | null;
}

export function paint(ctx: CanvasRenderingContext2D, scene: Scene, palette: Palette, ratio: number): void {
  ctx.fillStyle = palette.ground;
  ctx.fillRect(0, 0, scene.width, scene.height);
  ctx.fillStyle = palette.band;
  for (const row of scene.rows) ctx.fillRect(0, row.y + MARGIN, scene.width, BAR);
  ctx.fillStyle = palette.line;
  for (const row of scene.rows) ctx.fillRect(0, row.y + ROW_HEIGHT - MARGIN, scene.width, 1);
  paintAxis(ctx, scene, palette);
  const bars = barsOf(scene, palette, ratio);
  ctx.drawImage(bars, 0, 0, bars.width / ratio, bars.height / ratio);
  paintNames(ctx, scene, palette);
  paintArrows(ctx, scene, palette);
  paintFocus(ctx, scene, palette);
}

/** A frame around the span that the keyboard is at. */
function paintFocus(ctx: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  if (scene.focus === null) return;
  const { key, at } = scene.focus;
  const row = scene.rows.find((one) => one.key === key);
  const lane = scene.lanes.get(key);
  if (row === undefined || lane === undefined) return;
  const i = lane.at(at, 0.001);
  if (i < 0) return;
  const scale = scene.width / (scene.to - scene.from);
  const x = (lane.begin[i]! - scene.from) * scale;
  const w = Math.max((lane.end[i]! - lane.begin[i]!) * scale, 2);
  if (x > scene.width || x + w < 0) return;
  for (const [colour, wide] of [
    [palette.ground, 4],
    [palette.select, 2],
  ] as const) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = wide;
    ctx.strokeRect(x - 2, row.y + 2, w + 3, ROW_HEIGHT - 4);
  }
}
