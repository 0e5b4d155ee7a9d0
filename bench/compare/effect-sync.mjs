/**
 * Effect's semaphore, sleep, latch and rate limiter.
 */
import { BURST, Gate, PLENTY, RATE } from "../micro/limiter.mjs";
import { WANTING } from "../micro/mutex.mjs";
import { Floor, LIMIT, TURNS } from "../micro/semaphore.mjs";
import { span } from "../micro/sleepers.mjs";

const mutexFree = ({ Effect, Semaphore }, n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const mutex = Semaphore.makeUnsafe(1);
      let count = 0;
      const locked = mutex.withPermit(
        Effect.sync(() => {
          count++;
        }),
      );
      for (let i = 0; i < n; i++) yield* locked;
      return count;
    }),
  );

const mutexContended = ({ Effect, Semaphore }, n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const mutex = Semaphore.makeUnsafe(1);
      const state = { count: 0 };
      const locked = mutex.withPermit(
        Effect.gen(function* () {
          const { count } = state;
          yield* Effect.yieldNow;
          state.count = count + 1;
        }),
      );
      const want = Effect.gen(function* () {
        for (let i = 0; i < n / WANTING; i++) yield* locked;
      });
      yield* Effect.all(new Array(WANTING).fill(want), { concurrency: "unbounded", discard: true });
      return state.count;
    }),
  );

const sleepers = ({ Effect }, n) =>
  new Promise((resolve) => {
    let total = 0;
    let left = n;
    const sleeper = (i) =>
      Effect.andThen(
        Effect.sleep(span(i)),
        Effect.sync(() => {
          total = (total + i) | 0;
          if (--left === 0) resolve(total);
        }),
      );
    for (let i = 0; i < n; i++) Effect.runFork(sleeper(i));
  });

/** A latch that is opened, as a context's done() is: the fibers then end by themselves. To interrupt as many takes longer. */
const cancel = async ({ Effect, Latch }, n) => {
  const latch = Latch.makeUnsafe(false);
  const state = { told: 0, left: n, done: undefined };
  const all = new Promise((resolve) => (state.done = resolve));
  const waiter = Effect.andThen(
    latch.await,
    Effect.sync(() => {
      state.told++;
      if (--state.left === 0) state.done(state.told);
    }),
  );
  for (let i = 0; i < n; i++) Effect.runFork(waiter);
  return () => {
    Effect.runSync(latch.open);
    return all;
  };
};

const task = (Effect, floor, i) =>
  Effect.gen(function* () {
    floor.enter();
    for (let turn = 0; turn < TURNS; turn++) yield* Effect.yieldNow;
    floor.leave(i);
  });

const semaphore = ({ Effect, Semaphore }, n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const sem = Semaphore.makeUnsafe(LIMIT);
      const floor = new Floor();
      yield* Effect.forEach(new Array(n).keys(), (i) => sem.withPermit(task(Effect, floor, i)), {
        concurrency: "unbounded",
        discard: true,
      });
      return floor.result(n);
    }),
  );

const errgroup = ({ Effect }, n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const floor = new Floor();
      yield* Effect.forEach(new Array(n).keys(), (i) => task(Effect, floor, i), {
        concurrency: LIMIT,
        discard: true,
      });
      return floor.result(n);
    }),
  );

/** Its limiter with the store in memory, as a bucket that fills steadily. */
const withLimiter = ({ Effect, Layer, RateLimiter }, body) =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(RateLimiter.RateLimiter, body),
      Layer.provide(RateLimiter.layer, RateLimiter.layerStoreMemory),
    ),
  );

const bucket = (burst, rate) => ({
  key: "bench",
  algorithm: "token-bucket",
  limit: burst,
  window: (burst / rate) * 1000,
});

const limiterAllow = (lib, n) =>
  withLimiter(lib, (limiter) =>
    lib.Effect.gen(function* () {
      const consume = limiter.consume({ ...bucket(PLENTY, PLENTY), onExceeded: "fail" });
      let count = 0;
      for (let i = 0; i < n; i++) {
        yield* consume;
        count++;
      }
      return count;
    }),
  );

const limiterWait = (lib, n) =>
  withLimiter(lib, (limiter) =>
    lib.Effect.gen(function* () {
      const wait = lib.RateLimiter.sleep(limiter, bucket(PLENTY, PLENTY));
      let count = 0;
      for (let i = 0; i < n; i++) {
        yield* wait;
        count++;
      }
      return count;
    }),
  );

const limiterBurst = (lib, n) =>
  withLimiter(lib, (limiter) =>
    lib.Effect.gen(function* () {
      const { Effect, RateLimiter } = lib;
      const gate = new Gate();
      const waiter = Effect.andThen(
        RateLimiter.sleep(limiter, bucket(BURST, RATE)),
        Effect.sync(() => gate.pass()),
      );
      yield* Effect.all(new Array(n).fill(waiter), { concurrency: "unbounded", discard: true });
      return gate.result();
    }),
  );

export const bodies = {
  "mutex-free": mutexFree,
  "mutex-contended": mutexContended,
  sleepers,
  cancel,
  semaphore,
  errgroup,
  "limiter-allow": limiterAllow,
  "limiter-wait": limiterWait,
  "limiter-burst": limiterBurst,
};
