/**
 * The other cores, as one core sees them.
 *
 * The layer `parallel` implements this; alone, a thread has the null one, and the one-core library is whole without it.
 * `runtime` never imports `parallel`.
 */
import type { Books } from "./account.ts";
import type { Census } from "./census.ts";
import type { Go } from "./goroutine.ts";
import type { Parkable } from "./processor.ts";
import type { Page } from "./snapshot.ts";

/** What another machine tells of itself: what it has done counts also when it has gone. */
export interface Figures extends Books {
  /** -1: it is a thread for calls that block. */
  readonly processor: number;
  readonly isAlive: boolean;
  readonly goroutines: number;
  readonly runq: number;
  readonly timers: number;
  readonly stolen: number;
  readonly census: Census;
}

export interface Remote {
  /** The number of this thread's processor. */
  readonly procId: number;
  /** The oldest goroutine of the queue that all processors share. */
  takeGlobal(): Parkable | undefined;
  /** Wake-ups and results that other cores sent; true when there were any. */
  readMail(): boolean;
  /** Half of another processor's unstarted goroutines; the first of them, which is to be run. */
  steal(): Parkable | undefined;
  /** Nothing is runnable here, and the loop has ended. It may look around for a moment; what it finds it makes ready. */
  rest(): void;
  /** The loop begins, for the first time since a rest. */
  rise(): void;
  /** Whether no goroutine of another core can run, or be woken by its host, or has sent something that is still under way. */
  isQuiet(): boolean;
  /** The goroutines of other cores, `size` of each at a time and at most `most`. Waits for their answers. */
  goroutines(size: number, most: number): Iterable<Page>;
  /** Whether a goroutine that was made here runs on another core. */
  isElsewhere(g: Parkable): boolean;
  /** How many goroutines of other cores are not dead. */
  count(): number;
  /** The other machines' numbers. */
  figures(): Figures[];
  /** How many goroutines this machine has stolen. */
  stolen(): number;
  /** The length of the queue that all processors share. */
  queued(): number;
  /** Has {@link cores.switched} called on all other threads, soon; those that sleep are woken. */
  tellSwitched(): void;
}

export const nullRemote: Remote = {
  procId: 0,
  takeGlobal: () => undefined,
  readMail: () => false,
  steal: () => undefined,
  rest: () => {},
  rise: () => {},
  isQuiet: () => true,
  goroutines: () => [],
  isElsewhere: () => false,
  count: () => 0,
  figures: () => [],
  stolen: () => 0,
  queued: () => 0,
  tellSwitched: () => {},
};

export const cores: {
  remote: Remote;
  /** Between rest() and rise(). */
  resting: boolean;
  /** GOMAXPROCS, when the cores share it. */
  procs: { get(): number; set(procs: number): void } | null;
  /** Starts a goroutine of a portable function on the processor of that number. Set by the layer parallel. */
  startOn: ((processor: number, fn: (...args: never[]) => unknown, args: unknown[]) => Go) | null;
  /** What is written down of this process has changed (shm/layout.ts, HOME.traced). Set by the layer trace. */
  switched: () => void;
  /** Called by run() on a core that has the program only for its portable functions: there it never returns. */
  runReached: (() => void) | null;
} = { remote: nullRemote, resting: false, procs: null, startOn: null, switched: () => {}, runReached: null };
