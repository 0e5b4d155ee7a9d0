/**
 * A portable function is known by its file, its name and its text, and each way to get that wrong is told at once.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInThisContext } from "node:vm";
import { hashText, keyOf, parseKey } from "#src/portable/identity.ts";
import {
  entryByKey,
  entryOf,
  ownPortable,
  type PortableEntry,
  portable,
  registrySeams,
} from "#src/portable/registry.ts";

const square = portable(function* square(n: number): Generator<never, number> {
  return n * n;
});
const plain = portable((n: number) => n + 1);
const asynchronous = portable(async (n: number) => n + 2);
const fixed = portable("a fixed # name @ home", (n: number) => n + 3);
const elsewhere = portable({ url: "file:///somewhere/else.js" }, (n: number) => n + 4);
const inCommonJs = portable({ filename: "/somewhere/else.cjs" }, (n: number) => n + 5);
const here = import.meta.url;

function entry(fn: (...args: never[]) => unknown): PortableEntry {
  const found = entryOf(fn);
  assert.ok(found !== undefined);
  return found;
}

describe("portable", () => {
  it("gives the function back, and knows it by its file, name and text", () => {
    assert.deepEqual([...square(3)], []);
    assert.deepEqual(square(3).next(), { done: true, value: 9 });
    assert.equal(plain(1), 2);
    const { url, name, hash, key, fn, index } = entry(square);
    assert.deepEqual({ url, name, fn, index }, { url: here, name: "square", fn: square, index: -1 });
    assert.equal(hash, hashText(square.toString()));
    assert.equal(key, `${here}#square@${hash}`);
    assert.equal(entryByKey(key), entry(square));
    assert.equal(entry(plain).name, "");
    assert.equal(entry(asynchronous).url, here);
    assert.equal(
      entryOf(() => 1),
      undefined,
    );
  });

  it("takes a name, import.meta and CommonJS's module", () => {
    const { name, url, key } = entry(fixed);
    assert.equal(name, "a fixed # name @ home");
    assert.equal(url, here);
    assert.deepEqual(parseKey(key), { url, name, hash: entry(fixed).hash });
    assert.equal(entry(elsewhere).url, "file:///somewhere/else.js");
    assert.match(entry(inCommonJs).url, /^file:\/\/\/.*somewhere\/else\.cjs$/);
  });

  it("may be asked twice for one function", () => {
    assert.equal(portable(square as never), square);
  });

  it("refuses the same name and text twice in one file", () => {
    const make = (): unknown => portable((n: number) => n * 1000);
    make();
    assert.throws(make, {
      code: "GORT_DUPLICATE",
      message: /registered twice by file:.*once for each function/,
    });
    const named = (name: string): unknown => portable(name, (n: number) => n * 2000);
    named("one");
    named("two");
    assert.throws(() => named("one"), { code: "GORT_DUPLICATE" });
  });

  it("refuses to be called inside a goroutine", () => {
    const { inGoroutine } = registrySeams;
    registrySeams.inGoroutine = () => true;
    try {
      assert.throws(() => portable(function* inner() {}), {
        code: "GORT_INLINE",
        message: /portable function inner/,
      });
      assert.equal(portable(square as never), square);
    } finally {
      registrySeams.inGoroutine = inGoroutine;
    }
  });

  it("refuses a caller that is in no file", async () => {
    const call = runInThisContext("(portable) => portable(function* nowhere() {})") as (
      p: unknown,
    ) => unknown;
    assert.throws(() => call(portable), {
      code: "GORT_NO_URL",
      message: /nowhere.*portable\(import\.meta, fn\)/,
    });
    const data = (await import("data:text/javascript,export const call = (p) => p(() => 77)" as string)) as {
      call(p: unknown): unknown;
    };
    assert.throws(() => data.call(portable), { code: "GORT_NO_URL" });
    assert.throws(() => portable({ url: "data:text/javascript,1" }, () => 1), { code: "GORT_NO_URL" });
    assert.throws(() => portable({}, () => 1), { code: "GORT_NO_URL" });
  });

  it("takes an eval inside a file for the file, as some bundlers wrap their modules", () => {
    const evaluate = new Function("p", "return p(function* evaluated() { return 'evaluated'; })");
    const made = evaluate(portable) as () => unknown;
    assert.equal(entry(made as never).url, here);
  });

  it("does not mind what the program has made of Error", () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const prepare = (): string => "mine";
    Error.prepareStackTrace = prepare;
    Error.stackTraceLimit = 0;
    try {
      assert.equal(entry(portable(() => "prepared")).url, here);
      assert.equal(Error.prepareStackTrace, prepare);
      assert.equal(Error.stackTraceLimit, 0);
      Error.stackTraceLimit = 10;
      assert.equal(new Error("x").stack, "mine");
    } finally {
      if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
      else Error.prepareStackTrace = prepareStackTrace;
      Error.stackTraceLimit = stackTraceLimit;
    }
  });

  it("refuses what is no function", () => {
    for (const wrong of [5, undefined, null, {}, "name"]) {
      assert.throws(() => portable(wrong as never), { code: "GORT_NOT_A_FUNCTION" });
      assert.throws(() => portable("name", wrong as never), { code: "GORT_NOT_A_FUNCTION" });
    }
  });

  it("tells who listens of each function, once", () => {
    const { registered } = registrySeams;
    const told: PortableEntry[] = [];
    registrySeams.registered = (entry) => told.push(entry);
    try {
      const fn = portable(() => "told");
      portable(fn as never);
      assert.deepEqual(told, [entry(fn)]);
    } finally {
      registrySeams.registered = registered;
    }
  });

  it("tells nobody of gort's own, which may come inside a goroutine as well, and of a program's whatever its name", () => {
    const { registered, inGoroutine } = registrySeams;
    const told: PortableEntry[] = [];
    registrySeams.registered = (entry) => told.push(entry);
    registrySeams.inGoroutine = () => true;
    try {
      const own = ownPortable("gort/test own", () => "own");
      assert.deepEqual([entry(own).url, entry(own).name], [here, "gort/test own"]);
      assert.equal(entry(ownPortable("placed", () => "placed", "file:gort")).url, "file:gort");
      assert.deepEqual(told, []);
      registrySeams.inGoroutine = inGoroutine;
      const mine = portable("gort/test mine", () => "mine");
      assert.deepEqual(told, [entry(mine)]);
    } finally {
      registrySeams.registered = registered;
      registrySeams.inGoroutine = inGoroutine;
    }
  });
});

describe("a key", () => {
  it("can be taken apart, whatever is in its parts", () => {
    for (const url of ["file:///a.js", "file:///a.js?x=1#part", "file:///a@b/c.js"])
      for (const name of ["", "f", "a#b@c%23", "%", "日本"])
        assert.deepEqual(parseKey(keyOf({ url, name, hash: "h4sh" })), { url, name, hash: "h4sh" });
    for (const none of ["", "x", "x@", "x@y"]) assert.equal(parseKey(none), undefined);
  });

  it("changes with every letter of the text", () => {
    const hashes = new Set<string>();
    for (let i = 0; i < 20_000; i++) hashes.add(hashText(`function f() { return ${i}; }`));
    assert.equal(hashes.size, 20_000);
    assert.notEqual(hashText("ab"), hashText("ba"));
    assert.equal(hashText("function f() {}"), hashText("function f() {}"));
  });
});
