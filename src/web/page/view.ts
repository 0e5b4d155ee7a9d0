/**
 * Which stretch of time is on the screen.
 *
 * It follows the program, a little behind its clock so that the right edge is drawn with data and not with hope, or it stands still. Recording goes on in both.
 */
import { signal } from "@preact/signals";
import { programClock } from "./clock.ts";

/** Between one microsecond a pixel and what an observer keeps. */
const SHORTEST_MS = 1;
const LONGEST_MS = 120_000;

export const windowMs = signal(10_000);
export const following = signal(true);
/** The right edge while the view stands still. */
export const standsAt = signal(0);

let lag = 300;

/** The answer of the lanes reached to `to` when the program's clock stood at `now`. */
export function reached(to: number, now: number): void {
  const behind = Math.min(Math.max(now - to, 0) + 120, 2000);
  lag += (behind - lag) * (behind > lag ? 0.5 : 0.02);
}

export function rightEdge(): number {
  return following.value ? Math.max(programClock() - lag, 0) : standsAt.value;
}

export function leftEdge(): number {
  return rightEdge() - windowMs.value;
}

export function pause(): void {
  if (!following.value) return;
  standsAt.value = rightEdge();
  following.value = false;
}

export function follow(): void {
  following.value = true;
}

/** Zooms by `factor` (below 1: in); the moment at `share` of the width, from the left, stays where it is. */
export function zoom(factor: number, share = following.value ? 1 : 0.5): void {
  const before = windowMs.value;
  const after = Math.min(Math.max(before * factor, SHORTEST_MS), LONGEST_MS);
  if (!following.value) standsAt.value += (after - before) * (1 - share);
  windowMs.value = after;
}

/** Moves the view by a share of its width; to the left stops following. */
export function pan(share: number): void {
  pause();
  standsAt.value = Math.min(standsAt.value + share * windowMs.value, programClock());
}

/** Puts a moment on the screen, and stands still there. */
export function show(at: number): void {
  const seen = at >= leftEdge() && at <= rightEdge();
  pause();
  if (!seen) standsAt.value = at + windowMs.value / 2;
}

/** How far behind the program the picture stands, for the badge. */
export function behindMs(): number {
  return Math.max(programClock() - rightEdge(), 0);
}
