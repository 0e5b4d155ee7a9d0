/**
 * Values for the codec's tests: random ones, a trip through shared memory, and a comparison that sees what is shared inside.
 */
import { isDeepStrictEqual, types } from "node:util";
import { decodeArguments, decodeOne, encodeArguments, encodeOne, scratch } from "#src/portable/codec.ts";
import type { Random } from "../base/seed.ts";

/** Copies the first `n` words of the scratch to an odd place in shared memory, as another core would find them. */
function moved(n: number): [words: Int32Array, bytes: Buffer, at: number] {
  const shared = new SharedArrayBuffer((n + 9) * 4);
  const words = new Int32Array(shared, 4);
  words.set(scratch.words.subarray(0, n), 3);
  // What is behind the message, and before it, is none of its business.
  words.fill(-1, 0, 3);
  words.fill(-1, 3 + n);
  return [words, Buffer.from(shared, 4), 3];
}

export function trip<T>(value: T): T {
  return decodeOne(...moved(encodeOne(value, "value sent"))) as T;
}

export function tripArguments(values: readonly unknown[]): unknown[] {
  return decodeArguments(...moved(encodeArguments(values, "f")));
}

/** Whether two values are alike, with the same objects shared at the same places. */
export function sameGraph(a: unknown, b: unknown, pairs: Map<unknown, unknown> = new Map()): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return Object.is(a, b);
  if (pairs.has(a)) return pairs.get(a) === b;
  pairs.set(a, b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (types.isMap(a)) return sameGraph([...a], [...(b as typeof a)], pairs);
  if (types.isSet(a)) return sameGraph([...a], [...(b as typeof a)], pairs);
  if (types.isDate(a)) return Object.is(a.getTime(), (b as Date).getTime());
  if (types.isRegExp(a)) return String(a) === String(b) && a.lastIndex === 0 && (b as RegExp).lastIndex === 0;
  if (ArrayBuffer.isView(a) || types.isAnyArrayBuffer(a)) return isDeepStrictEqual(a, b);
  const keys = Object.getOwnPropertyNames(a);
  return (
    isDeepStrictEqual(keys, Object.getOwnPropertyNames(b)) &&
    keys.every((key) => sameGraph(a[key as never], b[key as never], pairs))
  );
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2 ** 23 - 1,
  2 ** 23,
  -(2 ** 23),
  -(2 ** 23) - 1,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  0.1,
  Number.NaN,
];
const MORE = [
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  2 ** 53,
];
const LETTERS = ["a", "b", "\0", "~", "\x80", "é", "日", "\ud83d", "\ude00", "\ud83d\ude00", " "];
const KEYS = [
  "a",
  "id",
  "name",
  "x",
  "1",
  "0",
  "__proto__",
  "constructor",
  "length",
  "with blank",
  "é",
  "a key of more than sixteen letters",
];

/** Any value that structuredClone takes and that means the same there. */
export function anyValue(r: Random, depth = 4): unknown {
  const made: object[] = [];
  return value(depth);

  function value(left: number): unknown {
    if (made.length > 0 && r.below(12) === 0) return made[r.below(made.length)];
    switch (r.below(left > 0 ? 16 : 8)) {
      case 0:
        return [undefined, null, true, false][r.below(4)];
      case 1:
      case 2:
        return [...NUMBERS, ...MORE][r.below(NUMBERS.length + MORE.length)];
      case 3:
        return (r.below(2) === 0 ? -1 : 1) * r.below(2 ** 30);
      case 4:
      case 5:
        return text();
      case 6:
        return (r.below(2) === 0 ? -1n : 1n) * BigInt(r.below(2 ** 30)) ** BigInt(r.below(8));
      case 7:
        return r.below(1000) / 7;
      case 8:
        return fill({}, (object) => {
          for (let i = r.below(6); i > 0; i--)
            put(object, KEYS[r.below(KEYS.length)] as string, value(left - 1));
        });
      case 9:
        return fill({}, (object) => {
          for (let i = r.below(50); i > 0; i--) put(object, `key ${r.below(1000)}`, value(0));
        });
      case 10:
      case 11:
        return fill([] as unknown[], (array) => {
          array.length = r.below(3) === 0 ? r.below(200) : 0;
          for (let i = r.below(6); i > 0; i--) array[r.below(100)] = value(left - 1);
        });
      case 12:
        return fill(new Map(), (map) => {
          for (let i = r.below(5); i > 0; i--) map.set(value(left - 1), value(left - 1));
        });
      case 13:
        return fill(new Set(), (set) => {
          for (let i = r.below(5); i > 0; i--) set.add(value(left - 1));
        });
      case 14:
        return fill(r.below(2) === 0 ? new Date(r.below(2 ** 31)) : /a(b|\/)*[/]/giu, () => {});
      default:
        return fill(
          new Float32Array(r.below(20)).map(() => r.below(100)),
          () => {},
        );
    }
  }

  function fill<T extends object>(object: T, with_: (object: T) => void): T {
    made.push(object);
    with_(object);
    return object;
  }

  function text(): string {
    let all = "";
    const ascii = r.below(2) === 0;
    for (let i = r.below(r.below(8) === 0 ? 400 : 20); i > 0; i--)
      all += LETTERS[r.below(ascii ? 4 : LETTERS.length)];
    return all;
  }
}

function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
