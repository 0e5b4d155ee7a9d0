/**
 * What is written down and told of this process, on all its threads: switched on and off by any of them, at any time.
 *
 * The switch is a word in shared memory. Who changes it applies it to its own thread at once, and has the others told; a thread that begins later looks when gort is loaded there.
 *
 * Invariants:
 *   I1  a thread records exactly while events are wanted of it: for the process's own trace (`recorded`), or because the observer asks for them (agent.ts).
 *   I2  the ring of a machine is made once, and found by everybody in its area.
 */
import { keepShared } from "../runtime/account.ts";
import { showProcs } from "../runtime/procs.ts";
import { cores } from "../runtime/remote.ts";
import { and, load, or, store } from "../shm/atomic.ts";
import { HOME, MACHINE, machineAt } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { internedName, numberOf } from "../shm/names.ts";
import { hasHome, home } from "../shm/region.ts";
import { point } from "./pointer.ts";
import { Recorder } from "./recorder.ts";
import { makeRing, type Ring, RingWord, ringAt } from "./ring.ts";

/** Bits of HOME.traced. */
export const Traced = {
  /** Events are recorded, all the time. */
  recorded: 1,
  /** They go to the file HOME.traceFile names. */
  file: 2,
  /** There is an observer, whose key HOME.traceKey names. */
  watched: 4,
} as const;

/** This thread's; null while it has none. */
export const tracing: {
  recorder: Recorder | null;
  /** The observer wants events of this thread. */
  eventsAsked: boolean;
  /** The observer wants to know of this thread at all. */
  isWatched: boolean;
  /** Called when the switch has changed, or this thread has learned of it. Set by file.ts and agent.ts. */
  onSwitched: ((bits: number) => void)[];
} = { recorder: null, eventsAsked: false, isWatched: false, onSwitched: [] };

/** The bits that are set. */
export function tracedNow(): number {
  return hasHome() ? load(home().words, HOME.traced) : 0;
}

/** Sets and clears bits, on all threads. */
export function setTraced(set: number, clear: number): void {
  const { words } = shareBooks();
  if (clear !== 0) and(words, HOME.traced, ~clear);
  if (set !== 0) or(words, HOME.traced, set);
  apply();
  cores.remote.tellSwitched();
}

/** A text that goes with a bit; set before the bit is. */
export function setTracedText(word: number, text: string): void {
  store(home().words, word, numberOf(text));
}

/** See {@link setTracedText}. */
export function tracedText(word: number): string {
  return internedName(load(home().words, word));
}

/** All machines, also later ones, open their channel to the observer of that key (telling.ts), and say hello. */
export function observe(key: string): void {
  setTracedText(HOME.traceKey, key);
  setTraced(Traced.watched, 0);
}

/** There is no observer any more. */
export function unobserve(): void {
  setTraced(0, Traced.watched);
}

/** This thread's recorder; made when it is first wanted. */
export function recorderHere(): Recorder {
  if (tracing.recorder === null) {
    const { words } = shareBooks();
    const at = machineAt(self.machine) + MACHINE.ring;
    // A machine that had this number before may have left one.
    const left = words[at] as number;
    const ring = left === 0 ? makeRing(self.machine) : ringAt(left);
    store(ring.words, RingWord.processor, cores.remote.procId);
    store(words, at, ring.ref);
    tracing.recorder = new Recorder(ring);
  }
  return tracing.recorder;
}

/** The rings of all machines that have one, also of those that have gone. */
export function allRings(): Ring[] {
  const { words } = home();
  const found: Ring[] = [];
  for (let i = 0, count = Math.max(1, load(words, HOME.machines)); i < count; i++) {
    const ref = load(words, machineAt(i) + MACHINE.ring);
    if (ref !== 0) found.push(ringAt(ref));
  }
  return found;
}

/** The observer looks at this thread, or does not any more. */
export function watchedNow(isWatched: boolean): void {
  tracing.isWatched = isWatched;
  applyRecording(tracedNow());
}

/** The observer wants this thread's events, or does not any more. */
export function askEvents(wanted: boolean): void {
  tracing.eventsAsked = wanted;
  applyRecording(tracedNow());
}

function applyRecording(bits: number): void {
  const wanted = (bits & Traced.recorded) !== 0 || tracing.eventsAsked;
  point(false);
  if (wanted) recorderHere().start();
  else tracing.recorder?.stop();
  point(!wanted && tracing.isWatched);
}

/** Makes it so on this thread. */
function apply(): void {
  const bits = tracedNow();
  applyRecording(bits);
  for (const switched of tracing.onSwitched) switched(bits);
}

/** The books and the number of processors are in shared memory from here on. */
function shareBooks(): { readonly words: Int32Array } {
  keepShared(self.machine);
  showProcs();
  return home();
}

cores.switched = apply;
