/** Channel contract: what close does to those who wait, to what is buffered, and to those who come later. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChannelClosedError, go, range, wait } from "gort";
import { inMain, inOrder, mustBlock, onHost, panicOf, rest, turn } from "../go/support.ts";
import type { MakeChan } from "./channel.ts";

function assertClosedError(error: unknown, message: string): void {
  assert.ok(error instanceof ChannelClosedError, String(error));
  assert.ok(error instanceof Error);
  assert.equal(error.message, message);
  assert.equal(error.code, "GORT_CHANNEL_CLOSED");
  assert.equal(error.name, "ChannelClosedError");
}

export function closingContract(name: string, makeChan: MakeChan): void {
  describe(`${name}: closing`, () => {
    for (const capacity of [0, 3]) {
      test(
        `close wakes every receiver, in order, with undefined and false, capacity ${capacity}`,
        inOrder(function* () {
          const ch = makeChan<number>(capacity);
          const woken: number[] = [];
          const receivers = Array.from({ length: 5 }, (_, i) =>
            go(function* () {
              const result = i % 2 === 0 ? yield* ch.recvOk() : yield* ch.recv();
              woken.push(i);
              return result;
            }),
          );
          yield* rest(...receivers);
          ch.close();
          for (const [i, receiver] of receivers.entries()) {
            assert.deepEqual(yield* receiver, i % 2 === 0 ? [undefined, false] : undefined);
          }
          assert.deepEqual(woken, [0, 1, 2, 3, 4]);
        }),
      );

      test(
        `every sender that waits throws when the channel is closed, capacity ${capacity}`,
        onHost(function* () {
          const ch = makeChan<number>(capacity);
          for (let i = 0; i < capacity; i++) yield* ch.send(i);
          const sendOne = function* () {
            yield* ch.send(-1);
          };
          const senders = Array.from({ length: 4 }, (_, i) =>
            i === 1 ? go(() => rejectionOf(async () => await ch.send(-1))) : go(panicOf, sendOne),
          );
          yield* rest(...senders);
          yield* wait(turn());
          ch.close();
          for (const sender of senders) assertClosedError(yield* sender, "send on closed channel");
          for (let i = 0; i < capacity; i++)
            assert.equal(yield* ch.recv(), i, "what was buffered is still there");
          assert.deepEqual(yield* ch.recvOk(), [undefined, false], "the senders' values are not");
        }),
      );

      test(
        `send on a closed channel throws, and no value arrives, capacity ${capacity}`,
        inMain(function* () {
          const ch = makeChan<number>(capacity);
          ch.close();
          const error = yield* panicOf(function* () {
            yield* ch.send(1);
          });
          assertClosedError(error, "send on closed channel");
          assertClosedError(
            errorOf(() => ch.trySend(1)),
            "send on closed channel",
          );
          assert.deepEqual(ch.tryRecv(), [undefined, false]);
          assert.equal(ch.length, 0);
        }),
      );
    }

    test("close of a closed channel throws", () => {
      const ch = makeChan<number>();
      ch.close();
      assertClosedError(
        errorOf(() => ch.close()),
        "close of closed channel",
      );
      assert.equal(ch.closed, true);
    });

    test(
      "what is buffered comes out before the end, through every way of receiving",
      inMain(function* () {
        const ch = makeChan<number>(4);
        for (let i = 1; i <= 4; i++) yield* ch.send(i);
        ch.close();
        assert.equal(yield* ch.recv(), 1);
        assert.deepEqual(yield* ch.recvOk(), [2, true]);
        assert.deepEqual(ch.tryRecv(), [3, true]);
        const rangeOf: number[] = [];
        for (const v = range(ch); yield* v.next(); ) rangeOf.push(v.value);
        assert.deepEqual(rangeOf, [4]);
        assert.equal(yield* ch.recv(), undefined);
        assert.deepEqual(yield* ch.recvOk(), [undefined, false]);
        assert.deepEqual(ch.tryRecv(), [undefined, false]);
      }),
    );

    test(
      "range ends at the close, whether it waits then or not, and again at once",
      inMain(function* () {
        const ch = makeChan<number>();
        const sum = go(function* () {
          let total = 0;
          for (const v = range(ch); yield* v.next(); ) total += v.value;
          return total;
        });
        for (const v of [1, 2, 3]) yield* ch.send(v);
        yield* mustBlock(sum, "range over an open channel");
        ch.close();
        assert.equal(yield* sum, 6);
        const again = range(ch);
        assert.equal(yield* again.next(), false);
        assert.equal(yield* again.next(), false);
      }),
    );

    test(
      "range gives falsy values like any other",
      inMain(function* () {
        const values = [undefined, null, 0, "", false, Number.NaN];
        const ch = makeChan<unknown>(values.length);
        for (const v of values) yield* ch.send(v);
        ch.close();
        const got: unknown[] = [];
        for (const v = range(ch); yield* v.next(); ) got.push(v.value);
        assert.deepEqual(got, values);
      }),
    );
  });
}

function errorOf(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail("expected an error");
}

async function rejectionOf(body: () => Promise<void>): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return assert.fail("expected an error");
}
