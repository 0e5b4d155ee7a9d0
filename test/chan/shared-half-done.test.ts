/** What a thread that dies in the middle of a step leaves in a shared channel: a slot half done, a count that does not fit its list. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Goroutine, go, gosched, run, type SharedChan, sharedChan } from "gort";
import type { SharedChannel } from "#src/chan/flavors/shared.ts";
import { add, store } from "#src/shm/atomic.ts";
import { buryHoldings, forgetHoldings } from "#src/shm/shared-heirs.ts";
import { CHANNEL } from "#src/shm/shared-ring.ts";
import { LIST } from "#src/shm/wait.ts";

const DEAD = 7;

function headerOf(ch: SharedChan<number>) {
  const { words, at } = (ch as unknown as SharedChannel<number>).queue;
  return { words, at };
}

/** A sender reserves a place, and dies. */
function reserve(ch: SharedChan<number>): void {
  const { words, at } = headerOf(ch);
  add(words, at + CHANNEL.tail, 2);
}

/** A receiver takes the oldest message, and dies. */
function snatch(ch: SharedChan<number>): void {
  const { words, at } = headerOf(ch);
  add(words, at + CHANNEL.head, 2);
}

function bury(between: () => void = () => {}): void {
  forgetHoldings(DEAD);
  between();
  buryHoldings(DEAD);
}

/** All that is there. */
function drain(ch: SharedChan<number>): number[] {
  const got: number[] = [];
  for (let r = ch.tryRecv(); r?.[1]; r = ch.tryRecv()) got.push(r[0]);
  return got;
}

/** It works as a new one does: several times around. */
function isSound(ch: SharedChan<number>): void {
  for (let n = 0; n < 3; n++) {
    for (let i = 0; i < ch.capacity; i++) assert.equal(ch.trySend(i), true);
    assert.equal(ch.trySend(-1), false);
    assert.deepEqual(
      drain(ch),
      Array.from({ length: ch.capacity }, (_, i) => i),
    );
  }
  assert.equal(ch.length, 0);
}

// 3 places are in 4 slots; of 1 and 4 each slot is a place.
for (const capacity of [1, 3, 4]) {
  describe(`a shared channel of capacity ${capacity} whose user has died`, () => {
    for (let before = 0; before <= 2 * capacity; before++) {
      const made = (): SharedChan<number> => {
        const ch = sharedChan<number>(capacity);
        for (let i = 0; i < before; i++) {
          ch.trySend(i);
          ch.tryRecv();
        }
        return ch;
      };

      it(`after ${before} messages: a place that it had reserved is free again, and what came behind is there`, () => {
        const ch = made();
        reserve(ch);
        for (let i = 1; i < capacity; i++) assert.equal(ch.trySend(i), true);
        assert.deepEqual(drain(ch), []);
        bury();
        assert.deepEqual(
          drain(ch),
          Array.from({ length: capacity - 1 }, (_, i) => i + 1),
        );
        isSound(ch);
      });

      it(`after ${before} messages: the place of one that it was taking is free again`, () => {
        const ch = made();
        for (let i = 0; i < capacity; i++) ch.trySend(i);
        snatch(ch);
        bury();
        assert.deepEqual(
          drain(ch),
          Array.from({ length: capacity - 1 }, (_, i) => i + 1),
        );
        isSound(ch);
      });
    }

    it("ends when it is closed, though a place was reserved", () => {
      const ch = sharedChan<number>(capacity);
      reserve(ch);
      ch.close();
      assert.equal(ch.tryRecv(), undefined);
      bury();
      assert.deepEqual(ch.tryRecv(), [undefined, false]);
    });

    it("serves who waits behind the gap", () =>
      run(function* () {
        const ch = sharedChan<number>(capacity);
        reserve(ch);
        const receiver = go(function* (): Goroutine<readonly [number | undefined, boolean]> {
          return yield* ch.recvOk();
        });
        yield* gosched();
        bury();
        yield* gosched();
        assert.equal(ch.trySend(5), true);
        assert.deepEqual(yield* receiver, [5, true]);

        // The place of a message that was being taken: a sender waits for it.
        for (let i = 0; i < capacity; i++) ch.trySend(i);
        snatch(ch);
        while (ch.trySend(7)); // With 3 places in 4 slots there is one more.
        let isSent = false;
        const sender = go(function* () {
          yield* ch.send(9);
          isSent = true;
        });
        yield* gosched();
        assert.equal(isSent, false);
        bury();
        const got = drain(ch);
        yield* sender;
        assert.equal([...got, ...drain(ch)].at(-1), 9);
      }));

    it("leaves alone what another thread was doing, and has done by the time everybody has been asked", () => {
      const ch = sharedChan<number>(capacity);
      const { queue } = ch as unknown as SharedChannel<number>;
      reserve(ch);
      const { words, at } = queue;
      bury(() => {
        // It goes on: takes back its reservation for a moment, to send in earnest.
        store(words, at + CHANNEL.tail, 0);
        assert.equal(ch.trySend(42), true);
      });
      assert.deepEqual(drain(ch), [42]);
      isSound(ch);
    });

    it("counts those who wait anew", () =>
      run(function* () {
        for (const wrong of [-1, 1]) {
          const ch = sharedChan<number>(capacity);
          const receivers = [go(receive, ch), go(receive, ch)];
          yield* gosched();
          const { words, at } = headerOf(ch);
          const count = at + CHANNEL.recvq + LIST.count;
          assert.equal(words[count], 2);
          add(words, count, wrong);
          bury();
          assert.equal(words[count], 2);
          ch.close();
          for (const one of receivers) assert.deepEqual(yield* one, [undefined, false]);
        }
      }));
  });
}

function* receive(ch: SharedChan<number>): Goroutine<readonly [number | undefined, boolean]> {
  return yield* ch.recvOk();
}
