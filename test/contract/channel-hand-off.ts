/** Channel contract: values are handed over whole, once, and in order; waiters are served first come, first served. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Goroutine, go, type Handle, type RecvChan, range, type SendChan } from "gort";
import { inMain, inOrder, mustBlock, mustFinish, rest } from "../go/support.ts";
import type { MakeChan } from "./channel.ts";

export function handOffContract(name: string, makeChan: MakeChan): void {
  describe(`${name}: hand-off`, () => {
    test(
      "an unbuffered send waits for its receiver, and a receive for its sender",
      inMain(function* () {
        const ch = makeChan<number>();
        const sender = go(function* () {
          yield* ch.send(1);
          return "sent";
        });
        yield* mustBlock(sender, "send without a receiver");
        assert.equal(ch.length, 0, "a value on its way is not buffered");
        assert.equal(yield* ch.recv(), 1);
        assert.equal(yield* sender, "sent");

        const receiver = go(function* () {
          return yield* ch.recv();
        });
        yield* mustBlock(receiver, "receive without a sender");
        yield* ch.send(2);
        assert.equal(yield* receiver, 2);
      }),
    );

    test(
      "a buffered send waits only when the buffer is full; a receive lets the longest waiting sender in",
      inMain(function* () {
        const ch = makeChan<number>(2);
        const filler = go(function* () {
          yield* ch.send(1);
          yield* ch.send(2);
        });
        yield* mustFinish(filler, "send with room");
        assert.equal(ch.length, 2);
        const third = go(function* () {
          yield* ch.send(3);
        });
        yield* mustBlock(third, "send without room");
        const fourth = go(function* () {
          yield* ch.send(4);
        });
        yield* mustBlock(fourth, "send without room");
        assert.equal(yield* ch.recv(), 1);
        yield* rest(third, fourth);
        assert.deepEqual([third.status, fourth.status, ch.length], ["dead", "waiting", 2]);
        for (const expected of [2, 3, 4]) assert.equal(yield* ch.recv(), expected);
        yield* fourth;
        assert.equal(ch.length, 0);
      }),
    );

    for (const capacity of [0, 1, 3, 64]) {
      test(
        `values keep their order, capacity ${capacity}`,
        inMain(function* () {
          const ch = makeChan<number>(capacity);
          go(function* () {
            for (let i = 0; i < 300; i++) yield* ch.send(i);
            ch.close();
          });
          let expected = 0;
          for (const v = range(ch); yield* v.next(); ) assert.equal(v.value, expected++);
          assert.equal(expected, 300);
        }),
      );

      test(
        `waiting receivers are served first come, first served, capacity ${capacity}`,
        inMain(function* () {
          const ch = makeChan<number>(capacity);
          const receivers = yield* startEach(10, function* () {
            return yield* ch.recv();
          });
          for (let i = 0; i < 10; i++) yield* ch.send(i);
          for (const [i, receiver] of receivers.entries()) assert.equal(yield* receiver, i);
        }),
      );

      test(
        `waiting senders are served first come, first served, capacity ${capacity}`,
        inMain(function* () {
          const ch = makeChan<number>(capacity);
          for (let i = 0; i < capacity; i++) yield* ch.send(i);
          const senders = yield* startEach(10, function* (i) {
            yield* ch.send(capacity + i);
          });
          for (let i = 0; i < capacity + 10; i++) assert.equal(yield* ch.recv(), i);
          for (const sender of senders) yield* sender;
        }),
      );
    }

    test(
      "a late operation does not overtake those that wait",
      inMain(function* () {
        const ch = makeChan<string>(1);
        yield* ch.send("buffered");
        const sender = go(function* () {
          yield* ch.send("waiting");
        });
        yield* rest(sender);
        assert.equal(yield* ch.recv(), "buffered");
        assert.equal(ch.trySend("late"), false, "the waiting sender's value has the room");
        assert.deepEqual(ch.tryRecv(), ["waiting", true]);
        assert.equal(ch.trySend("late"), true);
      }),
    );

    test(
      "undefined and null are values like any other",
      inMain(function* () {
        for (const capacity of [0, 2]) {
          const ch = makeChan<undefined | null>(capacity);
          go(function* () {
            yield* ch.send(undefined);
            yield* ch.send(null);
          });
          assert.deepEqual(yield* ch.recvOk(), [undefined, true]);
          assert.deepEqual(yield* ch.recvOk(), [null, true]);
          const receiver = go(function* () {
            return yield* ch.recvOk();
          });
          yield* mustBlock(receiver, "receive after undefined");
          yield* ch.send(undefined);
          assert.deepEqual(yield* receiver, [undefined, true], "handed to a waiting receiver");
        }
      }),
    );

    test(
      "trySend and tryRecv do what can be done at once, or nothing",
      inMain(function* () {
        const unbuffered = makeChan<number>();
        assert.equal(unbuffered.trySend(1), false);
        assert.equal(unbuffered.tryRecv(), undefined);
        const receiver = go(function* () {
          return yield* unbuffered.recv();
        });
        yield* rest(receiver);
        assert.equal(unbuffered.trySend(2), true);
        assert.equal(unbuffered.trySend(3), false, "one receiver takes one value");
        assert.equal(yield* receiver, 2);
        const sender = go(function* () {
          yield* unbuffered.send(4);
        });
        yield* rest(sender);
        assert.deepEqual(unbuffered.tryRecv(), [4, true]);
        assert.equal(unbuffered.tryRecv(), undefined);
        yield* sender;

        const buffered = makeChan<number>(1);
        assert.equal(buffered.tryRecv(), undefined);
        assert.equal(buffered.trySend(5), true);
        assert.equal(buffered.trySend(6), false);
        assert.deepEqual(buffered.tryRecv(), [5, true]);
        assert.equal(buffered.tryRecv(), undefined);
      }),
    );

    test("length, capacity and closed say how things stand", async () => {
      const ch = makeChan<number>(3);
      const seen: (readonly [number, number, boolean])[] = [];
      const look = (): void => void seen.push([ch.length, ch.capacity, ch.closed]);
      look();
      await ch.send(1);
      await ch.send(2);
      look();
      await ch.recv();
      look();
      ch.close();
      look();
      await ch.recv();
      look();
      assert.deepEqual(seen, [
        [0, 3, false],
        [2, 3, false],
        [1, 3, false],
        [1, 3, true],
        [0, 3, true],
      ]);
      assert.deepEqual([makeChan().length, makeChan().capacity], [0, 0]);
    });

    test(
      "100,000 receivers wait on one channel, and are served in order",
      inOrder(function* () {
        const n = 100_000;
        const ch = makeChan<number>();
        const receivers = Array.from({ length: n }, () => go(receive, ch));
        yield* rest(...receivers.slice(-1));
        for (let i = 0; i < n; i++) if (!ch.trySend(i)) assert.fail(`receiver ${i} does not wait`);
        assert.equal(ch.trySend(n), false, "every receiver has its value");
        for (let i = 0; i < n; i++) assert.equal(yield* receivers[i] as Handle<number | undefined>, i);
      }),
    );

    test(
      "100,000 senders wait on one channel, and are served in order",
      inOrder(function* () {
        const n = 100_000;
        const ch = makeChan<number>();
        for (let i = 0; i < n; i++) go(send, ch, i);
        for (let i = 0; i < n; i++) assert.equal(yield* ch.recv(), i);
        assert.equal(ch.tryRecv(), undefined);
      }),
    );
  });
}

// One function each: a hundred thousand closures would be most of the cost.
function* receive<T>(ch: RecvChan<T>): Goroutine<T | undefined> {
  return yield* ch.recv();
}

function* send<T>(ch: SendChan<T>, value: T): Goroutine {
  yield* ch.send(value);
}

/** Goroutines 0 to n - 1, each started when the one before it has come to rest. */
function* startEach<R>(n: number, body: (i: number) => Goroutine<R>): Goroutine<Handle<R>[]> {
  const handles: Handle<R>[] = [];
  for (let i = 0; i < n; i++) {
    const handle = go(body, i);
    yield* rest(handle);
    handles.push(handle);
  }
  return handles;
}
