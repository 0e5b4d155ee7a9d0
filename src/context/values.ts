/**
 * Contexts that carry a value, and contexts that keep only the values. Go: context.WithValue, context.WithoutCancel.
 */
import { InvalidContextError } from "../base/errors.ts";
import type { CancelCtx } from "./cancel.ts";
import { type Context, checkParent } from "./context.ts";
import { CANCEL_KEY, Ctx, dueTimeOf } from "./ctx.ts";

export class ValueCtx extends Ctx {
  readonly node: CancelCtx | null;
  readonly foreign: Context | null;
  readonly parent: Context;
  readonly deadline: number | undefined;
  readonly dueAt: number;
  readonly key: unknown;
  readonly held: unknown;

  constructor(parent: Context, key: unknown, held: unknown) {
    super();
    this.parent = parent;
    this.node = parent instanceof Ctx ? parent.node : null;
    this.foreign = parent instanceof Ctx ? parent.foreign : parent;
    this.deadline = parent.deadline;
    this.dueAt = dueTimeOf(parent);
    this.key = key;
    this.held = held;
  }

  get label(): string {
    return `WithValue(${shown(this.key)}, ${shown(this.held)})`;
  }

  override has(key: unknown): boolean {
    return key === this.key;
  }

  override own(): unknown {
    return this.held;
  }
}

class WithoutCancel extends Ctx {
  readonly node: null = null;
  readonly foreign: null = null;
  readonly parent: Context;
  readonly deadline: undefined = undefined;
  readonly dueAt: number = Number.POSITIVE_INFINITY;
  readonly label: string = "WithoutCancel";

  constructor(parent: Context) {
    super();
    this.parent = parent;
  }

  override above(key: unknown): Context | null {
    return key === CANCEL_KEY ? null : this.parent;
  }
}

/** Strings and what has words for itself; of all else the kind, as in Go: a context's name shows no secrets. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "symbol") return value.toString();
  if (typeof value === "function") return value.name === "" ? "function" : value.name;
  if (typeof value !== "object") return typeof value;
  const own: unknown = value.toString;
  if (typeof own === "function" && !BUILT_IN.has(own)) {
    try {
      return String(value);
    } catch {
      // Then its kind has to do.
    }
  }
  return (value as { constructor?: { name?: string } }).constructor?.name ?? "object";
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object.prototype.toString,
  Array.prototype.toString,
  Error.prototype.toString,
]);

/**
 * Derives a context that answers `key` with `value`. For what belongs to a request and goes through many hands, not for optional parameters.
 *
 * @param key - compared with `===`: use an object or a symbol of your own module, so that nobody else's can be the same; neither null nor undefined
 * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) "cannot create context from nil parent", "nil key"
 *
 * Go: context.WithValue.
 */
export function withValue(parent: Context, key: unknown, value: unknown): Context {
  checkParent(parent);
  if (key === null || key === undefined) throw new InvalidContextError("nil key");
  return new ValueCtx(parent, key, value);
}

/**
 * Derives a context that has the values of its parent, and is not cancelled when the parent is. For work that goes on after a request.
 *
 * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) "cannot create context from nil parent"
 *
 * Go: context.WithoutCancel.
 */
export function withoutCancel(parent: Context): Context {
  checkParent(parent);
  return new WithoutCancel(parent);
}
