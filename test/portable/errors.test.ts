/**
 * An error arrives as what it was: its class where both sides know it, what it carries where that can be sent, and where it came from.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { types } from "node:util";
import { runInNewContext } from "node:vm";
import * as gort from "#src/base/errors.ts";
import { copyOne, decodeError, encodeError, registerErrorClass, scratch } from "#src/portable/codec.ts";
import { trip } from "./graph.ts";

const BUILT_IN = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

function thrown(value: unknown, processor = 3, created = "    at main (main.ts:1:2)"): unknown {
  encodeError(value);
  return decodeError(scratch.words, scratch.bytes, 0, processor, created);
}

describe("an error", () => {
  for (const Class of BUILT_IN) {
    it(`of class ${Class.name} stays one`, () => {
      const cause = new TypeError("inner");
      const error = new Class("outer", { cause });
      const copy = trip(error);
      assert.ok(copy instanceof Class && types.isNativeError(copy));
      assert.equal(Object.getPrototypeOf(copy), Class.prototype);
      assert.deepEqual([copy.name, copy.message, copy.stack], [error.name, error.message, error.stack]);
      assert.ok(copy.cause instanceof TypeError);
      assert.deepEqual(Object.keys(copy), []);
    });
  }

  it("of gort's own classes stays one", () => {
    const errors = [
      new gort.ChannelClosedError("send on closed channel"),
      new gort.ContextCanceledError(),
      new gort.DeadlineExceededError(),
      new gort.NotSendableError("x"),
      new gort.ProcessorLostError("x"),
      new gort.DeadlockError("all goroutines are asleep", "goroutine 1 [chan receive]:"),
    ];
    for (const error of errors) {
      const copy = trip(error);
      assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(error));
      for (const key of Object.getOwnPropertyNames(error)) {
        const { value, enumerable } = Object.getOwnPropertyDescriptor(error, key) ?? {};
        if (key !== "stack")
          assert.deepEqual(
            {
              key,
              value: (copy as never)[key],
              enumerable: Object.prototype.propertyIsEnumerable.call(copy, key),
            },
            { key, value, enumerable },
          );
      }
    }
  });

  it("of a class of the program arrives as the nearest known one, with its name", () => {
    class DbError extends RangeError {}
    class NamedError extends Error {
      override name = "Named";
    }
    const copy = trip(new DbError("x"));
    assert.equal(Object.getPrototypeOf(copy), RangeError.prototype);
    assert.equal(copy.name, "DbError");
    assert.equal(trip(new NamedError("x")).name, "Named");
    registerErrorClass(DbError);
    assert.ok(trip(new DbError("x")) instanceof DbError);
  });

  it("of another realm, or of the platform, is one here", () => {
    const foreign = runInNewContext('new TypeError("foreign")') as Error;
    assert.ok(trip(foreign) instanceof TypeError);
    assert.equal(trip(foreign).message, "foreign");
    const abort = trip(new DOMException("gone", "AbortError"));
    assert.ok(abort instanceof DOMException);
    assert.deepEqual([abort.name, abort.message, abort.code], ["AbortError", "gone", 20]);
  });

  it("keeps its code and what else it carries, without what cannot be sent", async () => {
    const missing = (await readFile("/no such file").catch(
      (error: unknown) => error,
    )) as NodeJS.ErrnoException;
    const { code, errno, syscall, path } = trip(missing);
    assert.deepEqual([code, errno, syscall, path], ["ENOENT", missing.errno, "open", "/no such file"]);
    const rich = Object.assign(new Error("x", { cause: () => 1 }), {
      socket: new (class Socket {})(),
      deep: { list: [1, () => 1] },
      kept: { a: [1] },
    });
    const copy = trip(rich) as unknown as Record<string, unknown>;
    assert.deepEqual(Object.keys(copy), ["kept"]);
    assert.deepEqual(copy["kept"], { a: [1] });
    assert.equal("cause" in copy, false);
  });

  it("may be part of itself, and what it shares with other parts stays shared", () => {
    const loop = new Error("loop") as Error & { self?: unknown; at?: unknown };
    loop.cause = loop;
    const at = { line: 1 };
    loop.at = at;
    const copy = trip({
      loop,
      at,
      bad: Object.assign(new Error(), { lost: [{ at: {} }, () => 1] }),
      again: at,
    });
    assert.equal(copy.loop.cause, copy.loop);
    assert.equal(copy.loop.at, copy.at);
    assert.equal(copy.again, copy.at);
  });

  it("that leaves out a part forgets the objects of that part, also among many", () => {
    const lost = [{ lost: 1 }, { lost: 2 }, { lost: 3 }];
    const many = Array.from({ length: 12 }, (_, i) => ({ i }));
    const error = Object.assign(new Error("x"), { part: [...lost, () => 1] });
    const copy = trip([
      ...many,
      error,
      { fresh: 1 },
      { fresh: 2 },
      { fresh: 3 },
      { fresh: 4 },
      ...lost,
      lost[0],
    ]);
    assert.deepEqual(copy.slice(13, 20), [{ fresh: 1 }, { fresh: 2 }, { fresh: 3 }, { fresh: 4 }, ...lost]);
    assert.equal(copy[20], copy[17]);
  });

  it("that is an AggregateError keeps its errors", () => {
    const copy = trip(new AggregateError([new RangeError("one"), "two"], "both"));
    assert.ok(copy instanceof AggregateError);
    assert.ok(copy.errors[0] instanceof RangeError);
    assert.equal(copy.errors[1], "two");
  });

  it("is copied on one core too", () => {
    const error = new RangeError("x");
    const copy = copyOne(error, "result of f") as RangeError;
    assert.notEqual(copy, error);
    assert.ok(copy instanceof RangeError);
  });
});

describe("what a goroutine threw", () => {
  it("has both stacks, and between them the processor", () => {
    const error = new RangeError("boom");
    const copy = thrown(error) as Error;
    assert.ok(copy instanceof RangeError);
    const { stack = "" } = error;
    assert.equal(copy.stack, `${stack}\n    on processor 3\n    created by\n    at main (main.ts:1:2)`);
    assert.equal((thrown(error, 1, "") as Error).stack, `${stack}\n    on processor 1`);
    assert.deepEqual(Object.keys(copy), []);
  });

  it("may be anything", () => {
    for (const value of ["text", 5, undefined, null]) assert.equal(thrown(value), value);
    assert.deepEqual(thrown({ a: [1] }), { a: [1] });
  });

  it("and cannot be sent becomes an error that says so", () => {
    for (const value of [
      () => 1,
      Symbol("s"),
      new (class Odd {})(),
      {
        get a() {
          throw new Error("never run");
        },
      },
    ]) {
      const copy = thrown(value) as Error;
      assert.ok(copy instanceof Error);
      assert.match(copy.message, /^a goroutine threw what cannot be sent: value thrown/);
    }
  });

  it("may have a stack that cannot be read", () => {
    const error = new Error("x");
    Object.defineProperty(error, "stack", {
      get: () => {
        throw new Error("no");
      },
    });
    Object.defineProperty(error, "name", { value: 5 });
    assert.equal((thrown(error) as Error).message, "x");
  });
});
