/**
 * Where everything lies in shared memory: one table.
 *
 * The first buffer (the home) begins with the words below, then a line per lock or counter that several cores write (two cores that write the same 64 bytes pay five times
 * the price), then the machines' areas, then the global queue; pages for {@link alloc} (slab.ts) fill the rest. A buffer that comes later begins with its table of pages.
 *
 * Units: offsets are words of 32 bits, sizes end in `Bytes` or `Words`.
 *
 * | what            | width          | written by                | read by            |
 * |-----------------|----------------|---------------------------|--------------------|
 * | version         | 1 word         | main, before sharing      | all, when they come |
 * | procs           | 1 word         | any (gomaxprocs)          | all                |
 * | numberBlocks    | 1 word, line   | any, by add               | -                  |
 * | idle            | 8 words, line  | any, by or / and          | all                |
 * | spinning        | 1 word, line   | any, by add               | all                |
 * | machines        | 6 words, line  | main; any                 | all                |
 * | buffers         | 1 word, line   | any, under growLock       | all                |
 * | interned        | 2 words, line  | any, under its lock       | all                |
 * | classes         | 1 line each    | any, under their locks    | -                  |
 * | machine areas   | MACHINE_WORDS  | see the table of MACHINE  |                    |
 */
import { capacity } from "./atomic.ts";

/** Changes with every incompatible change of this file. */
export const VERSION_WORD = 0x676f7202;

/** One buffer: fixed, and committed page by page by the system. Growable ones make every access 30 times slower. */
export const BUFFER_BYTES: number = 1 << 26;
export const PAGE_BYTES: number = 1 << 16;
export const PAGE_WORDS: number = PAGE_BYTES >>> 2;
export const PAGES_A_BUFFER: number = BUFFER_BYTES / PAGE_BYTES;
/** A cache line. */
export const LINE = 16;

export const MOST_MACHINES = 256;
/** Words of a mask with a bit for each machine. */
export const MASK_WORDS: number = MOST_MACHINES / 32;
/** Size classes of blocks (slab.ts). */
export const CLASSES = 48;

/** Words of the home. */
export const HOME = {
  version: 0,
  procs: 1,
  /** How many blocks of numbers have been given (region.ts). */
  numberBlocks: 16,
  idle: 32,
  spinning: 48,
  /** One more than the highest number of a machine there has been; whether another one has been asked for. */
  machines: 64,
  wanted: 65,
  /** The machine, plus one, that sleeps and looks after the others (parallel/idle.ts). */
  patrol: 66,
  /** What is written down and told of this process: bits of Traced (trace/switch.ts); the file that events go to and the observer's key, as names (names.ts). */
  traced: 67,
  traceFile: 68,
  traceKey: 69,
  /** How many buffers there are; then the lock of whoever makes another. */
  buffers: 80,
  growLock: 81,
  /** The buffer whose pages are being taken. */
  common: 82,
  /** How many names there are; the lock; the newest. */
  interned: 96,
  internLock: 97,
  internHead: 98,
  /** The lock of the list of what cores share and hold references to; the newest of it (shared-object.ts). */
  sharedLock: 104,
  sharedHead: 105,
  classes: 112,
  injector: 880,
} as const;

/** The global queue: two lines of counters, then slots (injector.ts). */
export const INJECTOR_HEADER: number = 2 * LINE;
export const INJECTED_WORDS = 2;

/** Words of a machine's area, from its beginning. All but the inbox, the bell and `asleep` are written by the machine itself. */
export const MACHINE = {
  /** Line 0, written by others: the newest message (inbox.ts). */
  inbox: 0,
  /** Somebody has told it to count its goroutines, and it has not yet (parallel/figures.ts). */
  asked: 1,
  /** Line 1: to wake it (note.ts). */
  bell: 16,
  asleep: 17,
  /** One of LIFE. */
  life: 18,
  /** Line 2: what it tells about itself. Counts its slices and the runs of its loop: a heartbeat. */
  beat: 32,
  /** The number of the goroutine that it runs, 0 when none: only with GORT_DEBUG=scheddetail or longslice (runtime/long-slice.ts). */
  running: 33,
  /** Milliseconds of the process's clock when its slice began; 0 between two. */
  since: 34,
  /** What its goroutines wait for of the host's: one of Host. */
  host: 35,
  /** Messages sent and received, for quiet.ts. */
  sent: 36,
  received: 37,
  /** Goroutines that were made here and are not dead. */
  goroutines: 38,
  /** Portable goroutines that it has run to their end, and how many of those it had stolen. */
  ran: 39,
  stolen: 40,
  /** Whether it is just stealing (parallel/steal.ts). */
  grabbing: 41,
  /** The chunks of its task records, newest first (parallel/records.ts). */
  records: 42,
  /** The records of its waits for something shared, newest first (wait.ts). */
  waits: 43,
  /** Lines 3 and 4: the ends of the run queue. */
  runqHead: 48,
  runqTail: 64,
  /** Line 5: its books (runtime/account.ts), written when a slice is over. Two words each, a double: steps, goroutines made, milliseconds in slices. */
  steps: 80,
  created: 82,
  busyMs: 84,
  /** The length of its own run queue; its timers. */
  runq: 86,
  timers: 87,
  longSlices: 88,
  /** The number of its processor, plus one; 0 when it has none. */
  processor: 89,
  /** How often it has counted its goroutines, and what `beat` was then. */
  counted: 90,
  countedBeat: 91,
  /** Its ring of events (trace/ring.ts), 0 while it has none. */
  ring: 92,
  /** Lines 6 and 7: what it counted: how many are runnable, running, waiting, off the processors; then of those that wait, how many for each reason. */
  inState: 96,
  inWait: 100,
  runqSlots: 128,
} as const;

/** Words of a machine's area. */
export const MACHINE_WORDS: number = MACHINE.runqSlots + capacity.runQueue;

/** `holds`: something that would keep a process alive on one core; `latent`: something that may still come, and would not (runtime/netpoll.ts). */
export const Host = { nothing: 0, latent: 1, holds: 2 } as const;

/** A machine's life. `retired`: it has ended by itself, with nothing left; `dead`: it has been ended, and its number is not used again. */
export const LIFE = { unused: 0, booting: 1, alive: 2, dead: 3, retired: 4 } as const;

const INJECTOR_WORDS: number = INJECTOR_HEADER + capacity.injector * INJECTED_WORDS;
const MACHINES_AT: number = roundUp(HOME.injector + INJECTOR_WORDS, LINE);

/** The first word of machine `m`'s area in the home. */
export function machineAt(m: number): number {
  return MACHINES_AT + m * MACHINE_WORDS;
}

/** The table of pages: one word for each, the size class of its blocks. In the home it follows the machines; elsewhere it comes first. */
export const HOME_PAGE_TABLE: number = roundUp(machineAt(MOST_MACHINES), LINE);
/** In each buffer the first word after its table of pages: how many of its pages are taken. */
export const PAGE_TABLE_WORDS: number = PAGES_A_BUFFER + LINE;
export const FIRST_HOME_PAGE: number = Math.ceil((HOME_PAGE_TABLE + PAGE_TABLE_WORDS) / PAGE_WORDS);
export const FIRST_PAGE: number = Math.ceil(PAGE_TABLE_WORDS / PAGE_WORDS);

function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}
