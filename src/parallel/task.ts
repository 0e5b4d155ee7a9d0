/**
 * A portable goroutine as a thread sees it: one that was made here, or a visitor that was stolen from another machine.
 *
 * It is a goroutine like any other (it has a place in the table and in the run queue) but for its beginning and its end. At its beginning it may turn out to be away: another machine has taken its record.
 * At its end its result is copied: to whoever waits here, or into the record, which goes back to the machine that made it.
 *
 *   copied   made here while there is one processor: its arguments have been copied, and there is no record
 *   held     its record is written; it may not start before release()
 *   listed   its record waits for room in the run queue that others can see (the backlog, oldest first)
 *   offered  its record is there, at `position`
 *   taken    the record is this machine's alone, and its function may still have to be loaded
 *   begun    it runs here, or has ended
 *   away     made here, and taken by another machine: its end comes as a message
 *
 * Invariants (owner thread only):
 *   I1  the tasks in the run queue that others see, and then the backlog, are in the order of the machine's own queue. So when a task's turn comes, all that were offered before it are gone.
 *   I2  a token stands for one task from when its record is written until it has begun here or has ended elsewhere.
 *
 * Go: runtime/proc.go (newproc, runqput, runqget). Differs: docs/design/parallel.md.
 */
import { ProcessorLostError } from "../base/errors.ts";
import {
  copyResult,
  decodeArguments,
  decodeError,
  decodeOne,
  encodeError,
  encodeResult,
  scratch,
} from "../portable/codec.ts";
import { resolve } from "../portable/loader.ts";
import type { PortableEntry } from "../portable/registry.ts";
import { account } from "../runtime/account.ts";
import { failed, panic } from "../runtime/exit.ts";
import { withoutOwnFrames } from "../runtime/frames.ts";
import { Go, type Site } from "../runtime/goroutine.ts";
import { enterHost, leaveHost } from "../runtime/netpoll.ts";
import { ready, vacate } from "../runtime/processor.ts";
import { G } from "../runtime/status.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { store } from "../shm/atomic.ts";
import { post } from "../shm/inbox.ts";
import { MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { ring } from "../shm/note.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { here, tally } from "./machine.ts";
import { offer, offerMore, published, shiftBacklog, Turn } from "./offers.ts";
import { Order, tell } from "./orders.ts";
import { dropRecord, freePayload, payloadOf, R, Stage, writePayload } from "./records.ts";
import { dropToken, type Settler, taskOf } from "./tokens.ts";

type AnyFunction = (...args: never[]) => unknown;

/** Stands for a function that has not been loaded. */
export function unloaded(): void {}

/** Why visitors cannot begin, until their turns come. */
const refusals = new Map<Task, unknown>();

export class Task extends Go implements Settler {
  turn: number;
  record: Ref;
  position = 0;
  /** It runs where it was sent, or not at all. */
  private isPinned = false;
  /** Another core has its handle, and may wait for it (handles.ts). */
  isShown = false;
  /** The machine that made it. */
  readonly owner: number;
  readonly key: string;

  constructor(
    id: number,
    key: string,
    fn: AnyFunction,
    args: unknown[],
    parent: number,
    creator: Site | AnyFunction | null,
    owner: number,
    record: Ref,
    turn: number,
  ) {
    super(id, fn, args, parent, creator);
    this.key = key;
    this.owner = owner;
    this.record = record;
    this.turn = turn;
  }

  /** Where it was made, as the frames of a stack; empty when that has not been recorded. */
  get created(): string {
    const { creator } = this;
    if (typeof creator !== "object" || creator === null || creator.stack === undefined) return "";
    return withoutOwnFrames(creator.stack).split("\n").slice(1).join("\n");
  }

  get isVisitor(): boolean {
    return this.owner !== self.machine;
  }

  /** It was made here, and runs elsewhere. */
  get isAway(): boolean {
    return this.turn === Turn.away;
  }

  /** What it throws is nobody's only when nobody far can ask for it any more. */
  override get observed(): boolean {
    return this.isShown || super.observed;
  }

  override get name(): string {
    return this.fn === unloaded ? functionName(this.key) : this.fn.name;
  }

  /** It is not to be taken by others. */
  pin(): this {
    this.isPinned = true;
    return this;
  }

  /** It was held, and another machine is told to run it; that is where it belongs. */
  sendAway(): void {
    this.isPinned = true;
    this.turn = Turn.away;
    this.state = G.running;
  }

  /** It was held, and may start. */
  override release(): void {
    const isOffered = this.turn === Turn.held;
    if (isOffered) offer(this);
    ready(this);
    if (isOffered) published.wake();
  }

  override run(): void {
    if (this.turn !== Turn.begun && !this.begins()) return;
    super.run();
  }

  private begins(): boolean {
    try {
      return this.begin();
    } catch (error) {
      // Its arguments cannot be read here: a handle in them is gone.
      this.refuse(error);
      return false;
    }
  }

  /** Its turn has come; false when it does not run now. */
  private begin(): boolean {
    switch (this.turn) {
      case Turn.copied:
        this.turn = Turn.begun;
        return true;
      case Turn.listed:
        shiftBacklog();
        break;
      case Turn.offered:
        if (here.queue.take(this.position)) break;
        this.lost();
        return false;
    }
    offerMore();
    this.turn = Turn.taken;
    if (this.isVisitor) return this.receive();
    const { record } = this;
    this.value = argumentsOf(record);
    dropToken(record);
    dropRecord(record);
    this.record = 0;
    this.turn = Turn.begun;
    return true;
  }

  /** Another machine has taken it. */
  private lost(): void {
    if (this.isVisitor) {
      this.state = G.dead;
      vacate(this);
      account.visitors--;
      return;
    }
    this.turn = Turn.away;
    this.state = G.running;
  }

  /** A visitor begins, if its function is here. */
  private receive(): boolean {
    if (this.fn === unloaded && !this.loaded()) return false;
    const { words } = memoryOf(this.record);
    // From here on it cannot run elsewhere, and its arguments go.
    store(words, wordOf(this.record) + R.stage, Stage.started);
    this.value = argumentsOf(this.record);
    this.turn = Turn.begun;
    return true;
  }

  private loaded(): boolean {
    if (refusals.has(this)) {
      const error = refusals.get(this);
      refusals.delete(this);
      this.refuse(error);
      return false;
    }
    let found: PortableEntry | Promise<PortableEntry>;
    try {
      found = resolve(this.key);
    } catch (error) {
      this.refuse(error);
      return false;
    }
    if (!(found instanceof Promise)) {
      this.became(found);
      return true;
    }
    this.state = G.waiting;
    this.reason = WaitReason.promise;
    enterHost();
    found.then(
      (entry) => {
        leaveHost();
        this.became(entry);
        // Until it begins somebody else may take it, who has nothing better to do.
        if (!this.isPinned) offer(this);
        ready(this);
        published.wake();
      },
      (error) => {
        leaveHost();
        // In its turn: a machine whose loop does not run would not say that it sleeps again.
        refusals.set(this, error);
        ready(this);
      },
    );
    return false;
  }

  private became(entry: PortableEntry): void {
    (this as { fn: AnyFunction }).fn = entry.fn;
    this.body = entry.fn;
  }

  /** It cannot begin here: nor could it anywhere else. */
  private refuse(error: unknown): void {
    this.state = G.runnable;
    try {
      // Read all the same: what arrives by reference is counted until somebody has had it.
      argumentsOf(this.record);
    } catch {
      freePayload(this.record);
    }
    failed(this, error);
  }

  override end(failing: boolean, value: unknown): void {
    if (this.turn === Turn.away) {
      super.end(failing, value);
      return;
    }
    tally(MACHINE.ran);
    if (this.isVisitor) {
      this.report(failing, value);
      super.end(false, undefined);
      account.visitors--;
      if (here.processor < 0) tell(0, Order.spared, self.machine);
      return;
    }
    let result = value;
    if (!failing) {
      try {
        result = copyResult(value, this.name);
      } catch (error) {
        failed(this, error);
        return;
      }
    }
    super.end(failing, result);
  }

  /** The result goes home, in the record. */
  private report(failing: boolean, value: unknown): void {
    const { record, owner } = this;
    let isError = failing;
    let length: number;
    try {
      length = failing ? encodeError(value) : encodeResult(value, this.name);
    } catch (error) {
      isError = true;
      length = encodeError(error);
    }
    writePayload(record, scratch.words, length);
    const { words } = memoryOf(record);
    const at = wordOf(record);
    words[at + R.failed] = isError ? 1 : 0;
    words[at + R.stage] = Stage.ended;
    post(owner, record);
    ring(owner);
  }

  /** Made here: it has ended elsewhere. */
  settle(failing: boolean, value: unknown): void {
    const early = this.turn === Turn.offered;
    this.turn = Turn.away;
    // It still stands in the run queue, so its place stays taken until its turn comes.
    if (early) this.state = G.waiting;
    if (failing) failed(this, value);
    else this.end(false, value);
    if (early) this.turn = Turn.begun;
  }

  /** The message that it has ended. */
  static ended(record: Ref): void {
    const { words } = memoryOf(record);
    const at = wordOf(record);
    const task = taskOf(words[at + R.token] as number);
    const failing = words[at + R.failed] === 1;
    const from = payloadOf(record);
    const memory = memoryOf(from);
    const value = failing
      ? decodeError(
          memory.words,
          memory.bytes,
          wordOf(from),
          words[at + R.claimer] as number,
          task?.created ?? "",
          withoutOwnFrames,
        )
      : decodeOne(memory.words, memory.bytes, wordOf(from));
    freePayload(record);
    dropToken(record);
    dropRecord(record);
    if (task !== undefined) task.settle(failing, value);
    else if (failing) orphaned(value);
  }

  /** The machine that had it has died: if it had begun there it has failed, else it runs here. */
  bereave(began: boolean): void {
    const { record, turn } = this;
    if (began || this.isPinned) {
      dropToken(record);
      dropRecord(record);
      this.settle(true, lostError(this));
      return;
    }
    this.turn = Turn.taken;
    // If its turn has not come yet it knows nothing of all this, and still stands in the run queue.
    if (turn === Turn.away) ready(this);
  }

  get [Symbol.toStringTag](): string {
    return "Goroutine";
  }
}

function argumentsOf(record: Ref): unknown[] {
  const from = payloadOf(record);
  const memory = memoryOf(from);
  const args = decodeArguments(memory.words, memory.bytes, wordOf(from));
  freePayload(record);
  return args;
}

function lostError(task: Task): ProcessorLostError {
  return new ProcessorLostError(
    `the processor that ran goroutine ${task.id} (${task.name}) is lost: its thread has ended (out of memory, or process.exit); what it had done is not undone`,
  );
}

/** Whether `g` was made here and runs on another core. */
export function isElsewhere(g: object): boolean {
  return g instanceof Task && g.isAway;
}

/** The machine that made it has died: nobody can wait for it. */
function orphaned(error: unknown): void {
  panic(error, new Go(0, orphaned as never, [], 0, null));
}

function functionName(key: string): string {
  return key.slice(key.lastIndexOf("#") + 1, key.lastIndexOf("@"));
}
