/**
 * What the compiler says about what may cross to another core. Nothing here is run, as in ops.test-d.ts.
 */
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { type Chan, type Goroutine, gosched } from "gort";
import { portable } from "#src/portable/registry.ts";
import type { NotSendable, ParametersIf, Sendable, SharedReference } from "#src/portable/sendable.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_ extends true>(): void => {};
function send<T>(_: T & Sendable<T>): void {}
function make<T>(..._: ParametersIf<T, [capacity?: number]>): void {}

/** An interface, and so without an index signature. */
interface Row {
  readonly id: number;
  name?: string;
  when: Date;
  tags: readonly string[];
  next: Row | null;
}
interface SharedThing<T> extends SharedReference {
  send(value: T): void;
  then(done: () => void): void;
}
type Tree = { left?: Tree; right?: Tree; value: number } | undefined;
class Db {
  query(): void {}
}

export function accepted(
  row: Row,
  shared: SharedThing<number>,
  tree: Tree,
  any: ReturnType<typeof JSON.parse>,
  value: Sendable,
): void {
  send(1);
  send("text");
  send(undefined);
  send(1n as bigint | null);
  send(row);
  send([row, 1, "x"] as const);
  send(tree);
  send(shared);
  send({ deep: [{ shared }] });
  send(any);
  send(value);
  send({ any });
  send(new Map([[row, new Set([1])]]));
  send(new Error("x") as TypeError);
  send([
    new ArrayBuffer(1),
    new SharedArrayBuffer(1),
    new Uint8Array(1),
    Buffer.alloc(1),
    new DataView(new ArrayBuffer(1)),
  ]);
  send(/x/);
  is<Same<Sendable<Row>["id"], number>>();
}

export function refused(unknown: unknown, socket: Socket, chan: Chan<number>): void {
  // @ts-expect-error a function
  send(() => {});
  // @ts-expect-error a function, deep inside
  send({ rows: [{ compare: (a: number) => a }] });
  // @ts-expect-error a method
  send(new Db());
  // @ts-expect-error a class
  send(Db);
  // @ts-expect-error a symbol
  send(Symbol.iterator);
  // @ts-expect-error a key that is a symbol
  send({ [Symbol.iterator]: 1 });
  // @ts-expect-error anything
  send(unknown);
  // @ts-expect-error a promise
  send(Promise.resolve(1));
  // @ts-expect-error an operation
  send(gosched());
  // @ts-expect-error a weak map
  send(new WeakMap<object, number>());
  // @ts-expect-error a socket
  send(socket);
  // @ts-expect-error an emitter
  send({ events: new EventEmitter() });
  // @ts-expect-error a signal
  send(new AbortController().signal);
  // @ts-expect-error a channel of one core
  send(chan);
  // @ts-expect-error a generator
  send([1].values());
  // @ts-expect-error a part of a union
  send(1 as number | (() => void));
  // @ts-expect-error a value of a map
  send(new Map([[1, () => {}]]));
  make<Map<string, number>>();
  make<number>(5);
  // @ts-expect-error by type alone
  make<() => void>();
  // @ts-expect-error by type alone, with an argument
  make<() => void>(5);
  // @ts-expect-error an element of a set
  send(new Set([() => {}]));
  is<
    Same<
      Sendable<() => void> extends NotSendable<infer Why> ? Why : never,
      "code does not travel: send data, or make the function portable and call it there by its name"
    >
  >();
}

export const crunch = portable(function* crunch(
  n: number,
  rows: readonly Row[],
): Goroutine<Map<string, number>> {
  yield* gosched();
  return new Map([[rows[0]?.name ?? "", n]]);
});
export const first = portable(function* first<T extends Sendable>(
  items: readonly T[],
): Goroutine<T | undefined> {
  return items[0];
});
export const plain = portable((text: string): number => text.length);
export const promised = portable(async (text: string): Promise<number> => text.length);
export const named = portable("named", (n: number) => n);
export const located = portable(import.meta, function* (n: number): Goroutine<number> {
  return n;
});
export const optional = portable(function* (n?: number, ...more: string[]): Goroutine {
  yield* gosched();
  void [n, more];
});
export const listed = portable(function* (shared: SharedThing<number>): Goroutine<SharedThing<number>> {
  return shared;
});

export function keepsItsType(): void {
  is<Same<ReturnType<typeof crunch>, Goroutine<Map<string, number>>>>();
  is<Same<Parameters<typeof crunch>, [n: number, rows: readonly Row[]]>>();
  // The generic parameter is kept.
  is<Same<ReturnType<typeof plain>, number>>();
  const items = first([1, 2]);
  is<Same<typeof items, Goroutine<1 | 2 | undefined>>>();
}

export function wrong(): void {
  // @ts-expect-error an argument that is a function
  portable(function* (each: (n: number) => void): Goroutine {
    each(1);
  });
  // @ts-expect-error a result that is an instance of a class
  portable(function* (): Goroutine<Db> {
    return new Db();
  });
  // @ts-expect-error a promise for a function
  portable(async () => () => 1);
  // @ts-expect-error not a function
  portable(5);
  // @ts-expect-error under a name as well
  portable("named", (socket: Socket) => socket.end());
  // @ts-expect-error with a module as well
  portable(import.meta, (socket: Socket) => socket.end());
}
