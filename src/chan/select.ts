/**
 * select: waits for several operations and lets exactly one of them happen.
 *
 * It knows no queue and no channel: a case is any Operation, through poll, enqueue and dequeue. Three passes, Go's:
 *   1. poll the cases in a random order; the first that is ready happens, and nothing else has been touched
 *   2. none is: enter all their queues, and park
 *   3. whoever completes one case takes the others out of their queues at once, before anything else runs; what a case has to get back
 *      (the lock of a cond.wait) is waited for then, when nothing else can happen any more
 *
 * Invariants:
 *   I1  while it waits each case is `entered`, or `contested` when one of them is shared with other cores; as soon as one is complete none is, and all are finished.
 *   I2  no case polls between passes 1 and 2, so a select never meets itself.
 *
 * Passing 3 at once, instead of when the goroutine runs again (as Go does under its locks), is what keeps every entry in every queue valid.
 *
 * A select is an operation itself: it can be awaited, and be a case of another select.
 *
 * Go: runtime/select.go (selectgo).
 */
import { describe, NotAnOperationError } from "../base/errors.ts";
import { randomBelow } from "../base/rand.ts";
import { type Choice, settleHere } from "../runtime/contest.ts";
import {
  asOperation,
  begin,
  conclude,
  type Debts,
  type Dependence,
  isCurrent,
  type Op,
  Operation,
  overdue,
  PARKED,
  type Park,
  type Parkable,
  parking,
  probe,
  REUSE,
  State,
  spend,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Ref } from "../shm/region.ts";

/** A case that is null, undefined or false is disabled, as a nil channel is in Go. */
// biome-ignore lint/suspicious/noExplicitAny: a case's value can be of any type; each is inferred.
export type Cases = Record<string, Op<any> | null | undefined | false>;

/** What happened: the name of the case, and its value. A union over the cases, told apart by `case`. */
export type Selected<C extends Cases> = {
  [K in keyof C & (string | number)]: C[K] extends infer O
    ? O extends Op<infer V>
      ? { readonly case: `${K}`; readonly value: V }
      : never
    : never;
}[keyof C & (string | number)];

type Outcome = { readonly case: string; readonly value: unknown };

// A constant of this module, which V8 folds into inlined code.
const parked = PARKED;

class Selection extends Operation<Outcome> implements Waiter, Choice {
  done: number = State.fresh;
  value: Outcome = undefined as never;
  owner: Parkable | Waiter | null = null;
  /** The cases, `count` of them; the arrays may be longer, since a select that is over is made anew. */
  private readonly names: string[] = [];
  private readonly arms: Operation<unknown>[] = [];
  private count = 0;
  /** How many of them, from the first on, stand in their queues. */
  private entered = 0;
  /** The operation whose completion decided it, if that failed. */
  private failed: Operation<unknown> | null = null;
  /** Its cases are waited for, and not over. */
  private claimed = false;
  /** See contest.ts; 0 while nothing outside this core can decide it. */
  claimRef: Ref = 0;
  /** What its cases have to get back before it may end: locks. */
  private debts: Debts = null;

  /** Takes the cases that are not disabled. */
  fill(cases: Cases): this {
    if (typeof cases !== "object" || cases === null) {
      throw new NotAnOperationError(`select needs an object of named operations, got ${describe(cases)}`);
    }
    let count = 0;
    for (const name in cases) {
      const op = cases[name];
      if (op === null || op === undefined || op === false) continue;
      const arm = asOperation(op);
      if (arm === null) throw notAnOperation(name, op);
      this.names[count] = name;
      this.arms[count] = arm;
      count++;
    }
    this.count = count;
    // Here and not in a constructor: it answers for its cases.
    if (probe.track !== null) probe.track(this as Operation<unknown>, this.arms);
    return this;
  }

  get reason(): WaitReason {
    return this.count === 0 ? WaitReason.selectNoCases : WaitReason.select;
  }

  /** The same as Operation's, written again so that its calls stay monomorphic. */
  override next(): IteratorResult<Park, Outcome> {
    if (this.done === State.fresh) {
      this.done = State.finished; // Also if a case throws.
      if (!this.poll()) return this.park();
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    spare = this;
    return this as unknown as IteratorResult<Park, Outcome>;
  }

  private park(): IteratorResult<Park, Outcome> {
    const g = parking(this.reason);
    if (g === null) {
      this.release();
    } else {
      this.owner = g;
      this.done = State.parked;
      this.enqueue();
    }
    return parked;
  }

  /** Pass 1. */
  poll(): boolean {
    this.claim();
    const { arms, names, count } = this;
    for (let i = 0; i < count; i++) {
      // A random permutation, as far as it is needed: the first ready case of one is uniform among the ready.
      const j = i + (i < count - 1 ? randomBelow(count - i) : 0);
      const arm = arms[j] as Operation<unknown>;
      const name = names[j] as string;
      if (i !== j) {
        arms[j] = arms[i] as Operation<unknown>;
        arms[i] = arm;
        names[j] = names[i] as string;
        names[i] = name;
      }
      if (this.polled(arm)) {
        this.value = { case: name, value: arm.value };
        this.release();
        return true;
      }
    }
    return false;
  }

  /** A case whose poll throws (a send on a closed channel) is the one that happens. */
  private polled(arm: Operation<unknown>): boolean {
    try {
      return arm.poll();
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Pass 2. A case may complete while it is entered (gosched): then the rest is not entered at all. */
  enqueue(): void {
    const { count } = this;
    for (this.entered = 0; this.entered < count; ) {
      const arm = this.arms[this.entered++] as Operation<unknown>;
      arm.owner = this;
      arm.enqueue();
      if (this.entered === 0) return;
    }
  }

  /** All of its cases' together; with none it waits for nobody. */
  override dependences(): Dependence[] | null {
    const all: Dependence[] = [];
    for (let i = 0; i < this.count; i++) {
      const some = (this.arms[i] as Operation<unknown>).dependences();
      if (some === null) return null;
      all.push(...some);
    }
    return all;
  }

  override cases(): readonly Operation<unknown>[] {
    // When it is over it may still wait, for what its cases have to get back.
    return this.claimed ? this.arms.slice(0, this.count) : [];
  }

  /** As a case of another select it has lost. */
  dequeue(): void {
    const { entered } = this;
    this.entered = 0;
    for (let i = 0; i < entered; i++) (this.arms[i] as Operation<unknown>).dequeue();
  }

  override contest(): void {
    this.done = State.contested;
    this.contestCases();
  }

  contestCases(): void {
    for (let i = 0; i < this.count; i++) (this.arms[i] as Operation<unknown>).contest();
  }

  /** Pass 3: `arm` has been completed. */
  fire(arm: Operation<unknown>): void {
    const { arms, entered, count } = this;
    const failed = arm.done === State.failed;
    // It may have lost before it knew: then its cases have left their queues.
    this.entered = 0;
    for (let i = 0; i < count; i++) {
      const other = arms[i] as Operation<unknown>;
      if (other === arm) {
        if (!failed) this.value = { case: this.names[i] as string, value: arm.value };
      } else if (i < entered) {
        other.dequeue();
      }
    }
    if (this.claimRef !== 0 && !settleHere(this)) return;
    if (failed) this.failed = arm;
    conclude(this as Operation<unknown>, !failed);
  }

  override recycle(): Debts {
    if (this.claimed) this.release();
    const { debts } = this;
    this.debts = null;
    return debts;
  }

  override failure(): unknown {
    return (this.failed as Operation<unknown>).failure();
  }

  /** Every case is waited for from here on; if one cannot be, none is. */
  private claim(): void {
    const { arms, count } = this;
    this.claimed = true;
    for (let i = 0; i < count; i++) {
      const arm = arms[i] as Operation<unknown>;
      if (arm.done !== State.fresh) this.beginSlow(arm, i);
      arm.done = State.entered;
    }
  }

  /** The slow end of claim(): the arm is tracked, or has been waited for before. */
  private beginSlow(arm: Operation<unknown>, index: number): void {
    try {
      begin(arm);
    } catch (error) {
      for (let i = 0; i < index; i++) (this.arms[i] as Operation<unknown>).done = State.fresh;
      this.claimed = false;
      throw error;
    }
  }

  /** It is over: no case can be waited for again. */
  private release(): void {
    const { arms, count } = this;
    this.claimed = false;
    this.claimRef = 0;
    for (let i = 0; i < count; i++) {
      const arm = arms[i] as Operation<unknown>;
      arm.done = State.finished;
      const debts = arm.recycle();
      if (debts !== null) this.debts = this.debts === null ? debts : [...this.debts, ...debts];
      arms[i] = none;
    }
    this.entered = 0;
  }

  /** trySelect: pass 1 alone. */
  attempt(): Outcome | undefined {
    begin(this as Operation<unknown>);
    const taken = this.poll();
    if (!taken) this.release();
    this.done = State.finished;
    return taken ? this.value : undefined;
  }
}

/** Fills the places of cases that are over, so that they are not kept alive. */
const none = new Selection() as Operation<unknown>;

/** An operation that has been waited for with yield* and can be made anew (docs/design/operations.md). */
let spare: Selection | null = null;

function selection(cases: Cases): Selection {
  const made = spare;
  if (made === null || !REUSE) return new Selection().fill(cases);
  spare = null;
  made.fill(cases);
  made.done = State.fresh;
  return made;
}

/**
 * Waits for several operations; exactly one of them happens, and its name and value are the result.
 *
 * Among cases that are ready one is chosen uniformly at random. A case that loses leaves no trace: no value is taken, no timer or
 * waiter remains. A case that is null, undefined or false is disabled; with all cases disabled it waits for ever.
 *
 * @param cases - named operations, each made for this select
 * @throws NotAnOperationError (`GORT_NOT_AN_OPERATION`) for a case that is something else, at the call;
 *   OperationReusedError (`GORT_OPERATION_REUSED`) for one that has been waited for before; whatever the chosen case throws
 * @example
 * ```ts
 * const s = yield* select({ job: jobs.recv(), late: sleep(100) });
 * switch (s.case) {
 *   case "job": return handle(s.value);
 *   case "late": return undefined;
 * }
 * ```
 *
 * Go: the select statement.
 */
export function select<const C extends Cases>(cases: C): Op<Selected<C>> {
  return selection(cases) as unknown as Op<Selected<C>>;
}

/**
 * Takes what is ready at once: one ready case, chosen at random, happens; undefined when none is ready. Never waits.
 *
 * A `sleep` or a promise is never ready at once. The cases are used up either way.
 *
 * Go: a select statement with a default clause.
 */
export function trySelect<const C extends Cases>(cases: C): Selected<C> | undefined {
  return selection(cases).attempt() as Selected<C> | undefined;
}

function notAnOperation(name: string, value: unknown): NotAnOperationError {
  const isPromise = typeof value === "object" && value !== null && "then" in value;
  return new NotAnOperationError(
    `select: case "${name}" is ${describe(value)}, not an operation${isPromise ? ": wrap a promise in wait(…)" : ""}`,
  );
}
