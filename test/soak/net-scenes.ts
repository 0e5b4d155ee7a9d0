/** What a soak does on the network and in worlds of their own; see local-scenes.ts. */
import assert from "node:assert/strict";
import {
  background,
  Cond,
  chan,
  type Goroutine,
  Group,
  go,
  Mutex,
  select,
  sleep,
  wait,
  withCancel,
} from "gort";
import { type Address, dial, serve } from "gort/net";
import { bubble, ExploreError, explore, MemoryTransport, replay } from "gort/testing";
import type { Chance } from "./chance.ts";

/** Clients and an echo server, until the clients have what they sent. */
function* echoes(chance: Chance, place: { host?: string; port?: number }, clients: number): Goroutine {
  const [ctx, stop] = withCancel(background());
  const listening = chan<Address>(1);
  const failed: unknown[] = [];
  const server = go(function* () {
    yield* serve(
      {
        ...place,
        ctx,
        onListen: (addr) => void listening.trySend(addr),
        onError: (error) => void failed.push(error),
      },
      function* (conn) {
        for (let line = yield* conn.readLine(); line !== undefined; line = yield* conn.readLine()) {
          yield* conn.write(`${line}\n`);
        }
      },
    );
  });
  const { port } = (yield* listening.recv()) as { port: number };
  const group = new Group();
  for (let i = 0; i < clients; i++) {
    const own = chance.fork();
    group.go(function* () {
      using conn = yield* dial({ ...place, port });
      const lines = Array.from(
        { length: own.below(30) },
        (_, n) => `${i}.${n}.${"x".repeat(own.below(300))}`,
      );
      const sender = go(function* () {
        for (const line of lines) yield* conn.write(`${line}\n`);
        conn.closeWrite();
      });
      for (const line of lines) assert.equal(yield* conn.readLine(), line, "echoes: a line");
      assert.equal(yield* conn.readLine(), undefined);
      yield* sender;
    });
  }
  yield* group.wait();
  stop();
  yield* server;
  assert.deepEqual(failed, []);
}

/** Over the loopback. */
export function* loopback(chance: Chance): Goroutine {
  yield* echoes(chance, { host: "127.0.0.1", port: 0 }, 1 + chance.below(8));
}

/** In a bubble, over a network in memory. */
export function* inMemory(chance: Chance): Goroutine {
  yield* wait(
    bubble(function* () {
      const net = new MemoryTransport();
      const restore = net.install();
      try {
        yield* echoes(chance, { port: 80 }, 1 + chance.below(5));
        assert.deepEqual(net.open, []);
      } finally {
        restore();
      }
    }),
  );
}

/** A day of timers in a bubble. */
export function* inBubble(chance: Chance): Goroutine {
  const got = yield* wait(
    bubble(function* () {
      const ch = chan<number>();
      for (let i = 0; i < 20; i++) {
        const ms = chance.below(86_400_000);
        go(function* () {
          yield* sleep(ms);
          yield* ch.send(ms);
        });
      }
      let last = 0;
      for (let i = 0; i < 20; i++) {
        const ms = (yield* ch.recv()) as number;
        assert.ok(ms >= last, "inBubble: out of order");
        last = ms;
      }
      return last;
    }),
  );
  assert.ok(got >= 0);
}

function* right(): Goroutine {
  const mu = new Mutex();
  const cond = new Cond(mu);
  let isReady = false;
  const waiter = go(function* () {
    yield* mu.lock();
    while (!isReady) yield* cond.wait();
    mu.unlock();
  });
  yield* mu.lock();
  isReady = true;
  cond.signal();
  mu.unlock();
  yield* select({ waiter, late: sleep(1000) });
}

function* wrong(): Goroutine {
  let n = 0;
  const mu = new Mutex();
  const bump = function* (): Goroutine {
    const seen = n;
    yield* mu.lock();
    n = seen + 1;
    mu.unlock();
  };
  const [a, b] = [go(bump), go(bump)];
  yield* a;
  yield* b;
  assert.equal(n, 2);
}

/** Explorations of a right program and of a wrong one. */
export function* explorations(chance: Chance): Goroutine {
  const strategy = chance.of(["random", "pct", "dfs", "round-robin"] as const);
  const seed = 1 + chance.below(1_000_000);
  yield* wait(explore(right, { strategy, seed, schedules: 50 }));
  const error = yield* wait(
    explore(wrong, { strategy, seed }).then(
      () => assert.fail(`explorations: ${strategy} does not find it with seed ${seed}`),
      (error: unknown) => error,
    ),
  );
  if (!(error instanceof ExploreError)) throw error;
  yield* wait(assert.rejects(replay(wrong, error.schedule), assert.AssertionError));
}
