/**
 * Makes tasks: of a call of `go` here, and of a record that has been taken from another machine.
 */
import type { PortableEntry } from "../portable/registry.ts";
import { account } from "../runtime/account.ts";
import { nextNumber, type Site } from "../runtime/goroutine.ts";
import { occupy, ready } from "../runtime/processor.ts";
import { G } from "../runtime/status.ts";
import { self } from "../shm/lock.ts";
import { internedName } from "../shm/names.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { signCall } from "./call.ts";
import { offer, Turn } from "./offers.ts";
import { R, Stage } from "./records.ts";
import { Task, unloaded } from "./task.ts";
import { taskOf } from "./tokens.ts";

type AnyFunction = (...args: never[]) => unknown;

/** Makes a goroutine whose arguments have been copied: it runs here. */
export function makeCopied(
  entry: PortableEntry,
  args: unknown[],
  creator: Site | AnyFunction | null,
  parent: number,
  held: boolean,
): Task {
  const task = new Task(
    nextNumber(),
    entry.key,
    entry.fn,
    args,
    parent,
    creator,
    self.machine,
    0,
    Turn.copied,
  );
  occupy(task);
  if (!held) ready(task);
  return task;
}

/** Makes a goroutine of a record of this machine's, in which its arguments are. */
export function makeRecorded(
  entry: PortableEntry,
  record: Ref,
  creator: Site | AnyFunction | null,
  parent: number,
  held: boolean,
): Task {
  const id = nextNumber();
  const task = new Task(id, entry.key, entry.fn, [], parent, creator, self.machine, record, Turn.held);
  signCall(record, entry, task, id, parent);
  memoryOf(record).words[wordOf(record) + R.stage] = Stage.waiting;
  occupy(task);
  if (!held) {
    offer(task);
    ready(task);
  }
  return task;
}

/** Makes a visitor of a record that this machine has taken; null when it is one of its own whose turn is still to come. */
export function adopt(record: Ref): Task | null {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  const key = internedName(words[at + R.fn] as number);
  const owner = words[at + R.owner] as number;
  const mine =
    owner === self.machine ? (taskOf(words[at + R.token] as number) as Task | undefined) : undefined;
  if (mine !== undefined) {
    // It has come back. Either it was missed when its turn came, or it still stands in the run queue.
    const { isAway } = mine;
    mine.turn = Turn.taken;
    return isAway ? mine : null;
  }
  const task = new Task(
    (words[at + R.id] as number) >>> 0,
    key,
    unloaded,
    [],
    (words[at + R.parent] as number) >>> 0,
    null,
    owner,
    record,
    Turn.taken,
  );
  // Its error is its owner's affair.
  task.observe();
  task.state = G.runnable;
  if (task.isVisitor) account.visitors++;
  occupy(task);
  return task;
}
