/**
 * Goroutines that hold their processor for long: nobody else runs there meanwhile, and neither timers nor sockets are served.
 *
 * They are counted always, where the clock is read anyway (slice.ts): a goroutine that has run since the last reading, for {@link LONG_MS} or more. While somebody subscribes to the diagnostics channel gort:long-slice they are published
 * there, and the clock is read each time the loop is entered or left. With GORT_DEBUG=longslice=MS each run of a goroutine is timed, and one that took longer is named on standard error: its number, its function, how long.
 *
 * Go: runtime/proc.go (retake), which interrupts them. A JavaScript function cannot be interrupted from outside.
 */
import { account, publishRunning } from "./account.ts";
import { clock } from "./clock.ts";
import { debugSwitch } from "./debug.ts";
import { LONG_SLICE, publishEvent } from "./diagnostics.ts";
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
  /** Each run is timed, and the goroutine's number is published while it runs. */
  readonly timed: boolean;
  /** Somebody subscribes to {@link LONG_SLICE}. */
  watched: boolean;
} = {
  count: 0,
  namedFromMs: namedFrom(debugSwitch("longslice")),
  timed: debugSwitch("longslice") !== undefined || isDetailed(),
  watched: false,
};

account.longSlices = () => longSlices.count;

/** GORT_DEBUG=scheddetail=1: who runs is told (parallel/sysmon.ts). */
function isDetailed(): boolean {
  return Number(debugSwitch("scheddetail")) > 0;
}

function namedFrom(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = text === "" ? LONG_MS : Number(text);
  return Number.isFinite(ms) && ms > 0 ? ms : LONG_MS;
}

/** Lines since the last second began: a program that is slow everywhere is not made slower by being told so. */
const lines = { left: LINES_A_SPAN, since: 0 };

/** Runs `next`, and names it if that takes long. */
export function runTimed(next: Runnable): void {
  const { id, name } = next as Runnable & { readonly id?: number; readonly name?: string };
  const from = clock.read();
  publishRunning(id ?? 0);
  next.run();
  publishRunning(0);
  const tookMs = clock.read() - from;
  if (longSlices.namedFromMs === 0 || tookMs < longSlices.namedFromMs) return;
  if (from - lines.since > SPAN_MS) {
    lines.since = from;
    lines.left = LINES_A_SPAN;
  }
  if (lines.left-- <= 0) return;
  const who =
    id === undefined
      ? "an async function"
      : `goroutine ${id} (${name === "" || name === undefined ? "<anonymous>" : name})`;
  process.stderr.write(`gort: ${who} held processor ${cores.remote.procId} for ${tookMs.toFixed(1)} ms\n`);
}

/** Goroutines have run since the clock was read last, `passedMs` ago: when that is long, one of them has. */
export function countLong(passedMs: number): void {
  if (passedMs < LONG_MS) return;
  longSlices.count++;
  publishEvent(LONG_SLICE, () => ({ ms: passedMs, processor: cores.remote.procId }));
}
