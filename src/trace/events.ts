/**
 * The table of events: what a processor writes down while it is traced.
 *
 * An event is four words of 32 bits, in the ring of its machine (ring.ts) and, written shorter, in a trace file (format.ts):
 *
 *   word 0   time: the low 32 bits of the process's clock in units of 100 ns ({@link UNITS_A_MS}); a Sync event has the high ones
 *   word 1   kind | reason << 8 | name << 16     reason: one of WaitReason; name: a number in the machine's table of names, 0 for none
 *   word 2   a
 *   word 3   b
 *
 * | kind        | time          | reason           | name      | a                | b                                              |
 * |-------------|---------------|------------------|-----------|------------------|------------------------------------------------|
 * | Sync        | now           | -                | -         | high 32 bits     | -                                              |
 * | Run         | its beginning | why it waits     | -         | goroutine        | how long, in units << 3, and how it ended: one of RunEnd |
 * | Create      | now           | -                | function  | goroutine        | who made it; 0: nobody                         |
 * | Unblock     | now           | what it waited for | -       | goroutine        | who woke it; 0: the host (a timer, a socket, a promise) |
 * | Status      | now           | why it waits     | function  | goroutine        | one of G (runtime/status.ts) \| whole seconds it has waited << 3 |
 * | Steal       | now           | -                | -         | how many         | the processor they were taken from             |
 * | RegionBegin | now           | -                | its name  | goroutine        | -                                              |
 * | RegionEnd   | now           | -                | its name  | goroutine        | -                                              |
 * | TaskBegin   | now           | -                | its name  | task             | the task that it is part of; 0: none           |
 * | TaskEnd     | now           | -                | its name  | task             | goroutine                                      |
 * | Log         | now           | -                | category  | goroutine        | message: a number in the table of names        |
 * | Gap         | its beginning | -                | -         | 0                | how long nothing was written down, in units    |
 * | Mark        | now           | -                | what (deadlock, panic) | goroutine | -                                          |
 *
 * Invariants:
 *   I1  one clock is read for each run, when it ends: its length is exact. What happened during a run has the time of its beginning, or a later one if the recorder is exact (recorder.ts), and stands before it.
 *   I2  goroutines' numbers are their low 32 bits.
 *   I3  a window begins with a Status of each goroutine that was there (of 10,000 at most), so that also who does nothing is seen.
 *
 * Go: internal/trace/tracev2/events.go. Differs: a run is one event and not two, because its end costs the clock that is read anyway; a steal is an event; no stacks.
 */

/** A trace counts time in 100 ns. */
export const UNITS_A_MS = 10_000;

/** Words of an event. */
export const EVENT_WORDS = 4;

export const Kind = {
  sync: 1,
  run: 2,
  create: 3,
  unblock: 4,
  status: 5,
  steal: 6,
  regionBegin: 7,
  regionEnd: 8,
  taskBegin: 9,
  taskEnd: 10,
  log: 11,
  gap: 12,
  mark: 13,
} as const;

/** How a run ended; in the low three bits of b. */
export const RunEnd = {
  /** It gave way, and is runnable. */
  yielded: 0,
  /** It waits. */
  blocked: 1,
  /** The goroutine has ended. */
  ended: 2,
  /** It has ended with an error. */
  failed: 3,
} as const;

/** Names that a machine keeps; from then on events have name 0. */
export const MOST_NAMES = 65_535;
