/**
 * The main thread starts machines, and hears of their ends.
 *
 * A machine is a worker thread whose first file is a few lines in a data: URL. They import gort's own file (in a single-file bundle that is the program), which finds the note that they have left
 * (entry.ts). A data: URL and not `eval`, because loaders given by --import do not run for eval; the `import()` for programs' modules is in those lines, because bundlers rewrite one in gort's file.
 *
 * Machines are started when there is work that nobody is free to take, up to GOMAXPROCS, and are not held: neither they nor what tells of them keeps the process alive. What does is in quiet.ts.
 *
 * Go: runtime/proc.go (startm, newm).
 */
import { Worker } from "node:worker_threads";
import { randomBelow } from "../base/rand.ts";
import { callerUrl } from "../portable/identity.ts";
import { numbers } from "../runtime/goroutine.ts";
import { currentProcs } from "../runtime/procs.ts";
import { cores } from "../runtime/remote.ts";
import { load, store } from "../shm/atomic.ts";
import { HOME, LIFE, MACHINE, MOST_MACHINES, machineAt } from "../shm/layout.ts";
import { giveBuffers, listenTo } from "./buffers.ts";
import { resting } from "./idle.ts";
import { here, shareProcs, takePart } from "./machine.ts";
import { KEY, type Note } from "./note.ts";
import { numberedApart } from "./numbers.ts";
import { Order, onOrder } from "./orders.ts";
import { allPreloads } from "./preloads.ts";
import { watchQuiet } from "./quiet.ts";
import { remote } from "./remote.ts";
import { died } from "./salvage.ts";
import { blockPipes } from "./streams.ts";
import { tokensInUse } from "./tokens.ts";

/** A lost thread's error that is nobody's fault but its memory's. */
const OUT_OF_MEMORY = "ERR_WORKER_OUT_OF_MEMORY";

const channelName = `gort ${process.pid} ${randomBelow(2 ** 31).toString(36)}`;

/** The machines that have not ended: the processor of each; -1: it is for calls that block. */
const started = new Map<number, number>();

/** This is the main thread, and takes part from here on. */
export function startParallel(): void {
  takePart(0, 0);
  store(here.words, HOME.procs, currentProcs());
  shareProcs();
  numberedApart(numbers.next);
  listenTo(channelName, null);
  cores.remote = remote;
  resting.wanted = keepUp;
  resting.crowded = keepUp;
  onOrder(Order.want, () => {
    const { vacant } = places();
    if (vacant > 0) startMachine(vacant);
    // It stays set while there can be no more: then nobody asks again.
    if (places().vacant > 0) store(here.words, HOME.wanted, 0);
  });
  onOrder(Order.exit, (code) => process.exit(code));
  watchQuiet();
  blockPipes();
}

/**
 * Called with each portable goroutine: starts one more machine while there are more of them than machines, this one not counted. At once, since what this thread runs next may hold it, and nobody else can start one.
 */
function keepUp(): void {
  const { working, vacant } = places();
  if (vacant > 0 && tokensInUse() > working) startMachine(vacant);
}

/** Of the processors that there may be: how many others have a machine, and the first that has none (0: each has). */
function places(): { working: number; vacant: number } {
  const procs = currentProcs();
  if (filled.procs !== procs) {
    const taken = new Set(started.values());
    filled.procs = procs;
    filled.working = 0;
    filled.vacant = 0;
    for (let processor = procs - 1; processor > 0; processor--) {
      if (taken.has(processor)) filled.working++;
      else filled.vacant = processor;
    }
  }
  return filled;
}

/** What places() has found, for that many processors; 0 when machines have come or gone since. */
const filled = { procs: 0, working: 0, vacant: 0 };

/** Starts a machine for `processor`; -1: for calls that block. Its number. */
export function startMachine(processor: number): number {
  const index = freeIndex();
  if (index < 0) return -1;
  const { words } = here;
  const { given, there } = giveBuffers();
  const note: Note = {
    machine: index,
    processor,
    channel: channelName,
    given,
    self: SELF,
    preloads: allPreloads(SELF),
    tty: [process.stdout.isTTY === true, process.stderr.isTTY === true],
  };
  store(words, machineAt(index) + MACHINE.life, LIFE.booting);
  if (load(words, HOME.machines) <= index) store(words, HOME.machines, index + 1);
  const worker = new Worker(new URL(STUB), {
    workerData: note,
    // As much as this thread: some Nodes give a worker what the machine has, whatever --max-old-space-size says.
    resourceLimits: { maxOldGenerationSizeMb: heapLimitMb() },
    transferList: [given.early],
    argv: process.argv.slice(2),
    name: processor < 0 ? "gort blocking" : `gort P${processor}`,
  });
  started.set(index, processor);
  filled.procs = 0;
  worker.on("message", there);
  worker.on("error", (error) => {
    if ((error as NodeJS.ErrnoException).code === OUT_OF_MEMORY) return;
    // Thrown outside any goroutine, by a callback on that core: as on this one it is the program's end, unless that handles it.
    process.nextTick(() => {
      throw error;
    });
  });
  worker.on("exit", () => {
    started.delete(index);
    there();
    filled.procs = 0;
    store(here.words, HOME.wanted, 0);
    died(index);
    for (const ended of enders) ended(index, processor);
  });
  worker.unref();
  return index;
}

/** Main thread: the machine of a processor, which is started if it has none. */
export function machineOf(processor: number): number {
  for (const [machine, its] of started) if (its === processor) return machine;
  return startMachine(processor);
}

/** Not imported: on some Nodes node:v8 loads half of the network, which importing gort must not. */
function heapLimitMb(): number {
  return Math.floor(process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit / 2 ** 20);
}

function freeIndex(): number {
  const { words } = here;
  for (let i = 1; i < MOST_MACHINES; i++) {
    if (load(words, machineAt(i) + MACHINE.life) === LIFE.unused) return i;
  }
  return -1;
}

/** Main thread: called when the thread of a machine has ended, for whatever reason. */
export function onMachineEnd(ended: (machine: number, processor: number) => void): void {
  enders.push(ended);
}

const enders: ((machine: number, processor: number) => void)[] = [];

function selfUrl(): string | undefined {
  return callerUrl(selfUrl);
}

/** The file that this code is in. Not import.meta.url, which some bundlers set to the source's place and others leave out. */
const SELF: string = selfUrl() ?? import.meta.url;

const STUB = `data:text/javascript,${encodeURIComponent(
  `import { workerData } from "node:worker_threads";
globalThis[Symbol.for(${JSON.stringify(KEY)})] = { ...workerData, importModule: (url) => import(url) };
for (const url of workerData.preloads) await import(url);
await import(workerData.self);`,
)}`;
