/**
 * A goroutine of a portable function on a given processor: for what has to be on each core, as a server's acceptors.
 *
 * It is not stolen. When its processor is lost before it has begun it fails as if it had: whoever wants it there starts it anew.
 */
import { entryOf, notPortable } from "../portable/registry.ts";
import type { Go } from "../runtime/goroutine.ts";
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { machineOf, startParallel } from "./boot.ts";
import { sendTo, writeCall } from "./call.ts";
import { here } from "./machine.ts";
import { makeRecorded } from "./make.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { R, Stage } from "./records.ts";

type AnyFunction = (...args: never[]) => unknown;

/** Starts `fn(...args)` on the processor of that number. */
function startOn(processor: number, fn: AnyFunction, args: unknown[]): Go {
  if (!here.joined) startParallel();
  const entry = entryOf(fn);
  if (entry === undefined) throw notPortable(`${fn.name} is no portable function:`);
  const record = writeCall(entry, args, fn.name);
  const task = makeRecorded(entry, record, null, p.current.id, true);
  task.sendAway();
  memoryOf(record).words[wordOf(record) + R.stage] = Stage.taken;
  if (self.machine === 0) place(record, processor);
  else tell(0, Order.place, record, processor);
  return task;
}

/** Main thread: the machine of that processor gets it. */
function place(record: Ref, processor: number): void {
  sendTo(processor === 0 ? 0 : machineOf(processor), record);
}

onOrder(Order.place, place);
cores.startOn = startOn;
