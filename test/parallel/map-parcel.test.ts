/**
 * Parcels and segments by themselves: what goes in comes out once, and what is cut keeps its order.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Block, Copies, Listed, Reading } from "#src/parallel/map-parcel.ts";
import { Segment, Segments } from "#src/parallel/map-segments.ts";
import { registerHandle } from "#src/portable/handles.ts";

class Token {
  readonly n: number;

  constructor(n: number) {
    this.n = n;
  }
}

const read: number[] = [];
registerHandle<Token>(200, {
  is: (value) => value instanceof Token,
  encode: (value, out) => out.word(value.n),
  decode: (from) => {
    const n = from.word();
    read.push(n);
    return new Token(n);
  },
});

const VALUES = [1, "two", { three: [3] }, Buffer.from("four"), new Uint8Array(5).fill(5), undefined, 2 ** 40];

describe("a parcel", () => {
  it("gives what was put into it, from any place on", () => {
    const block = new Block(0);
    for (const value of VALUES) block.put(value, "");
    for (let from = 0; from < VALUES.length; from++) {
      const reading = new Reading(block.ref, block.places[from] as number);
      assert.deepEqual(
        VALUES.slice(from).map(() => reading.next()),
        VALUES.slice(from),
      );
    }
    block.drop();
    const copies = new Copies();
    for (const value of VALUES) copies.put(value, "");
    const listed = new Listed(copies.values, 2);
    assert.deepEqual(
      VALUES.slice(2).map(() => listed.next()),
      VALUES.slice(2),
    );
  });

  it("stays as it was when a value is refused", () => {
    const block = new Block(0);
    block.put("a", "");
    assert.throws(
      () => block.put({ no: Symbol("way") }, "input 2 of f"),
      /^TypeError: input 2 of f: \.no is a symbol/,
    );
    block.put("b", "");
    const reading = new Reading(block.ref, 0);
    assert.deepEqual([block.count, reading.next(), reading.next()], [2, "a", "b"]);
    block.drop();
  });

  it("tells references that nobody will read, each once", () => {
    const block = new Block(0);
    for (let n = 0; n < 6; n++) block.put(n % 2 === 0 ? new Token(n) : Buffer.alloc(9), "");
    new Reading(block.ref, 0).next();
    assert.deepEqual(read, [0]);
    block.discard(1, 5);
    assert.deepEqual(read, [0, 2, 4]);
    block.discard(6, 0);
    block.drop();
  });
});

describe("segments", () => {
  const shipment = (): { parcel: Copies; segments: number } => ({ parcel: new Copies(), segments: 0 });

  it("what is cut off stands behind, in order, before what came later", () => {
    const list = new Segments();
    const shared = shipment();
    const first = new Segment(shared, 0, 7);
    const later = new Segment(shipment(), 0, 1);
    list.push(first);
    list.push(later);
    first.results = [0, 1];
    const rest = first.cut(2, 2);
    assert.deepEqual(
      rest.map(({ from, count }) => [from, count]),
      [
        [2, 2],
        [4, 2],
        [6, 1],
      ],
    );
    assert.equal(shared.segments, 4);
    list.insert(first, rest);
    later.results = [7];
    for (const segment of [...rest].reverse())
      segment.results = Array.from({ length: segment.count }, (_, i) => segment.from + i);
    const got: unknown[] = [];
    while (list.ready) got.push(list.shift());
    assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(list.isEmpty, true);
  });

  it("results that come back are the next ones", () => {
    const list = new Segments();
    const segment = new Segment(shipment(), 0, 2);
    segment.results = [1, 2];
    list.push(segment);
    assert.equal(list.length, 2);
    list.unshift([list.ready && list.shift()]);
    assert.deepEqual([list.length, list.ready && list.shift(), list.ready && list.shift()], [2, 1, 2]);
    list.unshift([]);
    assert.equal(list.isEmpty, true);
  });
});
