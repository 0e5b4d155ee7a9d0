/** Waiting for promises and foreign thenables. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, gosched, run, select, wait } from "gort";
import { host } from "#src/runtime/netpoll.ts";

/** A promise that counts the reactions it is given. */
class Counted<T> extends Promise<T> {
  reactions = 0;
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
  // biome-ignore lint/suspicious/noThenProperty: it counts them.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.reactions++;
    return super.then(onFulfilled, onRejected);
  }
}

describe("wait", () => {
  it("gives a promise's value, or throws its reason, whatever it is", async () => {
    await run(function* () {
      assert.equal(yield* wait(Promise.resolve(7)), 7);
      assert.equal(yield* wait(new Promise((resolve) => setImmediate(resolve, "late"))), "late");
      for (const reason of [new Error("no"), "word", undefined, null]) {
        let got: unknown = "nothing thrown";
        try {
          yield* wait(Promise.reject(reason));
        } catch (error) {
          got = error;
        }
        assert.equal(got, reason);
      }
    });
    assert.equal(host.waiting, 0);
  });

  it("gives an operation or a handle back as it is", async () => {
    const op = chan().recv();
    assert.equal(wait(op), op);
    const h = go(() => 5);
    assert.equal(await wait(h), 5);
  });

  it("takes any thenable: one that calls back at once, twice, or throws", async () => {
    const thenable = (then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void) =>
      ({ then }) as unknown as PromiseLike<unknown>;
    await run(function* () {
      assert.equal(yield* wait(thenable((resolve) => resolve(1))), 1);
      const twice = thenable((resolve, reject) => {
        resolve(2);
        reject(3);
        resolve(4);
      });
      assert.equal(yield* wait(twice), 2);
      for (const bad of [
        thenable((_, reject) => reject(new Error("bad"))),
        thenable(() => {
          throw new Error("bad");
        }),
      ]) {
        try {
          yield* wait(bad);
          assert.fail("nothing thrown");
        } catch (error) {
          assert.equal((error as Error).message, "bad");
        }
      }
    });
    assert.equal(host.waiting, 0);
  });

  it("many may wait for one promise, in the order they came", async () => {
    const seen: number[] = [];
    await run(function* () {
      const { promise, resolve } = withResolvers<string>();
      const all = [0, 1, 2].map((i) =>
        go(function* () {
          assert.equal(yield* wait(promise), "x");
          seen.push(i);
        }),
      );
      yield* gosched();
      assert.equal(host.waiting, 3);
      resolve("x");
      for (const h of all) yield* h;
    });
    assert.deepEqual(seen, [0, 1, 2]);
    assert.equal(host.waiting, 0);
  });
});

describe("a promise that loses a select", () => {
  const RACES = 100_000;

  it("keeps one reaction, however often it is raced", async () => {
    const never = new Counted<never>(() => {});
    const tick = chan<number>(1);
    await run(function* () {
      for (let i = 0; i < RACES; i++) {
        const late = go(() => tick.trySend(i));
        const s = yield* select({ never: wait(never), tick: tick.recv() });
        assert.equal(s.value, i);
        yield* late;
      }
    });
    assert.equal(never.reactions, 1);
    assert.equal(host.waiting, 0);
  });

  it("a foreign thenable, too, is asked once", async () => {
    let asked = 0;
    const never = {
      // biome-ignore lint/suspicious/noThenProperty: a foreign thenable.
      then: () => {
        asked++;
      },
    } as unknown as PromiseLike<never>;
    const tick = chan<number>(1);
    await run(function* () {
      for (let i = 0; i < 1000; i++) {
        const late = go(() => tick.trySend(i));
        assert.equal((yield* select({ never: wait(never), tick: tick.recv() })).value, i);
        yield* late;
      }
    });
    assert.equal(asked, 1);
  });

  it("still wins a later one, and all that race it then", async () => {
    await run(function* () {
      const { promise, resolve } = withResolvers<string>();
      const counted = promise;
      const tick = chan<number>();
      const first = go(function* () {
        return (yield* select({ promise: wait(counted), tick: tick.recv() })).case;
      });
      yield* gosched();
      tick.trySend(1);
      assert.equal(yield* first, "tick");
      const later = [0, 1].map(() =>
        go(function* () {
          return (yield* select({ promise: wait(counted), twin: wait(counted), tick: tick.recv() })).value;
        }),
      );
      yield* gosched();
      resolve("now");
      for (const h of later) assert.equal(yield* h, "now");
      assert.equal(host.waiting, 0);
      // Settled long since: a new wait asks anew.
      assert.deepEqual(yield* select({ promise: wait(counted), never: wait(new Promise(() => {})) }), {
        case: "promise",
        value: "now",
      });
    });
    assert.equal(host.waiting, 0);
  });

  it("and is rejected afterwards is nobody's unhandled rejection", async () => {
    const { promise, reject } = withResolvers<never>();
    const ready = chan<number>();
    const chosen = select({ promise: wait(promise), ready: ready.recv() }).then((s) => s.case);
    ready.trySend(1);
    assert.equal(await chosen, "ready");
    let unhandled = 0;
    const count = (): void => {
      unhandled++;
    };
    process.on("unhandledRejection", count);
    reject(new Error("late"));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    process.off("unhandledRejection", count);
    assert.equal(unhandled, 0);
  });
});

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
