/**
 * The note that a new machine finds when gort's file is loaded there: boot.ts writes it, entry.ts reads it.
 */
import type { Given } from "./buffers.ts";

/** Where the stub leaves its note. */
export const KEY = "gort.machine";

/** What a machine is told when it is started. */
export interface Note {
  readonly machine: number;
  readonly processor: number;
  /** The name of the channel of buffers.ts, and what it has for a newcomer. */
  readonly channel: string;
  readonly given: Given;
  /** gort's own file. */
  readonly self: string;
  readonly preloads: readonly string[];
  /** Whether standard output and standard error are terminals. */
  readonly tty: readonly [boolean, boolean];
}
