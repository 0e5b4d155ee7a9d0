/**
 * Goroutines, channels and who waits for whom as rows of tables: what a thread tells the observer of itself, and what the observer hands on (web/protocol.ts).
 */

/** One of the words of `Handle.status`, and what Go's tools call those that wait for the host. */
export type StateWord = "running" | "runnable" | "waiting" | "syscall";

export interface StateQuery {
  /** Words that all have to fit: `state:waiting`, `fn:worker`, `chan:jobs`, `g:17`, `reason:sleep`, `p:1`, `blocked>1s` (also ms, m); a word without a colon looks in function, place and reason. */
  readonly filter?: string;
  readonly sort?: "id" | "wait" | "state" | "fn";
  /** Rows of goroutines at most; 200 unless told. */
  readonly limit?: number;
}

export interface GoroutineRow {
  readonly id: number;
  readonly name: string;
  readonly state: StateWord;
  /** Why it waits; "" when it does not. */
  readonly reason: string;
  /** How long it has waited, in whole seconds. */
  readonly waitedSeconds: number;
  /** The processor it belongs to. */
  readonly proc: number;
  /** Who made it; 0: nobody. */
  readonly parent: number;
  /** The function that made it, and where if that was recorded. */
  readonly creator: string;
  /** Where it is, `file:line` below the program's folder; "" when nobody has looked yet. */
  readonly where: string;
  /** What it waits for: `chan#1`, `mutex#2`, `goroutine 5`; "" when that is not known. */
  readonly waitsOn: string;
}

export interface GroupRow {
  readonly count: number;
  readonly state: StateWord;
  readonly reason: string;
  readonly name: string;
  /** What they wait for, as far as they have been asked. */
  readonly waitsOn: string;
  /** Where one of them is. */
  readonly where: string;
  /** One of them, and the longest wait of all. */
  readonly example: number;
  readonly longestSeconds: number;
}

export interface ChannelRow {
  /** `chan#1`. */
  readonly label: string;
  readonly kind: "chan" | "shared chan";
  readonly proc: number;
  readonly length: number;
  readonly capacity: number;
  readonly closed: boolean;
  /** Who waits, the first 20; and how many. */
  readonly receivers: readonly number[];
  readonly receiverCount: number;
  readonly senders: readonly number[];
  readonly senderCount: number;
  /** How long it has been full with senders, or empty with receivers, as far as has been seen. */
  readonly stuckMs: number;
}

/** Who waits for whom. An edge goes from a goroutine to an object, or from an object to the goroutine that holds it. */
export interface Graph {
  readonly nodes: readonly { readonly goid: number; readonly name: string; readonly reason: string }[];
  readonly edges: readonly {
    readonly from: number;
    /** The goroutine that can end the wait; 0: not one alone. */
    readonly to: number;
    readonly object: string;
    /** That it can end only so is known; otherwise it is a guess. */
    readonly exact: boolean;
  }[];
  /** Goroutines that wait for each other in a circle, exactly. */
  readonly cycles: readonly (readonly number[])[];
}

export interface GoroutineDetail extends GoroutineRow {
  /** The processor did not answer: it computes. Then the stack is empty. */
  readonly silent: boolean;
  readonly stack: readonly {
    readonly fn: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  }[];
  readonly created: {
    readonly fn: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  } | null;
  /** Locks and other things that it holds, as labels. */
  readonly holds: readonly string[];
  /** From the events of the last seconds: who woke it last (0: the host), and when; when it ran last, and for how long. -1: not seen. */
  readonly wokenBy: number;
  readonly wokenAt: number;
  readonly ranAt: number;
  readonly ranMs: number;
}

export interface Ended {
  readonly kind: "exit" | "deadlock" | "panic" | "lost";
  /** The exit code; null when it is not known. */
  readonly code: number | null;
  /** Go's message for a deadlock, the error's for a panic. */
  readonly message: string;
  /** All goroutines as text, when there is a dump. */
  readonly dump: string;
}
