/**
 * A function that another core named is found by importing its file, and whoever waits for it is always answered.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { hashText, keyOf } from "#src/portable/identity.ts";
import { isImporting, loaderSeams, resolve, runReached } from "#src/portable/loader.ts";
import { entryOf, type PortableEntry, portable } from "#src/portable/registry.ts";

let files = 0;
const before = { ...loaderSeams };
/** What the files do when they are imported, by URL. */
const modules = new Map<string, () => Promise<unknown> | undefined>();
const imported: string[] = [];

beforeEach(() => {
  imported.length = 0;
  loaderSeams.importModule = async (url) => {
    imported.push(url);
    await modules.get(url)?.();
  };
});
afterEach(() => {
  Object.assign(loaderSeams, before);
  assert.equal(isImporting(), false);
});

/** A file that does this when it is imported. */
function file(load: (url: string) => Promise<unknown> | undefined): string {
  const url = `file:///loader-test/${++files}.js`;
  modules.set(url, () => load(url));
  return url;
}

type AnyFunction = (...args: never[]) => unknown;

function keyFor(url: string, fn: AnyFunction, name = fn.name): string {
  return keyOf({ url, name, hash: hashText(fn.toString()) });
}

function define(url: string, fn: AnyFunction): undefined {
  portable({ url }, fn as never);
}

describe("resolve", () => {
  it("gives at once what is registered", () => {
    const fn = portable((n: number) => n * 11);
    const entry = entryOf(fn) as PortableEntry;
    assert.equal(resolve(entry.key), entry);
    assert.deepEqual(imported, []);
  });

  it("imports a file once, however many ask", async () => {
    const one = (): string => "one";
    const two = (): string => "two";
    const url = file((url) => {
      define(url, one);
      return define(url, two);
    });
    const asked = [resolve(keyFor(url, one)), resolve(keyFor(url, two)), resolve(keyFor(url, one))];
    assert.equal(isImporting(), true);
    const entries = await Promise.all(asked);
    assert.deepEqual(
      entries.map(({ fn }) => fn),
      [one, two, one],
    );
    assert.deepEqual(imported, [url]);
    assert.equal((resolve(keyFor(url, one)) as PortableEntry).fn, one);
    assert.deepEqual(imported, [url]);
  });

  it("tells a function that is not there from one that has changed", async () => {
    const there = (): string => "there";
    const url = file((url) => define(url, there));
    const missing = keyFor(url, there, "missing");
    const changed = keyOf({ url, name: "there", hash: "another" });
    const notFound = { code: "GORT_NOT_FOUND", message: /portable function missing.*at module level/ };
    const stale = {
      code: "GORT_STALE",
      message: /portable function there has another text.*start the program again/,
    };
    await assert.rejects(async () => resolve(missing), notFound);
    await assert.rejects(async () => resolve(changed), stale);
    // The file is loaded now: the answer comes at once.
    assert.throws(() => resolve(missing), notFound);
    assert.throws(() => resolve(changed), stale);
    assert.deepEqual(imported, [url]);
    assert.throws(() => resolve("no key"), { code: "GORT_NOT_FOUND" });
  });

  it("names the file that cannot be imported, with the cause, and may try again", async () => {
    let works = false;
    const fn = (): string => "at last";
    const url = file((url) => {
      if (!works) throw new RangeError("top level");
      return define(url, fn);
    });
    await assert.rejects(
      async () => resolve(keyFor(url, fn)),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "GORT_IMPORT_FAILED");
        assert.ok(
          error.message.includes(url) && error.message.includes("RangeError: top level"),
          error.message,
        );
        assert.ok(error.cause instanceof RangeError);
        return true;
      },
    );
    works = true;
    assert.equal((await resolve(keyFor(url, fn))).fn, fn);
    loaderSeams.importModule = () => {
      throw new Error("no import here");
    };
    const other = file(() => undefined);
    await assert.rejects(async () => resolve(keyFor(other, fn)), { code: "GORT_IMPORT_FAILED" });
  });

  it("serves a file that stops at run(), which never returns", async () => {
    const worker = (): string => "worker";
    let ended = (): void => {};
    const url = file((url) => {
      define(url, worker);
      return new Promise<void>((resolve) => {
        ended = resolve;
        queueMicrotask(runReached);
      });
    });
    assert.equal((await resolve(keyFor(url, worker))).fn, worker);
    assert.equal(isImporting(), false, "its top level is as good as over");
    assert.equal((resolve(keyFor(url, worker)) as PortableEntry).fn, worker);
    ended();
    await new Promise(setImmediate);
  });

  it("does not wait for ever for what a file that stopped at run() has not registered", async () => {
    loaderSeams.graceMs = 1;
    const late = (): string => "late";
    let ended = (): void => {};
    const url = file(
      () =>
        new Promise<void>((resolve) => {
          ended = resolve;
          runReached();
        }),
    );
    await assert.rejects(async () => resolve(keyFor(url, late)), { code: "GORT_NOT_FOUND" });
    // What it registers in time it may.
    loaderSeams.graceMs = 60_000;
    const asked = resolve(keyFor(url, late)) as Promise<PortableEntry>;
    define(url, late);
    runReached();
    assert.equal((await asked).fn, late);
    ended();
    await new Promise(setImmediate);
  });

  it("asks a file that has been loaded meanwhile no more", async () => {
    const fn = (): string => "own";
    const slow = file(async (url) => {
      await new Promise(setImmediate);
      define(url, fn);
    });
    const asked = resolve(keyFor(slow, fn)) as Promise<PortableEntry>;
    runReached();
    assert.equal((await asked).fn, fn);
  });
});
