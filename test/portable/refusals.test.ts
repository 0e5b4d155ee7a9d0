/**
 * What cannot be sent is refused with the path to it and a reason, and then nothing has happened.
 */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { NotSendableError } from "#src/base/errors.ts";
import {
  abandon,
  bufferSeams,
  copyArguments,
  encodeArguments,
  encodeOne,
  registerHandle,
} from "#src/portable/codec.ts";
import { random } from "../base/seed.ts";
import { anyValue, sameGraph, trip, tripArguments } from "./graph.ts";

class Db {
  rows = 1;
}
class Sub extends Map {}
class List extends Array {}

function nested(levels: number): unknown {
  let value: unknown = null;
  for (let i = 0; i < levels; i++) value = { next: value };
  return value;
}

/** [value, what its message says after "value sent"]. */
const REFUSED: readonly (readonly [value: unknown, text: string])[] = [
  [new Db(), " is a Db: "],
  [{ rows: [{ db: new Db() }] }, ": .rows[0].db is a Db: "],
  [() => 1, " is a function: "],
  [[function crunch() {}], ": [0] is the function crunch: "],
  [{ Db }, ": .Db is the function Db: "],
  [{ a: { method() {} } }, ": .a.method is the function method: "],
  [Symbol("s"), " is a symbol: "],
  [{ a: [Symbol.iterator] }, ": .a[0] is a symbol: "],
  [{ deep: { [Symbol("key")]: 1 } }, ": .deep has the key Symbol(key): "],
  [
    {
      get now() {
        return 1;
      },
    },
    ": .now is a getter: ",
  ],
  [{ x: { set now(_: number) {} } }, ": .x.now is a getter: "],
  [{ p: Promise.resolve() }, ": .p is a Promise: "],
  [[new WeakMap()], ": [0] is a WeakMap: "],
  [new WeakRef({}), " is a WeakRef: "],
  [{ a: new Proxy({}, {}) }, ": .a is a Proxy: "],
  [[new Proxy([], {})], ": [0] is a Proxy: "],
  [new Map([["k", new Db()]]), ': .get("k") is a Db: '],
  [new Map([[new Db(), 1]]), ": .keys()[0] is a Db: "],
  [new Set([1, new Db()]), ": .values()[1] is a Db: "],
  [{ "a b": { 1: new Db() } }, ': ["a b"]["1"] is a Db: '],
  [new Sub(), " is a Sub: "],
  [[new List()], ": [0] is a List: "],
  [new (class Bytes extends Uint8Array {})(1), " is a Bytes: "],
  [Object.create({ inherited: 1 }), " is an object with a prototype of its own: "],
  [new (class {})(), " is an object with a prototype of its own: "],
  [Object(1), " is a Number: "],
  [{ m: /b/.exec("abc") }, ": .m is the match of a regular expression: "],
  [new EventEmitter(), " is an EventEmitter: "],
  [{ socket: new Socket() }, ": .socket is a Socket: "],
  [new AbortController().signal, " is an AbortSignal: "],
  [[[1].values()], ": [0] is an object with a prototype of its own: "],
  [Math, " has the key Symbol(Symbol.toStringTag): "],
  [
    nested(2000),
    ": .next.next.next.next.next.next….next.next.next.next.next.next is nested more than 1000 deep: ",
  ],
];

describe("what cannot be sent", () => {
  for (const [value, text] of REFUSED) {
    it(`is refused: value sent${text}`, () => {
      const check = (error: unknown): true => {
        assert.ok(error instanceof NotSendableError && error instanceof TypeError);
        assert.equal(error.code, "GORT_NOT_SENDABLE");
        assert.ok(error.message.startsWith(`value sent${text}`), error.message);
        assert.ok(error.message.length > `value sent${text}`.length + 10, "it says what to do");
        return true;
      };
      assert.throws(() => encodeOne(value, "value sent"), check);
      // Nothing of it is left for the next message.
      assert.deepEqual(trip({ a: [1, { b: 2 }] }), { a: [1, { b: 2 }] });
      assert.throws(() => encodeOne(value, "value sent"), check);
    });
  }

  it("is named with the argument it is in, counted from 1", () => {
    const message = /^argument 2 of crunch: \.rows\[0\]\.db is a Db: /;
    const list = [1, { rows: [{ db: new Db() }] }];
    assert.throws(() => encodeArguments(list, "crunch"), { message });
    assert.throws(() => copyArguments(list, "crunch"), { message });
    assert.throws(() => encodeArguments([new Db()], "crunch"), {
      message: /^argument 1 of crunch is a Db: /,
    });
    assert.throws(() => encodeOne({ db: new Db() }, "result of crunch"), {
      message: /^result of crunch: \.db is a Db: /,
    });
  });

  it("runs no code of the program", () => {
    let ran = 0;
    const value = {
      a: 1,
      toJSON: undefined,
      get b() {
        return ++ran;
      },
    };
    const trap = new Proxy(
      {},
      { get: () => ++ran, has: () => ++ran > 0, getPrototypeOf: () => ({ ran: ++ran }) },
    );
    for (const bad of [value, trap, [trap]])
      assert.throws(() => encodeOne(bad, "value sent"), NotSendableError);
    assert.equal(ran, 0);
  });

  it("is found wherever it is in a value", (t) => {
    const r = random(t, "refusals");
    for (let i = 0; i < 300; i++) {
      const value = { head: anyValue(r), list: [anyValue(r), { db: new Db() }] };
      assert.throws(() => encodeOne(value, "value sent"), {
        message: /^value sent: \.list\[1\]\.db is a Db: /,
      });
      const good = anyValue(r);
      assert.ok(sameGraph(trip(good), structuredClone(good)));
    }
  });

  it("is what is nested too deep, and a thousand levels are not", () => {
    assert.ok(sameGraph(trip(nested(999)), nested(999)));
    assert.throws(() => encodeOne(nested(100_000), "value sent"), NotSendableError);
    const down = (left: number): void => {
      if (left > 0) down(left - 1);
      else assert.throws(() => encodeOne(nested(5000), "value sent"), NotSendableError);
    };
    down(5000);
  });
});

class Ticket {
  readonly id: number;
  held = 0;
  constructor(id: number) {
    this.id = id;
  }
}
const tickets = new Map<number, Ticket>();
registerHandle<Ticket>(200, {
  is: (value) => value instanceof Ticket,
  encode(ticket, out) {
    ticket.held++;
    out.word(ticket.id);
  },
  decode: (from) => tickets.get(from.word()) as Ticket,
  undo(ticket) {
    ticket.held--;
  },
});

describe("a handle", () => {
  const ticket = new Ticket(7);
  tickets.set(7, ticket);

  it("crosses by reference, and is taken once a message", () => {
    const before = ticket.held;
    const copy = trip({ a: ticket, b: [ticket] });
    assert.equal(copy.a, ticket);
    assert.equal(copy.b[0], ticket);
    assert.equal(ticket.held, before + 1);
  });

  it("is given back when the message is refused, or given up", () => {
    const before = ticket.held;
    assert.throws(() => encodeArguments([ticket, 1, { db: new Db() }], "f"), NotSendableError);
    assert.equal(ticket.held, before);
    // A shared buffer makes the message be written twice.
    const bytes = new ArrayBuffer(8);
    encodeOne([ticket, new Uint8Array(bytes), new Uint8Array(bytes)], "value sent");
    assert.equal(ticket.held, before + 1);
    abandon();
    assert.equal(ticket.held, before);
    abandon();
    encodeOne(1, "value sent");
    abandon();
    assert.equal(ticket.held, before);
  });

  it("is not counted in a copy on one core, and one inside an error's property that cannot be sent is given back", () => {
    const before = ticket.held;
    assert.equal(copyArguments([[ticket]], "f").flat()[0], ticket);
    assert.equal(ticket.held, before);
    trip(Object.assign(new Error("x"), { at: [ticket, new Db()] }));
    assert.equal(ticket.held, before);
  });
});

describe("a SharedArrayBuffer", () => {
  it("crosses by number, with its views", () => {
    const table: SharedArrayBuffer[] = [];
    const before = { ...bufferSeams };
    const undone: SharedArrayBuffer[] = [];
    Object.assign(bufferSeams, {
      share: (buffer: SharedArrayBuffer) => table.push(buffer) - 1,
      find: (id: number) => table[id],
      undo: (buffer: SharedArrayBuffer) => undone.push(buffer),
    });
    try {
      const shared = new SharedArrayBuffer(16);
      const [view, whole, again] = tripArguments([new Int32Array(shared, 4, 2), shared, { shared }]) as [
        Int32Array,
        unknown,
        { shared: unknown },
      ];
      assert.equal(view.buffer, shared);
      assert.deepEqual([view.byteOffset, view.length], [4, 2]);
      assert.equal(whole, shared);
      assert.equal(again.shared, shared);
      assert.equal(table.length, 1);
      assert.throws(() => encodeOne([shared, new Db()], "value sent"), NotSendableError);
      assert.deepEqual(undone, [shared]);
    } finally {
      Object.assign(bufferSeams, before);
    }
  });
});
