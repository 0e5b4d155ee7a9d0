/**
 * Binary data: buffers and their views.
 *
 * A view goes by itself, with the part of its buffer that it shows: one of Node's small Buffers is 20 bytes in a pool of 8 KiB. When a message
 * has two views of a buffer, or a view and the buffer, the buffer goes as a whole, once, and they share it there too. The first view has
 * then been written in vain, and the message is written anew.
 *
 * A Buffer arrives as a Buffer (structuredClone makes it a Uint8Array). A resizable buffer arrives resizable; the length of a view does not
 * follow it there. A view on a SharedArrayBuffer brings that, by reference.
 */
import { Buffer as NodeBuffer } from "node:buffer";
import { article, classOf, refuse } from "./refusal.ts";
import { isWhole, markWhole } from "./seen.ts";
import { Kind, out, putBytes, putWord, readBytes, source, takeBytes, takeWord } from "./wire.ts";

// Not imported: on some Nodes importing node:util opens the standard streams, and importing gort is to open nothing.
const { types } = process.getBuiltinModule("node:util");

interface ViewClass {
  new (buffer: ArrayBufferLike, offset: number, length: number): ArrayBufferView;
  readonly prototype: ArrayBufferView;
  readonly BYTES_PER_ELEMENT?: number;
}

const { Float16Array } = globalThis as { Float16Array?: unknown };

/** By the number in the head. The first is Node's Buffer, which is made in another way. */
const VIEWS: readonly (readonly [name: string, view: ViewClass | null])[] = (
  [
    ["Buffer", null],
    ["DataView", DataView],
    ["Uint8Array", Uint8Array],
    ["Uint8ClampedArray", Uint8ClampedArray],
    ["Int8Array", Int8Array],
    ["Uint16Array", Uint16Array],
    ["Int16Array", Int16Array],
    ["Uint32Array", Uint32Array],
    ["Int32Array", Int32Array],
    ["Float32Array", Float32Array],
    ["Float64Array", Float64Array],
    ["BigInt64Array", BigInt64Array],
    ["BigUint64Array", BigUint64Array],
    ["Float16Array", Float16Array ?? null],
  ] as const
).map(([name, view]) => [name, view as ViewClass | null]);

const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined;

/** The number of a view's class. A subclass is refused. */
function classNumber(value: ArrayBufferView): number {
  if (NodeBuffer.isBuffer(value) && Object.getPrototypeOf(value) === NodeBuffer.prototype) return 0;
  const name = tagOf.call(value) ?? "DataView";
  let depth = 0;
  for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto))
    depth++;
  if (depth !== (name === "DataView" ? 2 : 3)) {
    refuse(
      `is ${article(classOf(value) ?? name)}`,
      `a copy would lose its class: send it as ${article(name)}`,
    );
  }
  return VIEWS.findIndex(([known]) => known === name);
}

export function encodeView(value: ArrayBufferView): void {
  const number = classNumber(value);
  const { buffer, byteOffset, byteLength } = value;
  if (types.isSharedArrayBuffer(buffer)) putView(number, value, buffer);
  else {
    refuseDetached(buffer as ArrayBuffer);
    if (isWhole(buffer as ArrayBuffer)) putView(number, value, buffer);
    else {
      putWord((number << 8) | Kind.window);
      putWord(byteLength);
      putBytes(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
}

function putView(number: number, value: ArrayBufferView, buffer: ArrayBufferLike): void {
  putWord((number << 8) | Kind.view);
  putWord(value.byteOffset);
  putWord(value.byteLength);
  out.value(buffer);
}

export function encodeBuffer(value: ArrayBuffer): void {
  refuseDetached(value);
  markWhole(value);
  const { resizable, maxByteLength } = value as ArrayBuffer & { resizable?: boolean; maxByteLength?: number };
  putWord(Kind.buffer);
  putWord(value.byteLength);
  putWord(resizable === true ? (maxByteLength as number) : -1);
  putBytes(new Uint8Array(value));
}

const MOST_BYTES = 0x7fff_ffff;

function refuseDetached(buffer: ArrayBuffer): void {
  if (buffer.byteLength > MOST_BYTES)
    refuse("is larger than 2 GiB", "use a SharedArrayBuffer, or send it in parts");
  try {
    // Node 20 does not have `detached`.
    new Uint8Array(buffer);
  } catch {
    refuse("is a detached buffer, or a view of one", "its bytes have been transferred to somebody else");
  }
}

export function decodeBuffer(): ArrayBuffer {
  const length = takeWord();
  const most = takeWord();
  if (most < 0) return takeBytes(length);
  const buffer = new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(length, {
    maxByteLength: most,
  });
  readBytes(new Uint8Array(buffer));
  return buffer;
}

export function decodeWindow(number: number): ArrayBufferView {
  const length = takeWord();
  return view(number, takeBytes(length), 0, length);
}

/** A view whose buffer has not been read: that is done by `source.value`. */
export function decodeView(number: number): ArrayBufferView {
  const offset = takeWord();
  const length = takeWord();
  return view(number, source.value() as ArrayBufferLike, offset, length);
}

function view(number: number, buffer: ArrayBufferLike, offset: number, length: number): ArrayBufferView {
  if (number === 0) return NodeBuffer.from(buffer as ArrayBuffer, offset, length);
  const [name, made] = VIEWS[number] as readonly [string, ViewClass | null];
  if (made === null) throw new TypeError(`this core has no ${name}`);
  return new made(buffer, offset, length / (made.BYTES_PER_ELEMENT ?? 1));
}
