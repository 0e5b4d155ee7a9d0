/**
 * Values cross and mean the same: against structuredClone where the two agree, and by hand where they do not.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { copyArguments, copyOne, decodedTo, encodeOne, scratch } from "#src/portable/codec.ts";
import { random } from "../base/seed.ts";
import { anyValue, sameGraph, trip, tripArguments } from "./graph.ts";

describe("the codec", () => {
  it("gives what structuredClone gives, with the same objects shared inside", (t) => {
    const r = random(t, "codec");
    for (let i = 0; i < 3000; i++) {
      const value = anyValue(r);
      const cloned = structuredClone(value);
      assert.ok(sameGraph(trip(value), cloned), `value ${i}`);
      assert.ok(sameGraph(copyOne(value, "value sent"), cloned), `value ${i}, copied`);
      const list = [value, i, value];
      assert.ok(sameGraph(tripArguments(list), structuredClone(list)), `value ${i}, as an argument`);
    }
  });

  it("can tell values apart", () => {
    const shared = {};
    assert.equal(sameGraph([shared, shared], [{}, {}]), false);
    assert.equal(sameGraph([0], [-0]), false);
    assert.equal(sameGraph({ a: 1, b: 2 }, { b: 2, a: 1 }), false);
    assert.equal(sameGraph([undefined], new Array(1)), false);
  });

  it("keeps every number and the words of its length", () => {
    for (let shift = 0; shift < 64; shift++) {
      for (const n of [2 ** shift - 1, 2 ** shift, -(2 ** shift), 2 ** -shift])
        assert.ok(Object.is(trip(n), n), `${n}`);
      for (const n of [(1n << BigInt(shift)) - 1n, -(1n << BigInt(shift)), 1n << BigInt(shift * 5)])
        assert.equal(trip(n), n);
    }
    assert.equal(encodeOne(5, "value sent"), 1);
    assert.equal(encodeOne(2 ** 30, "value sent"), 2);
    assert.equal(encodeOne("four", "value sent"), 2);
    trip([1, "two", { three: 3 }]);
    const n = encodeOne([1, "two", { three: 3 }], "value sent");
    trip([1, "two", { three: 3 }]);
    assert.equal(decodedTo(), 3 + n);
  });

  it("keeps every string of every length, lone surrogates too", () => {
    for (let length = 0; length < 70; length++) {
      const ascii = Array.from({ length }, (_, i) => String.fromCharCode(i % 128)).join("");
      const latin = ascii.replace(/.$/s, "\xff");
      const wide = ascii.replace(/^./s, "日");
      for (const text of [ascii, latin, wide, `${ascii}\ud800`, `\udc00${ascii}`, `${ascii}\u{1f600}`])
        assert.equal(trip(text), text);
    }
    for (const long of ["x".repeat(300_000), `${"x".repeat(300_000)}é`, "\u{1f600}".repeat(50_000)])
      assert.equal(trip(long), long);
  });

  it("keeps keys that look like a prototype, and pollutes none", () => {
    const value = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"a":3}') as object;
    for (const copy of [trip(value), trip(value), trip([value, value])[1] as object]) {
      assert.ok(sameGraph(copy, value));
      assert.equal((copy as { polluted?: 1 }).polluted, undefined);
    }
    assert.equal(({} as { polluted?: 1 }).polluted, undefined);
  });

  it("reads only own properties, also where the prototype has been added to", () => {
    const proto = Object.prototype as { added?: number };
    proto.added = 1;
    try {
      assert.deepEqual(Object.keys(trip({ a: 1 })), ["a"]);
    } finally {
      delete proto.added;
    }
  });

  it("keeps what many objects of one message share, also when there are hundreds", () => {
    const items = Array.from({ length: 300 }, (_, i) => ({ i }));
    const copy = trip([...items, ...items]);
    for (let i = 0; i < 300; i++) assert.equal(copy[i], copy[i + 300]);
    assert.equal(new Set(copy).size, 300);
    const [one, two] = tripArguments([items[0], items[0]]);
    assert.equal(one, two);
  });

  it("keeps holes, and does not count through long runs of them", () => {
    const holes: unknown[] = new Array(4_000_000_000);
    holes[3] = "a";
    holes[2_000_000_000] = { b: 1 };
    holes[2_000_000_001] = undefined;
    assert.ok(sameGraph(trip(holes), holes));
    const many: unknown[] = [];
    for (let i = 0; i < 20_000; i++) many[i * 100] = i;
    assert.ok(sameGraph(trip(many), many));
  });

  it("drops an array's properties that are no elements, as the documents say", () => {
    assert.deepEqual(Object.keys(trip(Object.assign([1], { extra: 2 }))), ["0"]);
  });

  it("keeps an object without a prototype as it is", () => {
    const bare = Object.assign(Object.create(null) as object, { a: { b: 1 } });
    assert.equal(Object.getPrototypeOf(trip(bare)), null);
    assert.ok(sameGraph(trip(bare), bare));
  });

  it("takes dates, expressions and values of another realm", () => {
    assert.ok(Number.isNaN(trip(new Date(Number.NaN)).getTime()));
    const used = /a/g;
    used.test("aa");
    assert.equal(trip(used).lastIndex, 0);
    const foreign = runInNewContext(
      "({ list: [1, , 2], map: new Map([[1, new Set([2])]]), date: new Date(5), at: /x/g, bytes: new Uint8Array([7]) })",
    );
    const copy = trip(foreign) as Record<string, unknown>;
    const sparse = [1, undefined, 2];
    delete sparse[1];
    assert.ok(
      sameGraph(copy, {
        list: sparse,
        map: new Map([[1, new Set([2])]]),
        date: new Date(5),
        at: /x/g,
        bytes: new Uint8Array([7]),
      }),
    );
  });

  it("reads shapes right when their blocks come and go", () => {
    const objects = Array.from({ length: 6000 }, (_, i) => ({
      [`k${i}`]: i,
      [`l${i % 7}`]: { [`m${i % 3000}`]: i },
    }));
    for (let round = 0; round < 2; round++)
      for (const object of objects) assert.ok(sameGraph(trip(object), object));
    for (let keys = 0; keys < 80; keys++) {
      const object = Object.fromEntries(
        Array.from({ length: keys }, (_, i) => [`key ${i}${"é".repeat(i % 3)}`, i]),
      );
      assert.ok(sameGraph(trip(object), object));
    }
  });

  it("gives memory back after a large message", () => {
    trip("x".repeat(20_000_000));
    assert.ok(scratch.words.length > 4_000_000);
    trip(1);
    assert.ok(scratch.words.length < 100_000);
  });
});

describe("a copy on one core", () => {
  it("is the very list when there is nothing to copy", () => {
    const plain = [1, "a", undefined, null, 1n, true];
    assert.equal(copyArguments(plain, "f"), plain);
    const mixed = [1, { a: 1 }];
    const copy = copyArguments(mixed, "f");
    assert.deepEqual(copy, mixed);
    assert.notEqual(copy[1], mixed[1]);
  });

  it("leaves what crosses by reference where it is", () => {
    const shared = new SharedArrayBuffer(8);
    const view = new Int32Array(shared, 4);
    const [copy, both] = copyArguments([view, { shared, again: shared }], "f") as [
      Int32Array,
      { shared: unknown; again: unknown },
    ];
    assert.notEqual(copy, view);
    assert.equal(copy.buffer, shared);
    assert.equal(copy.byteOffset, 4);
    assert.equal(both.shared, shared);
    assert.equal(both.again, shared);
  });
});
