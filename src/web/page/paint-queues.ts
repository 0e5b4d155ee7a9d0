/**
 * Beside each processor's lane: how long its run queue was lately, as steps, and how long it is.
 */
import { short } from "./format.ts";
import { samples } from "./history.ts";
import type { Scene } from "./paint.ts";
import type { Palette } from "./palette.ts";
import { AXIS_HEIGHT, MARGIN, ROW_HEIGHT } from "./rows.ts";

/** So many samples fit. */
const STEPS = 40;

export function paintQueues(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  wide: number,
  palette: Palette,
): void {
  const left = scene.width;
  ctx.fillStyle = palette.ground;
  ctx.fillRect(left, 0, wide, scene.height);
  ctx.font = palette.font;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = palette.faint;
  ctx.fillText("run queue", left + 10, AXIS_HEIGHT - 14);
  const shown = samples.slice(-STEPS);
  const most = Math.max(4, ...shown.flatMap((sample) => sample.runq));
  const step = (wide - 46) / STEPS;
  const high = ROW_HEIGHT - 2 * MARGIN;
  for (const row of scene.rows) {
    if (row.kind !== 0) continue;
    const foot = row.y + ROW_HEIGHT - MARGIN;
    ctx.fillStyle = palette.line;
    ctx.fillRect(left + 10, foot, STEPS * step, 1);
    ctx.fillStyle = palette.looks.runnable;
    for (const [i, sample] of shown.entries()) {
      const height = Math.round(((sample.runq[row.id] ?? 0) / most) * high);
      ctx.fillRect(left + 10 + (STEPS - shown.length + i) * step, foot - height, Math.max(step, 1), height);
    }
    ctx.fillStyle = palette.text;
    ctx.fillText(short(shown.at(-1)?.runq[row.id] ?? 0), left + 14 + STEPS * step, row.y + ROW_HEIGHT / 2);
  }
}
