/** A thread that dies while it holds shared locks, or waits for them: the others go on, and no lock stays held. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, run, SharedMutex, SharedSemaphore, SharedWaitGroup } from "gort";
import { waitsInUse } from "#src/shm/wait.ts";
import { mourn, takePart } from "../chan/shared-core.ts";
import { mustBlock, rest } from "../go/support.ts";
import { Crew, turn } from "../shm/crew.ts";
import { lend } from "./shared-core.ts";

const SIZE = 3;
const KILLS = 12;

class Scene {
  readonly mutex = new SharedMutex();
  readonly semaphore = new SharedSemaphore(SIZE);
  readonly group = new SharedWaitGroup();
  readonly words = new Int32Array(new SharedArrayBuffer(8));
  private crew: Crew | null = null;

  async start(what: string): Promise<void> {
    const message = lend(this.mutex, this.semaphore, this.group);
    this.crew = new Crew("shared-lock-mortal", { workers: 1, data: { what, message, words: this.words } });
    await this.crew.gathered();
  }

  async kill(): Promise<void> {
    await this.crew?.kill(0);
    mourn(1);
  }

  async end(): Promise<void> {
    await this.crew?.stop();
    this.crew?.forget(0);
  }

  /** All is free again. */
  *isFree(): Goroutine {
    using _lock = yield* this.mutex.lock();
    using _all = yield* this.semaphore.acquire(SIZE);
    yield* this.group.wait();
  }
}

async function play(scene: Scene, main: () => Promise<void>): Promise<void> {
  const leave = takePart();
  try {
    await main();
    assert.equal(waitsInUse(), 0);
  } finally {
    leave();
    await scene.end();
  }
}

test("what it held goes to those who wait", { timeout: 30_000 }, () => {
  const scene = new Scene();
  return play(scene, async () => {
    await scene.start("hold");
    const { mutex, semaphore, group } = scene;
    const order: string[] = [];
    const note = chan<void>();
    const main = run(function* () {
      const lock = go(function* () {
        yield* mutex.lock();
        order.push("lock");
      });
      yield* rest(lock);
      const waiters = [
        lock,
        go(function* () {
          yield* mutex.lock();
          order.push("lock again");
        }),
        go(function* () {
          using _all = yield* semaphore.acquire(SIZE);
          order.push("share");
        }),
        go(function* () {
          yield* group.wait();
          order.push("group");
        }),
      ];
      yield* rest(...waiters);
      assert.equal(semaphore.tryAcquire(1), false);
      assert.deepEqual(order, []);
      yield* note.recv();
      const [first, second, ...others] = waiters as [typeof lock, typeof lock, ...(typeof lock)[]];
      yield* first;
      for (const one of others) yield* one;
      yield* mustBlock(second, "the first has it");
      mutex.unlock();
      yield* second;
      mutex.unlock();
      yield* scene.isFree();
    });
    await turn();
    await scene.kill();
    await Promise.all([note.send(), main]);
    assert.deepEqual(order.slice().sort(), ["group", "lock", "lock again", "share"]);
  });
});

test("what it held, and nobody waits for, is free", { timeout: 30_000 }, () => {
  const scene = new Scene();
  return play(scene, async () => {
    await scene.start("hold");
    assert.equal(scene.mutex.tryLock(), false);
    assert.equal(scene.semaphore.tryAcquire(2), false);
    await scene.kill();
    assert.equal(scene.mutex.tryLock(), true);
    scene.mutex.unlock();
    assert.throws(() => scene.mutex.unlock(), /unlock of unlocked mutex/);
    assert.equal(scene.semaphore.tryAcquire(SIZE), true);
    scene.semaphore.release(SIZE);
    assert.throws(() => scene.semaphore.release(), /released more than held/);
    assert.throws(() => scene.group.done(), /negative WaitGroup counter/);
  });
});

test("what it waited for goes to the others", { timeout: 30_000 }, () => {
  const scene = new Scene();
  return play(scene, async () => {
    const { mutex, semaphore, group } = scene;
    mutex.tryLock();
    semaphore.tryAcquire(1);
    group.add(1);
    await scene.start("wait");
    const behind = go(function* () {
      using _share = yield* semaphore.acquire(2);
    });
    // It waits for three in front of us.
    await run(() => mustBlock(behind, "the other thread's is first"));
    await scene.kill();
    await behind;
    assert.equal(mutex.tryLock(), false, "its end has given back nothing of ours");
    mutex.unlock();
    semaphore.release(1);
    group.done();
    await run(() => scene.isFree());
  });
});

test("in the middle of it all", { timeout: 50_000 }, async () => {
  for (let i = 0; i < KILLS; i++) {
    const scene = new Scene();
    await play(scene, async () => {
      const { mutex, semaphore } = scene;
      let over = false;
      await scene.start("hammer");
      const rivals = run(function* () {
        const lock = go(function* () {
          while (!over) {
            using _lock = yield* mutex.lock();
            yield* scene.group.wait();
          }
        });
        while (!over) {
          using _some = yield* semaphore.acquire(2);
        }
        yield* lock;
      });
      const from = performance.now();
      while (performance.now() - from < (i * 5) % 17 || Atomics.load(scene.words, 0) < 10) await turn();
      await scene.kill();
      over = true;
      await rivals;
      await run(() => scene.isFree());
      scene.semaphore.tryAcquire(SIZE);
      scene.semaphore.release(SIZE);
      assert.throws(() => scene.semaphore.release(), /released more than held/);
    });
  }
});
