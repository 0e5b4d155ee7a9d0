/**
 * Threads that work on one piece of shared memory, for tests: the main thread starts workers, which run a program of test/shm/programs.
 *
 * Each thread is a machine: the main thread 0, the workers 1, 2, … in the order in which they are started. Buffers are announced and fetched over ports between each two of them.
 *
 *   const crew = new Crew("post", { workers: 2, delays: true, data: { messages: 1000 } });
 *   const results = await crew.finish();   // what each program gave to done()
 *
 * and in programs/post.ts:
 *
 *   const { machine, data } = join<Data>();
 *   gate();                                // waits until all workers are here
 *   …
 *   done({ sent });
 *
 * With `delays` the workers' atomic operations are delayed (delays/); the main thread's are when the test file itself runs under `node --import …/delays/register.js`.
 */
import {
  MessageChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from "node:worker_threads";
import { obituary, self } from "#src/shm/lock.ts";
import { attach, hasHome, home, known, seams } from "#src/shm/region.ts";

const REGISTER: string = new URL("./delays/register.js", import.meta.url).href;

/** This thread's ports to the others. */
const ports = new Set<MessagePort>();

seams.announce = (number, shared) => {
  for (const port of ports) port.postMessage({ number, shared });
};
seams.fetch = (number) => {
  readAnnouncements();
  const found = known()[number];
  if (found === undefined) throw new Error(`buffer ${number} was used before it was announced`);
  return found.shared;
};

function readAnnouncements(): void {
  for (const port of ports) {
    for (let read = receiveMessageOnPort(port); read !== undefined; read = receiveMessageOnPort(port)) {
      const told = read.message as { number: number; shared: SharedArrayBuffer };
      attach(told.number, told.shared);
    }
  }
}

/** Words that a crew shares beside gort's memory: who has come to the gate, whether to stop, then one for each machine: whether it is dead. */
const COME = 0;
const STOP = 1;
const TOLD = 2;
const DEAD = 16;
let control: Int32Array = new Int32Array(new SharedArrayBuffer(4 * (DEAD + 256)));
let members = 0;

obituary.isDead = (machine) => Atomics.load(control, DEAD + machine) === 1;

interface Given {
  readonly machine: number;
  readonly members: number;
  readonly control: Int32Array;
  readonly seed: number;
  readonly buffers: readonly (SharedArrayBuffer | undefined)[];
  readonly ports: readonly MessagePort[];
  readonly data: unknown;
}

export interface Options {
  readonly workers: number;
  /** Whether the workers' atomic operations are delayed. */
  readonly delays?: boolean;
  readonly seed?: number;
  readonly data?: unknown;
  /** The machine number of the first worker: 1 when nothing is said. */
  readonly first?: number;
}

export class Crew {
  readonly workers: readonly Worker[];
  /** The machine number of each worker. */
  readonly machines: readonly number[];
  private readonly results: Promise<unknown>[] = [];
  private readonly own: MessagePort[] = [];

  /** `program` is the name of a file in test/shm/programs. */
  constructor(program: string, options: Options) {
    const { workers, delays = false, seed = 1, data, first = 1 } = options;
    home();
    for (const word of [COME, STOP, TOLD]) Atomics.store(control, word, 0);
    const mesh: MessagePort[][] = Array.from({ length: workers }, () => []);
    for (const [i, mine] of mesh.entries()) {
      this.connect(mine);
      for (const other of mesh.slice(i + 1)) {
        const { port1, port2 } = new MessageChannel();
        mine.push(port1);
        other.push(port2);
      }
    }
    this.machines = mesh.map((_, i) => first + i);
    this.workers = mesh.map((mine, i) => {
      const given: Given = {
        machine: first + i,
        members: workers,
        control,
        seed,
        buffers: known().map((memory) => memory?.shared),
        ports: mine,
        data,
      };
      return new Worker(new URL(`./programs/${program}.js`, import.meta.url), {
        workerData: given,
        transferList: mine,
        execArgv: delays ? ["--import", REGISTER] : [],
        env: { ...process.env, GORT_DELAYS: String(seed) },
      });
    });
    for (const worker of this.workers) this.results.push(resultOf(worker));
    for (const result of this.results) result.catch(() => {});
  }

  /** What all programs gave to done(). Rejects when one failed. */
  async finish<T = unknown>(): Promise<T[]> {
    try {
      return (await Promise.all(this.results)) as T[];
    } finally {
      await this.stop();
    }
  }

  /** Ends a worker wherever it is; then it counts as dead. */
  async kill(i: number): Promise<void> {
    await (this.workers[i] as Worker).terminate();
    Atomics.store(control, DEAD + (this.machines[i] as number), 1);
  }

  /** The machine's number may be given again. */
  forget(i: number): void {
    Atomics.store(control, DEAD + (this.machines[i] as number), 0);
  }

  /** Resolves when all workers have come to the gate. */
  async gathered(): Promise<void> {
    const { workers } = this;
    while (Atomics.load(control, COME) < workers.length) {
      // Not by turns of the loop: they would take the time that the workers need to start.
      const pause = new Promise((resolve) => setTimeout(resolve, 1));
      await Promise.race([pause, ...this.results]);
    }
  }

  /** Tells the programs that look at {@link stopping} to come to their end. */
  end(): void {
    Atomics.store(control, STOP, 1);
  }

  /** Ends what is still running. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    readAnnouncements();
    for (const port of this.own) {
      ports.delete(port);
      port.close();
    }
  }

  private connect(mine: MessagePort[]): void {
    const { port1, port2 } = new MessageChannel();
    mine.push(port2);
    ports.add(port1);
    this.own.push(port1);
  }
}

function resultOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: { result: unknown }) => resolve(message.result));
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("the worker ended without a result")));
  });
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** In a program: waits until all workers of the crew are here. */
export function gate(): void {
  Atomics.add(control, COME, 1);
  while (Atomics.load(control, COME) < members) Atomics.wait(control, TOLD, 0, 0.1);
}

/** In a program: whether the main thread has asked for the end. */
export function stopping(): boolean {
  return Atomics.load(control, STOP) === 1;
}

/** In a program: takes its place in the crew. */
export function join<Data>(): { machine: number; seed: number; data: Data } {
  const given = workerData as Given;
  if (!hasHome()) {
    for (const [number, shared] of given.buffers.entries()) if (shared !== undefined) attach(number, shared);
  }
  for (const port of given.ports) ports.add(port);
  self.machine = given.machine;
  control = given.control;
  members = given.members;
  return { machine: given.machine, seed: given.seed, data: given.data as Data };
}

/** In a program: its result. */
export function done(result?: unknown): void {
  (parentPort as NonNullable<typeof parentPort>).postMessage({ result });
}
