/**
 * What stands on this core for a context of another one.
 *
 * It ends when it is told, by mail; and whoever asks it anything looks at the shared state first, since a goroutine that computes lets no mail be read.
 *
 * Invariants:
 *   I1  it is held, and its deadline's timer runs, exactly while somebody would hear of its end: who waits, what is derived, a signal that has been handed out. Else nobody holds it but whoever has it, and when nobody
 *       has, its place among the holders goes with it.
 *   I2  when it is over it holds no record.
 *   I3  what could end it from outside holds the process as it would at home: its timer is loud, or the host counts as waited for, exactly while somebody waits.
 *
 * A context of a machine that has died can still end by its deadline.
 */
import { type Import, importedAs, importOf, onTold, Reference, stateOf } from "../portable/references.ts";
import {
  enterHost,
  enterLatent,
  leaveHost,
  leaveLatent,
  now,
  setQuiet,
  startTimer,
  stopTimer,
  type Timed,
  wallNow,
} from "../runtime/kernel.ts";
import { Mail } from "../shm/inbox.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { CancelCtx, type Child, type Source } from "./cancel.ts";
import { FarEnding } from "./crossing-ending.ts";
import { CANCEL_KEY, Ctx } from "./ctx.ts";
import { Ending } from "./ending.ts";
import type { ContextWaiter } from "./waits.ts";

/** The values that have crossed with a context. */
export type Carried = ReadonlyMap<unknown, unknown>;

/** Those whose end somebody would hear of. */
const heard = new Set<FarCtx>();

export class FarCtx extends CancelCtx implements Source, Timed {
  readonly serial: number;
  readonly carried: Carried;
  readonly timed: boolean;
  readonly outside: boolean;
  readonly lateCause: unknown;
  place = -1;
  quiet = true;
  private entry: Import | null = null;
  private holds = 0;
  private listeners = 0;
  private isSignalOut = false;
  private isLatent = false;

  constructor(
    serial: number,
    deadline: number | undefined,
    timed: boolean,
    outside: boolean,
    lateCause: unknown,
    carried: Carried,
  ) {
    super(
      null,
      "context.Crossed",
      deadline,
      deadline === undefined ? Number.POSITIVE_INFINITY : now() + (deadline - wallNow()),
    );
    this.serial = serial;
    this.carried = carried;
    this.timed = timed;
    this.outside = outside;
    this.lateCause = lateCause;
    this.source = this;
  }

  /** The record that it is a holder of; 0 when it is over. */
  get record(): Ref {
    return this.entry?.record ?? 0;
  }

  /** It is new, and `record` has just arrived. */
  standFor(record: Ref): void {
    this.entry = importOf(record, this);
    // Nobody has it yet who could hear of it.
    this.look();
  }

  /** Ends if the original has. */
  private look(): void {
    const { record } = this;
    if (record === 0) return;
    const end = stateOf(record);
    if (end === 0) return;
    this.cancel(new FarEnding(end, causeOf(record)));
  }

  override refresh(): void {
    if (this.ending !== null) return;
    this.look();
    if (this.timed && this.ending === null && this.dueAt <= now()) this.fire();
  }

  fire(): void {
    this.cancel(new Ending(true, this.lateCause));
  }

  override mark(ending: Ending): void {
    super.mark(ending);
    this.entry?.leave();
  }

  override wake(): void {
    heard.delete(this);
    stopTimer(this);
    if (this.isLatent) leaveLatent();
    super.wake();
  }

  private hear(): void {
    if (this.listeners++ > 0 || this.ending !== null) return;
    heard.add(this);
    if (this.timed) startTimer(this, this.dueAt);
  }

  private unhear(): void {
    if (--this.listeners > 0 || this.ending !== null) return;
    heard.delete(this);
    if (this.timed) stopTimer(this);
  }

  override adopt(child: Child): void {
    super.adopt(child);
    this.hear();
  }

  override disown(child: Child): void {
    super.disown(child);
    this.unhear();
  }

  override enter(waiter: ContextWaiter): void {
    super.enter(waiter);
    this.hear();
  }

  override leave(waiter: ContextWaiter): void {
    super.leave(waiter);
    this.unhear();
  }

  override get abortSignal(): AbortSignal {
    if (!this.isSignalOut) {
      this.isSignalOut = true;
      // For good: nobody tells when the last listener has gone.
      this.hear();
    }
    return super.abortSignal;
  }

  hold(): void {
    if (this.holds++ > 0) return;
    if (this.timed) setQuiet(this, false);
    if (!this.outside) return;
    enterHost();
    enterLatent();
  }

  release(): void {
    if (--this.holds > 0) return;
    if (this.timed) setQuiet(this, true);
    if (!this.outside) return;
    leaveHost();
    leaveLatent();
  }

  watched(): void {
    if (!this.timed || this.isLatent || this.ending !== null) return;
    this.isLatent = true;
    enterLatent();
  }

  override has(key: unknown): boolean {
    return key === CANCEL_KEY || this.carried.has(key);
  }

  override own(key: unknown): unknown {
    return key === CANCEL_KEY ? this : this.carried.get(key);
  }
}

/** A copy of what the home has published, which can go from now on. */
function causeOf(record: Ref): Int32Array | null {
  const { words } = memoryOf(record);
  const at = wordOf(record);
  const block = words[at + Reference.block] as Ref;
  if (block === 0) return null;
  const from = wordOf(block);
  return new Int32Array(
    memoryOf(block).words.subarray(from, from + (words[at + Reference.length] as number)),
  );
}

onTold(Mail.ended, (serial) => {
  const ctx = importedAs(serial);
  if (ctx instanceof FarCtx) ctx.refresh();
});

/** What stands for a context that can never end: its values. */
export class StillCtx extends Ctx {
  readonly node: null = null;
  readonly foreign: null = null;
  readonly parent: null = null;
  readonly deadline: undefined = undefined;
  readonly dueAt: number = Number.POSITIVE_INFINITY;
  readonly label: string = "context.Crossed";
  readonly serial: number;
  readonly carried: Carried;

  constructor(serial: number, carried: Carried) {
    super();
    this.serial = serial;
    this.carried = carried;
  }

  override has(key: unknown): boolean {
    return this.carried.has(key);
  }

  override own(key: unknown): unknown {
    return this.carried.get(key);
  }
}
