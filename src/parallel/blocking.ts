/**
 * `blocking`: a call that blocks its thread runs on a spare thread, so that this processor goes on.
 *
 * Spare threads are machines without a processor: they take no other work, run one call at a time, and are kept for the next one. The main thread hands calls out, at most {@link MOST_SPARES} at once; the others wait, first
 * come, first served.
 *
 * Go: runtime/proc.go (entersyscall, handoffp). Differs: the call is marked by the program, since no JavaScript can be moved off its thread once it blocks.
 */
import { checkFunction, describe, ProcessorLostError } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { entryOf, notPortable, type PortableEntry } from "../portable/registry.ts";
import { nextNumber } from "../runtime/goroutine.ts";
import { hostOnly } from "../runtime/isolation.ts";
import {
  BasicOperation,
  type Debts,
  fail,
  fulfil,
  type Op,
  type Operation,
  type Park,
  type Parkable,
  State,
} from "../runtime/operation.ts";
import { p, ready } from "../runtime/processor.ts";
import { G } from "../runtime/status.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { onMachineEnd, startMachine, startParallel } from "./boot.ts";
import { sendTo, signCall, writeCall } from "./call.ts";
import { here } from "./machine.ts";
import { adopt } from "./make.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { dropRecord, freePayload, R, Stage } from "./records.ts";
import { dropToken, type Settler } from "./tokens.ts";

/** Spare threads at once. Go allows 10,000 threads; one of these is an isolate of 9 MB. */
export const MOST_SPARES = 64;
/** A spare thread that has had nothing to do for this long is given back. */
const SPARE_MS = 10_000;

type AnyFunction = (...args: never[]) => unknown;

class Blocking extends BasicOperation<unknown> implements Settler {
  private readonly entry: PortableEntry;
  private readonly args: unknown[];
  private readonly parent: number;
  record: Ref = 0;
  readonly created = "";
  /** It has been handed out, and its end comes as a message. */
  private isOut = false;
  private isLost = false;

  constructor(entry: PortableEntry, args: unknown[]) {
    super();
    this.entry = entry;
    this.args = args;
    this.parent = p.current.id;
  }

  get reason(): WaitReason {
    return WaitReason.syscall;
  }

  /** Never ready at once; but what cannot be sent shows here. */
  poll(): boolean {
    if (!here.joined) startParallel();
    this.record = writeCall(this.entry, this.args, this.entry.name);
    return false;
  }

  enqueue(): void {
    // A goroutine in a system call, as Go's dumps say; a case of a select only waits.
    if (this.done === State.parked) (this.owner as Parkable).state = G.syscall;
    signCall(this.record, this.entry, this, nextNumber(), this.parent);
    this.isOut = true;
    this.handOut();
  }

  /** The call runs on, and nobody waits for its end. */
  dequeue(): void {
    this.isLost = true;
  }

  override recycle(): Debts {
    if (!this.isOut && this.record !== 0) {
      freePayload(this.record);
      dropRecord(this.record);
      this.record = 0;
    }
    return null;
  }

  settle(failing: boolean, value: unknown): void {
    if (this.isLost) return;
    this.value = value;
    if (failing) fail(this as Operation<unknown>);
    else fulfil(this as Operation<unknown>);
  }

  /** The thread that had it has ended. */
  bereave(began: boolean): void {
    if (!began) {
      this.handOut();
      return;
    }
    dropToken(this.record);
    dropRecord(this.record);
    this.settle(
      true,
      new ProcessorLostError(
        `the thread of blocking(${this.entry.name}) is lost: it has ended (out of memory, or process.exit)`,
      ),
    );
  }

  private handOut(): void {
    memoryOf(this.record).words[wordOf(this.record) + R.stage] = Stage.taken;
    if (self.machine === 0) assign(this.record);
    else tell(0, Order.block, this.record);
  }
}

/**
 * Calls `fn(...args)` on a thread where it may block, and gives its result. For what blocks its thread: a synchronous database driver, `execFileSync`.
 *
 * Waits until the call has ended; the goroutine's status is "syscall". The processor runs other goroutines meanwhile. Arguments and result are copied. When it loses a `select` the call runs on, and its result is dropped.
 *
 * @param fn - a portable function
 * @throws NotPortableError (`GORT_NOT_PORTABLE`) at the call; NotSendableError (`GORT_NOT_SENDABLE`) and what `fn` throws, at the wait
 * @example
 * ```ts
 * const list = portable(function list(folder: string) { return execFileSync("ls", [folder], { encoding: "utf8" }); });
 * const text = yield* blocking(list, "/");
 * ```
 *
 * Go: every system call.
 */
export function blocking<A extends unknown[], R>(
  fn: (...args: A) => Generator<Park, R, unknown>,
  ...args: A
): Op<R>;
export function blocking<A extends unknown[], R>(fn: (...args: A) => PromiseLike<R>, ...args: A): Op<R>;
export function blocking<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Op<R>;
export function blocking(fn: AnyFunction, ...args: unknown[]): Op<unknown> {
  checkFunction("blocking", fn);
  const entry = entryOf(fn);
  if (entry === undefined) {
    throw notPortable(
      `blocking needs a portable function, got ${describe(fn)}: it runs on another thread, which finds it again by importing its module;`,
    );
  }
  hostOnly("blocking");
  return new Blocking(entry, args);
}

/** Main thread: the spare threads that have nothing to do, the one that has had it longest first. */
const idleSpares: { machine: number; since: NodeJS.Timeout }[] = [];
let spares = 0;
const queue = new Ring<Ref>();

function assign(record: Ref): void {
  const spare = idleSpares.pop();
  let machine = -1;
  if (spare !== undefined) {
    clearTimeout(spare.since);
    machine = spare.machine;
  } else if (spares < MOST_SPARES) {
    machine = startMachine(-1);
    if (machine >= 0) spares++;
  }
  if (machine < 0) {
    queue.push(record);
    return;
  }
  sendTo(machine, record);
}

onOrder(Order.block, assign);

onOrder(Order.run, (record) => {
  const task = adopt(record);
  if (task !== null) ready(task.pin());
});

onOrder(Order.spared, (machine) => {
  const record = queue.shift();
  if (record !== undefined) {
    sendTo(machine, record);
    return;
  }
  const since = setTimeout(() => {
    idleSpares.splice(
      idleSpares.findIndex((spare) => spare.machine === machine),
      1,
    );
    tell(machine, Order.retire);
  }, SPARE_MS);
  since.unref();
  idleSpares.push({ machine, since });
});

onMachineEnd((machine, processor) => {
  if (processor >= 0) return;
  spares--;
  const at = idleSpares.findIndex((spare) => spare.machine === machine);
  if (at >= 0) idleSpares.splice(at, 1);
  const record = queue.shift();
  if (record !== undefined) assign(record);
});
