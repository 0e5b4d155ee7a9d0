/**
 * RWMutex: its writers' side is an exclusive lock like any other; here are the readers, and who goes before whom.
 *
 * When a writer unlocks, the readers that wait go, and then the next writer; when the last reader unlocks, the writer that waits.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, type Goroutine, go, type Handle, type Op, RWMutex, select, trySelect } from "gort";
import { inMain, inOrder, mustBlock, rest } from "../go/support.ts";
import { exclusiveLock, mustBeFree, mustBeHeld } from "./exclusive-lock.ts";
import { exclusiveSelect } from "./exclusive-select.ts";

exclusiveLock("RWMutex", () => new RWMutex(), "sync.RWMutex.Lock", "sync: Unlock of unlocked RWMutex");
exclusiveSelect("RWMutex", () => new RWMutex());

/** A lock, goroutines that wait for it, and the order in which they got it. They keep it. */
class Scene {
  readonly mu = new RWMutex();
  readonly order: string[] = [];
  private readonly all: Handle<unknown>[] = [];

  private *start(body: () => Goroutine): Goroutine<Handle<void>> {
    const one = go(body);
    this.all.push(one);
    yield* rest(one);
    return one;
  }

  *reader(name: string): Goroutine<Handle<void>> {
    const { mu, order } = this;
    return yield* this.start(function* () {
      yield* mu.rLock();
      order.push(name);
    });
  }

  *writer(name: string): Goroutine<Handle<void>> {
    const { mu, order } = this;
    return yield* this.start(function* () {
      yield* mu.lock();
      order.push(name);
    });
  }

  /** Who has got it since the last time. */
  *served(): Goroutine<string[]> {
    yield* rest(...this.all);
    return this.order.splice(0);
  }
}

describe("RWMutex: who goes before whom", () => {
  it(
    "a writer that waits keeps new readers out",
    inMain(function* () {
      const s = new Scene();
      yield* s.reader("r1");
      yield* s.writer("w1");
      yield* s.reader("r2");
      assert.deepEqual(yield* s.served(), ["r1"]);
      assert.deepEqual([s.mu.tryRLock(), s.mu.tryLock()], [false, false]);
      assert.equal(trySelect({ r: s.mu.rLock() }), undefined);
      s.mu.rUnlock();
      assert.deepEqual(yield* s.served(), ["w1"]);
      s.mu.unlock();
      assert.deepEqual(yield* s.served(), ["r2"]);
    }),
  );

  it(
    "a reader that holds the lock and reads again behind a writer waits for ever, as in Go",
    inMain(function* () {
      const mu = new RWMutex();
      const twice = go(function* () {
        yield* mu.rLock();
        yield* go(function* () {
          yield* rest(go(() => mu.lock()));
        });
        yield* mu.rLock();
      });
      yield* mustBlock(twice, "the second rLock");
    }),
  );

  it(
    "a writer waits for all readers",
    inMain(function* () {
      const s = new Scene();
      for (const name of ["r1", "r2", "r3"]) yield* s.reader(name);
      yield* s.writer("w1");
      assert.deepEqual(yield* s.served(), ["r1", "r2", "r3"]);
      for (let i = 0; i < 2; i++) {
        s.mu.rUnlock();
        assert.deepEqual(yield* s.served(), []);
      }
      s.mu.rUnlock();
      assert.deepEqual(yield* s.served(), ["w1"]);
    }),
  );

  it(
    "after a writer all readers that wait go, also those behind the next writer, who comes after them",
    inOrder(function* () {
      const s = new Scene();
      yield* s.writer("w1");
      yield* s.reader("r1");
      yield* s.writer("w2");
      yield* s.reader("r2");
      yield* s.writer("w3");
      assert.deepEqual(yield* s.served(), ["w1"]);
      s.mu.unlock();
      // They hold it, though they have not run yet.
      assert.deepEqual([s.mu.tryRLock(), s.mu.tryLock()], [false, false]);
      assert.deepEqual(yield* s.served(), ["r1", "r2"]);
      yield* s.reader("r3");
      s.mu.rUnlock();
      assert.deepEqual(yield* s.served(), []);
      s.mu.rUnlock();
      assert.deepEqual(yield* s.served(), ["w2"]);
      s.mu.unlock();
      assert.deepEqual(yield* s.served(), ["r3"]);
      s.mu.rUnlock();
      assert.deepEqual(yield* s.served(), ["w3"]);
      s.mu.unlock();
      mustBeFree(s.mu);
    }),
  );

  it(
    "after a writer that no reader waits behind the next writer goes",
    inMain(function* () {
      const s = new Scene();
      for (const name of ["w1", "w2", "w3"]) yield* s.writer(name);
      for (const name of ["w1", "w2", "w3"]) {
        assert.deepEqual(yield* s.served(), [name]);
        s.mu.unlock();
      }
      mustBeFree(s.mu);
    }),
  );

  it(
    "readers in goroutines and async code are let in together, in the order of their coming",
    inMain(function* () {
      const s = new Scene();
      yield* s.writer("w");
      yield* s.reader("a");
      const external = s.mu.rLock().then(() => s.order.push("async"));
      yield* s.reader("b");
      s.mu.unlock();
      yield* go(async () => await external);
      assert.deepEqual((yield* s.served()).sort(), ["a", "async", "b", "w"]);
      for (let i = 0; i < 3; i++) s.mu.rUnlock();
      mustBeFree(s.mu);
    }),
  );

  it(
    "with a writer waiting, an unlock too many does not let it in twice",
    inMain(function* () {
      const s = new Scene();
      yield* s.reader("r");
      yield* s.writer("w1");
      yield* s.writer("w2");
      assert.throws(() => s.mu.unlock(), { message: "sync: Unlock of unlocked RWMutex" });
      assert.deepEqual(yield* s.served(), ["r"]);
      s.mu.rUnlock();
      assert.throws(() => s.mu.rUnlock(), { message: "sync: RUnlock of unlocked RWMutex" });
      assert.deepEqual(yield* s.served(), ["w1"]);
    }),
  );
});

/** Starts a goroutine that waits in a select until `quit` or until it has what it asked for. */
function* choosing(op: Op<Disposable>): Goroutine<{ quit: () => void; h: Handle<string> }> {
  const quit = chan<void>();
  const h = go(function* () {
    const s = yield* select({ op, quit: quit.recv() });
    return s.case;
  });
  yield* mustBlock(h, "select");
  return { quit: () => assert.ok(quit.trySend(), "it does not wait"), h };
}

describe("RWMutex: who gives up", () => {
  it(
    "the only writer that waits: the readers behind it get in beside those inside",
    inOrder(function* () {
      const s = new Scene();
      yield* s.reader("r1");
      const writer = yield* choosing(s.mu.lock());
      yield* s.reader("r2");
      yield* s.reader("r3");
      assert.deepEqual(yield* s.served(), ["r1"]);
      writer.quit();
      assert.equal(s.mu.tryRLock(), true, "new readers may come as well");
      assert.deepEqual(yield* s.served(), ["r2", "r3"]);
      assert.equal(yield* writer.h, "quit");
      for (let i = 0; i < 4; i++) {
        mustBeHeld(s.mu);
        s.mu.rUnlock();
      }
      mustBeFree(s.mu);
    }),
  );

  it(
    "one of two writers: readers still wait for the other one",
    inMain(function* () {
      for (const first of [true, false]) {
        const s = new Scene();
        yield* s.reader("r1");
        if (!first) yield* s.writer("w");
        const quitter = yield* choosing(s.mu.lock());
        if (first) yield* s.writer("w");
        yield* s.reader("r2");
        quitter.quit();
        assert.deepEqual(yield* s.served(), ["r1"]);
        assert.equal(s.mu.tryRLock(), false);
        s.mu.rUnlock();
        assert.deepEqual(yield* s.served(), ["w"]);
        s.mu.unlock();
        assert.deepEqual(yield* s.served(), ["r2"]);
        s.mu.rUnlock();
        mustBeFree(s.mu);
      }
    }),
  );

  it(
    "a writer behind a writer inside: readers wait for that one",
    inMain(function* () {
      const s = new Scene();
      yield* s.writer("w1");
      const quitter = yield* choosing(s.mu.lock());
      yield* s.reader("r1");
      quitter.quit();
      assert.deepEqual(yield* s.served(), ["w1"]);
      s.mu.unlock();
      assert.deepEqual(yield* s.served(), ["r1"]);
      s.mu.rUnlock();
      mustBeFree(s.mu);
    }),
  );

  it(
    "a reader: nobody counts it, neither before nor after the writer's unlock",
    inMain(function* () {
      const s = new Scene();
      yield* s.writer("w1");
      const quitter = yield* choosing(s.mu.rLock());
      yield* s.reader("r1");
      yield* s.writer("w2");
      quitter.quit();
      s.mu.unlock();
      assert.deepEqual(yield* s.served(), ["w1", "r1"]);
      s.mu.rUnlock();
      assert.deepEqual(yield* s.served(), ["w2"]);
      s.mu.unlock();
      mustBeFree(s.mu);
      assert.throws(() => s.mu.rUnlock(), { message: "sync: RUnlock of unlocked RWMutex" });
    }),
  );

  it(
    "a select over both sides holds what it got, and that alone",
    inMain(function* () {
      const mu = new RWMutex();
      yield* mu.lock();
      const both = go(function* () {
        return (yield* select({ write: mu.lock(), read: mu.rLock() })).case;
      });
      yield* mustBlock(both, "select");
      mu.unlock();
      const got = yield* both;
      if (got === "read") mu.rUnlock();
      else mu.unlock();
      mustBeFree(mu);
    }),
  );
});
