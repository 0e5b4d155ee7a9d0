/**
 * SingleFlight: many ask for the same thing at once, and it is fetched once.
 *
 * Go: golang.org/x/sync/singleflight. Differs: the function has a goroutine of its own, so that whoever waits can give up (lose a select) without
 * the others losing the result; its error goes to those who wait then, and to nobody if none does (as DoChan).
 */
import { checkFunction } from "../base/errors.ts";
import type { Go } from "../runtime/kernel.ts";
import type { Op, Park } from "../runtime/operation.ts";
import { Boarding } from "./flight.ts";

/** What {@link SingleFlight.do} gives. */
export interface Flown<V> {
  readonly value: V;
  /** Whether more than one has asked. */
  readonly shared: boolean;
}

/** A function on its way. */
class Call {
  g: Go = undefined as never;
  callers = 0;
}

class FlightOp<K, V> extends Boarding<Flown<V>> {
  private readonly calls: Map<K, Call>;
  private readonly key: K;
  private readonly fn: () => unknown;
  private call: Call | null = null;

  constructor(calls: Map<K, Call>, key: K, fn: () => unknown) {
    super();
    this.calls = calls;
    this.key = key;
    this.fn = fn;
  }

  poll(): boolean {
    return false;
  }

  protected board(): Go {
    const call = this.calls.get(this.key) ?? this.depart();
    call.callers++;
    this.call = call;
    return call.g;
  }

  private depart(): Call {
    const { calls, key } = this;
    const call = new Call();
    call.g = this.start(this.fn);
    calls.set(key, call);
    // Before those who wait, so that whoever asks again then starts anew.
    call.g.watch({
      fire: () => {
        if (calls.get(key) === call) calls.delete(key);
      },
    });
    return call;
  }

  protected land(result: unknown): Flown<V> {
    return { value: result as V, shared: (this.call as Call).callers > 1 };
  }
}

/**
 * Joins calls for the same key while one is on its way.
 *
 * @example
 * ```ts
 * const users = new SingleFlight<number, User>();
 * const { value } = yield* users.do(id, function* () { return yield* load(id); });
 * ```
 *
 * Go: golang.org/x/sync/singleflight.Group.
 */
export class SingleFlight<K, V> {
  private readonly calls: Map<K, Call> = new Map();

  /**
   * Waits for the result of `fn`, or of the one that is on its way for `key` already; `fn` runs in a goroutine of its own. An error goes to all who wait.
   *
   * @param key - compared as a Map compares
   * @param fn - a generator function, an async or a plain one
   * @throws NotAFunctionError (`GORT_NOT_A_FUNCTION`), at the call
   */
  do(key: K, fn: () => Generator<Park, V, unknown>): Op<Flown<V>>;
  do(key: K, fn: () => PromiseLike<V>): Op<Flown<V>>;
  do(key: K, fn: () => V extends Generator<unknown, unknown, unknown> ? never : V): Op<Flown<V>>;
  do(key: K, fn: () => unknown): Op<Flown<V>> {
    checkFunction("singleFlight.do", fn);
    return new FlightOp<K, V>(this.calls, key, fn);
  }

  /** The next `do` for `key` runs its own function, also while another one is on its way. */
  forget(key: K): void {
    this.calls.delete(key);
  }

  get [Symbol.toStringTag](): string {
    return "SingleFlight";
  }
}
