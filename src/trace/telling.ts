/**
 * What a thread of the program's and the observer (web/observer) tell each other: messages on a BroadcastChannel that only these two know, {@link channelFor}.
 *
 * A thread tells of itself while it is watched, when its event loop turns; one that computes is silent. What the observer needs of it all the same is in shared memory: its books (runtime/account.ts) and its ring (ring.ts).
 */
import type {
  ChannelRow,
  Ended,
  GoroutineDetail,
  GoroutineRow,
  Graph,
  GroupRow,
  StateQuery,
} from "./rows.ts";

export type { Ended } from "./rows.ts";

/** The name of the channel between machine `index` and the observer of this process. `key`: chosen by whoever starts the observer. */
export function channelFor(key: string, index: number): string {
  return `gort observe ${key} ${index}`;
}

/** How often a thread that is watched tells of itself. */
export const TELL_EACH_MS = 250;

/** A thread to the observer. */
export type Told =
  | {
      /** It is there: said when it is watched first, and again to an observer that has come later. */
      readonly kind: "hello";
      readonly machine: number;
      /** -1: a thread for calls that block. */
      readonly proc: number;
      readonly ring: SharedArrayBuffer;
      /** The word of it at which the ring begins (ring.ts). */
      readonly ringAt: number;
    }
  | {
      /** More of the machine's names: the first one's number. */
      readonly kind: "names";
      readonly first: number;
      readonly names: readonly string[];
    }
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "goroutine"; readonly ask: number; readonly found: Found | null }
  | {
      /** runtime.stacks(), or a trace of the last seconds: by whichever thread was asked. */
      readonly kind: "file";
      readonly ask: number;
      readonly data: Uint8Array | string;
    }
  | {
      /** The program ends. The thread waits until the observer has stored 1 in the first word of `heard` (and notified), a quarter of a second at most. */
      readonly kind: "ended";
      readonly ended: Ended;
      readonly frame: Frame;
      readonly heard: SharedArrayBuffer;
    };

/** The observer to a thread. */
export type Asked =
  | {
      /** Say hello, and tell of yourself from now on; null: nobody looks any more. */
      readonly kind: "watch";
      readonly query: StateQuery | null;
      /** Events are wanted: somebody looks at the lanes. */
      readonly events: boolean;
    }
  | { readonly kind: "goroutine"; readonly ask: number; readonly id: number }
  | { readonly kind: "stacks"; readonly ask: number; readonly format: "text" | "json" | "pprof" }
  | { readonly kind: "last"; readonly ask: number; readonly seconds: number };

/** One goroutine as its own thread knows it. */
export type Found = Omit<GoroutineDetail, "silent" | "wokenBy" | "wokenAt" | "ranAt" | "ranMs">;

/** A thread's part of the state. */
export interface Frame {
  readonly machine: number;
  readonly proc: number;
  /** When it was made, by the process's clock. A thread with very many goroutines looks at them over several turns, and tells when it is through. */
  readonly at: number;
  readonly goroutines: readonly GoroutineRow[];
  readonly fitting: number;
  readonly groups: readonly GroupRow[];
  readonly channels: readonly ChannelRow[];
  readonly graph: Graph;
  /** How many are in each state: runnable, running, waiting, syscall; of those that wait, how many for each reason, by its words. */
  readonly states: readonly [number, number, number, number];
  readonly blocked: Readonly<Record<string, number>>;
  /** The share of its time that being watched costs; the share of time in which events are written down. */
  readonly cost: number;
  readonly recorded: number;
}
