/**
 * Finds a portable function that another core named: in the registry, or by importing its file.
 *
 * Invariants:
 *   I1  a file is being imported once at a time, whoever asks; what failed may be tried again.
 *   I2  a request ends: with the very key, or with an error that says which file and what to do.
 *   I3  a file that has reached run() is as good as loaded: on a worker run() never returns, so the import of a
 * file that ends in
 *       `await run(main)` never settles.
 *
 * The import itself is a seam: an `import()` in gort's own file would be rewritten by bundlers, so the worker's
 * stub gives it.
 */
import {
  ImportSideEffectError,
  PortableImportError,
  PortableNotFoundError,
  StalePortableError,
} from "../base/errors.ts";
import { parseKey, stackUrls } from "./identity.ts";
import { entriesNamed, entryByKey, nameOf, type PortableEntry } from "./registry.ts";

/** What the layers above give this one. */
export const loaderSeams: {
  importModule: (url: string) => Promise<unknown>;
  /** Whether nothing is left on this thread that could go on with an import. */
  isIdle: () => boolean;
  /** How long a file that has reached run() may still register functions (after a top-level await), in milliseconds. */
  graceMs: number;
} = {
  importModule: (url) => Promise.reject(new Error(`this thread cannot import ${url}`)),
  isIdle: () => false,
  graceMs: 1000,
};

/** A file that is being imported. */
interface Load {
  readonly url: string;
  readonly waiting: Set<Request>;
  /** It has reached run(): the import may never settle. */
  reached: boolean;
  /** Ends the grace of the requests that wait although run() has been reached. */
  timer: NodeJS.Timeout | undefined;
  /** Looks whether the import can still settle. */
  watch: NodeJS.Timeout | undefined;
}

interface Request {
  readonly key: string;
  resolve(entry: PortableEntry): void;
  reject(error: Error): void;
}

const loads = new Map<string, Load>();
/** Files whose import has settled, or that have reached run(). */
const loaded = new Set<string>();
/** Files that registered functions and threw afterwards: what is in them may be half of what it should be. */
const broken = new Map<string, Error>();

/**
 * The function of a key; at once when it is registered, else when its file has been imported.
 *
 * @throws PortableImportError (`GORT_IMPORT_FAILED`), ImportSideEffectError (`GORT_IMPORT_SIDE_EFFECT`),
 * StalePortableError (`GORT_STALE`), PortableNotFoundError (`GORT_NOT_FOUND`): in
 * the promise, or at once when the file is loaded already
 */
export function resolve(key: string): PortableEntry | Promise<PortableEntry> {
  const entry = entryByKey(key);
  if (entry !== undefined && !broken.has(entry.url)) return entry;
  const url = parseKey(key)?.url;
  if (url === undefined)
    throw new PortableNotFoundError(`${JSON.stringify(key)} is no portable function's key`);
  const error = broken.get(url);
  if (error !== undefined) throw error;
  const running = loads.get(url);
  if (running === undefined && loaded.has(url)) {
    const known = transformed(key);
    if (known !== undefined) return known;
    throw missing(key);
  }
  const load = running ?? start(url);
  return new Promise((resolve, reject) => {
    load.waiting.add({ key, resolve, reject });
    if (load.reached) settleReached(load);
  });
}

/** Whether a file is being imported for its portable functions: what its top level does now, it does on every core. */
export function isImporting(): boolean {
  for (const load of loads.values()) if (!load.reached) return true;
  return false;
}

/** `run` was called on a thread where it never returns: whatever file did, at top level, is as good as loaded. */
export function runReached(): void {
  if (loads.size === 0) return;
  const urls = new Set(stackUrls(runReached, 100));
  const callers = [...loads.values()].filter(({ url }) => urls.has(url));
  // A run() that was called from elsewhere (a helper, after an await): it may be any of them.
  for (const load of callers.length > 0 ? callers : [...loads.values()]) {
    load.reached = true;
    settleReached(load);
  }
}

function start(url: string): Load {
  const load: Load = { url, waiting: new Set(), reached: false, timer: undefined, watch: undefined };
  loads.set(url, load);
  load.watch = setInterval(() => {
    if (loaderSeams.isIdle()) finish(load, neverEnds);
  }, loaderSeams.graceMs).unref();
  let imported: Promise<unknown>;
  try {
    imported = Promise.resolve(loaderSeams.importModule(url));
  } catch (error) {
    imported = Promise.reject(error);
  }
  imported.then(
    () => finish(load, missing),
    (error: unknown) => finish(load, () => importFailed(url, error)),
  );
  return load;
}

function finish(load: Load, failure: (key: string) => Error): void {
  clearTimeout(load.timer);
  clearInterval(load.watch);
  loads.delete(load.url);
  if (failure === missing || failure === neverEnds) loaded.add(load.url);
  answer(load, failure);
}

/** Answers everybody who waits. */
function answer(load: Load, failure: (key: string) => Error): void {
  const hasThrown = failure !== missing;
  for (const request of load.waiting) {
    const entry = entryByKey(request.key) ?? transformed(request.key);
    if (entry === undefined || hasThrown) {
      const error = failure(request.key);
      if (entry !== undefined) broken.set(load.url, error);
      request.reject(error);
    } else {
      request.resolve(entry);
    }
  }
  load.waiting.clear();
}

/** Serves what is registered by now; what is not gets its time of grace. */
function settleReached(load: Load): void {
  for (const request of load.waiting) {
    const entry = entryByKey(request.key);
    if (entry === undefined) continue;
    load.waiting.delete(request);
    request.resolve(entry);
  }
  clearTimeout(load.timer);
  load.timer = undefined;
  if (load.waiting.size > 0) load.timer = setTimeout(() => answer(load, missing), loaderSeams.graceMs);
}

/**
 * Under vitest a function's text says nothing: the server rewrites every module for the tests' own threads, and
 * only for them. There a name does that stands for one function of its file.
 */
function transformed(key: string): PortableEntry | undefined {
  const wanted = parseKey(key);
  if (process.env["VITEST"] === undefined || wanted === undefined || wanted.name === "") return undefined;
  const [entry, ...others] = entriesNamed(wanted.url, wanted.name);
  return others.length === 0 ? entry : undefined;
}

function missing(key: string): Error {
  const { url, name } = parseKey(key) as { url: string; name: string };
  if (entriesNamed(url, name).length > 0) {
    return new StalePortableError(
      `${nameOf(name)} has another text on this core than where it was started: ${url} changed between two loads, or is loaded in ` +
        "different ways; start the program again",
    );
  }
  return new PortableNotFoundError(
    `${nameOf(name)} is not there when ${url} is imported on another core: call portable() at module level, not inside a function ` +
      "or a condition, and in a wrapper around it pass import.meta on",
  );
}

/** Its top level waits for what nothing can bring any more. What it has registered is there; the rest never will be. */
function neverEnds(key: string): PortableImportError {
  return new PortableImportError(
    `another core imports ${parseKey(key)?.url}, the file of a portable function, and never gets to its end: a top-level await there waits for what never comes`,
  );
}

function importFailed(url: string, error: unknown): PortableImportError | ImportSideEffectError {
  if (error instanceof ImportSideEffectError) return new ImportSideEffectError(`${url}: ${error.message}`);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new PortableImportError(
    `another core cannot import ${url}, the file of a portable function: ${text}`,
    { cause: error },
  );
}
