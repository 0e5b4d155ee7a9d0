/**
 * select: waits for several operations and lets exactly one of them happen.
 *
 * It knows no queue and no channel: a case is any Operation, through poll, enqueue and dequeue. Three passes, Go's:
 *   1. poll the cases in a random order; the first that is ready happens, and nothing else has been touched
 *   2. none is: enter all their queues, and park
 *   3. whoever completes one case takes the others out of their queues at once, before anything else runs
 *
 * Invariants:
 *   I1  while it waits each case is `entered`; as soon as one is complete none is, and all are finished.
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
import { asOperation, begin, fail, fulfil, type Op, Operation, type Parkable, State, type Waiter } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";

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

class Selection extends Operation<{ case: string; value: unknown }> implements Waiter {
  done: number = State.fresh;
  value: { case: string; value: unknown } = undefined as never;
  owner: Parkable | Waiter | null = null;
  private readonly names: string[] = [];
  private readonly arms: Operation<unknown>[] = [];
  /** The operation whose completion decided it. */
  private winner: Operation<unknown> | null = null;

  constructor(cases: Cases) {
    super();
    if (typeof cases !== "object" || cases === null) {
      throw new NotAnOperationError(`select needs an object of named operations, got ${describe(cases)}`);
    }
    for (const name of Object.keys(cases)) {
      const op = cases[name];
      if (op === null || op === undefined || op === false) continue;
      const arm = asOperation(op);
      if (arm === null) throw notAnOperation(name, op);
      this.names.push(name);
      this.arms.push(arm);
    }
  }

  get reason(): WaitReason {
    return this.arms.length === 0 ? WaitReason.selectNoCases : WaitReason.select;
  }

  /** Pass 1. */
  poll(): boolean {
    this.claim();
    const { arms, names } = this;
    const count = arms.length;
    for (let i = 0; i < count; i++) {
      // A random permutation, as far as it is needed: the first ready case of one is uniform among the ready.
      const j = i + (i < count - 1 ? randomBelow(count - i) : 0);
      const arm = arms[j] as Operation<unknown>;
      arms[j] = arms[i] as Operation<unknown>;
      arms[i] = arm;
      const name = names[j] as string;
      names[j] = names[i] as string;
      names[i] = name;
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
    for (const arm of this.arms) {
      arm.owner = this;
      arm.enqueue();
      if (this.winner !== null) return;
    }
  }

  /** As a case of another select it has lost. */
  dequeue(): void {
    for (const arm of this.arms) {
      arm.dequeue();
      arm.done = State.finished;
    }
  }

  /** Pass 3: `arm` has been completed. */
  fire(arm: Operation<unknown>): void {
    this.winner = arm;
    const failed = arm.done === State.failed;
    let entered = true;
    for (let i = 0; i < this.arms.length; i++) {
      const other = this.arms[i] as Operation<unknown>;
      if (other === arm) {
        if (!failed) this.value = { case: this.names[i] as string, value: arm.value };
      } else if (other.owner === this && entered) {
        other.dequeue();
      } else {
        entered = false;
      }
      other.done = State.finished;
    }
    if (failed) fail(this as Operation<unknown>);
    else fulfil(this as Operation<unknown>);
  }

  override failure(): unknown {
    return (this.winner as Operation<unknown>).failure();
  }

  /** Every case is waited for from here on; if one cannot be, none is. */
  private claim(): void {
    const { arms } = this;
    let i = 0;
    try {
      for (; i < arms.length; i++) {
        const arm = arms[i] as Operation<unknown>;
        begin(arm);
        arm.done = State.entered;
      }
    } catch (error) {
      while (i-- > 0) (arms[i] as Operation<unknown>).done = State.fresh;
      throw error;
    }
  }

  private release(): void {
    for (const arm of this.arms) arm.done = State.finished;
  }

  /** trySelect: pass 1 alone. */
  attempt(): { case: string; value: unknown } | undefined {
    const taken = this.poll();
    this.release();
    this.done = State.finished;
    return taken ? this.value : undefined;
  }
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
  return new Selection(cases) as unknown as Op<Selected<C>>;
}

/**
 * Takes what is ready at once: one ready case, chosen at random, happens; undefined when none is ready. Never waits.
 *
 * A `sleep` or a promise is never ready at once. The cases are used up either way.
 *
 * Go: a select statement with a default clause.
 */
export function trySelect<const C extends Cases>(cases: C): Selected<C> | undefined {
  return new Selection(cases).attempt() as Selected<C> | undefined;
}

function notAnOperation(name: string, value: unknown): NotAnOperationError {
  const isPromise = typeof value === "object" && value !== null && "then" in value;
  return new NotAnOperationError(
    `select: case "${name}" is ${describe(value)}, not an operation${isPromise ? ": wrap a promise in wait(…)" : ""}`,
  );
}
