/** What one core does in a soak. A scene is a main goroutine that ends with nothing left of it, and throws when something was lost, doubled or let in too early. */
import assert from "node:assert/strict";
import {
  background,
  Cond,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  type Goroutine,
  Group,
  go,
  gosched,
  Limiter,
  Mutex,
  now,
  Once,
  RWMutex,
  range,
  Semaphore,
  SingleFlight,
  select,
  sleep,
  Ticker,
  Timer,
  trySelect,
  WaitGroup,
  wait,
  withCancel,
  withTimeout,
} from "gort";
import type { Chance } from "./chance.ts";

export type Scene = (chance: Chance) => Goroutine;

/** Some goroutines send, some receive, in several ways: what was sent is what was received. */
export function* channels(chance: Chance): Goroutine {
  const ch = chan<number>(chance.below(5));
  const senders = new WaitGroup();
  let sent = 0;
  for (let s = 1 + chance.below(6); s > 0; s--) {
    const own = chance.fork();
    senders.go(function* () {
      for (let i = own.below(200); i > 0; i--) {
        const n = own.below(1000);
        sent += n;
        if (own.below(4) > 0) yield* ch.send(n);
        else if (!ch.trySend(n)) yield* ch.send(n);
      }
    });
  }
  let received = 0;
  const receivers = Array.from({ length: 1 + chance.below(6) }, (_, i) =>
    i % 3 === 2
      ? go(async () => {
          for await (const n of ch) received += n;
        })
      : go(function* () {
          for (const n = range(ch); yield* n.next(); ) received += n.value;
        }),
  );
  yield* senders.wait();
  ch.close();
  for (const one of receivers) yield* one;
  assert.equal(received, sent, "channels: the sum of what was received");
}

/** Goroutines that select between sends, receives, time and nothing, on the same few channels. */
export function* selects(chance: Chance): Goroutine {
  const channels = Array.from({ length: 2 + chance.below(3) }, () => chan<number>(chance.below(3)));
  const quit = chan<void>();
  let balance = 0;
  const all = Array.from({ length: 2 + chance.below(8) }, () => {
    const own = chance.fork();
    return go(function* () {
      for (;;) {
        const [a, b] = [own.of(channels), own.of(channels)];
        const n = own.below(100);
        const s = yield* select({
          quit: quit.recv(),
          out: own.below(3) > 0 && a.send(n),
          in: own.below(3) > 0 && b.recv(),
          late: own.below(2) === 0 ? sleep(own.below(3)) : null,
          turn: own.below(8) === 0 && gosched(),
        });
        if (s.case === "quit") return;
        if (s.case === "out") balance += n;
        if (s.case === "in") balance -= s.value as number;
        const tried = trySelect({ in: own.of(channels).recv() });
        if (tried !== undefined) balance -= tried.value as number;
      }
    });
  });
  yield* sleep(5 + chance.below(30));
  quit.close();
  for (const one of all) yield* one;
  for (const ch of channels) {
    for (let r = ch.tryRecv(); r?.[1]; r = ch.tryRecv()) balance -= r[0];
    assert.equal(ch.tryRecv(), undefined);
    assert.equal(ch.length, 0);
  }
  assert.equal(balance, 0, "selects: sent less received less buffered");
}

/** Every kind of lock, with a plain counter behind it. */
export function* locks(chance: Chance): Goroutine {
  const mu = new Mutex();
  const rw = new RWMutex();
  const size = 1 + chance.below(4);
  const sem = new Semaphore(size);
  const once = new Once();
  const wg = new WaitGroup();
  let [inside, readers, writers, held, total, onces] = [0, 0, 0, 0, 0, 0];
  const turns = 20 + chance.below(50);
  const workers = 2 + chance.below(6);
  for (let w = 0; w < workers; w++) {
    const own = chance.fork();
    wg.go(function* () {
      for (let i = 0; i < turns; i++) {
        yield* once.do(() => void onces++);
        const s = yield* select({ lock: mu.lock(), late: own.below(3) === 0 && sleep(0.1) });
        if (s.case === "lock") {
          assert.equal(++inside, 1, "locks: two inside a Mutex");
          if (own.below(3) === 0) yield* gosched();
          inside--;
          s.value[Symbol.dispose]();
        }
        if (own.below(3) === 0) {
          yield* rw.lock();
          assert.deepEqual([++writers, readers], [1, 0], "locks: a writer is not alone");
          yield* gosched();
          writers--;
          rw.unlock();
        } else {
          const guard = yield* rw.rLock();
          readers++;
          assert.equal(writers, 0, "locks: a reader beside a writer");
          if (own.below(2) === 0) yield* gosched();
          readers--;
          guard[Symbol.dispose]();
        }
        const n = 1 + own.below(size);
        const [ctx, cancel] = own.below(4) === 0 ? withTimeout(background(), 0.2) : withCancel(background());
        try {
          const guard = yield* ctx.wait(sem.acquire(n));
          held += n;
          assert.ok(held <= size, "locks: more than the Semaphore has");
          if (own.below(4) === 0) yield* sleep(0.1);
          held -= n;
          guard[Symbol.dispose]();
        } catch (error) {
          if (!(error instanceof DeadlineExceededError)) throw error;
        } finally {
          cancel();
        }
        total++;
      }
    });
  }
  yield* wg.wait();
  assert.deepEqual([total, onces, held], [turns * workers, 1, 0]);
  assert.ok(mu.tryLock() && rw.tryLock() && sem.tryAcquire(size), "locks: one is still held");
}

/** A buffer with a Cond on both sides. */
export function* conds(chance: Chance): Goroutine {
  const mu = new Mutex();
  const [room, items] = [new Cond(mu), new Cond(mu)];
  const buffer: number[] = [];
  const size = 1 + chance.below(4);
  const count = 50 + chance.below(100);
  const producers = 1 + chance.below(3);
  let sum = 0;
  const wg = new WaitGroup();
  for (let k = 0; k < producers; k++) {
    wg.go(function* () {
      for (let i = 0; i < count; i++) {
        yield* mu.lock();
        while (buffer.length === size) yield* room.wait();
        buffer.push(i);
        items.signal();
        mu.unlock();
      }
    });
  }
  wg.go(function* () {
    for (let i = 0; i < count * producers; i++) {
      yield* mu.lock();
      while (buffer.length === 0) yield* items.wait();
      sum += buffer.shift() as number;
      room.broadcast();
      mu.unlock();
    }
  });
  yield* wg.wait();
  assert.equal(sum, (producers * count * (count - 1)) / 2, "conds: the sum");
}

/** A tree of contexts that end by time, by hand and by their parents. */
export function* contexts(chance: Chance): Goroutine {
  const [root, cancel] = withCancel(background());
  const all = [root];
  const cancels = [cancel];
  for (let i = chance.below(30); i > 0; i--) {
    const [ctx, end] =
      chance.below(2) === 0 ? withTimeout(chance.of(all), 1 + chance.below(20)) : withCancel(chance.of(all));
    all.push(ctx);
    cancels.push(end);
  }
  let called = 0;
  let stopped = 0;
  const stops = all.map((ctx) => contextAfterFunc(ctx, () => void called++));
  const waiters = all.map((ctx) =>
    go(function* () {
      yield* select({ done: ctx.done(), never: sleep(3_600_000) });
      assert.ok(ctx.err !== undefined, "contexts: done without an error");
      assert.ok(chance.below(2) === 0 || ctx.signal.aborted);
    }),
  );
  yield* sleep(chance.below(10));
  for (let i = chance.below(4); i > 0; i--) chance.of(cancels)();
  if (chance.of(stops)()) stopped++;
  yield* sleep(chance.below(10));
  cancel(new Error("over"));
  for (const one of waiters) yield* one;
  yield* gosched();
  yield* sleep(0);
  assert.equal(called, all.length - stopped, "contexts: functions called");
}

/** Timers and tickers that are stopped and set again while they run. */
export function* timers(chance: Chance): Goroutine {
  const list = Array.from({ length: 1 + chance.below(50) }, () => new Timer(chance.below(10)));
  const ticker = new Ticker(1);
  for (let i = chance.below(20); i > 0; i--) {
    const timer = chance.of(list);
    if (chance.below(2) === 0) timer.stop();
    else timer.reset(chance.below(10));
    if (chance.below(4) === 0) yield* ticker.c.recv();
  }
  for (const timer of list) {
    const isPending = timer.reset(1 + chance.below(3));
    assert.equal(typeof isPending, "boolean");
  }
  const from = now();
  for (const timer of list) yield* timer.c.recv();
  assert.ok(now() - from > 0.5, "timers: too early");
  for (const timer of list) assert.equal(timer.c.tryRecv(), undefined, "timers: rings twice");
  ticker.stop();
  assert.equal(ticker.c.tryRecv(), undefined);
}

class Expected extends Error {}

/** Groups with limits, errors and contexts, and a Limiter. */
export function* groups(chance: Chance): Goroutine {
  const group = new Group(background());
  const limit = 1 + chance.below(4);
  group.setLimit(limit);
  const limiter = new Limiter(20_000, 3);
  let [running, ended] = [0, 0];
  const tasks = 5 + chance.below(40);
  const bad = chance.below(2) === 0 ? chance.below(tasks) : -1;
  for (let i = 0; i < tasks; i++) {
    const own = chance.fork();
    if (own.below(3) === 0) yield* group.ready();
    group.go(function* () {
      assert.ok(++running <= limit, "groups: more than the limit");
      try {
        yield* limiter.wait();
        if (own.below(2) === 0) yield* sleep(own.below(2));
        if (own.below(4) === 0) yield* wait(Promise.resolve());
        if (i === bad) throw new Expected();
      } finally {
        running--;
        ended++;
      }
    });
  }
  const error = yield* go(function* () {
    try {
      yield* group.wait();
      return null;
    } catch (error) {
      return error;
    }
  });
  if (error !== null && !(error instanceof Expected)) throw error;
  assert.equal(error !== null, bad >= 0, "groups: an error");
  assert.deepEqual([running, ended], [0, tasks], "groups: how many ran");
}

/** Many ask for the same few things at once. */
export function* flights(chance: Chance): Goroutine {
  const single = new SingleFlight<number, number>();
  const flying = new Set<number>();
  const all = Array.from({ length: 1 + chance.below(40) }, () => {
    const own = chance.fork();
    return go(function* () {
      const key = own.below(3);
      yield* sleep(own.below(3));
      const { value } = yield* single.do(key, function* () {
        assert.ok(!flying.has(key), "flights: two at once");
        flying.add(key);
        yield* sleep(own.below(2));
        flying.delete(key);
        return key * 2;
      });
      assert.equal(value, key * 2);
    });
  });
  for (const one of all) yield* one;
  assert.equal(flying.size, 0);
}
