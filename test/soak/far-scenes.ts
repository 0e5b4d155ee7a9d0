/** What several cores do in a soak; see local-scenes.ts. */
import assert from "node:assert/strict";
import {
  background,
  blocking,
  ContextCanceledError,
  type Goroutine,
  go,
  ProcessorLostError,
  parallelMap,
  range,
  runtime,
  SharedMutex,
  SharedSemaphore,
  SharedWaitGroup,
  select,
  sharedChan,
  sleep,
  wait,
  withCancel,
  withTimeout,
} from "gort";
import type { Chance } from "./chance.ts";
import {
  consume,
  consumeTwo,
  countUnder,
  dies,
  fails,
  hold,
  identity,
  produce,
  square,
  tree,
  untilDone,
  waitFor,
} from "./work.ts";

/** What has come of it: whether other cores have had a part in it. */
export const seen = { leaves: 0, farLeaves: 0, deaths: 0 };

const sum = (ns: readonly number[]): number => ns.reduce((a, b) => a + b, 0);

/** Shared channels between goroutines of all cores and of this one. */
export function* sharedChannels(chance: Chance): Goroutine {
  const ch = sharedChan<number>(chance.below(5));
  const far = Array.from({ length: 1 + chance.below(4) }, () =>
    go(produce, ch, chance.below(1000), chance.below(200)),
  );
  const count = chance.below(50);
  const near = go(function* () {
    return yield* produce(ch, 1, count);
  });
  const takers = Array.from({ length: 1 + chance.below(4) }, () => go(consume, ch));
  const mine = go(function* () {
    let got = 0;
    for (;;) {
      const s = yield* select({ in: ch.recvOk(), late: sleep(1) });
      if (s.case === "late") continue;
      const [n, ok] = s.value;
      if (!ok) return got;
      got += n;
    }
  });
  const sent: number[] = [];
  for (const one of [...far, near]) sent.push(yield* one);
  ch.close();
  const got = [yield* mine];
  for (const one of takers) got.push(yield* one);
  assert.equal(sum(got), sum(sent), "sharedChannels: the sum of what was received");
}

/** Selects on two shared channels elsewhere. */
export function* sharedSelects(chance: Chance): Goroutine {
  const [a, b] = [sharedChan<number>(chance.below(3)), sharedChan<number>(chance.below(3))];
  const takers = Array.from({ length: 1 + chance.below(4) }, () => go(consumeTwo, a, b));
  const makers = [a, b, a, b].map((ch) => go(produce, ch, chance.below(100), chance.below(100)));
  const sent: number[] = [];
  for (const one of makers) sent.push(yield* one);
  a.close();
  b.close();
  const got: number[] = [];
  for (const one of takers) got.push(yield* one);
  assert.equal(sum(got), sum(sent), "sharedSelects: the sum of what was received");
}

/** Locks of all cores. */
export function* sharedLocks(chance: Chance): Goroutine {
  const mu = new SharedMutex();
  const sem = new SharedSemaphore(1 + chance.below(4));
  const wg = new SharedWaitGroup();
  const words = new Int32Array(new SharedArrayBuffer(8));
  const times = 10 + chance.below(100);
  const workers = 2 + chance.below(5);
  wg.add(workers);
  const watcher = go(waitFor, wg, words);
  const all = Array.from({ length: workers }, () => go(countUnder, mu, sem, words, times));
  for (const one of all) {
    yield* one;
    wg.done();
  }
  assert.equal(yield* watcher, workers * times, "sharedLocks: a count was lost");
  assert.ok(mu.tryLock(), "sharedLocks: still held");
  mu.unlock();
}

/** Contexts that end here, for goroutines elsewhere. */
export function* farContexts(chance: Chance): Goroutine {
  const [ctx, cancel] = withCancel(background());
  const [timed, cancelTimed] = withTimeout(ctx, 1 + chance.below(10));
  const all = Array.from({ length: 1 + chance.below(10) }, (_, i) =>
    go(untilDone, i % 2 === 0 ? ctx : timed),
  );
  yield* sleep(chance.below(15));
  cancel();
  for (const [i, one] of all.entries()) {
    const end = yield* one;
    assert.ok(
      end === "context canceled" || (i % 2 === 1 && end === "context deadline exceeded"),
      `farContexts: ended by ${end}`,
    );
  }
  cancelTimed();
}

export function* trees(chance: Chance): Goroutine {
  const depth = 1 + chance.below(6);
  const [all, far] = yield* go(tree, depth);
  assert.equal(all, 2 ** depth, "trees: leaves");
  seen.farLeaves += far;
  seen.leaves += all;
}

/** parallelMap in its ways: in order or not, to its end or left. */
export function* maps(chance: Chance): Goroutine {
  const inputs = Array.from({ length: chance.below(2000) }, (_, i) => i);
  const ordered = chance.below(2) === 0;
  const [ctx, cancel] = withCancel(background());
  const leaveAt = chance.below(3) === 0 ? chance.below(100) : Number.POSITIVE_INFINITY;
  const got: number[] = [];
  const map = parallelMap(square, inputs, { ordered, ctx, concurrency: 1 + chance.below(8) });
  try {
    for (const r = range(map); yield* r.next(); ) {
      got.push(r.value);
      if (got.length > leaveAt) {
        cancel();
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof ContextCanceledError)) throw error;
  }
  if (leaveAt === Number.POSITIVE_INFINITY) {
    if (!ordered) got.sort((a, b) => a - b);
    assert.deepEqual(
      got,
      inputs.map((n) => n * n),
      "maps: the results",
    );
  }
  cancel();
}

/** Calls that hold their thread. */
export function* blockings(chance: Chance): Goroutine {
  const all = Array.from({ length: 1 + chance.below(6) }, (_, n) =>
    go(function* () {
      assert.equal(yield* blocking(hold, n), n);
    }),
  );
  for (const one of all) yield* one;
}

/** Errors from elsewhere. */
export function* failures(chance: Chance): Goroutine {
  const all = Array.from({ length: 1 + chance.below(10) }, (_, n) => go(fails, n));
  const ends = all.map((one) =>
    one.then(
      () => "well",
      (error) => error,
    ),
  );
  for (const [n, error] of ((yield* wait(Promise.all(ends))) as unknown[]).entries()) {
    assert.ok(error instanceof RangeError && error.message === `failed ${n}`, `failures: ${error}`);
  }
}

/** Processors come and go while goroutines are under way. */
export function* procs(chance: Chance): Goroutine {
  for (let i = 1 + chance.below(3); i > 0; i--) {
    const all = Array.from({ length: 20 }, (_, n) => go(identity, n));
    runtime.gomaxprocs(1 + chance.below(4));
    yield* sleep(chance.below(3));
    let total = 0;
    for (const one of all) total += yield* one;
    assert.equal(total, 190, "procs: goroutines were lost");
  }
}

/** A core dies. What ran there fails, and nothing else; runs only beside scenes of this core. */
export function* deaths(chance: Chance): Goroutine {
  runtime.gomaxprocs(2 + chance.below(3));
  const words = new Int32Array(new SharedArrayBuffer(8));
  const killers = [go(dies, words), go(dies, words)];
  const others = Array.from({ length: 100 }, (_, n) => go(identity, n));
  const end = (error: unknown): unknown => error;
  const ends = [...killers, ...others].map((one) => one.then((value): unknown => value, end));
  const values = (yield* wait(Promise.all(ends))) as unknown[];
  for (const value of values.slice(0, killers.length)) {
    assert.ok(value === "alive" || value instanceof ProcessorLostError, `deaths: ${value}`);
    if (value !== "alive") seen.deaths++;
  }
  for (const [n, value] of values.slice(killers.length).entries()) {
    // It may have begun on the core that has died.
    assert.ok(value === n || value instanceof ProcessorLostError, `deaths: ${value}`);
  }
  const again: number[] = [];
  for (let n = 0; n < 20; n++) again.push(yield* go(identity, n));
  assert.equal(sum(again), 190, "deaths: no core works any more");
}
