/**
 * The functions of this thread that may run on any core.
 *
 * Invariants:
 *   I1  a key stands for one function of this thread, and a function for one key; neither ever changes.
 *   I2  what is registered stays: a module is loaded for as long as its thread lives.
 *   I3  the functions with the same URL and name are listed together, so that a stale file can be told from a missing function.
 *
 * One registry a thread; nothing here is shared. Go: none, a function is a pointer there that every M can call.
 */
import {
  checkFunction,
  DuplicatePortableError,
  describe,
  InlinePortableError,
  InvalidOptionError,
  NotAFunctionError,
  NotPortableError,
  PortableUrlError,
} from "../base/errors.ts";
import { callerUrl, hashText, type Identity, importable, keyOf } from "./identity.ts";
import type { Portable } from "./sendable.ts";

// biome-ignore lint/suspicious/noExplicitAny: the parameters of a function whose type is checked elsewhere.
type AnyFunction = (...args: any[]) => unknown;

/** A registered function. */
export interface PortableEntry extends Identity {
  readonly key: string;
  readonly fn: AnyFunction;
  /** The number that this function has in the table that all cores share; -1 before it has one. Whoever interns it writes it. */
  index: number;
}

/** What the layers above tell this one. */
export const registrySeams: {
  /** Whether a goroutine runs at the moment: then `portable` comes too late. */
  inGoroutine: () => boolean;
  /** Called for each function of the program's as it is registered. */
  registered: (entry: PortableEntry) => void;
} = { inGoroutine: () => false, registered: () => {} };

const byFunction = new WeakMap<AnyFunction, PortableEntry>();
const byKey = new Map<string, PortableEntry>();
/** By URL and name, without the hash. */
const byName = new Map<string, PortableEntry[]>();

/** The entry of a function, undefined when it is not portable. `go` asks for every function. */
export function entryOf(fn: AnyFunction): PortableEntry | undefined {
  return byFunction.get(fn);
}

/** The entry with this very key. */
export function entryByKey(key: string): PortableEntry | undefined {
  return byKey.get(key);
}

/** The entries of this URL and name, whatever their text. */
export function entriesNamed(url: string, name: string): readonly PortableEntry[] {
  return byName.get(`${url}#${name}`) ?? [];
}

/** What says which file a function is in: `import.meta`, or CommonJS's `module`. */
export interface ModuleMeta {
  readonly url?: string | undefined;
  readonly filename?: string | null | undefined;
}

/**
 * Marks a function that may run on any core, and returns it: a direct call stays an ordinary local call.
 *
 * Call it at module level. Another core finds the function again by importing the same module: no code travels, so the function uses its
 * arguments and what its module has at top level, and nothing else. Arguments and result are copied, and have to be {@link Sendable}.
 *
 * @param fn - a `function*`, an async function or a plain one
 * @throws NotAFunctionError (`GORT_NOT_A_FUNCTION`)
 * @throws DuplicatePortableError (`GORT_DUPLICATE`): the file has registered the same name and text before
 * @throws InlinePortableError (`GORT_INLINE`): a goroutine called it
 * @throws PortableUrlError (`GORT_NO_URL`): no file called it; pass `import.meta`
 * @example
 * ```ts
 * export const square = portable(function* square(n: number): Goroutine<number> { return n * n; });
 * console.log(yield* go(square, 7)); // 49
 * ```
 *
 * Go: none; there every goroutine may run on every thread.
 */
// F is any object, and not bounded by a function type: a generic function would lose its type parameters.
export function portable<F extends object>(fn: F & Portable<F>): F;
/** As above, for a wrapper around `portable`, or where the caller's file cannot be told: `meta` is `import.meta` or CommonJS's `module`. */
export function portable<F extends object>(meta: ModuleMeta, fn: F & Portable<F>): F;
/** As above, under a fixed name: two functions of the same text in one file, or a name that a minifier may not change. */
export function portable<F extends object>(name: string, fn: F & Portable<F>): F;
export function portable(first: unknown, second?: unknown): AnyFunction {
  const isAlone = second === undefined && (typeof first === "function" || !isPrefix(first));
  const fn = isAlone ? first : second;
  checkFunction("portable", fn);
  if (!isAlone && !isPrefix(first)) {
    throw new InvalidOptionError(
      `portable: the first of two arguments is import.meta, module or a name, got ${first === "" ? "an empty name" : describe(first)}`,
    );
  }
  if (/^class\b/.test(Function.prototype.toString.call(fn))) {
    throw new NotAFunctionError(`portable needs a function, got the class ${(fn as AnyFunction).name}`);
  }
  const known = byFunction.get(fn as AnyFunction);
  if (known !== undefined) return known.fn;
  const name = typeof first === "string" ? first : (fn as AnyFunction).name;
  if (registrySeams.inGoroutine()) throw inline(name);
  const url = !isAlone && typeof first === "object" ? urlOfMeta(first) : callerUrl(portable as AnyFunction);
  if (url === undefined) throw noUrl(name, isAlone || typeof first === "string" ? undefined : first);
  // A fixed name stands for one function of its file, whatever its text.
  if (typeof first === "string" && entriesNamed(url, name).length > 0) throw duplicate(url, name);
  const entry = register(url, name, fn as AnyFunction);
  registrySeams.registered(entry);
  return entry.fn;
}

/**
 * Registers a portable function of gort's own, under a fixed name, and returns it. Nobody is told: it must cost a program nothing that has no portable functions itself. And it may come late:
 * who imports a part of gort inside a goroutine has done nothing wrong.
 *
 * @param url - where another core finds it if it does not have it yet; by default the file of the caller
 */
export function ownPortable<F extends AnyFunction>(
  name: string,
  fn: F,
  url: string | undefined = callerUrl(ownPortable),
): F {
  // Stacks may say nothing (--frozen-intrinsics): then it is found only where it is already.
  register(url ?? "file:gort", name, fn);
  return fn;
}

/** Whether the first of two arguments says where or under which name. */
function isPrefix(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || (typeof value === "object" && value !== null);
}

function urlOfMeta(meta: unknown): string | undefined {
  const { url, filename } = (meta ?? {}) as ModuleMeta;
  return importable(url) ?? importable(filename);
}

function register(url: string, name: string, fn: AnyFunction): PortableEntry {
  const identity = { url, name, hash: hashText(Function.prototype.toString.call(fn)) };
  const key = keyOf(identity);
  if (byKey.has(key)) throw duplicate(url, name);
  const entry: PortableEntry = { ...identity, key, fn, index: -1 };
  byKey.set(key, entry);
  byFunction.set(fn, entry);
  const family = `${url}#${name}`;
  const others = byName.get(family);
  if (others === undefined) byName.set(family, [entry]);
  else others.push(entry);
  return entry;
}

/** How a message names a portable function. */
export function nameOf(name: string): string {
  return name === "" ? "a portable function without a name" : `the portable function ${name}`;
}

/** For a function that is not portable where it has to be; `problem` ends in a colon or semicolon. */
export function notPortable(problem: string): NotPortableError {
  return new NotPortableError(`${problem} wrap it in portable(…) at module level`);
}

function duplicate(url: string, name: string): DuplicatePortableError {
  return new DuplicatePortableError(
    `${nameOf(name)} is registered twice by ${url}: another core could not tell the two apart; ` +
      'call portable() once for each function, at module level, and give equal ones names: portable("a name", fn)',
  );
}

function inline(name: string): InlinePortableError {
  return new InlinePortableError(
    `portable() was called inside a goroutine for ${nameOf(name)}: no other core could find it; ` +
      "call portable() at module level, and pass what the function needs as arguments",
  );
}

function noUrl(name: string, meta: unknown): PortableUrlError {
  const tried = meta === undefined ? "no file called portable()" : `${describe(meta)} names no file`;
  return new PortableUrlError(
    `${tried} for ${nameOf(name)}: other cores import the file that a portable function is in; ` +
      "put it into a file of its own, and where the caller's file cannot be told pass it: portable(import.meta, fn)",
  );
}
