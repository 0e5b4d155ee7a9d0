/**
 * The tree of cancellation.
 *
 * Invariants:
 *   I1  `ending` is set once. What has ended is in no parent's list, has no children, and nobody waits for it.
 *   I2  a context has ended before its descendants' waiters, and its own, run.
 *   I3  what could end a context from outside (a deadline, a foreign signal) is held, which keeps the process alive and no deadlock reported, exactly while
 *       somebody waits for that context or for one below it that has no nearer source.
 *
 * The whole subtree is marked before anybody is woken: nobody sees a parent ended and its child not.
 *
 * Go: context/context.go (cancelCtx, propagateCancel). Differs: a parent of the program's own needs no goroutine, since its `done()` can be waited for like a case of a select.
 */
import { setMaxListeners } from "node:events";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { wait } from "../runtime/kernel.ts";
import { asOperation, begin, type Operation, State } from "../runtime/operation.ts";
import { type Cancel, type Context, checkContext, checkParent } from "./context.ts";
import { CANCEL_KEY, Ctx, dueTimeOf } from "./ctx.ts";
import { Ending } from "./ending.ts";
import { type ContextWaiter, Done } from "./waits.ts";

/** What can end a context without the program's doing. */
export interface Source {
  /** It is a deadline: when that is, the context that it belongs to knows, and so does a core to which that goes. */
  readonly timed: boolean;
  /** It is something of the host's. */
  readonly outside: boolean;
  /** The cause of a context that ends by its deadline. */
  readonly lateCause: unknown;
  /** One more waits for it. */
  hold(): void;
  /** One less. */
  release(): void;
  /** It may have happened, and not have said so yet. */
  refresh(): void;
  /** Somebody may listen for it of whom we do not know: a signal has been handed out. */
  watched(): void;
}

/** What hangs on a context and ends with it: another context, or a function to be run then. */
export interface Child extends Waiting<Child> {
  /** Its parent has ended: it has left that one's list, and ends, too. */
  mark(ending: Ending): void;
  /** Marks what hangs on it, and adds that to `ended`. */
  handOver(ending: Ending, ended: Child[]): void;
  /** The whole tree is marked: those who wait go on. */
  wake(): void;
}

export class CancelCtx extends Ctx implements Child {
  readonly node: CancelCtx = this;
  readonly foreign: null = null;
  readonly parent: Context | null;
  private readonly word: string;
  readonly deadline: number | undefined;
  readonly dueAt: number;
  ending: Ending | null = null;
  /** What could end it from outside, nearest first. */
  source: Source | null = null;
  private waitq: ContextWaiter | null = null;
  private children: Child | null = null;
  private controller: AbortController | null = null;
  /** Whose list it stands in. */
  private upper: CancelCtx | null = null;
  /** The end of a parent of the program's own, which is waited for. */
  private outer: Operation<unknown> | null = null;
  before: Child | null = null;
  behind: Child | null = null;

  /** `dueAt` and `deadline` are the parent's unless it has its own. */
  constructor(
    parent: Context | null,
    word: string,
    deadline: number | undefined = parent?.deadline,
    dueAt: number = dueTimeOf(parent),
  ) {
    super();
    this.parent = parent;
    this.word = word;
    this.deadline = deadline;
    this.dueAt = dueAt;
    if (parent instanceof Ctx && parent.foreign === null) this.attach(parent.node);
    else if (parent !== null) this.attachForeign(parent);
  }

  private attach(upper: CancelCtx | null): void {
    if (upper === null) return;
    upper.refresh();
    this.source = upper.source;
    if (upper.ending !== null) {
      this.ending = upper.ending;
    } else {
      this.upper = upper;
      upper.adopt(this);
    }
  }

  private attachForeign(parent: Context): void {
    const end: unknown = parent.done();
    if (end === null || end === undefined) return; // As in Go: it never ends.
    const outer = asOperation(end) ?? (wait(end as PromiseLike<unknown>) as Operation<unknown>);
    begin(outer);
    if (outer.poll()) {
      outer.done = State.finished;
      outer.recycle();
      this.ending = endingOf(parent);
      return;
    }
    if (outer instanceof Done) {
      // It comes from a context of ours after all. Whoever waits for this one holds that one's source.
      outer.holds = false;
      this.source = outer.node.source;
    }
    outer.done = State.entered;
    outer.owner = {
      fire: () => {
        this.outer = null;
        this.cancel(endingOf(parent));
      },
    };
    this.outer = outer;
    outer.enqueue();
  }

  /** Before anything is asked of it: what could end it from outside may have done so, and not have said it yet. */
  refresh(): void {
    if (this.ending === null) this.source?.refresh();
  }

  adopt(child: Child): void {
    if (this.children === null) this.children = alone(child);
    else join(this.children, child);
  }

  disown(child: Child): void {
    this.children = left(this.children as Child, child);
  }

  enter(waiter: ContextWaiter): void {
    if (waiter.holds) this.source?.hold();
    if (this.waitq === null) this.waitq = alone(waiter);
    else join(this.waitq, waiter);
  }

  leave(waiter: ContextWaiter): void {
    if (waiter.holds) this.source?.release();
    this.waitq = left(this.waitq as ContextWaiter, waiter);
  }

  /** Ends it and all that hangs on it, unless it has ended. */
  cancel(ending: Ending): void {
    if (this.ending !== null) return;
    if (this.upper !== null) this.upper.disown(this);
    this.mark(ending);
    // A loop and not a recursion: a chain may be as long as it likes.
    const ended: Child[] = [this];
    for (const one of ended) one.handOver(ending, ended);
    for (const one of ended) one.wake();
  }

  mark(ending: Ending): void {
    this.ending = ending;
    this.upper = null;
  }

  handOver(ending: Ending, ended: Child[]): void {
    for (let child = this.children; child !== null; child = this.children) {
      this.children = served(child);
      child.mark(ending);
      ended.push(child);
    }
  }

  wake(): void {
    const { outer } = this;
    if (outer !== null) {
      this.outer = null;
      outer.dequeue();
      outer.done = State.finished;
      outer.recycle();
    }
    // One by one: completing one may withdraw others that stand in this very queue.
    for (let first = this.waitq; first !== null; first = this.waitq) {
      this.waitq = served(first);
      if (first.holds) this.source?.release();
      first.over();
    }
    this.controller?.abort(this.ending?.cause);
  }

  get label(): string {
    return this.word;
  }

  /** Made when it is first asked for. */
  get abortSignal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      // A context has as many listeners as it has users.
      setMaxListeners(0, this.controller.signal);
      this.source?.watched();
      if (this.ending !== null) this.controller.abort(this.ending.cause);
    }
    return this.controller.signal;
  }

  override has(key: unknown): boolean {
    return key === CANCEL_KEY;
  }

  override own(_key: unknown): unknown {
    return this;
  }
}

/** How a context of the program's own has ended. */
function endingOf(foreign: Context): Ending {
  return new Ending(false, cause(foreign), foreign.err ?? null);
}

/**
 * Why `ctx` is over: the cause given to its cancel function or to the nearest one above that ended it, else `ctx.err`; undefined while it is not over.
 *
 * Go: context.Cause.
 */
export function cause(ctx: Context): unknown {
  checkContext("cause: the argument", ctx);
  const node = nodeOf(ctx);
  node?.refresh();
  return node?.ending?.cause ?? ctx.err;
}

/** The nearest context of ours, also through those of the program's own. */
function nodeOf(ctx: Context): CancelCtx | null {
  try {
    const node = ctx.value(CANCEL_KEY);
    return node instanceof CancelCtx ? node : null;
  } catch {
    return null; // It cannot do with a key that it does not know.
  }
}

/**
 * Derives a context that can be cancelled. It ends when its `cancel` is called or its parent ends, whichever is first.
 *
 * Call `cancel` as soon as the work is done: it takes the context out of its parent.
 *
 * @returns the context, and its cancel function, which takes an optional cause
 * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) "cannot create context from nil parent"
 * @example
 * ```ts
 * const [ctx, cancel] = withCancel(background());
 * try {
 *   yield* work(ctx);
 * } finally {
 *   cancel();
 * }
 * ```
 *
 * Go: context.WithCancel, context.WithCancelCause.
 */
export function withCancel(parent: Context): [ctx: Context, cancel: Cancel] {
  checkParent(parent);
  return cancelling(new CancelCtx(parent, "WithCancel"));
}

/** A context with its cancel function. */
export function cancelling(ctx: CancelCtx): [ctx: Context, cancel: Cancel] {
  return [
    ctx,
    (given) => {
      ctx.refresh(); // Its deadline may have been first.
      ctx.cancel(new Ending(false, given));
    },
  ];
}
