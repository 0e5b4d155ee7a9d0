/**
 * Conditions under random programs: a bounded buffer whose producers and consumers are woken one by one (a lost signal stops them for
 * ever), wait in every way there is, give up at random, and give way at random.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  Cond,
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  Mutex,
  type Op,
  RWMutex,
  run,
  select,
} from "gort";
import { type Random, random } from "../base/seed.ts";
import { rest } from "../go/support.ts";

interface Exclusive {
  lock(): Op<Disposable>;
  tryLock(): boolean;
  unlock(): void;
}

class Buffer {
  readonly items: number[] = [];
  readonly consumed: number[] = [];
  readonly notEmpty: Cond;
  readonly notFull: Cond;
  private readonly mu: Exclusive;
  private readonly random: Random;
  private readonly capacity: number;
  private inside = 0;
  /** How often a wait was given up. */
  gaveUp = 0;

  constructor(mu: Mutex | RWMutex, random: Random, capacity: number) {
    this.mu = mu;
    this.random = random;
    this.capacity = capacity;
    this.notEmpty = new Cond(mu);
    this.notFull = new Cond(mu);
  }

  private enter(): void {
    assert.equal(this.inside++, 0, "two are inside");
    assert.equal(this.mu.tryLock(), false, "inside without the lock");
  }

  private leave(): void {
    assert.equal(--this.inside, 0);
  }

  private *dawdle(): Goroutine {
    for (let i = this.random.below(3); i > 0; i--) yield* gosched();
  }

  /** Waits for `cond` in one of the ways; the caller looks at the state again, as one has to. */
  private *await(cond: Cond, other: Cond): Goroutine {
    this.leave();
    switch (this.random.below(6)) {
      case 0:
        yield* cond.wait();
        break;
      case 1:
        yield* select({ c: cond.wait(), never: chan<number>().recv() });
        break;
      case 2: {
        const late = chan<void>();
        const clock = go(function* (this: void, turns: number) {
          for (let i = 0; i < turns; i++) yield* gosched();
          late.close();
        }, this.random.below(4));
        if ((yield* select({ c: cond.wait(), late: late.recv() })).case === "late") this.gaveUp++;
        this.enter();
        yield* clock;
        this.leave();
        break;
      }
      case 3:
        if ((yield* select({ turn: gosched(), c: cond.wait() })).case === "turn") this.gaveUp++;
        break;
      case 4: {
        // Whoever is woken for the other condition has taken a signal that was not for it, and hands it on.
        const s = yield* select({ c: cond.wait(), inner: select({ o: other.wait(), turn: gosched() }) });
        if (s.case === "inner" && s.value.case === "o") other.signal();
        break;
      }
      default: {
        const s = yield* select({ c: cond.wait(), o: other.wait() });
        if (s.case === "o") other.signal();
      }
    }
    this.enter();
  }

  *put(item: number): Goroutine {
    using _ = yield* this.mu.lock();
    this.enter();
    while (this.items.length === this.capacity) yield* this.await(this.notFull, this.notEmpty);
    this.items.push(item);
    yield* this.dawdle();
    this.notEmpty.signal();
    this.leave();
  }

  *take(): Goroutine {
    yield* this.mu.lock();
    this.enter();
    while (this.items.length === 0) yield* this.await(this.notEmpty, this.notFull);
    this.consumed.push(this.items.shift() as number);
    yield* this.dawdle();
    this.leave();
    // Before or after the unlock: both are right.
    const early = this.random.below(2) === 0;
    if (early) this.notFull.signal();
    this.mu.unlock();
    if (!early) this.notFull.signal();
  }
}

const LOCKS = { "a Mutex": () => new Mutex(), "an RWMutex": () => new RWMutex() };

describe("a bounded buffer with two conditions", () => {
  for (const [name, make] of Object.entries(LOCKS)) {
    it(`over ${name} loses no signal and no item`, async (t: TestContext) => {
      const source = random(t, "sync/cond-stress");
      let gaveUp = 0;
      await run(function* () {
        for (let round = 0; round < 100 || (gaveUp === 0 && round < 5000); round++) {
          const buffer = new Buffer(make(), source, 1 + source.below(3));
          const workers = 1 + source.below(4);
          const each = 10;
          const all: Handle<void>[] = [];
          for (let w = 0; w < workers; w++) {
            all.push(
              go(function* () {
                for (let i = 0; i < each; i++) yield* buffer.put(w * each + i);
              }),
              go(function* () {
                for (let i = 0; i < each; i++) yield* buffer.take();
              }),
            );
          }
          for (let turn = 0; turn < 5 && all.some(({ status }) => status !== "dead"); turn++) {
            yield* rest(...all);
            yield* gosched();
          }
          const stuck = all.filter(({ status }) => status !== "dead").length;
          assert.equal(
            stuck,
            0,
            `${stuck} of ${all.length} wait for ever; in the buffer: ${buffer.items.length}`,
          );
          for (const one of all) yield* one;
          assert.deepEqual(
            buffer.consumed.sort((a, b) => a - b),
            Array.from({ length: workers * each }, (_, i) => i),
          );
          gaveUp += buffer.gaveUp;
        }
      });
      assert.ok(gaveUp > 0, "nobody ever gave up");
    });
  }
});
