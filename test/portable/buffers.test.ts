/**
 * Binary data crosses with its class, and with no more of its buffer than it has to.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeOne } from "#src/portable/codec.ts";
import { trip } from "./graph.ts";

const VIEWS = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
];

describe("a view", () => {
  for (const View of VIEWS) {
    it(`of class ${View.name} crosses`, () => {
      for (let length = 0; length < 10; length++) {
        const view = new View(length).map((_, i) => i + 1);
        const copy = trip(view);
        assert.deepEqual(copy, view);
        assert.equal(copy.constructor, View);
      }
    });
  }

  it("of 64-bit integers crosses", () => {
    assert.deepEqual(trip(new BigInt64Array([-1n, 2n ** 62n])), new BigInt64Array([-1n, 2n ** 62n]));
    assert.deepEqual(trip(new BigUint64Array([2n ** 64n - 1n])), new BigUint64Array([2n ** 64n - 1n]));
  });

  it("goes by itself, with the part of its buffer that it shows", () => {
    const pool = new ArrayBuffer(100_000);
    const view = new Uint8Array(pool, 5_000, 3).fill(7);
    assert.ok(encodeOne(view, "value sent") < 10);
    const copy = trip(view);
    assert.deepEqual(copy, new Uint8Array([7, 7, 7]));
    assert.equal(copy.buffer.byteLength, 3);
    assert.equal(copy.byteOffset, 0);
  });

  it("brings its whole buffer when another view shares it", () => {
    const pool = new ArrayBuffer(64);
    for (const message of [
      [new Uint8Array(pool, 8, 8), { deep: new Uint16Array(pool, 10, 2) }, pool],
      [pool, new Uint8Array(pool, 8, 8), { deep: new Uint16Array(pool, 10, 2) }],
    ]) {
      const copy = trip(message);
      const [buffer] = copy.filter((part) => part instanceof ArrayBuffer) as [ArrayBuffer];
      const [bytes] = copy.filter((part) => part instanceof Uint8Array) as [Uint8Array];
      const [{ deep }] = copy.filter((part) => "deep" in part) as [{ deep: Uint16Array }];
      assert.equal(bytes.buffer, buffer);
      assert.equal(deep.buffer, buffer);
      assert.equal(buffer.byteLength, 64);
      assert.equal(bytes.byteOffset, 8);
      assert.equal(deep.byteOffset, 10);
      bytes[2] = 9;
      assert.equal(deep[0], 9);
    }
  });

  it("shares a buffer that is in the message itself, before it or behind it", () => {
    const pool = new ArrayBuffer(64);
    const [before, view] = trip([pool, new Uint8Array(pool, 8, 8)] as const);
    assert.equal(view.buffer, before);
    const [first, behind] = trip([new Uint8Array(pool, 8, 8), pool] as const);
    assert.equal(first.buffer, behind);
  });

  it("that comes twice is one view", () => {
    const view = new Uint8Array([1]);
    const [one, two] = trip([view, view]);
    assert.equal(one, two);
  });

  it("that is a DataView or a Buffer stays one", () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).buffer;
    const data = trip(new DataView(bytes, 1, 2));
    assert.ok(data instanceof DataView);
    assert.deepEqual([data.getUint8(0), data.byteLength], [2, 2]);
    const text = trip(Buffer.from("héllo"));
    assert.ok(Buffer.isBuffer(text));
    assert.equal(text.toString(), "héllo");
    const pooled = Buffer.from("pooled");
    const both = trip([pooled, pooled.subarray(2)]) as [Buffer, Buffer];
    assert.equal(both[0].buffer, both[1].buffer);
    assert.equal(both[1].toString(), "oled");
  });
});

describe("a buffer", () => {
  it("crosses with its bytes, and stays resizable", () => {
    assert.deepEqual(trip(new Uint8Array([1, 2, 3, 4, 5]).buffer), new Uint8Array([1, 2, 3, 4, 5]).buffer);
    assert.equal(trip(new ArrayBuffer(0)).byteLength, 0);
    type Resizable = ArrayBuffer & { maxByteLength: number; resizable: boolean };
    const made = new (ArrayBuffer as unknown as new (n: number, o: object) => Resizable)(4, {
      maxByteLength: 16,
    });
    const copy = trip(made);
    assert.deepEqual([copy.byteLength, copy.maxByteLength, copy.resizable], [4, 16, true]);
  });

  it("that has been transferred is refused", () => {
    const bytes = new ArrayBuffer(8);
    const view = new Uint8Array(bytes);
    structuredClone(bytes, { transfer: [bytes] });
    assert.throws(() => trip({ bytes }), {
      code: "GORT_NOT_SENDABLE",
      message: /^value sent: \.bytes is a detached buffer/,
    });
    assert.throws(() => trip([view]), {
      code: "GORT_NOT_SENDABLE",
      message: /^value sent: \[0\] is a detached buffer/,
    });
  });
});
