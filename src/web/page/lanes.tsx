/**
 * The panel of the lanes: names at the left, the canvas, run queues at the right; and its loop, which draws when something has moved, thirty times a second at most.
 *
 * Invariants:
 *   I1  one requestAnimationFrame is asked for at a time, and none while the page is hidden.
 *   I2  `data-frames`, `data-frame-ms` (the last) and `data-frame-median-ms` of the canvas say what drawing costs.
 */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clock } from "./clock.ts";
import { focus, focusSpan, goroutineOf, said, say } from "./focus.ts";
import { LaneNames } from "./lane-names.tsx";
import { LaneTable } from "./lane-table.tsx";
import { drawnPixels, known, lanes, lanesChanged } from "./lanes-data.ts";
import { Legend } from "./legend.tsx";
import { paint, type Scene } from "./paint.ts";
import { paintQueues } from "./paint-queues.ts";
import { onPalette, thePalette } from "./palette.ts";
import { laneRows, lanesHeight, ROW_HEIGHT } from "./rows.ts";
import { asTable, dimming, ended, inCycle, paintBy, select, selected, state } from "./store.ts";
import { following, leftEdge, pan, standsAt, windowMs, zoom } from "./view.ts";

/** A little below 1/30 s, so that every second frame of a 60 Hz screen is drawn. */
const FRAME_MS = 30;
const CALM_MS = 1000;
/** The room for the run queues. */
const QUEUES = 96;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function Lanes() {
  return (
    <section class="panel lanes" id="panel-lanes" aria-labelledby="title-lanes">
      <div class="panel-head">
        <h2 id="title-lanes" tabIndex={-1}>
          <kbd>1</kbd> Lanes
        </h2>
        <label class="choice">
          colour by{" "}
          <select
            value={paintBy.value}
            onChange={(event) => {
              paintBy.value = event.currentTarget.value === "end" ? "end" : "goroutine";
            }}
          >
            <option value="goroutine">goroutine</option>
            <option value="end">how the run ended</option>
          </select>
        </label>
        <button type="button" aria-pressed={asTable.value} onClick={() => (asTable.value = !asTable.value)}>
          Table <kbd>T</kbd>
        </button>
      </div>
      {asTable.value ? <LaneTable /> : <Picture />}
      <Legend />
      <p class="said" aria-live="polite">
        {said.value}
      </p>
    </section>
  );
}

function Picture() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => drawLoop(canvas.current!), []);
  return (
    <div class="lanes-scroll">
      <div class="lanes-body">
        <LaneNames />
        <canvas
          ref={canvas}
          id="lanes"
          tabIndex={0}
          role="application"
          aria-label="Lanes: who ran when. Arrow keys up and down change the lane, comma and full stop go from run to run, Enter selects, T shows the same as a table."
          height={lanesHeight.value}
        />
      </div>
    </div>
  );
}

/** Draws until the canvas is gone. */
function drawLoop(canvas: HTMLCanvasElement): () => void {
  const ctx = canvas.getContext("2d", { alpha: false })!;
  let asked = 0;
  let drawnAt = 0;
  let stale = true;
  let frames = 0;
  const costs: number[] = [];

  const ask = (): void => {
    if (asked === 0 && document.visibilityState !== "hidden") asked = requestAnimationFrame(frame);
  };
  const frame = (now: number): void => {
    asked = 0;
    const moving = following.value && ended.value === null;
    const rest = calm.matches && moving && !stale ? CALM_MS : FRAME_MS;
    if (now - drawnAt >= rest && (stale || moving)) {
      drawnAt = now;
      stale = false;
      draw();
    }
    if (stale || moving) ask();
  };
  const draw = (): void => {
    // A canvas that is on its way out of the page has no width.
    if (canvas.clientWidth === 0) return;
    const begin = clock();
    fitTo(canvas, ctx);
    const width = canvas.clientWidth;
    const queues = width > 560 ? QUEUES : 0;
    drawnPixels(width - queues);
    const scene = sceneOf(width - queues, canvas.clientHeight);
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, scene.width, scene.height);
    ctx.clip();
    paint(ctx, scene, thePalette(), window.devicePixelRatio || 1);
    ctx.restore();
    if (queues > 0) paintQueues(ctx, scene, queues, thePalette());
    const cost = clock() - begin;
    costs.push(cost);
    if (costs.length > 120) costs.shift();
    canvas.dataset["frames"] = `${++frames}`;
    canvas.dataset["frameMs"] = cost.toFixed(2);
    if (frames % 10 === 0 || frames < 10)
      canvas.dataset["frameMedianMs"] = [...costs].sort((a, b) => a - b)[costs.length >> 1]!.toFixed(2);
  };
  const changed = (): void => {
    stale = true;
    ask();
  };
  const stop = effect(() => {
    void [lanesChanged.value, laneRows.value, lanesHeight.value, windowMs.value, standsAt.value];
    void [following.value, selected.value, focus.value, paintBy.value, dimming.value, ended.value];
    changed();
  });
  onPalette(changed);
  const observer = new ResizeObserver(changed);
  observer.observe(canvas);
  document.addEventListener("visibilitychange", changed);
  const unhear = hearMouse(canvas);
  return () => {
    stop();
    unhear();
    observer.disconnect();
    document.removeEventListener("visibilitychange", changed);
    cancelAnimationFrame(asked);
  };
}

/** As many pixels as the screen has. */
function fitTo(canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${lanesHeight.value}px`;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(lanesHeight.value * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
}

const NOBODY: ReadonlySet<number> = new Set();

function sceneOf(width: number, height: number): Scene {
  const ongoing = new Map<number, { goroutine: number; since: number }>();
  if (ended.value === null && following.value) {
    for (const proc of state.value?.procs ?? []) {
      if (proc.running > 0 && proc.sliceMs > 400)
        ongoing.set(proc.id, { goroutine: proc.running, since: state.value!.now - proc.sliceMs });
    }
  }
  // On the grid of the screen's pixels: layer.ts.
  const pixel = windowMs.value / (width * (window.devicePixelRatio || 1));
  const from = Math.round(leftEdge() / pixel) * pixel;
  return {
    width,
    height,
    from,
    to: from + windowMs.value,
    known: known(),
    following: following.value && ended.value === null,
    rows: laneRows.value,
    lanes,
    selected: selected.value,
    bright: dimming.value ? inCycle.value : NOBODY,
    byEnd: paintBy.value === "end",
    ongoing,
    focus: focus.value,
  };
}

/** Wheel zooms, shift-wheel and drag pan, a click focuses and selects. */
function hearMouse(canvas: HTMLCanvasElement): () => void {
  let from: { x: number; y: number; moved: boolean } | undefined;
  const share = (x: number): number =>
    x / Math.max(canvas.clientWidth - (canvas.clientWidth > 560 ? QUEUES : 0), 1);
  const wheel = (event: WheelEvent): void => {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    // A wheel that scrolls the page stays the page's, unless the lanes are what is worked with.
    if (!sideways && !event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    if (sideways) pan(((event.deltaX || event.deltaY) / canvas.clientWidth) * 0.8);
    else
      zoom(
        2 ** (Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY) / 100, 1) * 0.5),
        share(event.offsetX),
      );
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, moved: false };
  };
  const move = (event: PointerEvent): void => {
    if (from === undefined) return;
    const by = event.clientX - from.x;
    if (!from.moved && Math.abs(by) < 4) return;
    if (!from.moved) canvas.setPointerCapture(event.pointerId);
    from = { x: event.clientX, y: event.clientY, moved: true };
    pan(-share(by));
  };
  const up = (event: PointerEvent): void => {
    if (from !== undefined && !from.moved) click(event);
    from = undefined;
  };
  const click = (event: PointerEvent): void => {
    const row = laneRows.value.find(({ y }) => event.offsetY >= y && event.offsetY < y + ROW_HEIGHT);
    const lane = row === undefined ? undefined : lanes.get(row.key);
    if (row === undefined || lane === undefined) return;
    const at = leftEdge() + share(event.offsetX) * windowMs.value;
    const i = lane.at(at, (windowMs.value / canvas.clientWidth) * 4);
    if (i < 0) {
      say("Nobody ran here.");
      return;
    }
    focusSpan(row.key, (lane.begin[i]! + lane.end[i]!) / 2);
    const who = goroutineOf(lane, i);
    if (who > 0) select(who);
  };
  canvas.addEventListener("wheel", wheel, { passive: false });
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", up);
  return () => {
    canvas.removeEventListener("wheel", wheel);
    canvas.removeEventListener("pointerdown", down);
    canvas.removeEventListener("pointermove", move);
    canvas.removeEventListener("pointerup", up);
  };
}
