/**
 * What every machine writes of itself in shared memory (runtime/account.ts), read plainly from the home: it is there also while every thread computes. A number that is a moment old will do.
 */
import { HOME, LIFE, LINE, MACHINE, machineAt } from "../../shm/layout.ts";

/** One machine, also one that has gone. */
export interface MachineBooks {
  readonly machine: number;
  /** -1: it has none. */
  readonly proc: number;
  readonly isAlive: boolean;
  readonly goroutines: number;
  readonly created: number;
  readonly steps: number;
  readonly busyMs: number;
  readonly longSlices: number;
  readonly stolen: number;
  readonly runq: number;
  readonly timers: number;
  /** The slice that lasts: how long, in ms; 0 between two. */
  readonly sliceMs: number;
  /** Who runs, if that is published; 0. */
  readonly running: number;
  /** Counts slices. */
  readonly beat: number;
  /** As it counted last: by state, by reason. */
  readonly inState: readonly number[];
  readonly inWait: readonly number[];
}

export interface Books {
  readonly procs: number;
  /** The length of the global queue. */
  readonly queued: number;
  readonly machines: readonly MachineBooks[];
}

const WAITS = MACHINE.runqSlots - MACHINE.inWait;

export class BookReader {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;

  constructor(home: SharedArrayBuffer) {
    this.words = new Int32Array(home);
    this.doubles = new Float64Array(home, 0, Math.floor(home.byteLength / 8));
  }

  /** How many machines there have been. Alone, the main thread is one. */
  get machines(): number {
    return Math.max(1, this.words[HOME.machines] as number);
  }

  get procs(): number {
    return Math.max(1, this.words[HOME.procs] as number);
  }

  read(nowMs: number): Books {
    const { words } = this;
    const tail = words[HOME.injector + LINE] as number;
    return {
      procs: this.procs,
      queued: Math.max(0, (tail - (words[HOME.injector] as number)) | 0),
      machines: Array.from({ length: this.machines }, (_, index) => this.machine(index, nowMs)),
    };
  }

  private machine(index: number, nowMs: number): MachineBooks {
    const { words, doubles } = this;
    const at = machineAt(index);
    const word = (which: number): number => words[at + which] as number;
    const double = (which: number): number => doubles[(at + which) >>> 1] as number;
    const life = word(MACHINE.life);
    const isAlive = index === 0 || life === LIFE.alive || life === LIFE.booting;
    const since = isAlive ? word(MACHINE.since) : 0;
    return {
      machine: index,
      // Before there are several, the main thread has said nothing of its processor.
      proc: index === 0 ? 0 : word(MACHINE.processor) - 1,
      isAlive,
      goroutines: isAlive ? word(MACHINE.goroutines) : 0,
      created: double(MACHINE.created),
      steps: double(MACHINE.steps),
      busyMs: double(MACHINE.busyMs),
      longSlices: word(MACHINE.longSlices),
      stolen: word(MACHINE.stolen) >>> 0,
      runq: isAlive ? word(MACHINE.runq) : 0,
      timers: isAlive ? word(MACHINE.timers) : 0,
      sliceMs: since === 0 ? 0 : Math.max(0, nowMs - since),
      running: isAlive ? word(MACHINE.running) >>> 0 : 0,
      beat: word(MACHINE.beat),
      inState: Array.from({ length: 4 }, (_, i) => word(MACHINE.inState + i)),
      inWait: Array.from({ length: WAITS }, (_, i) => word(MACHINE.inWait + i)),
    };
  }
}
