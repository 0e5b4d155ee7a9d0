/**
 * Go: test/chan/perm.go. Who may do what with a channel is decided by its type, when the program is compiled.
 *
 * Checked by tsc and never run. Differs: a channel is an interface here, so a direction is lost by assignment and
 * cannot be regained without a cast, exactly as in Go.
 */
import { type Chan, type Goroutine, type RecvChan, range, type SendChan, select } from "gort";

declare const both: Chan<number>;
declare const recvOnly: RecvChan<number>;
declare const sendOnly: SendChan<number>;
declare const n: number;

export function assignment(): void {
  const asRecv: RecvChan<number> = both;
  const asSend: SendChan<number> = both;
  // @ts-expect-error perm.go: a receive-only channel is not bidirectional
  const a: Chan<number> = recvOnly;
  // @ts-expect-error perm.go: a send-only channel is not bidirectional
  const b: Chan<number> = sendOnly;
  // @ts-expect-error perm.go: a send-only channel is not receive-only
  const c: RecvChan<number> = sendOnly;
  // @ts-expect-error perm.go: a receive-only channel is not send-only
  const d: SendChan<number> = recvOnly;
  void [asRecv, asSend, a, b, c, d];
}

export function* notAChannel(): Goroutine {
  // @ts-expect-error perm.go: receive from a number
  yield* n.recv();
  // @ts-expect-error perm.go: send to a number
  yield* n.send(2);
  // @ts-expect-error perm.go: close of a number
  n.close();
}

export function* permissions(): Goroutine {
  yield* both.send(0);
  yield* both.recv();
  const [x, ok] = yield* both.recvOk();
  void [x, ok];

  // @ts-expect-error perm.go: send to a receive-only channel
  yield* recvOnly.send(0);
  // @ts-expect-error perm.go: non-blocking send to a receive-only channel
  recvOnly.trySend(0);
  yield* recvOnly.recv();
  yield* recvOnly.recvOk();
  recvOnly.tryRecv();

  yield* sendOnly.send(0);
  sendOnly.trySend(0);
  // @ts-expect-error perm.go: receive from a send-only channel
  yield* sendOnly.recv();
  // @ts-expect-error perm.go: two-value receive from a send-only channel
  yield* sendOnly.recvOk();
  // @ts-expect-error perm.go: non-blocking receive from a send-only channel
  sendOnly.tryRecv();
}

export function* selectCases(): Goroutine {
  yield* select({ a: both.send(0), b: both.recv(), c: recvOnly.recv(), d: sendOnly.send(0) });
  // @ts-expect-error perm.go: send case on a receive-only channel
  yield* select({ a: recvOnly.send(0) });
  // @ts-expect-error perm.go: receive case on a send-only channel
  yield* select({ a: sendOnly.recv() });
}

export function* ranges(): Goroutine {
  for (const x = range(recvOnly); yield* x.next(); ) void x.value;
  // @ts-expect-error perm.go: range over a send-only channel
  range(sendOnly);
}

export async function asyncRanges(): Promise<void> {
  for await (const x of recvOnly) void x;
  // @ts-expect-error perm.go: range over a send-only channel
  for await (const x of sendOnly) void x;
}

export function closing(): void {
  both.close();
  sendOnly.close();
  // @ts-expect-error perm.go: close of a receive-only channel
  recvOnly.close();
}
