/**
 * `go`: starts a goroutine.
 *
 * Where it was made (for a dump's "created by") is recorded for the first thousand of each second, about 1 µs each;
 * beyond that only the function that made it is kept. A burst of a million goroutines pays for a thousand.
 *
 * Go: the go statement; runtime/proc.go (newproc).
 */
import { describe, NotAFunctionError } from "../base/errors.ts";
import { captureStack } from "./frames.ts";
import { Go, type Handle, type Site, spawn, spawnHere } from "./goroutine.ts";
import { callersWorld, inCallersWorld, isolation } from "./isolation.ts";
import type { Park } from "./operation.ts";
import { p } from "./processor.ts";
import "./scheduler.ts";
import "./op-tracking.ts";
import "./stuck-watch.ts";

const SITES_A_SECOND = 1000;
/** The caller, and a few frames of gort's own between it and `go`. */
const SITE_DEPTH = 4;
const NO_ARGUMENTS: unknown[] = [];

const sites = { left: SITES_A_SECOND, second: 0 };

type AnyFunction = (...args: never[]) => unknown;

/**
 * Starts a goroutine that runs `fn(...args)`, and returns at once: `fn` never runs before `go` returns.
 *
 * Wait on the handle to get its result or its error, any number of times. An error that nobody waits for is a panic.
 *
 * @param fn - a `function*` (fast), an async function or a plain one
 * @throws NotAFunctionError (`GORT_NOT_A_FUNCTION`)
 * @example
 * ```ts
 * const sum = go(function* (a: number, b: number) { return a + b; }, 1, 2);
 * console.log(yield* sum); // 3
 * ```
 *
 * Go: the go statement. Differs: it has a result.
 */
export function go<A extends unknown[], R>(
  fn: (...args: A) => Generator<Park, R, unknown>,
  ...args: A
): Handle<R>;
export function go<A extends unknown[], R>(fn: (...args: A) => PromiseLike<R>, ...args: A): Handle<R>;
export function go<A extends unknown[], R>(
  fn: (...args: A) => R extends Generator<unknown, unknown, unknown> ? never : R,
  ...args: A
): Handle<R>;
export function go(fn: AnyFunction, ...args: unknown[]): Handle<unknown> {
  return goFrom(go as AnyFunction, fn, args);
}

/** `go` for gort's own functions that start goroutines: `below` is the one that the program called. */
export function goFrom(below: AnyFunction, fn: AnyFunction, args: unknown[], main = false): Go {
  if (typeof fn !== "function") throw notAFunction(below.name, fn);
  if (isolation.caller !== null && callersWorld() !== isolation.world)
    return goElsewhere(below, fn, args, main);
  const creator = creatorNow(below);
  return spawn(fn, args.length === 0 ? NO_ARGUMENTS : args, main ? null : creator, main);
}

/** In the world of the caller. A function of its own: a closure in a hot one makes V8 put its parameters on the heap at each call. */
function goElsewhere(below: AnyFunction, fn: AnyFunction, args: unknown[], main: boolean): Go {
  // Of a run that is over: it never begins.
  if (callersWorld() === undefined) return new Go(0, fn, [], 0, null);
  return inCallersWorld(() => goFrom(below, fn, args, main));
}

/** Who asked for a goroutine that is started later. */
export interface Maker {
  readonly creator: Site | AnyFunction | null;
  /** The number of the goroutine that asked; 0 when it was none. */
  readonly parent: number;
}

/** Remembers who calls `below`, one of gort's own functions, for {@link goFor}. */
export function maker(below: AnyFunction): Maker {
  return { creator: creatorNow(below), parent: p.current.id };
}

/** Starts a goroutine that `by` asked for earlier: its "created by" names `by`, and not whoever runs at the moment. It runs here, also when `fn` is portable: what it is given is here. */
export function goFor(by: Maker, fn: AnyFunction, args: unknown[]): Go {
  return spawnHere(fn, args.length === 0 ? NO_ARGUMENTS : args, by.creator, by.parent);
}

/** As {@link goFor}, but one of a portable function runs on any core. */
export function goAnywhereFor(by: Maker, fn: AnyFunction, args: unknown[]): Go {
  return spawn(fn, args, by.creator, false, by.parent);
}

/** As {@link goFrom}, but it runs here, also when `fn` is portable. */
export function goHere(below: AnyFunction, fn: AnyFunction, args: unknown[]): Go {
  return spawnHere(fn, args, creatorNow(below), p.current.id);
}

/** As {@link goFrom}, but the goroutine does not start before it is made ready. */
export function goHeld(below: AnyFunction, fn: AnyFunction, args: unknown[]): Go {
  if (typeof fn !== "function") throw notAFunction(below.name, fn);
  return spawn(fn, args, creatorNow(below), false, p.current.id, true);
}

/** As if a new second had begun: what is made from here on does not depend on what was made before. */
export function forgetSites(): void {
  sites.second = -1;
}

function creatorNow(below: AnyFunction): Site | AnyFunction | null {
  return sites.left > 0 || p.seconds !== sites.second ? site(below) : creatorFunction();
}

function site(below: AnyFunction): Site {
  if (p.seconds !== sites.second) {
    sites.second = p.seconds;
    sites.left = SITES_A_SECOND;
  }
  sites.left--;
  return captureStack(below, SITE_DEPTH);
}

function creatorFunction(): AnyFunction | null {
  return p.current instanceof Go ? p.current.fn : null;
}

function notAFunction(what: string, value: unknown): NotAFunctionError {
  if (value === undefined || value === null) {
    return new NotAFunctionError(`go of nil func value: ${what} needs a function, got ${String(value)}`);
  }
  const isCalled = typeof value === "object" && Symbol.iterator in value;
  return new NotAFunctionError(
    isCalled
      ? `${what} needs a function, got the generator that calling it made: write ${what}(worker, a, b), not ${what}(worker(a, b))`
      : `${what} needs a function, got ${describe(value)}`,
  );
}
