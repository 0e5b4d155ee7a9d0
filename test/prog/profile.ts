/**
 * Reads a goroutine profile: gzip, Protocol Buffers and profile.proto, written from their definitions and not from gort's writer.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";

type Value = bigint | Uint8Array;

/** The fields of a message, each with its values in their order. */
export function fieldsOf(bytes: Uint8Array): Map<number, Value[]> {
  const fields = new Map<number, Value[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      assert.notEqual(byte, undefined, "the message ends within a number");
      value |= BigInt((byte as number) & 127) << shift;
      if ((byte as number) < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    let value: Value;
    if ((tag & 7) === 0) value = varint();
    else {
      assert.equal(tag & 7, 2, "a wire type that profiles do not have");
      const length = Number(varint());
      assert.ok(at + length <= bytes.length, "the message ends within a field");
      value = bytes.subarray(at, at + length);
      at += length;
    }
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, values);
    values.push(value);
  }
  return fields;
}

/** Packed numbers. */
function numbersOf(value: Value | undefined): number[] {
  const bytes = value as Uint8Array;
  const numbers: number[] = [];
  let number = 0;
  let scale = 1;
  for (const byte of bytes ?? []) {
    number += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      numbers.push(number);
      [number, scale] = [0, 1];
    }
  }
  return numbers;
}

export interface Sample {
  readonly count: number;
  /** `function file:line:column`, the innermost first. */
  readonly stack: string[];
  readonly labels: Record<string, string>;
}

export interface Profile {
  readonly sampleType: string;
  readonly periodType: string;
  readonly timeMs: number;
  readonly program: string;
  readonly samples: Sample[];
  /** The addresses of all places. */
  readonly addresses: bigint[];
}

/** A profile, with all its references followed. */
export function readProfile(gzipped: Uint8Array): Profile {
  const profile = fieldsOf(gunzipSync(gzipped));
  const strings = (profile.get(6) ?? []).map((text) => Buffer.from(text as Uint8Array).toString());
  assert.equal(strings[0], "", "the first string is the empty one");
  const one = (fields: Map<number, Value[]>, field: number): number => Number(fields.get(field)?.[0] ?? 0);
  const string = (fields: Map<number, Value[]>, field: number): string => {
    const text = strings[one(fields, field)];
    assert.notEqual(text, undefined, "a string that is not in the table");
    return text as string;
  };
  const messages = (field: number): Map<number, Value[]>[] =>
    (profile.get(field) ?? []).map((bytes) => fieldsOf(bytes as Uint8Array));
  const valueType = (field: number): string =>
    messages(field)
      .map((type) => `${string(type, 1)}/${string(type, 2)}`)
      .join();
  const functions = new Map(messages(5).map((fn) => [one(fn, 1), fn]));
  const locations = new Map(messages(4).map((location) => [one(location, 1), location]));
  assert.equal(functions.size, messages(5).length, "two functions of one number");
  assert.equal(locations.size, messages(4).length, "two places of one number");
  const place = (id: number): string => {
    const location = locations.get(id);
    assert.ok(location, "a place that is not there");
    assert.equal(one(location, 2), 1, "it belongs to the program");
    const line = fieldsOf(location.get(4)?.[0] as Uint8Array);
    const fn = functions.get(one(line, 1));
    assert.ok(fn, "a function that is not there");
    return `${string(fn, 2)} ${string(fn, 4)}:${one(line, 2)}:${one(line, 3)}`;
  };
  return {
    sampleType: valueType(1),
    periodType: `${valueType(11)}/${one(profile, 12)}`,
    timeMs: Number((profile.get(9)?.[0] as bigint) / 1_000_000n),
    program: messages(3)
      .map((mapping) => string(mapping, 5))
      .join(),
    samples: messages(2).map((sample) => ({
      count: numbersOf(sample.get(2)?.[0])[0] ?? 0,
      stack: numbersOf(sample.get(1)?.[0]).map(place),
      labels: Object.fromEntries(
        (sample.get(3) ?? []).map((bytes) => {
          const label = fieldsOf(bytes as Uint8Array);
          return [string(label, 1), string(label, 2)];
        }),
      ),
    })),
    addresses: [...locations.values()].map((location) => location.get(3)?.[0] as bigint),
  };
}
