/** Holds shared locks, waits for them or takes and gives them as fast as it can, until it is killed (test/sync/shared-death.test.ts). */
import {
  type Goroutine,
  go,
  gosched,
  run,
  type SharedMutex,
  type SharedSemaphore,
  type SharedWaitGroup,
  select,
} from "gort";
import { takePart } from "../../chan/shared-core.ts";
import { borrow } from "../../sync/shared-core.ts";
import { gate, join } from "../crew.ts";

type Given = readonly [SharedMutex, SharedSemaphore, SharedWaitGroup];

const { data } = join<{ what: "hold" | "wait" | "hammer"; message: Int32Array; words: Int32Array }>();
const [mutex, semaphore, group] = borrow<Given>(data.message);
const { words } = data;
takePart();

const programs: Record<typeof data.what, () => void> = {
  hold: () => {
    mutex.tryLock();
    semaphore.tryAcquire(2);
    group.go(forEver);
    gate();
  },
  wait: () => {
    go(waitFor, mutex);
    go(waitForEither);
    go(function* () {
      yield* semaphore.acquire(3);
    });
    go(function* () {
      yield* group.wait();
    });
    void run(function* () {
      yield* gosched();
      yield* gosched();
      gate();
      yield* forEver();
    });
  },
  hammer: () => {
    gate();
    void run(function* () {
      go(hammer);
      go(hammer);
      go(acquire);
      yield* forEver();
    });
  },
};

programs[data.what]();

function* forEver(): Goroutine {
  for (;;) {
    Atomics.add(words, 0, 1);
    yield* gosched();
  }
}

function* waitFor(mu: SharedMutex): Goroutine {
  yield* mu.lock();
}

function* waitForEither(): Goroutine {
  yield* select({ lock: mutex.lock(), share: semaphore.acquire(1) });
}

function* hammer(): Goroutine {
  for (;;) {
    const guard = yield* mutex.lock();
    yield* gosched();
    guard[Symbol.dispose]();
    yield* group.go(gosched);
  }
}

function* acquire(): Goroutine {
  for (let n = 0; ; n++) {
    const s = yield* select({ lock: mutex.lock(), share: semaphore.acquire(1 + (n % 3)) });
    yield* gosched();
    s.value[Symbol.dispose]();
  }
}
