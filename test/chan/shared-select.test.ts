/**
 * A select with local and shared cases, which another core decides while a local partner comes: the local partner must give nothing to it.
 *
 * The other core is this thread under another number: who is served by it hears of it by mail, which is read when the test says so.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  background,
  Cond,
  chan,
  type Goroutine,
  go,
  gosched,
  Mutex,
  type Op,
  RWMutex,
  Semaphore,
  select,
  sharedChan,
  sleep,
  Timer,
  withCancel,
} from "gort";
import { readAll } from "#src/shm/inbox.ts";
import { self } from "#src/shm/lock.ts";
import { waitsInUse } from "#src/shm/wait.ts";
import { inMain, rest } from "../go/support.ts";
import { inTime } from "../time/virtual.ts";

/** Does it as another core would. */
function elsewhere<T>(fn: () => T): T {
  self.machine = 1;
  try {
    return fn();
  } finally {
    self.machine = 0;
  }
}

interface Local {
  /** The case. */
  readonly op: () => Op<unknown>;
  /** The partner comes, when the select has been decided elsewhere: what it had to give must still be there. */
  readonly missed: () => void;
  /** The partner comes in time: the select has it. */
  readonly met: () => void;
}

const kinds: Record<string, () => Local> = {
  "a receive, unbuffered": () => {
    const ch = chan<number>();
    return {
      op: () => ch.recv(),
      missed: () => assert.equal(ch.trySend(1), false),
      met: () => assert.equal(ch.trySend(1), true),
    };
  },
  "a receive, buffered": () => {
    const ch = chan<number>(1);
    return {
      op: () => ch.recv(),
      missed: () => {
        assert.equal(ch.trySend(1), true);
        assert.equal(ch.length, 1, "the value waits for somebody else");
      },
      met: () => {
        assert.equal(ch.trySend(1), true);
        assert.equal(ch.length, 0);
      },
    };
  },
  "a send, unbuffered": () => {
    const ch = chan<number>();
    return {
      op: () => ch.send(1),
      missed: () => assert.equal(ch.tryRecv(), undefined),
      met: () => assert.deepEqual(ch.tryRecv(), [1, true]),
    };
  },
  "a send, buffered": () => {
    const ch = chan<number>(1);
    ch.trySend(0);
    return {
      op: () => ch.send(1),
      missed: () => {
        assert.deepEqual(ch.tryRecv(), [0, true]);
        assert.equal(ch.length, 0, "nothing has moved up");
      },
      met: () => {
        assert.deepEqual(ch.tryRecv(), [0, true]);
        assert.equal(ch.length, 1);
      },
    };
  },
  "a receive from a channel that is closed": () => {
    const ch = chan<number>();
    return { op: () => ch.recv(), missed: () => ch.close(), met: () => ch.close() };
  },
  "the lock of a mutex": () => {
    const mu = new Mutex();
    mu.tryLock();
    return {
      op: () => mu.lock(),
      missed: () => {
        mu.unlock();
        assert.equal(mu.tryLock(), true, "the mutex is free");
      },
      met: () => {
        mu.unlock();
        assert.equal(mu.tryLock(), false);
      },
    };
  },
  "the lock of an RWMutex": () => {
    const mu = new RWMutex();
    mu.tryRLock();
    return {
      op: () => mu.lock(),
      missed: () => {
        mu.rUnlock();
        assert.equal(mu.tryLock(), true);
      },
      met: () => {
        mu.rUnlock();
        assert.equal(mu.tryRLock(), false);
      },
    };
  },
  "a read lock": () => {
    const mu = new RWMutex();
    mu.tryLock();
    return {
      op: () => mu.rLock(),
      missed: () => {
        mu.unlock();
        assert.equal(mu.tryLock(), true);
      },
      met: () => {
        mu.unlock();
        assert.equal(mu.tryLock(), false);
      },
    };
  },
  "a semaphore": () => {
    const sem = new Semaphore(1);
    sem.tryAcquire();
    return {
      op: () => sem.acquire(),
      missed: () => {
        sem.release();
        assert.equal(sem.tryAcquire(), true);
      },
      met: () => {
        sem.release();
        assert.equal(sem.tryAcquire(), false);
      },
    };
  },
  "a handle": () => {
    const ch = chan<void>();
    const handle = go(function* () {
      yield* ch.recv();
    });
    return { op: () => handle, missed: () => ch.close(), met: () => ch.close() };
  },
  "a context's end": () => {
    const [ctx, cancel] = withCancel(background());
    return { op: () => ctx.done(), missed: () => cancel(), met: () => cancel() };
  },
  "a select in the select": () => {
    const ch = chan<number>();
    const other = chan<number>();
    return {
      op: () => select({ other: other.recv(), ch: ch.recv() }),
      missed: () => assert.equal(ch.trySend(1), false),
      met: () => assert.equal(ch.trySend(1), true),
    };
  },
};

for (const [name, make] of Object.entries(kinds)) {
  describe(`a select of a shared channel and ${name}`, () => {
    test(
      "decided by another core",
      inMain(function* () {
        const { op, missed } = make();
        const shared = sharedChan<string>();
        const chooser = go(choose, op(), shared.recv());
        yield* rest(chooser);
        assert.equal(
          elsewhere(() => shared.trySend("from afar")),
          true,
        );
        missed();
        yield* rest(chooser);
        assert.equal(chooser.status, "waiting", "the mail is still to come");
        readAll();
        assert.deepEqual(yield* chooser, { case: "shared", value: "from afar" });
        assert.equal(waitsInUse(), 0);
      }),
    );

    test(
      "decided here",
      inMain(function* () {
        const { op, met } = make();
        const shared = sharedChan<string>();
        const chooser = go(choose, op(), shared.recv());
        yield* rest(chooser);
        met();
        if (name === "a handle") for (let i = 0; i < 3; i++) yield* gosched(); // Its goroutine ends when it runs.
        assert.equal(
          elsewhere(() => shared.trySend("from afar")),
          false,
          "nobody receives",
        );
        const { case: key } = (yield* chooser) as { case: string };
        assert.equal(key, "local");
        assert.equal(waitsInUse(), 0);
      }),
    );
  });
}

function* choose(local: Op<unknown>, shared: Op<unknown>): Goroutine<unknown> {
  return yield* select({ local, shared });
}

test(
  "a signal goes to the next when the first has been decided by another core",
  inMain(function* () {
    const mu = new Mutex();
    const cond = new Cond(mu);
    const shared = sharedChan<string>();
    const chooser = go(function* () {
      yield* mu.lock();
      const s = yield* select({ signal: cond.wait(), shared: shared.recv() });
      mu.unlock();
      return s.case;
    });
    yield* rest(chooser);
    const second = go(function* () {
      yield* mu.lock();
      yield* cond.wait();
      mu.unlock();
      return "signalled";
    });
    yield* rest(second);
    elsewhere(() => shared.trySend("from afar"));
    cond.signal();
    assert.equal(yield* second, "signalled");
    readAll();
    assert.equal(yield* chooser, "shared");
  }),
);

test(
  "a tick stays in its timer when its receiver has been decided by another core",
  inTime(function* () {
    const timer = new Timer(10);
    const shared = sharedChan<string>();
    const chooser = go(choose, timer.c.recv(), shared.recv());
    yield* rest(chooser);
    elsewhere(() => shared.trySend("from afar"));
    yield* sleep(20);
    assert.notEqual(timer.c.tryRecv(), undefined, "the tick is there");
    readAll();
    assert.deepEqual(yield* chooser, { case: "shared", value: "from afar" });
  }),
);

describe("ctx.wait of something shared", () => {
  test(
    "decided by another core, and then the context ends",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      const shared = sharedChan<string>();
      const waiter = go(function* () {
        return yield* ctx.wait(shared.recv());
      });
      yield* rest(waiter);
      elsewhere(() => shared.trySend("from afar"));
      cancel();
      readAll();
      assert.equal(yield* waiter, "from afar", "the value is not lost");
    }),
  );

  test(
    "the context ends first",
    inMain(function* () {
      const [ctx, cancel] = withCancel(background());
      const shared = sharedChan<string>();
      const waiter = go(function* () {
        try {
          return yield* ctx.wait(shared.recv());
        } catch (error) {
          return error;
        }
      });
      yield* rest(waiter);
      cancel();
      assert.equal(
        elsewhere(() => shared.trySend("from afar")),
        false,
      );
      assert.equal(yield* waiter, ctx.err);
      assert.equal(waitsInUse(), 0);
    }),
  );
});

test(
  "a select in which both cases are shared is decided once",
  inMain(function* () {
    const a = sharedChan<number>();
    const b = sharedChan<number>();
    const chooser = go(choose, a.recv(), b.recv());
    yield* rest(chooser);
    assert.equal(
      elsewhere(() => a.trySend(1)),
      true,
    );
    assert.equal(
      elsewhere(() => b.trySend(2)),
      false,
    );
    assert.equal(b.trySend(2), false);
    readAll();
    assert.deepEqual(yield* chooser, { case: "local", value: 1 });
    assert.equal(waitsInUse(), 0);
  }),
);
