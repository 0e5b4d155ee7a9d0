/**
 * The time axis above the lanes: round steps, counted back from now while the page follows, and from the program's start when it stands still.
 */
import { length } from "./format.ts";
import type { Scene } from "./paint.ts";
import type { Palette } from "./palette.ts";
import { AXIS_HEIGHT } from "./rows.ts";

/** Between two labels, in pixels. */
const APART = 96;

/** A round step: 1, 2 or 5 times a power of ten. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5]) if (power * factor >= least) return power * factor;
  return power * 10;
}

export function paintAxis(ctx: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { from, to, width, height, following } = scene;
  const step = roundStep(((to - from) / width) * APART);
  const zero = following ? to : 0;
  ctx.font = palette.font;
  ctx.textBaseline = "middle";
  const first = Math.ceil((from - zero) / step);
  const last = Math.floor((to - zero) / step);
  for (let i = first; i <= last; i++) {
    const at = zero + i * step;
    const x = Math.round(((at - from) / (to - from)) * width);
    ctx.fillStyle = palette.line;
    ctx.fillRect(x, AXIS_HEIGHT - 6, 1, height);
    const text = following ? (i === 0 ? "now" : length(i * step)) : atText(at, step);
    const wide = ctx.measureText(text).width;
    ctx.fillStyle = palette.faint;
    ctx.textAlign = "left";
    ctx.fillText(text, Math.min(Math.max(x - wide / 2, 2), width - wide - 2), 10);
  }
}

/** A moment, with as many digits as tell it from its neighbour. */
function atText(at: number, step: number): string {
  const places = Math.max(0, 3 - Math.floor(Math.log10(step)));
  return `${(at / 1000).toFixed(Math.min(places, 7))} s`;
}
