/**
 * The lanes that are known, and what has to be asked for to draw a view.
 *
 * While the view follows, only the new part is asked for, with half a second of overlap; the whole view again when its scale, its goroutines or its place have changed, and
 * every few seconds, because the beginning of a run that took longer than the overlap is told late.
 */
import { signal } from "@preact/signals";
import { programClock, told } from "./clock.ts";
import { get } from "./link.ts";
import { Spans } from "./spans.ts";
import { watched } from "./store.ts";
import { following, leftEdge, reached, rightEdge, windowMs } from "./view.ts";

const OVERLAP_MS = 500;
const AFRESH_MS = 3000;
const MAGIC = 0x314e4c47; // "GLN1"
const HEADER_BYTES = 32;

/** Lanes by kind and id: `0:2` is P2, `1:17` G17. */
export const lanes = new Map<string, Spans>();
/** Counts the changes of `lanes`. */
export const lanesChanged = signal(0);

/** From which moment on the lanes have changed since somebody asked. */
let changedFrom = Number.NEGATIVE_INFINITY;

export function takeChanged(): number {
  const from = changedFrom;
  changedFrom = Number.POSITIVE_INFINITY;
  return from;
}

/** From when on and until when the lanes are known: what is older has been forgotten, or was never asked for. */
export function known(): readonly [from: number, to: number] {
  return [knownFrom, cover?.to ?? 0];
}

function change(from: number): void {
  changedFrom = Math.min(changedFrom, from);
  lanesChanged.value++;
}

interface Cover {
  readonly from: number;
  to: number;
  readonly scale: number;
  readonly goroutines: string;
  readonly madeAt: number;
}

let cover: Cover | undefined;
let knownFrom = 0;
let pixels = 1000;

export function drawnPixels(width: number): void {
  pixels = Math.max(Math.round(width), 100);
}

export interface Answer {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly lanes: readonly Spans[];
}

/** Reads an answer of /api/lanes (web/protocol.ts). */
export function readLanes(buffer: ArrayBuffer): Answer {
  const head = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES || head.getUint32(0, true) !== MAGIC)
    throw new Error("this is no answer about lanes");
  const from = head.getFloat64(8, true);
  const words = new Uint32Array(buffer, HEADER_BYTES);
  const found: Spans[] = [];
  for (let at = 0, left = head.getUint32(4, true); left > 0; left--) {
    const lane = new Spans(words[at]!, words[at + 1]!);
    at = lane.read(words, at + 4, words[at + 2]!, words[at + 3]!, from);
    found.push(lane);
  }
  return { from, to: head.getFloat64(16, true), now: head.getFloat64(24, true), lanes: found };
}

export function keyOf(lane: { readonly kind: number; readonly id: number }): string {
  return `${lane.kind}:${lane.id}`;
}

/** Asks for what the view lacks; false when it lacks nothing. */
export async function askLanes(): Promise<boolean> {
  const now = programClock();
  if (now === 0) return false;
  const [left, right, scale] = [leftEdge(), rightEdge(), windowMs.value / pixels];
  const goroutines = watched.value.join(",");
  const fits =
    cover !== undefined &&
    cover.goroutines === goroutines &&
    Math.abs(cover.scale / scale - 1) < 0.02 &&
    left >= cover.from - 1 &&
    // Behind the end of what is known there is a hole, if it is too far away.
    left <= cover.to;
  if (fits && following.value && now - cover!.madeAt < AFRESH_MS) {
    await askPart(Math.max(cover!.to - OVERLAP_MS, cover!.from), now, scale, goroutines);
    return true;
  }
  if (fits && !following.value && right <= cover!.to) return false;
  const margin = following.value ? 0 : windowMs.value / 2;
  const [from, to] = [Math.max(left - margin, 0), Math.max(Math.min(right + margin, now), 1)];
  if (from >= to) return false;
  const answer = await request(from, to, scale, goroutines);
  lanes.clear();
  knownFrom = answer.from;
  for (const lane of answer.lanes) lanes.set(keyOf(lane), lane);
  // A view whose end is in the program's future is known as far as it can be.
  cover = { from, to: following.value ? answer.to : to, scale, goroutines, madeAt: now };
  change(Number.NEGATIVE_INFINITY);
  return true;
}

async function askPart(from: number, to: number, scale: number, goroutines: string): Promise<void> {
  const mine = cover!;
  const answer = await request(from, to, scale, goroutines);
  if (mine !== cover) return;
  for (const part of answer.lanes) {
    const known = lanes.get(keyOf(part));
    if (known === undefined) lanes.set(keyOf(part), part);
    else known.join(part, answer.from);
  }
  mine.to = Math.max(mine.to, answer.to);
  change(answer.from);
}

/** At the end: all that is kept, as finely as a screen can use when it is zoomed. */
export async function askAll(keptMs: number): Promise<void> {
  const now = programClock();
  const from = Math.max(now - keptMs, 0);
  const goroutines = watched.value.join(",");
  const scale = keptMs / 12_000;
  const answer = await request(from, now, scale, goroutines);
  cover = { from, to: now, scale, goroutines, madeAt: now };
  lanes.clear();
  knownFrom = answer.from;
  for (const lane of answer.lanes) lanes.set(keyOf(lane), lane);
  change(Number.NEGATIVE_INFINITY);
}

async function request(from: number, to: number, scale: number, goroutines: string): Promise<Answer> {
  const width = Math.min(Math.max(Math.ceil((to - from) / scale), 1), 16_384);
  const more = goroutines === "" ? "" : `&goroutines=${goroutines}`;
  const response = await get(`/api/lanes?from=${from.toFixed(3)}&to=${to.toFixed(3)}&width=${width}${more}`);
  const answer = readLanes(await response.arrayBuffer());
  told(answer.now);
  reached(answer.to, answer.now);
  return answer;
}
