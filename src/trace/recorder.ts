/**
 * The recorder of a thread: writes down who runs, who wakes whom and who is made, in the thread's ring.
 *
 * It stands in for the scheduler's plain call of `run` while it is there (processor.ts, Tracer), so that a program that is not traced pays for one check. While it is there it costs a reading of the clock for each run (45 ns) and a few stores for
 * each event: the length of a run is exact. What happens within a run has the time of its beginning, unless runs are long on average ({@link EXACT_UNITS}): then the clock is read for it as well, since it costs little beside them.
 *
 * Invariants (owner thread only):
 *   I1  `p.tracer` is the recorder exactly while it records.
 *   I2  between two runs no goroutine is current, so whoever is woken then has been woken by the host.
 *   I3  a Sync event stands before the first event of a recording and at least each second while there are any.
 *
 * Go: runtime/traceruntime.go.
 */
import { clock } from "../runtime/clock.ts";
import { Go } from "../runtime/goroutine.ts";
import { isolation } from "../runtime/isolation.ts";
import { leave, type Parkable, p, type Runnable, type Tracer } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { slice } from "../runtime/slice.ts";
import { G } from "../runtime/status.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { EVENT_WORDS, Kind, RunEnd, UNITS_A_MS } from "./events.ts";
import { nameOfFunction } from "./names.ts";
import { publishHead, RING_HEADER, type Ring, RingWord } from "./ring.ts";

/** Runs between two looks at what else there is to do. */
const HOUSEKEEPING = 64;
/** From this mean length of runs on (2 µs), the clock is read for what happens within one. */
const EXACT_UNITS = 20;
const SYNC_UNITS: number = 1000 * UNITS_A_MS;
/** A longer run is written as several; 29 bits of units. */
const LONGEST_RUN: number = 2 ** 29 - 1;
const MOST_STATUS = 10_000;
const HIGH = 2 ** 32;

export class Recorder implements Tracer {
  readonly ring: Ring;
  /** Called every few runs, and when the loop is left: whether something has to be done about the ring. */
  onPause: (recorder: Recorder, isIdle: boolean) => void = () => {};
  /** Events written, and runs, since the recorder was made: what it costs is told from these. */
  events = 0;
  runs = 0;

  private readonly words: Int32Array;
  private readonly mask: number;
  private head: number;
  /** The last reading of the clock, in units. */
  private at = 0;
  private synced = Number.NEGATIVE_INFINITY;
  private left = HOUSEKEEPING;
  /** When the last housekeeping was. */
  private lookedAt = 0;
  private isExact = false;
  /** When recording was stopped; NaN while it goes on, or has never been. */
  private stoppedAt = Number.NaN;

  constructor(ring: Ring) {
    this.ring = ring;
    this.words = ring.words;
    this.mask = ring.capacity - 1;
    this.head = ring.words[RingWord.head] as number;
  }

  get isOn(): boolean {
    return p.tracer === this;
  }

  /** How many events there are, mod 2^32. */
  get written(): number {
    return this.head;
  }

  /** Records from here on. `tells`: who is there is written down first. */
  start(tells: boolean): void {
    if (this.isOn) return;
    this.at = units();
    this.sync();
    if (!Number.isNaN(this.stoppedAt)) {
      this.put(Kind.gap, this.stoppedAt, 0, Math.min(this.at - this.stoppedAt, HIGH - 1));
      this.stoppedAt = Number.NaN;
    }
    p.tracer = this;
    this.words[RingWord.written] = 1;
    this.lookedAt = this.at;
    this.left = HOUSEKEEPING;
    if (tells) this.tellAll();
    this.publish();
  }

  /** Records no more; what is there stays. */
  stop(): void {
    if (!this.isOn) return;
    p.tracer = null;
    this.stoppedAt = units();
    this.words[RingWord.written] = 0;
    this.publish();
  }

  publish(): void {
    publishHead(this.ring, this.head);
  }

  begin(): void {
    // A world apart has a clock of its own, and is nobody's business here.
    if (isolation.world !== null) return;
    this.at = units();
    if (this.at - this.synced > SYNC_UNITS) this.sync();
  }

  run(next: Runnable): void {
    if (isolation.world !== null) {
      next.run();
      return;
    }
    const from = this.at;
    next.run();
    leave();
    const at = units();
    this.at = at;
    if (next instanceof Go) this.ran(next, from, at);
    if (--this.left === 0) this.look();
  }

  end(): void {
    if (isolation.world !== null) return;
    this.publish();
    this.onPause(this, true);
  }

  made(g: Parkable): void {
    if (isolation.world !== null) return;
    const { name, parent } = g as Go;
    this.put(Kind.create | (nameOfFunction(name) << 16), this.now(), g.id, parent);
  }

  woken(g: Parkable): void {
    if (g.state !== G.waiting || isolation.world !== null) return;
    // A sleeper's time is noticed within whatever run it comes to, which has nothing to do with it.
    const waker = p.slot === 0 || g.reason === WaitReason.sleep ? 0 : p.current.id;
    this.put(Kind.unblock | (g.reason << 8), this.now(), g.id, waker);
  }

  stole(count: number, processor: number): void {
    this.put(Kind.steal, this.now(), count, processor);
  }

  /** An event of the program's own, with a reading of the clock. */
  note(kind: number, name: number, a: number, b: number): void {
    if (isolation.world !== null) return;
    this.at = Math.max(this.at, units());
    this.put(kind | (name << 16), this.at, a, b);
    if (!p.looping) this.publish();
  }

  private now(): number {
    // Outside of the loop nobody else reads it.
    if (this.isExact || !p.looping) this.at = units();
    return this.at;
  }

  private ran(g: Go, from: number, at: number): void {
    let end: number = RunEnd.yielded;
    let reason = 0;
    switch (g.state) {
      case G.waiting:
        end = RunEnd.blocked;
        reason = g.reason;
        break;
      case G.syscall:
        end = RunEnd.blocked;
        reason = WaitReason.syscall;
        break;
      case G.dead:
        end = g.failed ? RunEnd.failed : RunEnd.ended;
        break;
      case G.runnable:
        break;
      default:
        // Another core has taken it: it has not run here at all.
        return;
    }
    let begin = from;
    while (at - begin > LONGEST_RUN) {
      this.put(Kind.run, begin, g.id, LONGEST_RUN << 3);
      begin += LONGEST_RUN;
    }
    this.runs++;
    this.put(Kind.run | (reason << 8), begin, g.id, (Math.round(at - begin) << 3) | end);
  }

  private look(): void {
    const { at } = this;
    this.left = HOUSEKEEPING;
    this.isExact = at - this.lookedAt > EXACT_UNITS * HOUSEKEEPING;
    this.lookedAt = at;
    if (at - this.synced > SYNC_UNITS) this.sync();
    this.publish();
    this.onPause(this, false);
  }

  private sync(): void {
    this.synced = this.at;
    this.put(Kind.sync, this.at, Math.floor(this.at / HIGH), 0);
  }

  /** A Status of each goroutine that is here. */
  private tellAll(): void {
    const seconds = slice.secondsNow();
    let told = 0;
    for (const g of p.slots) {
      if (!(g instanceof Go) || g.isApart || g.state === G.dead || cores.remote.isElsewhere(g)) continue;
      if (++told > MOST_STATUS) break;
      const reason = g.state === G.waiting ? g.reason : 0;
      const waited = g.state === G.waiting ? Math.max(0, seconds - g.waitSince) : 0;
      this.put(
        Kind.status | (reason << 8) | (nameOfFunction(g.name) << 16),
        this.at,
        g.id,
        g.state | (waited << 3),
      );
    }
  }

  private put(word: number, time: number, a: number, b: number): void {
    const { words } = this;
    const at = RING_HEADER + (this.head & this.mask) * EVENT_WORDS;
    words[at] = time;
    words[at + 1] = word;
    words[at + 2] = a;
    words[at + 3] = b;
    this.head = (this.head + 1) | 0;
    this.events++;
  }
}

/** The clock, in units. */
export function units(): number {
  return clock.read() * UNITS_A_MS;
}
