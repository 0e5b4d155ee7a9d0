/**
 * The colours of the canvases, read from the style sheet, so that themes and forced colours are decided in one place; and the patterns that say the same without colour.
 */
import type { Look } from "./states.ts";
import { LOOKS } from "./states.ts";

/** Goroutines are told apart by so many colours; neighbours in number differ. */
export const HUES = 8;

export interface Palette {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly ground: string;
  readonly band: string;
  readonly select: string;
  readonly alarm: string;
  /** By goroutine: fills, what is written on them, and the same for those that are not selected. */
  readonly hues: readonly string[];
  readonly dims: readonly string[];
  readonly onHue: string;
  readonly looks: Readonly<Record<Look, string>>;
  /** Filled with this, a wait or a queue is recognized by its pattern. */
  readonly patterns: Readonly<Record<Look, CanvasPattern | string>>;
  readonly gap: CanvasPattern | string;
  readonly font: string;
}

let palette: Palette | undefined;

/** The palette, made once a theme. */
export function thePalette(): Palette {
  return (palette ??= make());
}

/** Calls `f` whenever colours have changed. */
export function onPalette(f: () => void): void {
  watchers.push(f);
}

const watchers: (() => void)[] = [];

export function forgetPalette(): void {
  palette = undefined;
  for (const f of watchers) f();
}

for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"])
  matchMedia(query).addEventListener("change", forgetPalette);

function make(): Palette {
  const probe = document.createElement("span");
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const each = (prefix: string): string[] => Array.from({ length: HUES }, (_, i) => read(`${prefix}${i}`));
  const looks = Object.fromEntries(LOOKS.map((look) => [look, read(look)])) as Record<Look, string>;
  const ground = read("ground");
  const made: Palette = {
    text: read("text"),
    faint: read("faint"),
    line: read("line"),
    ground,
    band: read("band"),
    select: read("select"),
    alarm: read("alarm"),
    hues: each("hue"),
    dims: each("dim"),
    onHue: read("on-hue"),
    looks,
    patterns: Object.fromEntries(LOOKS.map((look) => [look, pattern(look, looks[look], ground)])) as Record<
      Look,
      CanvasPattern
    >,
    gap: pattern("gap", read("faint"), ground),
    font: "11px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  };
  probe.remove();
  return made;
}

type Draw = (ctx: CanvasRenderingContext2D) => void;

const slant: Draw = (ctx) => {
  for (const x of [-8, 0, 8]) {
    ctx.moveTo(x, 8);
    ctx.lineTo(x + 8, 0);
  }
  ctx.stroke();
};

/** How a tile of 8 x 8 is drawn. */
const DRAWN: Readonly<Record<Look | "gap", Draw>> = {
  running: (ctx) => ctx.fillRect(0, 0, 8, 8),
  runnable: slant,
  chan: (ctx) => {
    ctx.fillRect(1, 1, 3, 3);
    ctx.fillRect(5, 5, 3, 3);
  },
  lock: (ctx) => {
    ctx.moveTo(0, 0);
    ctx.lineTo(8, 8);
    slant(ctx);
  },
  sleep: (ctx) => ctx.fillRect(0, 3, 5, 2),
  io: (ctx) => {
    ctx.fillRect(1, 0, 2, 8);
    ctx.fillRect(5, 0, 2, 8);
  },
  wait: (ctx) => ctx.fillRect(0, 0, 8, 3),
  gap: (ctx) => {
    ctx.lineWidth = 1;
    ctx.moveTo(0, 0);
    ctx.lineTo(8, 8);
    ctx.stroke();
  },
};

function pattern(name: Look | "gap", colour: string, ground: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const ctx = tile.getContext("2d");
  if (ctx === null) return colour;
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, 8, 8);
  ctx.fillStyle = ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.beginPath();
  DRAWN[name](ctx);
  return ctx.createPattern(tile, "repeat") ?? colour;
}
