/**
 * What gort's own contexts have in common: each knows the nearest one, upwards from itself, that can be cancelled.
 *
 * Everything about cancellation is asked of that one (cancel.ts), so a chain of values costs nothing there; values are looked up in a loop, so a chain may be long.
 */
import { describe, NotAnOperationError } from "../base/errors.ts";
import { now, wallNow } from "../runtime/kernel.ts";
import { asOperation, type Op, type Operation } from "../runtime/operation.ts";
import type { CancelCtx } from "./cancel.ts";
import type { Context } from "./context.ts";
import { ContextWait, Done, Never } from "./waits.ts";

/** The key by which {@link cause} finds the nearest context that can be cancelled, also through contexts of the program's own. */
export const CANCEL_KEY: unique symbol = Symbol("gort.cancel");

export abstract class Ctx implements Context {
  /** Null for background, todo and what is derived from them without a way to cancel. */
  abstract readonly node: CancelCtx | null;
  /** Whom to ask about cancellation instead: a context of the program's own, with nothing but values in between. */
  abstract readonly foreign: Context | null;
  /** Null for the roots. */
  abstract readonly parent: Context | null;
  /** Milliseconds since 1970. */
  abstract readonly deadline: number | undefined;
  /** The same on the runtime's clock, which nobody can set; Infinity for never. */
  abstract readonly dueAt: number;
  /** The last part of its name. */
  abstract get label(): string;

  done(): Op<void> {
    if (this.foreign !== null) return this.foreign.done();
    if (this.node === null) return new Never();
    this.node.refresh();
    return new Done(this.node);
  }

  get err(): Error | undefined {
    if (this.foreign !== null) return this.foreign.err;
    this.node?.refresh();
    return this.node?.ending?.err;
  }

  get signal(): AbortSignal {
    if (this.foreign !== null) return this.foreign.signal;
    if (this.node !== null) {
      this.node.refresh();
      return this.node.abortSignal;
    }
    unending ??= new AbortController();
    return unending.signal;
  }

  wait<T>(op: Op<T>): Op<T> {
    if (this.foreign !== null) return this.foreign.wait(op);
    const operation = asOperation(op);
    if (operation === null) {
      const hint = typeof op === "object" && op !== null && "then" in op ? ": wrap a promise in wait(…)" : "";
      throw new NotAnOperationError(`ctx.wait needs an operation, got ${describe(op)}${hint}`);
    }
    if (this.node === null) return operation as Operation<T>;
    this.node.refresh();
    return new ContextWait(this.node, operation as Operation<T>);
  }

  value(key: unknown): unknown {
    let at: Context | null = this;
    while (at instanceof Ctx) {
      if (at.has(key)) return at.own(key);
      at = at.above(key);
    }
    return at?.value(key);
  }

  /** Whether it answers for `key` itself. */
  has(_key: unknown): boolean {
    return false;
  }

  /** Its own answer for a key that it has. */
  own(_key: unknown): unknown {
    return undefined;
  }

  /** Where the search for `key` goes on. */
  above(_key: unknown): Context | null {
    return this.parent;
  }

  toString(): string {
    const labels: string[] = [];
    let at: Context | null = this;
    for (; at instanceof Ctx; at = at.parent) labels.push(at.label);
    if (at !== null) labels.push(foreignName(at));
    return labels.reverse().join(".");
  }

  /** A log line that is given a context shows its name. */
  toJSON(): string {
    return this.toString();
  }

  get [Symbol.toStringTag](): string {
    return "Context";
  }
}

// What console.log shows.
Object.defineProperty(Ctx.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Ctx): string {
    return this.toString();
  },
});

/** The signal of contexts that never end; one for all. */
let unending: AbortController | null = null;

/** When `ctx` ends by itself, on the runtime's clock. */
export function dueTimeOf(ctx: Context | null): number {
  if (ctx instanceof Ctx) return ctx.dueAt;
  return ctx?.deadline === undefined ? Number.POSITIVE_INFINITY : now() + (ctx.deadline - wallNow());
}

function foreignName(ctx: Context): string {
  if (ctx.toString !== Object.prototype.toString) return String(ctx);
  return (ctx as { constructor?: { name?: string } }).constructor?.name ?? "Context";
}
