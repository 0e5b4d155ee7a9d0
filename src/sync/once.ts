/**
 * Once and onceValue: a function that is run at most once.
 *
 * Go: sync/once.go, oncefunc.go. Differs: the function has a goroutine of its own, so that whoever waits for it can give up (lose a select).
 */
import { checkFunction } from "../base/errors.ts";
import type { Go } from "../runtime/kernel.ts";
import type { Op, Park } from "../runtime/operation.ts";
import { Boarding } from "./flight.ts";

class OnceOp extends Boarding<void> {
  private readonly once: Once;
  private readonly fn: () => unknown;

  constructor(once: Once, fn: () => unknown) {
    super();
    this.once = once;
    this.fn = fn;
  }

  poll(): boolean {
    return this.once.isDone;
  }

  protected board(): Go {
    const { once } = this;
    if (once.g !== null) {
      this.observes = false;
      return once.g;
    }
    const g = this.start(this.fn);
    once.g = g;
    // Before those who wait. It lets go of the function.
    g.watch({ fire: () => once.end() }, false);
    return g;
  }

  protected land(): undefined {}
}

/**
 * Runs a function once, however often it is asked to.
 *
 * @example
 * ```ts
 * const once = new Once();
 * yield* once.do(function* () { yield* connect(); }); // connects
 * yield* once.do(function* () { yield* connect(); }); // waits until that is done
 * ```
 *
 * Go: sync.Once.
 */
export class Once {
  /** @internal */
  g: Go | null = null;
  /** @internal */
  isDone = false;

  /** @internal */
  end(): void {
    this.isDone = true;
    this.g = null;
  }

  /**
   * Runs `fn` in a goroutine of its own if this is the first `do` that is waited for; waits until the function of that one has ended.
   *
   * If it throws, the first one throws its error, and it counts as done: all others go on as if nothing had happened. When the first one has lost its
   * select the error has nobody to go to and is a panic. A function that waits for its own Once waits for ever.
   *
   * @throws NotAFunctionError (`GORT_NOT_A_FUNCTION`), at the call
   */
  do<R>(fn: () => Generator<Park, R, unknown>): Op<void>;
  do<R>(fn: () => PromiseLike<R>): Op<void>;
  do<R>(fn: () => R extends Generator<unknown, unknown, unknown> ? never : R): Op<void>;
  do(fn: () => unknown): Op<void> {
    checkFunction("once.do", fn);
    return new OnceOp(this, fn);
  }

  get [Symbol.toStringTag](): string {
    return "Once";
  }
}

/** The one run of an {@link onceValue}. */
class Run {
  /** Null when it has been started. */
  fn: (() => unknown) | null;
  /** Null before and after. */
  g: Go | null = null;
  isDone = false;
  failed = false;
  /** The result or the error. */
  outcome: unknown = undefined;

  constructor(fn: () => unknown) {
    this.fn = fn;
  }

  end(): void {
    const { failed, value } = this.g as Go;
    this.isDone = true;
    this.failed = failed;
    this.outcome = value;
    this.g = null;
  }
}

class OnceValueOp<T> extends Boarding<T> {
  private readonly run: Run;

  constructor(run: Run) {
    super();
    this.run = run;
  }

  poll(): boolean {
    const { run } = this;
    if (!run.isDone) return false;
    if (run.failed) throw run.outcome;
    this.value = run.outcome as T;
    return true;
  }

  protected board(): Go {
    const { run } = this;
    if (run.g !== null) return run.g;
    const g = this.start(run.fn as () => unknown);
    run.fn = null;
    run.g = g;
    // Before those who wait; and the error is kept for whoever asks next, also when nobody waits any more.
    g.watch({ fire: () => run.end() });
    return g;
  }

  protected land(result: unknown): T {
    return result as T;
  }
}

/**
 * Makes a function whose operations all give the result of `fn`, which is run once, when the first of them is waited for. If it throws, all of them throw its error.
 *
 * @param fn - a generator function, an async or a plain one
 * @throws NotAFunctionError (`GORT_NOT_A_FUNCTION`)
 * @example
 * ```ts
 * const config = onceValue(function* () { return parse(yield* wait(readFile("config.json", "utf8"))); });
 * const { port } = yield* config();
 * ```
 *
 * Go: sync.OnceValue.
 */
export function onceValue<T>(fn: () => Generator<Park, T, unknown>): () => Op<T>;
export function onceValue<T>(fn: () => PromiseLike<T>): () => Op<T>;
export function onceValue<T>(
  fn: () => T extends Generator<unknown, unknown, unknown> ? never : T,
): () => Op<T>;
export function onceValue(fn: () => unknown): () => Op<unknown> {
  checkFunction("onceValue", fn);
  const run = new Run(fn);
  return () => new OnceValueOp(run);
}
