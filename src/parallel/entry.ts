/**
 * A worker's first moments as a machine: gort's file has been imported by the stub of boot.ts, which has left a note.
 */
import { parentPort } from "node:worker_threads";
import { loaderSeams, runReached } from "../portable/loader.ts";
import { ending } from "../runtime/exit.ts";
import { portables } from "../runtime/goroutine.ts";
import { cores } from "../runtime/remote.ts";
import { exchange } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { nap } from "../shm/nap.ts";
import { listenTo } from "./buffers.ts";
import { rest, resting } from "./idle.ts";
import { here, shareProcs, takePart } from "./machine.ts";
import { KEY, type Note } from "./note.ts";
import { numberedApart } from "./numbers.ts";
import { Order, tell } from "./orders.ts";
import { watchLast } from "./quiet.ts";
import { inheritRecords } from "./records.ts";
import { remote } from "./remote.ts";
import { spawnPortable } from "./spawn.ts";
import { writeDirectly } from "./streams.ts";
import { startedElsewhere } from "./sysmon.ts";

type Left = Note & { readonly importModule: (url: string) => Promise<unknown> };

const note = (globalThis as { [key: symbol]: Left | undefined })[Symbol.for(KEY)];

/** Called when gort is loaded: makes this thread a machine if that is what it is for. */
export function become(): void {
  if (note === undefined) return;
  writeDirectly(note.tty);
  self.machine = note.machine;
  listenTo(note.channel, note.given);
  takePart(note.machine, note.processor);
  inheritRecords();
  shareProcs();
  cores.runReached = runReached;
  portables.spawn = spawnPortable;
  numberedApart(0);
  loaderSeams.importModule = note.importModule;
  // What is listed now is this thread's own: its port, the channel of buffers.ts.
  let own = Number.POSITIVE_INFINITY;
  setImmediate(() => {
    own = process.getActiveResourcesInfo().length;
  });
  loaderSeams.isIdle = () => cores.resting && process.getActiveResourcesInfo().length <= own;
  cores.remote = remote;
  watchLast();
  startedElsewhere();
  resting.wanted = () => {
    if (exchange(here.words, HOME.wanted, 1) === 0) tell(0, Order.want);
  };
  ending.exit = (code) => {
    tell(0, Order.exit, code);
    // The main thread ends the process; until then nothing more happens here.
    for (;;) nap(Number.POSITIVE_INFINITY);
  };
  // What keeps this thread's event loop alive.
  parentPort?.on("message", () => {});
  // When the file has been loaded, which in a bundle is the program's own.
  setImmediate(() => {
    parentPort?.postMessage("ready");
    rest();
  });
}
