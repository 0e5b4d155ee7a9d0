/** How long a shared channel lives; what it carries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ChannelClosedError, NotSendableError, type SharedChan, select, sharedChan } from "gort";
import { disposers } from "#src/shm/shared-object.ts";
import { Shared, waitsInUse } from "#src/shm/wait.ts";
import { inMain, panicOf } from "../go/support.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** The channels that have been freed. */
let freed = 0;
const dispose = disposers[Shared.channel] as (ref: number) => void;
disposers[Shared.channel] = (ref) => {
  freed++;
  dispose(ref);
};

/** The codec remembers the handles of the message before, until it writes another one. */
function anotherMessage(): void {
  sharedChan<number>(1).trySend(1);
}

/** Collects until `count` more channels have been freed; fails when that does not come. */
async function untilFreed(count: number): Promise<void> {
  anotherMessage();
  for (let tries = 0; freed < count; tries++) {
    assert.ok(tries < 100, `${freed} of ${count} channels were freed`);
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Gives the collector some turns. */
async function collect(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a channel that nobody can reach is freed, and those in its buffer with it", async () => {
  freed = 0;
  (() => {
    const outer = sharedChan<SharedChan<number>>(4);
    for (let i = 0; i < 3; i++) outer.trySend(sharedChan<number>(8));
    outer.close();
  })();
  await untilFreed(5);
});

test("a channel in a message lives as long as the message", async () => {
  anotherMessage();
  await collect();
  freed = 0;
  const outer = sharedChan<SharedChan<string>>(1);
  (() => {
    const inner = sharedChan<string>(1);
    inner.trySend("kept");
    outer.trySend(inner);
  })();
  await collect();
  anotherMessage();
  await collect();
  assert.equal(freed, 1, "the other message's");
  const got = outer.tryRecv()?.[0] as SharedChan<string>;
  assert.deepEqual(got.tryRecv(), ["kept", true]);
});

test("a channel that comes back is the same object", () => {
  const outer = sharedChan<SharedChan<number>>(1);
  const inner = sharedChan<number>();
  outer.trySend(inner);
  assert.equal(outer.tryRecv()?.[0], inner);
});

test(
  "a message that was not sent holds nothing",
  inMain(function* () {
    freed = 0;
    const outer = sharedChan<SharedChan<number>>();
    const full = sharedChan<SharedChan<number>>(1);
    full.trySend(outer as never);
    (() => {
      assert.equal(outer.trySend(sharedChan<number>()), false);
    })();
    const ready = sharedChan<number>(1);
    ready.trySend(1);
    yield* select({ lost: outer.send(sharedChan<number>()), ready: ready.recv() });
    const error = yield* panicOf(function* () {
      outer.close();
      yield* outer.send(sharedChan<number>());
    });
    assert.ok(error instanceof ChannelClosedError);
  }),
);

test("… and is freed", async () => {
  await untilFreed(3);
  assert.equal(waitsInUse(), 0);
});

test(
  "what cannot be copied is refused where the send is waited for, with its path",
  inMain(function* () {
    const ch = sharedChan<never>(1) as unknown as SharedChan<unknown>;
    const bad = { rows: [{ run: () => {} }] };
    const op = ch.send(bad);
    const error = yield* panicOf(function* () {
      yield* op;
    });
    assert.ok(error instanceof NotSendableError);
    assert.match(error.message, /^value sent: \.rows\[0\]\.run is the function run/);
    assert.throws(() => ch.trySend(bad), NotSendableError);
    assert.equal(ch.length, 0);
    const selected = yield* panicOf(function* () {
      yield* select({ bad: ch.send(bad) });
    });
    assert.ok(selected instanceof NotSendableError);
    assert.equal(waitsInUse(), 0);
  }),
);

test("values are copies, short ones and long ones", () => {
  const ch = sharedChan<object>(1);
  const values = [
    { a: 1, b: [1, 2, 3] },
    { long: "y".repeat(100_000), list: Array.from({ length: 1000 }, (_, i) => i) },
    new Map([["k", new Set([1n, -1n])]]),
  ];
  for (const value of values) {
    ch.trySend(value as never);
    const got = ch.tryRecv()?.[0];
    assert.deepEqual(got, value);
    assert.notEqual(got, value);
  }
});

test("the capacity has an upper limit, and the error says so", () => {
  assert.throws(
    () => sharedChan(2 ** 30),
    (error: RangeError) =>
      error.message === "makechan: size out of range" && /4194304/.test(String(error.cause)),
  );
});
