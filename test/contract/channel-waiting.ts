/**
 * Channel contract: one queue for goroutines (`yield*`) and for async code (`await`), and loops that leave nothing
 * behind when they are left.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { go, range } from "gort";
import { inMain, mustBlock, turn } from "../go/support.ts";
import type { MakeChan } from "./channel.ts";

export function waitingContract(name: string, makeChan: MakeChan): void {
  describe(`${name}: waiting`, () => {
    test("await works outside any goroutine, on both sides", async () => {
      const ch = makeChan<number>();
      const received = [ch.recv(), ch.recvOk()].map(async (op) => await op);
      await ch.send(1);
      await ch.send(2);
      assert.deepEqual(await Promise.all(received), [1, [2, true]]);

      const sent = Promise.all([3, 4].map(async (v) => await ch.send(v)));
      assert.deepEqual([await ch.recv(), await ch.recv()], [3, 4]);
      assert.deepEqual(await sent, [undefined, undefined]);
      ch.close();
      assert.deepEqual(await ch.recvOk(), [undefined, false]);
    });

    test("goroutines and async functions wait in one queue, first come, first served", async () => {
      const ch = makeChan<number>();
      const got: string[] = [];
      const ended: PromiseLike<void>[] = [];
      for (let i = 0; i < 10; i++) {
        if (i % 2 === 0) {
          ended.push(
            go(function* () {
              got.push(`goroutine ${i}: ${yield* ch.recv()}`);
            }),
          );
        } else {
          const receive = async (): Promise<void> => {
            got.push(`async ${i}: ${await ch.recv()}`);
          };
          ended.push(receive());
        }
        await turn();
      }
      for (let i = 0; i < 10; i++) {
        await ch.send(i);
        await turn();
      }
      await Promise.all(ended);
      assert.deepEqual(
        got,
        Array.from({ length: 10 }, (_, i) => `${i % 2 === 0 ? "goroutine" : "async"} ${i}: ${i}`),
      );
    });

    test("senders of both kinds wait in one queue too", async () => {
      const ch = makeChan<number>();
      const ended: PromiseLike<void>[] = [];
      for (let i = 0; i < 10; i++) {
        const send = async (): Promise<void> => await ch.send(i);
        const goroutine = function* () {
          yield* ch.send(i);
        };
        ended.push(i % 2 === 0 ? go(goroutine) : send());
        await turn();
      }
      for (let i = 0; i < 10; i++) assert.equal(await ch.recv(), i);
      await Promise.all(ended);
    });

    test("for await gives every value and ends at the close", async () => {
      const ch = makeChan<number | undefined>(2);
      go(function* () {
        for (const v of [1, undefined, 3, 4]) yield* ch.send(v);
        ch.close();
      });
      const got: unknown[] = [];
      for await (const v of ch) got.push(v);
      assert.deepEqual(got, [1, undefined, 3, 4]);
      for await (const v of ch) assert.fail(`a value after the end: ${v}`);
    });

    test("for await that is left early takes no value more and leaves no waiter", async () => {
      const ch = makeChan<number>(3);
      for (const v of [1, 2]) await ch.send(v);
      for await (const v of ch) {
        assert.equal(v, 1);
        break;
      }
      assert.equal(ch.length, 1);
      await assert.rejects(async () => {
        for await (const v of ch) throw new Error(`stop at ${v}`);
      }, /stop at 2/);
      await turn();
      assert.equal(ch.length, 0);
      assert.equal(ch.closed, false, "leaving the loop does not close the channel");

      const unbuffered = makeChan<number>();
      const sender = go(function* () {
        yield* unbuffered.send(5);
      });
      for await (const _ of unbuffered) break;
      await sender;
      await turn();
      assert.equal(unbuffered.trySend(6), false, "nobody waits any more");
    });

    test("an async iterator that is told to return leaves no waiter", async () => {
      const ch = makeChan<number>();
      const iterator = ch[Symbol.asyncIterator]();
      const first = iterator.next();
      await ch.send(1);
      assert.deepEqual(await first, { value: 1, done: false });
      assert.deepEqual(await iterator.return?.(), { value: undefined, done: true });
      const afterTheEnd = iterator.next();
      await turn();
      assert.equal(ch.trySend(2), false, "an iterator that has returned receives no more");
      ch.close();
      assert.deepEqual(await afterTheEnd, { value: undefined, done: true });
    });

    test(
      "a range that is left early takes no value more",
      inMain(function* () {
        const ch = makeChan<number>(3);
        for (const v of [1, 2, 3]) yield* ch.send(v);
        for (const v = range(ch); yield* v.next(); ) if (v.value === 2) break;
        assert.equal(ch.length, 1);
        assert.equal(yield* ch.recv(), 3);
        assert.equal(ch.trySend(4), true, "into the buffer, to nobody");
        assert.equal(ch.length, 1);
      }),
    );

    test(
      "two ranges share a channel's values between them",
      inMain(function* () {
        const ch = makeChan<number>();
        const got: number[] = [];
        const readers = [0, 1].map(() =>
          go(function* () {
            for (const v = range(ch); yield* v.next(); ) got.push(v.value);
          }),
        );
        for (let i = 0; i < 20; i++) yield* ch.send(i);
        ch.close();
        for (const r of readers) yield* r;
        assert.deepEqual(
          got.sort((a, b) => a - b),
          Array.from({ length: 20 }, (_, i) => i),
        );
      }),
    );

    test(
      "an operation that was made and is not waited for does nothing",
      inMain(function* () {
        const ch = makeChan<number>(1);
        void [ch.send(1), ch.recv(), ch.recvOk()];
        assert.equal(ch.length, 0);
        assert.equal(ch.tryRecv(), undefined, "no value was sent");
        const receiver = go(function* () {
          return yield* ch.recv();
        });
        yield* mustBlock(receiver, "receive from an empty channel");
        yield* ch.send(2);
        assert.equal(yield* receiver, 2, "the inert receives took nothing");

        const unbuffered = makeChan<number>();
        void unbuffered.recv();
        assert.equal(unbuffered.trySend(3), false, "an inert receive is no receiver");
      }),
    );
  });
}
