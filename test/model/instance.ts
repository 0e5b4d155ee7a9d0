/**
 * A model's world: one common memory, and for each thread a machine of its own, that is, all modules of src/shm anew.
 *
 * Memory and machines are put back before each schedule.
 */

import type { Patch } from "./bundle.ts";
import type { System } from "./explorer.ts";
import { DataRace, Races } from "./races.ts";
import { Saved } from "./saved.ts";
import { type Body, isGenerator, numberOf, quiet, type Thread, Threads, type Value } from "./threads.ts";
import { transform } from "./transform.ts";
import type { Layout } from "./words.ts";
import type { labels, Model } from "./world.ts";

const MEMORY_BYTES = 1 << 16;

interface Modules {
  readonly program: Readonly<Record<string, Model<unknown>>>;
  readonly region: { attach(number: number, shared: unknown): void; home(): void };
  readonly self: { machine: number };
  readonly labels: typeof labels;
  readonly layout: Layout;
}

interface Machine {
  readonly reset: () => void;
  /** The values of the modules' variables, and to put them back. */
  readonly keep: () => readonly unknown[];
  readonly put: (was: readonly unknown[]) => void;
  readonly sites: readonly string[];
  readonly modules: () => Modules;
}

/** The compiled form of a program. */
export type Program = (env: Record<string, unknown>) => Machine;

const compiled = new Map<string, Promise<Program>>();

export function load(program: string, mutation: readonly Patch[] = []): Promise<Program> {
  const key = JSON.stringify([program, mutation]);
  const known = compiled.get(key) ?? compile(program, mutation);
  compiled.set(key, known);
  return known;
}

async function compile(program: string, mutation: readonly Patch[]): Promise<Program> {
  return new Function("env", await transform(program, mutation)) as Program;
}

export class Instance implements System {
  readonly threads: Threads;
  private readonly memory = new ArrayBuffer(MEMORY_BYTES);
  private readonly bytes = new Uint8Array(this.memory);
  private readonly machines: Machine[];
  private readonly name: string;
  private readonly races: Races;
  readonly diesAt: number | undefined;
  /** What all is put back to. */
  private readonly prepared = new Uint8Array(MEMORY_BYTES);
  private readonly bodies: (() => unknown)[] = [];
  private readonly variables: (readonly unknown[])[] = [];
  private readonly saved: Saved[] = [];
  private alone = true;
  private model: Model<unknown>;

  /** After `diesAt` steps the first thread dies. */
  constructor(program: Program, name: string, count: number, diesAt?: number) {
    this.diesAt = diesAt;
    this.name = name;
    this.races = new Races(MEMORY_BYTES >>> 2, count);
    this.threads = new Threads(count, this.races);
    this.machines = this.threads.threads.map((thread) => program(this.environment(thread)));
    this.model = this.modelOf(0);
  }

  /** How many threads the model has. */
  static countOf(program: Program, name: string): number {
    return new Instance(program, name, 1).model.threads.length;
  }

  /** After how many steps its first thread dies, one after the other; nothing: it does not. */
  static deathsOf(program: Program, name: string): (number | undefined)[] {
    const { deaths } = new Instance(program, name, 1).model;
    return deaths === undefined ? [undefined] : Array.from({ length: deaths + 1 }, (_, i) => i);
  }

  get labels(): typeof labels {
    return this.machines.flatMap((machine) => machine.modules().labels);
  }

  get layout(): Layout {
    return (this.machines[0] as Machine).modules().layout;
  }

  begin(): void {
    if (this.bodies.length === 0) this.prepare();
    this.bytes.set(this.prepared);
    for (let i = 0; i < this.machines.length; i++) {
      (this.machines[i] as Machine).put(this.variables[i] as readonly unknown[]);
      (this.saved[i] as Saved).restore();
    }
    this.alone = false;
    this.threads.begin(
      this.bodies.map((body) => body() as Body),
      this.model.naps ?? 0,
      this.diesAt,
    );
    this.check();
  }

  /** Once: everything that happens before the threads run. */
  private prepare(): void {
    for (const [index, machine] of this.machines.entries()) {
      machine.reset();
      const { region, self } = machine.modules();
      self.machine = index;
      if (index === 0) {
        region.home();
        this.model = this.modelOf(0);
        this.run(0, this.model.prepare?.());
      } else {
        region.attach(0, this.memory);
      }
      const outer = this.modelOf(index).threads[index] as () => unknown;
      this.bodies[index] = this.run(index, outer()) as () => unknown;
      if (!isGenerator(this.bodies[index]?.())) throw new Error(`thread ${index} makes no step`);
    }
    for (const machine of this.machines) {
      const variables = machine.keep();
      this.variables.push(variables);
      this.saved.push(new Saved(variables, this.memory));
    }
    this.prepared.set(this.bytes);
  }

  check(): void {
    if (this.threads.race < 0) return;
    const { sites } = this.machines[0] as Machine;
    throw new DataRace(`data race: ${this.access} after ${Races.describe(this.threads.race, sites)}`);
  }

  end(unfinished: number): void {
    const [first] = this.threads.threads;
    if (
      this.diesAt !== undefined &&
      this.diesAt === this.model.deaths &&
      (first as Thread).steps >= this.diesAt
    )
      throw new Error(`it makes more than ${this.diesAt} steps, and is to die at each`);
    if (unfinished !== 0) {
      const names = this.threads.threads.filter(({ index }) => (unfinished & (1 << index)) !== 0);
      throw new Error(`deadlock: thread ${names.map(({ index }) => index).join(" and ")} waits for ever`);
    }
    this.alone = true;
    this.run(0, this.model.check(this.threads.threads.map(({ value }) => value)));
    this.alone = false;
  }

  private access = "an atomic operation";

  private modelOf(index: number): Model<unknown> {
    const model = (this.machines[index] as Machine).modules().program[this.name];
    if (model === undefined) throw new Error(`the program has no model ${this.name}`);
    return model;
  }

  private run(index: number, body: unknown): unknown {
    return Threads.alone(body, this.threads.threads[index] as Thread);
  }

  private environment(thread: Thread): Record<string, unknown> {
    const { memory, races, threads } = this;
    const look = (array: Int32Array, at: number, isWrite: boolean, site: number): void => {
      if (this.alone || array.buffer !== memory) return;
      const word = numberOf(array, at);
      for (let i = 0; i < array.BYTES_PER_ELEMENT >>> 2; i++) {
        const found = races.plain(thread.index, word + i, isWrite, site);
        if (found < 0 || threads.race >= 0) continue;
        threads.race = found;
        const { sites } = this.machines[0] as Machine;
        this.access = `a plain ${isWrite ? "write" : "read"} ${sites[site]} of thread ${thread.index}`;
      }
    };
    function* run(value: unknown): Generator<void, unknown, Value> {
      return isGenerator(value) ? yield* value : value;
    }
    run.get = function* (of: object, name: string, getter: string): Generator<void, unknown, Value> {
      const found = of as Record<string, unknown>;
      return getter in of ? yield* (found[getter] as () => Body).call(of) : found[name];
    };
    return {
      $op: Object.assign(thread.note, { quiet }),
      $run: run,
      $r: (array: Int32Array, at: number, site: number) => {
        look(array, at, false, site);
        return array[at];
      },
      $w: (array: Int32Array, at: number, value: number, site: number) => {
        look(array, at, true, site);
        array[at] = value;
        return value;
      },
      SharedArrayBuffer: new Proxy(ArrayBuffer, { construct: () => memory }),
      FinalizationRegistry: class {
        register(): void {}
      },
      setImmediate: (report: () => void) => report(),
    };
  }
}
