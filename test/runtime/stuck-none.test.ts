/**
 * Goroutines that wait for each other while the rest still runs: what is none, and what only looks like one.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, type Goroutine, go, gosched, Mutex, RWMutex, Semaphore, select, sleep } from "gort";
import { found, settle, takeBoth, told } from "./stuck-found.ts";

describe("no cycle", () => {
  const none: Record<string, () => Goroutine<unknown>> = {
    *"a lock whose holder sleeps"() {
      const mu = new Mutex();
      go(function* () {
        yield* mu.lock();
        yield* sleep(1);
        mu.unlock();
      });
      go(function* () {
        yield* mu.lock();
      });
    },
    *"a lock whose holder waits for a channel or a semaphore"() {
      const a = new Mutex();
      const b = new Mutex();
      const ch = chan();
      const permits = new Semaphore(1);
      yield* permits.acquire();
      go(function* () {
        yield* a.lock();
        yield* ch.recv();
      });
      go(function* () {
        yield* b.lock();
        yield* permits.acquire();
      });
      go(function* () {
        yield* a.lock();
      });
      go(function* () {
        yield* b.lock();
      });
    },
    *"a select with one case that can still happen"() {
      const a = new Mutex();
      const b = new Mutex();
      go(takeBoth, a, b);
      go(function* () {
        yield* b.lock();
        yield* gosched();
        const s = yield* select({ a: a.lock(), late: sleep(1) });
        if (s.case === "late") b.unlock();
      });
    },
    *"a lock that its holder has given back and somebody else has got"() {
      const a = new Mutex();
      const b = new Mutex();
      const ch = chan();
      go(function* () {
        yield* a.lock();
        a.unlock();
        yield* gosched();
        yield* b.lock();
      });
      go(function* () {
        yield* b.lock();
        yield* gosched();
        yield* a.lock();
        yield* ch.recv();
      });
    },
    *"a select with no case at all"() {
      const h = go(function* () {
        yield* select({});
      });
      go(function* () {
        yield* h;
      });
    },
    *"a writer that waits for a reader of several, who goes on"() {
      const rw = new RWMutex();
      go(function* () {
        yield* rw.rLock();
        yield* sleep(1);
        rw.rUnlock();
      });
      go(function* () {
        yield* rw.lock();
        rw.unlock();
      });
      go(function* () {
        yield* rw.rLock();
      });
    },
    *"a lock whose holder has ended"() {
      const a = new Mutex();
      yield* go(function* () {
        yield* a.lock();
      });
      go(function* () {
        yield* a.lock();
      });
    },
  };
  for (const [name, start] of Object.entries(none)) {
    it(name, async () => {
      const all = await found(start);
      assert.deepEqual([told(all), all.suspicions], [[], []]);
    });
  }
});

describe("a suspicion", () => {
  it("is a cycle with a lock that others than its holder have given back before", async () => {
    const signal = new Mutex();
    const all = await found(function* () {
      const waiter = go(function* waiter() {
        yield* signal.lock();
        yield* signal.lock(); // until somebody else gives it back
        yield* signal.lock();
      });
      yield* settle();
      signal.unlock();
      yield* settle();
      assert.notEqual(waiter.status, "dead");
    });
    assert.deepEqual(told(all), []);
    assert.equal(
      told({ cycles: all.suspicions })[0]?.text,
      "waiter waits for a sync.Mutex that waiter holds",
    );
    // It was none.
    signal.unlock();
    assert.deepEqual((await found(() => undefined)).suspicions, []);
  });

  it("is one of a writer whose lock others have given back", async () => {
    const rw = new RWMutex();
    const all = await found(function* () {
      go(function* writer() {
        for (let i = 0; i < 3; i++) yield* rw.lock();
      });
      yield* settle();
      rw.unlock();
    });
    assert.deepEqual(told(all), []);
    assert.equal(
      told({ cycles: all.suspicions })[0]?.text,
      "writer waits for a sync.RWMutex that writer holds",
    );
  });

  it("is one of readers whose shares others have given back", async () => {
    const rw = new RWMutex();
    const all = await found(function* () {
      go(function* older() {
        yield* rw.rLock();
      });
      go(function* upgrading() {
        yield* rw.rLock();
        yield* gosched();
        yield* rw.lock();
      });
      yield* gosched();
      rw.rUnlock();
    });
    assert.deepEqual(told(all), []);
    assert.deepEqual(
      all.suspicions[0]?.goroutines.map(({ name }) => name),
      ["upgrading"],
    );
  });

  it("is a cycle with code outside goroutines", async () => {
    const a = new Mutex();
    const b = new Mutex();
    await a.lock();
    const all = await found(function* () {
      go(takeBoth, b, a);
      yield* settle();
      void b.lock().then(() => undefined);
    });
    assert.deepEqual(told(all), []);
    assert.match(
      all.suspicions[0]?.text ?? "",
      /^code outside goroutines waits for a sync\.Mutex that goroutine \d+ holds; goroutine \d+ waits for a sync\.Mutex that code outside goroutines holds$/,
    );
  });

  it("is not async code that waits for async code", async () => {
    const mu = new Mutex();
    await mu.lock();
    void mu.lock().then(() => undefined);
    const all = await found(() => undefined);
    assert.deepEqual(
      all.suspicions.filter(({ text }) => !text.includes("goroutine ")),
      [],
    );
  });
});
