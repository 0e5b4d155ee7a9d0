/**
 * Effect: fibers and queues. A queue of capacity 0 is its unbuffered channel, a race of takes its select.
 */
import { GROUP } from "../micro/parked.mjs";
import { STRIDE } from "../micro/timer.mjs";
import { bodies as sync } from "./effect-sync.mjs";

export const name = "effect";
export const title = "Effect";
export const specifier = "effect";
export const library = async () => ({
  ...(await import("effect")),
  RateLimiter: await import("effect/persistence/RateLimiter"),
});

const pingPong = ({ Effect, Queue }, n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const ping = yield* Queue.bounded(0);
      const pong = yield* Queue.bounded(0);
      yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) yield* Queue.offer(pong, (yield* Queue.take(ping)) + 1);
        }),
      );
      let total = 0;
      for (let i = 0; i < n; i++) {
        yield* Queue.offer(ping, i);
        total = (total + (yield* Queue.take(pong))) | 0;
      }
      return total;
    }),
  );

const producerConsumer = ({ Effect, Queue }, n, { capacity, producers }) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queue = yield* Queue.bounded(capacity);
      const share = n / producers;
      for (let p = 0; p < producers; p++) {
        yield* Effect.forkChild(
          Effect.gen(function* () {
            const to = Math.floor((p + 1) * share);
            for (let i = Math.floor(p * share) + 1; i <= to; i++) yield* Queue.offer(queue, i);
          }),
        );
      }
      let total = 0;
      for (let i = 0; i < n; i++) total = (total + (yield* Queue.take(queue))) | 0;
      return total;
    }),
  );

const select = ({ Effect, Queue }, n, width) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queues = [];
      for (let q = 0; q < width; q++) queues.push(yield* Queue.bounded(0));
      yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let i = 1; i <= n; i++) yield* Queue.offer(queues[i % width], i);
        }),
      );
      let total = 0;
      for (let i = 0; i < n; i++) total = (total + (yield* Effect.raceAllFirst(queues.map(Queue.take)))) | 0;
      return total;
    }),
  );

const spawn = ({ Effect, Fiber }, n, alive) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const fibers = new Array(alive);
      let total = 0;
      for (let batch = Math.max(1, Math.round(n / alive)); batch > 0; batch--) {
        for (let i = 0; i < alive; i++) fibers[i] = yield* Effect.forkChild(Effect.succeed(i));
        for (let i = 0; i < alive; i++) total = (total + (yield* Fiber.join(fibers[i]))) | 0;
      }
      return total;
    }),
  );

const burst = ({ Effect }, n) =>
  new Promise((resolve) => {
    let total = 0;
    let left = n;
    const count = (i) =>
      Effect.sync(() => {
        total = (total + i) | 0;
        if (--left === 0) resolve(total);
      });
    Effect.runFork(
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* Effect.forkDetach(count(i));
      }),
    );
  });

const gosched = ({ Effect }, n, goroutines) =>
  new Promise((resolve) => {
    let total = 0;
    let left = goroutines;
    const turns = Effect.gen(function* () {
      for (let i = 0; i < n / goroutines; i++) yield* Effect.yieldNow;
      total += n / goroutines;
      if (--left === 0) resolve(total);
    });
    for (let g = 0; g < goroutines; g++) Effect.runFork(turns);
  });

const park = async ({ Effect, Queue }, n) => {
  const queues = Effect.runSync(
    Effect.all(Array.from({ length: Math.ceil(n / GROUP) }, () => Queue.bounded(0))),
  );
  const state = { total: 0, left: n, done: undefined };
  const done = new Promise((resolve) => (state.done = resolve));
  const receive = (queue) =>
    Effect.gen(function* () {
      const value = yield* Queue.take(queue); // before the total is read: others add to it meanwhile
      state.total += value;
      if (--state.left === 0) state.done(state.total);
    });
  for (let i = 0; i < n; i++) Effect.runFork(receive(queues[i % queues.length]));
  return async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* Queue.offer(queues[i % queues.length], 1);
      }),
    );
    return await done;
  };
};

const timer = ({ Effect, Queue }, ended) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const ping = yield* Queue.bounded(0);
      const pong = yield* Queue.bounded(0);
      // A child: it is interrupted when this fiber ends.
      yield* Effect.forkChild(
        Effect.gen(function* () {
          for (;;) yield* Queue.offer(pong, yield* Queue.take(ping));
        }),
      );
      let rounds = 0;
      while (!ended()) {
        for (let i = 0; i < STRIDE; i++) {
          yield* Queue.offer(ping, i);
          yield* Queue.take(pong);
        }
        rounds += STRIDE;
      }
      return rounds;
    }),
  );

export const bodies = {
  "ping-pong": pingPong,
  "producer-consumer": producerConsumer,
  select,
  spawn,
  burst,
  gosched,
  park,
  timer,
  ...sync,
};
