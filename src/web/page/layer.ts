/**
 * The bars of the last frame, kept: time moves them to the left, and only what is new is drawn.
 *
 * Invariants:
 *   I1  a scene's left edge lies on the grid of the screen's pixels (lanes.tsx), so that a picture that has moved is the picture that would be drawn.
 *   I2  what has changed since the last frame says from which moment on (lanes-data.ts); all else that bars depend on is in the key.
 */
import { takeChanged } from "./lanes-data.ts";
import type { Scene } from "./paint.ts";
import { paintBars } from "./paint-bars.ts";
import type { Palette } from "./palette.ts";

let front = document.createElement("canvas");
let back = document.createElement("canvas");
let shownKey = "";
let shownPalette: Palette | undefined;
let shownFrom = 0;
let shownTo = 0;

/** The bars of a scene, as a picture of `ratio` pixels a CSS pixel. */
export function barsOf(scene: Scene, palette: Palette, ratio: number): HTMLCanvasElement {
  const { from, to, width, height, rows, selected, bright, byEnd } = scene;
  const [w, h] = [Math.max(Math.round(width * ratio), 1), Math.max(Math.round(height * ratio), 1)];
  const key = `${w} ${h} ${(to - from).toFixed(4)} ${selected} ${bright.size} ${byEnd} ${rows.map((row) => row.key + row.y)}`;
  const changed = takeChanged();
  const moved = Math.round(((from - shownFrom) / (to - from)) * w);
  const same = key === shownKey && palette === shownPalette && changed > Number.NEGATIVE_INFINITY;
  const keeps = same && moved >= 0 && moved < w;
  if (keeps && moved === 0 && changed >= to) return front;
  const since = keeps ? Math.max(Math.min(changed, shownTo), from) : from;
  if (back.width !== w || back.height !== h) {
    back.width = w;
    back.height = h;
  }
  const ctx = back.getContext("2d")!;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, w, h);
  if (keeps) ctx.drawImage(front, -moved, 0);
  ctx.save();
  if (keeps) {
    const x = Math.floor(((since - from) / (to - from)) * w) - 1;
    ctx.clearRect(x, 0, w - x, h);
    ctx.beginPath();
    ctx.rect(x, 0, w - x, h);
    ctx.clip();
  }
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintBars(ctx, scene, palette, since);
  ctx.restore();
  [front, back] = [back, front];
  [shownKey, shownPalette, shownFrom, shownTo] = [key, palette, from, to];
  return front;
}
