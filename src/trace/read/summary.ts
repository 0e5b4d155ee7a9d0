/**
 * A trace in figures: what `gort trace FILE` prints, and with --json hands to scripts.
 *
 * Times are milliseconds; `at` counts from the trace's beginning. Lists have the largest first.
 */
import { reasonText } from "../../runtime/wait-reason.ts";
import { RunEnd, UNITS_A_MS } from "../events.ts";
import type { TraceEnd, TraceMeta } from "../format.ts";

/** Rows of a list at most. */
export const MOST_ROWS = 10;

export interface SpreadRow {
  readonly count: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface NamedSpread extends SpreadRow {
  readonly name: string;
}

export interface TraceSummary {
  readonly format: 1;
  readonly meta: TraceMeta | null;
  readonly end: TraceEnd | null;
  /** The program was killed or still ran when the file was read. */
  readonly endsEarly: boolean;
  readonly cutBytes: number;
  readonly damagedChunks: number;
  readonly unknownChunks: number;
  readonly durationMs: number;
  readonly events: number;
  readonly lost: number;
  readonly gaps: { readonly count: number; readonly totalMs: number };
  /** `seen`: all that are in the trace; `left`: those that had not ended. */
  readonly goroutines: {
    readonly seen: number;
    readonly made: number;
    readonly ended: number;
    readonly failed: number;
    readonly left: number;
  };
  readonly processors: readonly {
    readonly label: string;
    readonly machine: number;
    readonly proc: number;
    readonly runs: number;
    readonly busyMs: number;
    /** Of the trace's duration. */
    readonly busy: number;
  }[];
  /** From runnable to running. */
  readonly queue: SpreadRow;
  readonly longestWaits: readonly {
    readonly goroutine: number;
    readonly fn: string;
    readonly reason: string;
    readonly ms: number;
    readonly at: number;
    /** How it ended: by a goroutine, by the host (a timer, a socket, a promise), not at all, or that is not known. */
    readonly ended: "goroutine" | "host" | "not ended" | "unknown";
    readonly by: number;
    readonly byFn: string;
    /** It began before the trace: `ms` is what is known. */
    readonly older: boolean;
  }[];
  readonly longestRuns: readonly {
    readonly goroutine: number;
    readonly fn: string;
    readonly lane: string;
    readonly ms: number;
    readonly at: number;
    /** "yielded", "ended", "failed", or why it waited then. */
    readonly end: string;
  }[];
  /** Which function's goroutines woke which function's; `by` is "host" for timers, sockets and promises. */
  readonly wakes: readonly { readonly by: string; readonly fn: string; readonly count: number }[];
  readonly wakesInAll: number;
  readonly functions: readonly {
    readonly fn: string;
    readonly goroutines: number;
    readonly runs: number;
    readonly runningMs: number;
    readonly runnableMs: number;
    readonly waitingMs: number;
  }[];
  readonly steals: readonly {
    readonly by: string;
    readonly from: string;
    readonly times: number;
    readonly goroutines: number;
  }[];
  readonly regions: readonly NamedSpread[];
  /** Those that have ended; `open`: those that have not. */
  readonly tasks: readonly (NamedSpread & { readonly open: number })[];
  readonly logs: readonly { readonly category: string; readonly count: number }[];
  readonly marks: readonly { readonly what: string; readonly goroutine: number; readonly at: number }[];
}

export function milliseconds(units: number): number {
  return units / UNITS_A_MS;
}

/** How a run ended, in words. */
export function endText(end: number, reason: number): string {
  switch (end) {
    case RunEnd.yielded:
      return "yielded";
    case RunEnd.blocked:
      return reasonText(reason);
    case RunEnd.ended:
      return "ended";
    case RunEnd.failed:
      return "failed";
    default:
      return "unknown";
  }
}
