/**
 * The public interfaces of channels: the side that sends, the side that receives, and both.
 */
import type { Op } from "../runtime/operation.ts";

interface Side {
  /** The number of values in the buffer. */
  readonly length: number;
  /** The most values that the buffer holds; 0 for an unbuffered channel. */
  readonly capacity: number;
  /** Whether close() has been called; values may still be in the buffer. */
  readonly closed: boolean;
}

/**
 * The sending side of a channel. Go: chan<- T.
 *
 * `send` and `trySend` are function properties in the types (methods in fact): TypeScript compares those strictly, so that a channel of cats is no
 * channel that takes any animal.
 */
export interface SendChan<in T> extends Side {
  /** Sends: waits until a receiver takes the value or the buffer has room. Throws ChannelClosedError when waited for on a closed channel. */
  readonly send: (value: T) => Op<void>;
  /** Sends if that is possible at once; false when it is not. Throws ChannelClosedError on a closed channel. */
  readonly trySend: (value: T) => boolean;
  /** No more values: receivers get what is left, then the end; waiting senders throw. Throws ChannelClosedError the second time. */
  close(): void;
}

/** Go's `v, ok`: a value, or the end of the channel. */
export type Received<T> = [value: T, ok: true] | [value: undefined, ok: false];

/** The receiving side of a channel. Go: <-chan T. */
export interface RecvChan<out T> extends Side, AsyncIterable<T> {
  /** Receives: waits for a value; undefined once the channel is closed and drained. */
  recv(): Op<T | undefined>;
  /** Receives, and tells a value from the end. Go: v, ok := <-ch. */
  recvOk(): Op<Received<T>>;
  /** Receives what is ready at once; undefined when nothing is. */
  tryRecv(): Received<T> | undefined;
}

/** A channel: both sides. Go: chan T. */
export interface Chan<T> extends SendChan<T>, RecvChan<T> {}
