/** A Semaphore under random operations, compared after each step with a model: how much is held, and who waits. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Chan,
  chan,
  type Goroutine,
  type Guard,
  go,
  type Op,
  Semaphore,
  SemaphoreError,
  select,
  sleep,
  trySelect,
  WaitGroup,
} from "gort";
import { type Random, random } from "../base/seed.ts";
import { turn } from "../go/support.ts";
import { inFakeTime } from "../go/x/fake-time.ts";

/** How much is free, while nobody waits. */
function free(sem: Semaphore, size: number): number {
  for (let n = size; n > 0; n--) {
    if (!sem.tryAcquire(n)) continue;
    sem.release(n);
    return n;
  }
  return 0;
}

/** What a semaphore is: how much is held, and who waits. */
class Model {
  held = 0;
  waiting: { id: number; n: number }[] = [];
  /** Who is to hold something, in the order in which he got it. */
  readonly served: number[] = [];
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  fits(n: number): boolean {
    return this.waiting.length === 0 && this.held + n <= this.size;
  }

  acquire(id: number, n: number): void {
    if (n > this.size) return;
    this.waiting.push({ id, n });
    this.admit();
  }

  giveUp(id: number): void {
    this.waiting = this.waiting.filter((one) => one.id !== id);
    this.admit();
  }

  admit(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      if (this.held + first.n > this.size) return;
      this.waiting.shift();
      this.held += first.n;
      this.served.push(first.id);
    }
  }
}

/** One semaphore, its model, and steps on both. */
class Sequence {
  readonly sem: Semaphore;
  readonly model: Model;
  readonly served: number[] = [];
  private readonly stops: Map<number, Chan<void>> = new Map();
  private readonly random: Random;
  private readonly inGoroutines: boolean;
  private ids = 0;

  constructor(size: number, random: Random, inGoroutines: boolean) {
    this.sem = new Semaphore(size);
    this.model = new Model(size);
    this.random = random;
    this.inGoroutines = inGoroutines;
  }

  step(): void {
    const { sem, model, random } = this;
    const n = random.below(model.size + 2);
    switch (random.below(6)) {
      case 0:
      case 1:
        this.acquire(++this.ids, n);
        break;
      case 2: {
        const possible = model.fits(n);
        assert.equal(sem.tryAcquire(n), possible);
        if (possible) model.held += n;
        break;
      }
      case 3:
      case 4: {
        if (n > model.held) {
          assert.throws(() => sem.release(n), SemaphoreError);
        } else {
          sem.release(n);
          model.held -= n;
          model.admit();
        }
        break;
      }
      default:
        this.giveUp();
    }
  }

  private acquire(id: number, n: number): void {
    const stop = chan<void>();
    const listen = (s: { case: string }): void => {
      if (s.case === "got") this.served.push(id);
    };
    const cases = (): Op<{ case: string }> => select({ got: this.sem.acquire(n), stop: stop.recv() });
    if (this.inGoroutines) {
      go(function* () {
        listen(yield* cases());
      });
    } else {
      void cases().then(listen);
    }
    this.stops.set(id, stop);
    this.model.acquire(id, n);
  }

  private giveUp(): void {
    const ids = [...this.stops.keys()].filter((id) => !this.model.served.includes(id));
    const id = ids[this.random.below(ids.length)];
    if (id === undefined) return;
    assert.ok((this.stops.get(id) as Chan<void>).trySend());
    this.stops.delete(id);
    this.model.giveUp(id);
  }

  async check(): Promise<void> {
    await turn();
    assert.deepEqual(this.served, this.model.served);
    assert.equal(this.sem.tryAcquire(0), this.model.waiting.length === 0);
  }

  /** Everybody who can be served is, and all of it comes back. */
  async finish(): Promise<void> {
    while (this.model.held > 0) {
      const { held } = this.model;
      this.sem.release(held);
      this.model.held = 0;
      this.model.admit();
      await this.check();
    }
    assert.equal(free(this.sem, this.model.size), this.model.size);
    for (const [id, stop] of this.stops) if (!this.model.served.includes(id)) stop.trySend();
    await turn();
  }
}

describe("Semaphore under random operations", () => {
  for (const inGoroutines of [false, true]) {
    it(`does as the model does, ${inGoroutines ? "in goroutines" : "awaited"}`, async (t) => {
      const source = random(t, "sync/semaphore-stress");
      for (let round = 0; round < 60; round++) {
        const sequence = new Sequence(source.below(6), source, inGoroutines);
        for (let step = 0; step < 60; step++) {
          sequence.step();
          await sequence.check();
        }
        await sequence.finish();
      }
    });
  }
});

describe("a Semaphore's guards and releases by hand", () => {
  it("mixed at random give back what was acquired: no more, and all of it", async (t) => {
    const { below } = random(t, "sync/semaphore-stress");
    await inFakeTime(function* () {
      const size = 10;
      const sem = new Semaphore(size);
      const wg = new WaitGroup();
      let held = 0;
      const work = function* (): Goroutine {
        for (let i = 0; i < 60; i++) {
          const guards: Guard[] = [];
          const first = 1 + below(5);
          guards.push(yield* sem.acquire(first));
          // Not more than what is free, or everybody might hold a part and wait for the rest.
          const second = below(6);
          const more = trySelect({ more: sem.acquire(second) });
          if (more !== undefined) guards.push(more.value);
          const mine = first + (more === undefined ? 0 : second);
          held += mine;
          assert.ok(held <= size, `${held} held`);
          yield* sleep(below(4));
          // By hand: nothing, a part of what one guard has, or more than one has.
          const byHand = below(2) * below(mine + 1);
          held -= byHand;
          sem.release(byHand);
          yield* sleep(below(4));
          held -= mine - byHand;
          // In any order, and each twice.
          if (below(2) === 0) guards.reverse();
          for (const guard of [...guards, ...guards]) guard[Symbol.dispose]();
          assert.ok(held >= 0);
        }
      };
      for (let i = 0; i < 20; i++) wg.go(work);
      yield* wg.wait();
      assert.equal(held, 0);
      assert.equal(free(sem, size), size);
      assert.throws(() => sem.release(), SemaphoreError);
    })();
  });
});
