/**
 * Goroutines that wait for each other while the rest still runs: what is a cycle.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cond, chan, go, gosched, type Handle, Mutex, Once, RWMutex, select } from "gort";
import { found, named, ringOf, settle, takeBoth, told } from "./stuck-found.ts";

describe("a cycle", () => {
  it("of two mutexes is found, with who holds what", async () => {
    const all = await found(() => ringOf(2));
    assert.deepEqual(told(all), [
      {
        names: ["g0", "g1"],
        permanent: false,
        text: "g0 waits for a sync.Mutex that g1 holds; g1 waits for a sync.Mutex that g0 holds",
      },
    ]);
    assert.deepEqual(all.suspicions, []);
    const [first] = all.cycles[0]?.goroutines ?? [];
    assert.equal(first?.reason, "sync.Mutex.Lock");
    assert.match(first?.stack ?? "", /^goroutine \d+ \[sync\.Mutex\.Lock\]:\ntakeBoth\(\.\.\.\)\n/);
  });

  it("of three, and of one", async () => {
    assert.deepEqual(told(await found(() => ringOf(3)))[0]?.names, ["g0", "g1", "g2"]);
    assert.deepEqual(told(await found(() => ringOf(1)))[0]?.text, "g0 waits for a sync.Mutex that g0 holds");
  });

  it("of joins can never end", async () => {
    const all = await found(function* () {
      const handles: Handle<void>[] = [];
      handles.push(
        go(function* one() {
          yield* handles[1] as Handle<void>;
        }),
      );
      handles.push(
        go(function* two() {
          yield* handles[0] as Handle<void>;
        }),
      );
    });
    assert.deepEqual(told(all), [
      {
        names: ["one", "two"],
        permanent: true,
        text: "one waits for the end of two; two waits for the end of one",
      },
    ]);
  });

  it("of a goroutine that waits for its own end", async () => {
    const all = await found(function* () {
      const h: Handle<void> = go(function* alone() {
        yield* h;
      });
    });
    assert.deepEqual(told(all), [
      { names: ["alone"], permanent: true, text: "alone waits for the end of alone" },
    ]);
  });

  it("of a lock and a join can still be ended by an unlock", async () => {
    const mu = new Mutex();
    const all = await found(function* () {
      yield* mu.lock();
      mu.unlock();
      const parent: Handle<void> = go(function* parent() {
        yield* mu.lock();
        yield* go(function* child() {
          yield* mu.lock();
        });
      });
      assert.notEqual(parent.status, "dead");
    });
    const [cycle] = told(all);
    assert.deepEqual(cycle, {
      names: ["parent", "child"],
      permanent: false,
      text: "parent waits for the end of child; child waits for a sync.Mutex that parent holds",
    });
    mu.unlock();
    assert.deepEqual(told(await found(() => undefined)), []);
  });

  it("of a lock that went from hand to hand", async () => {
    const a = new Mutex();
    const b = new Mutex();
    const all = await found(function* () {
      yield* a.lock();
      yield* b.lock();
      go(named("one", () => takeBoth(a, b)));
      go(named("two", () => takeBoth(b, a)));
      yield* settle();
      a.unlock();
      b.unlock();
    });
    assert.deepEqual(told(all)[0]?.names, ["one", "two"]);
  });

  it("of locks that were got by a select and by tryLock", async () => {
    const a = new Mutex();
    const b = new Mutex();
    const all = await found(function* () {
      yield* a.lock();
      go(function* one() {
        yield* select({ a: a.lock(), never: chan().recv() });
        yield* b.lock();
      });
      go(function* two() {
        assert.ok(b.tryLock());
        yield* gosched();
        yield* gosched();
        yield* a.lock();
      });
      yield* gosched();
      a.unlock();
    });
    assert.deepEqual(told(all)[0]?.names, ["one", "two"]);
  });

  it("of readers and writers: a writer and its reader, and a reader behind the writer that waits for it", async () => {
    const rw = new RWMutex();
    const all = await found(function* () {
      go(function* reader() {
        yield* rw.rLock();
        yield* gosched();
        yield* gosched();
        yield* rw.rLock();
      });
      go(function* writer() {
        yield* rw.lock();
      });
    });
    assert.deepEqual(told(all), [
      {
        names: ["reader", "writer"],
        permanent: false,
        text: "reader waits for a sync.RWMutex that writer waits to write; writer waits for a sync.RWMutex that reader holds for reading",
      },
    ]);
    const upgrade = new RWMutex();
    const second = await found(function* () {
      go(function* upgrading() {
        yield* upgrade.rLock();
        yield* upgrade.lock();
      });
    });
    assert.equal(
      told(second)[0]?.text,
      "upgrading waits for a sync.RWMutex that upgrading holds for reading",
    );
    const writers = new RWMutex();
    const third = await found(function* () {
      go(function* twice() {
        yield* writers.lock();
        yield* writers.rLock();
      });
    });
    assert.equal(told(third)[0]?.text, "twice waits for a sync.RWMutex that twice holds");
  });

  it("of a Once that waits for itself", async () => {
    const once = new Once();
    const all = await found(function* () {
      go(function* first() {
        yield* once.do(function* inner() {
          yield* once.do(() => undefined);
        });
      });
    });
    assert.deepEqual(told(all)[0]?.text, "inner waits for the end of inner");
    assert.equal(all.cycles[0]?.behind.length, 1);
  });

  it("through a select all of whose cases are stuck", async () => {
    const a = new Mutex();
    const b = new Mutex();
    const all = await found(function* () {
      const one = go(named("one", () => takeBoth(a, b)));
      go(function* two() {
        yield* b.lock();
        yield* gosched();
        yield* select({ a: a.lock(), one });
      });
    });
    assert.match(
      told(all)[0]?.text ?? "",
      /^one waits for a sync\.Mutex that two holds; two waits for (a sync\.Mutex that one holds or the end of one|the end of one or a sync\.Mutex that one holds)$/,
    );
  });

  it("of a lock that a cond.wait has got back", async () => {
    const a = new Mutex();
    const b = new Mutex();
    const cond = new Cond(a);
    const all = await found(function* () {
      const waiting = go(function* waiter() {
        yield* a.lock();
        yield* cond.wait();
        yield* b.lock();
      });
      go(function* other() {
        yield* b.lock();
        // In cond.wait: it waits for nothing before that.
        while (waiting.status !== "waiting") yield* gosched();
        cond.signal();
        yield* gosched();
        yield* gosched();
        yield* a.lock();
      });
    });
    assert.deepEqual(told(all)[0]?.names, ["waiter", "other"]);
  });

  it("names those that cannot go on before it does", async () => {
    const a = new Mutex();
    const all = await found(function* () {
      go(function* holder() {
        yield* a.lock();
        yield* a.lock();
      });
      go(function* waiting() {
        yield* a.lock();
      });
    });
    assert.equal(all.cycles.length, 1);
    assert.equal(all.cycles[0]?.behind.length, 1);
  });
});
