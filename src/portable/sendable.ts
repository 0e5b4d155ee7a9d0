/**
 * What may cross to another core, as a type.
 *
 * `Sendable<T>` is T where T can be copied without losing its meaning, and says what is wrong in place of each part that cannot:
 * the compiler's message ends in `NotSendable<"…">` with the reason. It is a mapped check and not a union with an index signature, which an
 * `interface` would not pass. `any` passes here, and so do instances of a class that has data only: what types cannot see, encode.ts refuses.
 *
 * Nothing here exists at run time.
 */

import { SHARED } from "../base/shared.ts";

export { SHARED };

/**
 * What crosses to another core by reference: a shared channel, a shared mutex, a context, the handle of a portable goroutine.
 *
 * The mark is a type and need not be there at run time; which values are taken is for the handles of handles.ts to say.
 */
export interface SharedReference {
  readonly [SHARED]?: true;
}

declare const reason: unique symbol;

/** Stands where something cannot be sent, and says why. No value has this type. */
export interface NotSendable<Why extends string> {
  readonly [reason]: Why;
}

type Primitive = undefined | null | void | boolean | number | string | bigint;
type Copied = Date | RegExp | Error | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** Any value that can be sent, for the signature of what handles them all. */
export type SendableValue =
  | Primitive
  | Copied
  | SharedReferenceValue
  | readonly SendableValue[]
  | ReadonlyMap<SendableValue, SendableValue>
  | ReadonlySet<SendableValue>
  | { readonly [key: string]: SendableValue };

/** With the mark not optional: every object would be a `SharedReference` otherwise. */
type SharedReferenceValue = Required<SharedReference>;

/**
 * `Sendable<T>`: T, or what keeps it from being sent. `Sendable` alone: any value that can be sent.
 *
 * A type parameter cannot be bounded by itself, so a function asks for `value: T & Sendable<T>`.
 */
export type Sendable<T = never> = [T] extends [never] ? SendableValue : Checked<T>;

type Checked<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? NotSendable<"unknown may be anything: say what it is">
    : // Without this the union itself, which is recursive, would be taken apart for ever.
      [SendableValue, T] extends [T, SendableValue]
      ? T
      : Part<T>;

/** Distributes over a union. */
type Part<T> = T extends Primitive
  ? T
  : T extends symbol
    ? NotSendable<"a symbol is the same only on the core that made it: send a string">
    : typeof SHARED extends keyof T
      ? T
      : T extends (...args: never[]) => unknown
        ? NotSendable<"code does not travel: send data, or make the function portable and call it there by its name">
        : T extends abstract new (
              ...args: never[]
            ) => unknown
          ? NotSendable<"a class does not travel: import it there">
          : T extends Copied
            ? T
            : Container<T>;

type Container<T> =
  T extends PromiseLike<unknown>
    ? NotSendable<"a promise or an operation is waited for where it was made: wait, and send the result">
    : T extends ReadonlyMap<infer K, infer V>
      ? T extends Map<unknown, unknown>
        ? Map<Checked<K>, Checked<V>>
        : ReadonlyMap<Checked<K>, Checked<V>>
      : T extends ReadonlySet<infer V>
        ? T extends Set<unknown>
          ? Set<Checked<V>>
          : ReadonlySet<Checked<V>>
        : T extends Weak
          ? NotSendable<"weak references hold objects of one core">
          : T extends { on(...args: never[]): unknown; emit(...args: never[]): unknown }
            ? NotSendable<"a socket, stream or EventEmitter lives on one core: keep it there and send its data">
            : T extends { addEventListener(...args: never[]): unknown }
              ? NotSendable<"an EventTarget or AbortSignal lives on one core: send a Context">
              : T extends
                    | { recv(): unknown; tryRecv(): unknown }
                    | { send(value: never): unknown; close(): void }
                ? NotSendable<"a channel or connection of one core: make the channel with sharedChan, keep the connection where it is">
                : T extends readonly unknown[]
                  ? { [K in keyof T]: Checked<T[K]> }
                  : T extends { next(...args: never[]): unknown }
                    ? NotSendable<"an iterator or generator is code on its way: send an array">
                    : Fields<T>;

type Weak = WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey>;

type Fields<T> = {
  [K in keyof T]: K extends symbol
    ? NotSendable<"a symbol is no key on another core: use a string">
    : Checked<T[K]>;
};

/** What a goroutine's function gives to whoever waits for it. */
export type ResultOf<R> =
  R extends Generator<unknown, infer V, never> ? V : R extends PromiseLike<infer V> ? V : R;

/** A generic function's result is `unknown` here: only the run can tell. */
type Returned<R> = unknown extends R ? undefined : R;

/**
 * Parameters `A` for a function with a type parameter T that no argument has, where T can be sent; else such as no call can give.
 *
 * @example
 * ```ts
 * declare function sharedChan<T>(...capacity: ParametersIf<T, [capacity?: number]>): Chan<T>;
 * ```
 */
export type ParametersIf<T, A extends unknown[]> = [T] extends [Sendable<T>] ? A : [Sendable<T>];

/** `unknown` for a function that can be portable; else a type that no function has, which says what is wrong. */
export type Portable<F extends object> = F extends (...args: infer A) => infer R
  ? A extends Sendable<A>
    ? Returned<ResultOf<R>> extends Sendable<Returned<ResultOf<R>>>
      ? unknown
      : { "the result is not sendable": Sendable<ResultOf<R>> }
    : { "arguments are not sendable": Sendable<A> }
  : { "only a function is portable": never };
