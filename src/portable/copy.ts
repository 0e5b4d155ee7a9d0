/**
 * Copies on one core: a portable goroutine that stays at home gets copies too, so that a program means the same with one core and with many.
 *
 * What crosses by reference (handles, SharedArrayBuffers) is the same object afterwards, and no reference is counted for it.
 */
import { decodeArguments, decodeOne } from "./decode.ts";
import { encodeArguments, encodeOne, encodeResult } from "./encode.ts";
import { local } from "./handles.ts";
import { out } from "./wire.ts";

function isPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case "object":
      return value === null;
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

/**
 * A copy of a list of arguments; the very list when there is nothing in it to copy.
 *
 * @throws NotSendableError (`GORT_NOT_SENDABLE`)
 */
export function copyArguments(values: unknown[], name: string): unknown[] {
  for (let i = 0; i < values.length; i++) {
    if (!isPrimitive(values[i])) return copied(() => encodeArguments(values, name), decodeArguments);
  }
  return values;
}

/**
 * A copy of one value.
 *
 * @param what - for the message of an error: "value sent"
 * @throws NotSendableError (`GORT_NOT_SENDABLE`)
 */
export function copyOne(value: unknown, what: string): unknown {
  return isPrimitive(value) ? value : copied(() => encodeOne(value, what), decodeOne);
}

/** As {@link copyOne}, for the result of the function of that name. */
export function copyResult(value: unknown, name: string): unknown {
  return isPrimitive(value) ? value : copied(() => encodeResult(value, name), decodeOne);
}

function copied<T>(encode: () => number, decode: (words: Int32Array, bytes: Buffer, at: number) => T): T {
  local.aside = [];
  try {
    encode();
    return decode(out.words, out.bytes, 0);
  } finally {
    local.aside = null;
  }
}
