/**
 * Goroutines that hold their processor for long: nobody else runs there meanwhile, and neither timers nor sockets are served.
 *
 * They are counted always, where the clock is read anyway (slice.ts): a goroutine that has run since the last reading, for {@link LONG_MS} or more. With GORT_DEBUG=longslice=MS each run of a goroutine is timed, and one that took longer is
 * named on standard error: its number, its function, how long, and where it gave way at last.
 *
 * Go: runtime/proc.go (retake), which interrupts them. A JavaScript function cannot be interrupted from outside.
 */
import { clock } from "./clock.ts";
import { debugSwitch } from "./debug.ts";
import type { Runnable } from "./processor.ts";
import { cores } from "./remote.ts";

/** Go's forcePreemptNS. */
export const LONG_MS = 10;
const SPAN_MS = 1000;
const LINES_A_SPAN = 20;

export const longSlices: {
  /** How many there have been. */
  count: number;
  /** From how many milliseconds on they are named; 0 for never. */
  readonly namedFromMs: number;
} = { count: 0, namedFromMs: namedFrom(debugSwitch("longslice")) };

function namedFrom(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = text === "" ? LONG_MS : Number(text);
  return Number.isFinite(ms) && ms > 0 ? ms : LONG_MS;
}

/** Lines since the last second began: a program that is slow everywhere is not made slower by being told so. */
const lines = { left: LINES_A_SPAN, since: 0 };

/** Runs `next`, and names it if that takes long. */
export function runTimed(next: Runnable): void {
  const from = clock.read();
  next.run();
  const tookMs = clock.read() - from;
  if (tookMs < longSlices.namedFromMs) return;
  if (from - lines.since > SPAN_MS) {
    lines.since = from;
    lines.left = LINES_A_SPAN;
  }
  if (lines.left-- <= 0) return;
  const { id, name } = next as Runnable & { readonly id?: number; readonly name?: string };
  const who =
    id === undefined
      ? "an async function"
      : `goroutine ${id} (${name === "" || name === undefined ? "<anonymous>" : name})`;
  process.stderr.write(`gort: ${who} held processor ${cores.remote.procId} for ${tookMs.toFixed(1)} ms\n`);
}

/** Goroutines have run since the clock was read last, `passedMs` ago: when that is long, one of them has. */
export function countLong(passedMs: number): void {
  if (passedMs >= LONG_MS) longSlices.count++;
}
