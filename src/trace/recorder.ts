/**
 * The recorder of a thread: writes down who runs, who wakes whom and who is made, in the thread's ring.
 *
 * It stands in for the scheduler's plain call of `run` while it is there (processor.ts, Tracer), so that a program that is not traced pays for one check. While it is there it costs a reading of the clock for each run (45 ns) and a few stores for
 * each event: the length of a run is exact. What happens within a run has the time of its beginning, unless runs are long on average ({@link EXACT_UNITS}): then the clock is read for it as well, since it costs little beside them.
 *
 * Invariants (owner thread only):
 *   I1  `p.tracer` is the recorder exactly while it records.
 *   I2  `running` is the goroutine whose run is recorded, from its first step until its end has been told to whoever waits for it; between two runs there is none, so whoever is woken then has been woken by the host.
 *   I3  a Sync event stands before the first event of a recording, and before each one that comes a second or more after the last Sync.
 *   I4  the ring's head is never behind by more than {@link RING_SLACK} events, whatever a goroutine does in one run.
 *
 * Go: runtime/traceruntime.go.
 */
import { publishRunning } from "../runtime/account.ts";
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
import { publishHead, RING_HEADER, RING_SLACK, type Ring, RingWord } from "./ring.ts";

/** Runs between two looks at what else there is to do. */
const HOUSEKEEPING = 64;
/** Those who read the ring (the page) are to see what has happened no later than this. */
const LOOK_UNITS: number = 5 * UNITS_A_MS;
/** From this mean length of runs on (2 µs), the clock is read for what happens within one. */
const EXACT_UNITS = 20;
const SYNC_UNITS: number = 1000 * UNITS_A_MS;
/** A longer run is written as several; 29 bits of units. */
const LONGEST_RUN: number = 2 ** 29 - 1;
const MOST_STATUS = 10_000;
const HIGH = 2 ** 32;
/** A run that makes or wakes very many is looked at in between. */
const PUBLISH_EACH: number = RING_SLACK / 2;

export class Recorder implements Tracer {
  readonly ring: Ring;
  /** Called every few runs, and when the loop is left: whether something has to be done about the ring. */
  onPause: (recorder: Recorder, isIdle: boolean) => void = () => {};
  /** Events written, and readings of the clock, since the recorder was made: what it costs is told from these. */
  events = 0;
  reads = 0;

  private readonly words: Int32Array;
  private readonly mask: number;
  private head: number;
  /** The last reading of the clock, in units. */
  private at = 0;
  /** I2; and when its run, or the recording of it, began. */
  private running: Go | null = null;
  private from = 0;
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

  /** Which event was the first of the last {@link tellAll}. */
  toldAt = 0;

  /** How many events there are, mod 2^32. */
  get written(): number {
    return this.head;
  }

  /** Records from here on. Who is there is written down first. */
  start(): void {
    if (this.isOn) return;
    this.at = units();
    const { stoppedAt } = this;
    // One that has begun before the trace is not part of it.
    if (stoppedAt > (this.ring.doubles[RingWord.fileTime >>> 1] as number)) {
      this.sync(stoppedAt);
      this.put(Kind.gap, stoppedAt, 0, Math.min(this.at - stoppedAt, HIGH - 1));
    }
    this.stoppedAt = Number.NaN;
    this.sync(this.at);
    p.tracer = this;
    this.words[RingWord.written] = 1;
    this.lookedAt = this.at;
    this.left = HOUSEKEEPING;
    this.from = this.at;
    this.running = runningNow();
    this.tellAll();
    this.publish();
  }

  /** Records no more; what is there stays. A run that goes on is written down as far as it has come, as if it gave way. */
  stop(): void {
    if (!this.isOn) return;
    // In a world apart it is another clock.
    const at = isolation.world === null ? this.read() : this.at;
    const { running } = this;
    if (running?.state === G.dead) this.ran(running, at);
    else if (running !== null) this.putRun(running, at, 0, RunEnd.yielded);
    this.running = null;
    p.tracer = null;
    this.stoppedAt = at;
    this.words[RingWord.written] = 0;
    this.publish();
  }

  publish(): void {
    publishHead(this.ring, this.head);
  }

  begin(): void {
    // A world apart has a clock of its own, and is nobody's business here.
    if (isolation.world === null) this.read();
  }

  run(next: Runnable): void {
    if (isolation.world !== null) {
      next.run();
      return;
    }
    if (this.running !== null) this.overtaken();
    // Without a body it has ended already, elsewhere, and is only cleared away.
    this.running = next instanceof Go && next.body !== null ? next : null;
    this.from = this.at;
    publishRunning(this.running === null ? 0 : this.running.id);
    next.run();
    leave();
    if (p.tracer !== this) return;
    const at = this.read();
    if (this.running !== null) this.ran(this.running, at);
    this.running = null;
    if (--this.left === 0 || at - this.lookedAt > LOOK_UNITS) this.look();
  }

  end(): void {
    if (isolation.world !== null) return;
    if (this.running !== null) this.overtaken();
    publishRunning(0);
    this.publish();
    this.onPause(this, true);
  }

  woken(g: Parkable): void {
    const { state } = g;
    // One that comes from another core was made there, and is not idle.
    if (state === G.idle) this.made(g as Go);
    if ((state !== G.waiting && state !== G.syscall) || isolation.world !== null) return;
    // A timer's time is noticed within whatever run it comes to, which has nothing to do with it.
    const waker = p.firing || this.running === null ? 0 : this.running.id;
    const reason = state === G.syscall ? WaitReason.syscall : g.reason;
    this.put(Kind.unblock | (reason << 8), this.now(), g.id, waker);
  }

  private made(g: Go): void {
    if (isolation.world !== null) return;
    this.put(Kind.create | (nameOfFunction(g.name) << 16), this.now(), g.id, g.parent);
  }

  stole(count: number, processor: number): void {
    this.put(Kind.steal, this.now(), count, processor);
  }

  /** An event of the program's own, with a reading of the clock. */
  note(kind: number, name: number, a: number, b: number): void {
    if (isolation.world !== null) return;
    this.read();
    this.put(kind | (name << 16), this.at, a, b);
    if (!p.looping) this.publish();
  }

  /** The time of what happens now. */
  private now(): number {
    // Outside of the loop nobody else reads it.
    return this.isExact || !p.looping ? this.read() : this.at;
  }

  /** Reads the clock (I3). */
  private read(): number {
    const at = units();
    this.reads++;
    this.at = at;
    if (at - this.synced > SYNC_UNITS) this.sync(at);
    return at;
  }

  /** The run in which recording began is over, and nobody has said so. */
  private overtaken(): void {
    const running = this.running as Go;
    this.running = null;
    this.ran(running, this.read());
  }

  private ran(g: Go, at: number): void {
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
        // Another core has taken a goroutine that this one had taken: it has not run here.
        if (g.body !== null) return;
        end = g.failed ? RunEnd.failed : RunEnd.ended;
        break;
      case G.runnable:
        break;
      default:
        // Another core has taken it: it has not run here at all.
        return;
    }
    this.putRun(g, at, reason, end);
  }

  private putRun(g: Go, at: number, reason: number, end: number): void {
    let begin = this.from;
    if (at - begin > LONGEST_RUN) {
      // So far back no reader gets by what it knows of the time.
      this.sync(begin);
      for (; at - begin > LONGEST_RUN; begin += LONGEST_RUN)
        this.put(Kind.run, begin, g.id, LONGEST_RUN << 3);
      this.sync(begin);
    }
    this.put(Kind.run | (reason << 8), begin, g.id, ((at - begin) << 3) | end);
  }

  private look(): void {
    const { at } = this;
    this.isExact = at - this.lookedAt > EXACT_UNITS * (HOUSEKEEPING - this.left);
    this.left = HOUSEKEEPING;
    this.lookedAt = at;
    this.publish();
    this.onPause(this, false);
  }

  private sync(at: number): void {
    this.synced = at;
    this.put(Kind.sync, at, Math.floor(at / HIGH), 0);
  }

  /** A Status of each goroutine that is here. */
  tellAll(): void {
    this.toldAt = this.head;
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

  /** Very many events in one run: readers are told of them before they are written over. */
  private full(): void {
    this.publish();
    this.onPause(this, false);
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
    if ((this.head & (PUBLISH_EACH - 1)) === 0) this.full();
  }
}

/** The goroutine whose code is on the stack. */
function runningNow(): Go | null {
  const g = p.current;
  return p.looping && g instanceof Go && (g.state === G.running || g.state === G.exiting) ? g : null;
}

/** The clock, in whole units: what ends when the next one begins ends in the same one. */
export function units(): number {
  return Math.floor(clock.read() * UNITS_A_MS);
}
