/** Channel contract: what is wrong throws an error of its own, where it is waited for, and changes nothing. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChannelClosedError, type Goroutine, go, type Op, OperationReusedError, select } from "gort";
import { inMain, onHost, panicOf, rest } from "../go/support.ts";
import type { MakeChan } from "./channel.ts";

/** Both ways to wait, as things a goroutine can do. */
const waits: Record<string, (op: Op<unknown>) => Goroutine<unknown>> = {
  "yield*": function* (op) {
    return yield* op;
  },
  select: function* (op) {
    return yield* select({ op });
  },
};

export function misuseContract(name: string, makeChan: MakeChan): void {
  describe(`${name}: misuse`, () => {
    test("a capacity that is not an integer from 0 up is out of range", () => {
      const wrong: unknown[] = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", 0n, null, {}, true];
      for (const capacity of wrong) {
        assert.throws(
          () => makeChan(capacity as number),
          (error: unknown) => {
            assert.ok(error instanceof RangeError, String(error));
            assert.match(error.message, /^makechan: size out of range/);
            assert.match((error as RangeError & { code?: string }).code ?? "", /^GORT_/);
            return true;
          },
          String(capacity),
        );
      }
      assert.equal(makeChan(undefined).capacity, 0);
      assert.ok(makeChan(-0).capacity === 0);
    });

    test(
      "send on a closed channel throws where it is waited for, not where it is made",
      inMain(function* () {
        const ch = makeChan<number>(1);
        ch.close();
        const op = ch.send(1);
        const error = yield* panicOf(function* () {
          yield* op;
        });
        assert.ok(error instanceof ChannelClosedError);

        const open = makeChan<number>(1);
        const made = open.send(1);
        open.close();
        assert.ok((yield* panicOf(() => waited(made))) instanceof ChannelClosedError, "closed in between");
      }),
    );

    test("await of a send on a closed channel rejects", async () => {
      const ch = makeChan<number>();
      ch.close();
      await assert.rejects(async () => await ch.send(1), ChannelClosedError);
    });

    for (const [firstWay, first] of Object.entries(waits)) {
      for (const [secondWay, second] of Object.entries(waits)) {
        test(
          `a second wait throws: ${firstWay}, then ${secondWay}`,
          inMain(function* () {
            const ch = makeChan<number>(4);
            yield* ch.send(1);
            yield* ch.send(2);
            for (const op of [ch.recv(), ch.recvOk(), ch.send(3)]) {
              yield* first(op);
              const length = ch.length;
              const error = yield* panicOf(() => second(op));
              assert.ok(error instanceof OperationReusedError, String(error));
              assert.match(error.code, /^GORT_/);
              assert.equal(ch.length, length, "the second wait did nothing");
            }
          }),
        );
      }

      test(`a second wait throws: ${firstWay}, then await`, async () => {
        const ch = makeChan<number>(4);
        await ch.send(1);
        const op = ch.recv();
        await onHost(function* () {
          yield* first(op);
        })();
        await assert.rejects(async () => await op, OperationReusedError);
      });
    }

    for (const moment of ["is parked", "has been served and has not run again yet"]) {
      test(
        `a second wait throws while the first ${moment}, and does it no harm`,
        inMain(function* () {
          const ch = makeChan<number>();
          const op = ch.recv();
          const first = go(waited, op);
          yield* rest(first);
          if (moment !== "is parked") yield* ch.send(1);
          assert.ok((yield* panicOf(() => waited(op))) instanceof OperationReusedError);
          if (moment === "is parked") yield* ch.send(1);
          assert.equal(yield* first, 1);
        }),
      );
    }

    test("a second wait throws: await, then await or yield*", async () => {
      const ch = makeChan<number>(4);
      await ch.send(1);
      await ch.send(2);
      const op = ch.recv();
      assert.equal(await op, 1);
      await assert.rejects(async () => await op, OperationReusedError);
      await inMain(function* () {
        assert.ok((yield* panicOf(() => waited(op))) instanceof OperationReusedError);
      })();
      assert.equal(ch.length, 1, "nothing more was received");
    });

    test(
      "a case that lost its select has been waited for",
      inMain(function* () {
        const ready = makeChan<number>(1);
        yield* ready.send(1);
        const loser = makeChan<number>().recv();
        assert.equal((yield* select({ ready: ready.recv(), loser })).case, "ready");
        assert.ok((yield* panicOf(() => waited(loser))) instanceof OperationReusedError);
      }),
    );

    test(
      "a select with a case that was used throws, and nothing happens to the other cases",
      inMain(function* () {
        const ch = makeChan<number>(3);
        for (const v of [1, 2, 3]) yield* ch.send(v);
        const used = ch.recv();
        const unused = ch.recv();
        assert.equal(yield* used, 1);
        for (const cases of [
          { unused, used },
          { used, unused },
          { once: unused, twice: unused },
        ]) {
          const error = yield* panicOf(() => waited(select(cases)));
          assert.ok(error instanceof OperationReusedError);
        }
        assert.equal(ch.length, 2);
        assert.equal(yield* unused, 2, "it can still be waited for");
      }),
    );
  });
}

function* waited(op: Op<unknown>): Goroutine<unknown> {
  return yield* op;
}
