/**
 * The bars of the lanes: everything that moves with time and does not change. A layer (layer.ts) keeps them from frame to frame.
 *
 * A processor's lane shows who ran: one run as a full bar, many runs in a pixel as a bar as high as it was busy. A goroutine's lane shows what it did: ran (full), was
 * runnable (hatched), waited (low, with the pattern of what it waited for).
 */
import { Batch, batches } from "./batches.ts";
import type { Scene } from "./paint.ts";
import { HUES, type Palette } from "./palette.ts";
import { type LaneRow, MARGIN, ROW_HEIGHT } from "./rows.ts";
import type { Spans } from "./spans.ts";
import { LOOKS, type Look, lookOfNumber } from "./states.ts";

export const BAR: number = ROW_HEIGHT - 2 * MARGIN;
/** How a span ended (web/protocol.ts), when nothing was written down. */
export const GAP = 7;

/** Of how a run ended. */
const ENDS: readonly Look[] = ["runnable", "chan", "running", "lock"];

const hues = batches(HUES);
const dims = batches(HUES);
const looks = Object.fromEntries(LOOKS.map((look) => [look, new Batch()])) as Record<Look, Batch>;
const gaps = new Batch();
const all = [...hues, ...dims, ...Object.values(looks), gaps];

/** Draws what is seen of the time from `since` on. */
export function paintBars(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  since: number,
): void {
  for (const batch of all) batch.clear();
  for (const row of scene.rows) {
    const lane = scene.lanes.get(row.key);
    if (lane === undefined) continue;
    if (row.kind === 0) layProcessor(lane, row, scene, since);
    else layGoroutine(lane, row, scene, since);
  }
  gaps.fill(ctx, palette.gap);
  for (let i = 0; i < HUES; i++) {
    dims[i]!.fill(ctx, palette.dims[i]!);
    hues[i]!.fill(ctx, palette.hues[i]!);
  }
  for (const look of LOOKS) looks[look].fill(ctx, palette.patterns[look]);
}

function layProcessor(lane: Spans, row: LaneRow, scene: Scene, since: number): void {
  const { from, to, width, selected, bright, byEnd } = scene;
  const scale = width / (to - from);
  const { begin, end, goroutine, runs, flags, size } = lane;
  const top = row.y + MARGIN;
  const dimsOthers = selected > 0 || bright.size > 0;
  for (let i = lane.after(since); i < size && begin[i]! < to; i++) {
    const x = Math.max((begin[i]! - from) * scale, 0);
    const wide = Math.min((end[i]! - from) * scale, width) - x;
    const flag = flags[i]!;
    const how = (flag >>> 8) & 7;
    if (how === GAP) {
      gaps.add(x, top, Math.max(wide, 1), BAR);
      continue;
    }
    const who = goroutine[i]!;
    const height = runs[i] === 1 ? BAR : Math.max(2, Math.round((BAR * (flag & 255)) / 255));
    // Neighbours are parted by a seam where there is room for one.
    const w = wide > 4 ? wide - 1 : Math.max(wide, 0.7);
    const lit = !dimsOthers || who === selected || bright.has(who);
    const batch = byEnd ? looks[ENDS[how] ?? "wait"] : (lit ? hues : dims)[who % HUES]!;
    batch.add(x, top + BAR - height, w, height);
  }
}

function layGoroutine(lane: Spans, row: LaneRow, scene: Scene, since: number): void {
  const { from, to, width } = scene;
  const scale = width / (to - from);
  const { begin, end, flags, runs, size } = lane;
  const top = row.y + MARGIN;
  for (let i = lane.after(since); i < size && begin[i]! < to; i++) {
    const x = Math.max((begin[i]! - from) * scale, 0);
    const w = Math.max(Math.min((end[i]! - from) * scale, width) - x, 0.7);
    const flag = flags[i]!;
    const how = (flag >>> 8) & 7;
    if (how === GAP) gaps.add(x, top, w, BAR);
    else if (how === 2) looks.runnable.add(x, top + BAR / 2, w, BAR / 2);
    else if (how === 1) looks[lookOfNumber((flag >>> 16) & 255)].add(x, top + BAR - 6, w, 6);
    else {
      const height = runs[i] === 1 ? BAR : Math.max(3, Math.round((BAR * (flag & 255)) / 255));
      looks.running.add(x, top + BAR - height, w, height);
    }
  }
}
