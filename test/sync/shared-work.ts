/** What each core does in the stress of shared locks: its goroutines change what only a lock keeps right, and say how often. */
import {
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  run,
  type SharedCounter,
  type SharedMutex,
  type SharedSemaphore,
  type SharedWaitGroup,
  select,
} from "gort";
import { borrow } from "./shared-core.ts";

export const SIZE = 5;

/** Words that all see. */
export const WORD = { plain: 0, inside: 1, held: 2, most: 3, wrong: 4, words: 8 } as const;

export interface Plan {
  /** As {@link Given}. */
  readonly message: Int32Array;
  readonly words: Int32Array;
  readonly goroutines: number;
  readonly rounds: number;
  /** Attempts to have the lock without waiting. */
  readonly grabs: number;
}

export type Given = readonly [SharedMutex, SharedSemaphore, SharedWaitGroup, SharedCounter];

/** How often the lock was had. */
export function work(plan: Plan): Promise<number> {
  const [mutex, semaphore, group, counter] = borrow<Given>(plan.message);
  const { words, goroutines, rounds } = plan;
  return run(function* () {
    const handles: Handle<number>[] = [];
    for (let i = 0; i < goroutines; i++) {
      handles.push(go(hammer, mutex, words, rounds));
      handles.push(go(change, mutex, words, rounds));
      group.go(function* () {
        for (let n = 0; n < rounds; n++) counter.add(n % 2 === 0 ? 3 : -1n);
        yield* share(semaphore, words, rounds, i);
      });
    }
    // What was counted up before we came.
    group.done();
    let sum = grab(mutex, words, plan.grabs);
    for (const handle of handles) sum += yield* handle;
    yield* group.wait();
    return sum;
  });
}

/** Without waiting, so that the lock is free again and again while several want it. */
function grab(mutex: SharedMutex, words: Int32Array, tries: number): number {
  let had = 0;
  for (let n = 0; n < tries; n++) {
    if (!mutex.tryLock()) continue;
    if (Atomics.add(words, WORD.inside, 1) !== 0) Atomics.add(words, WORD.wrong, 1);
    words[WORD.plain] = (words[WORD.plain] as number) + 1;
    Atomics.sub(words, WORD.inside, 1);
    mutex.unlock();
    had++;
  }
  return had;
}

/** In the lock: alone, and what is there is changed by no one else. */
function* inside(words: Int32Array): Goroutine {
  if (Atomics.add(words, WORD.inside, 1) !== 0) Atomics.add(words, WORD.wrong, 1);
  const before = words[WORD.plain] as number;
  if (before % 3 === 0) yield* gosched();
  words[WORD.plain] = before + 1;
  Atomics.sub(words, WORD.inside, 1);
}

function* hammer(mutex: SharedMutex, words: Int32Array, rounds: number): Goroutine<number> {
  let had = 0;
  for (let n = 0; n < rounds; n++) {
    if (n % 4 === 0) {
      if (!mutex.tryLock()) {
        yield* gosched();
        continue;
      }
      yield* inside(words);
      mutex.unlock();
    } else {
      const guard = yield* mutex.lock();
      yield* inside(words);
      guard[Symbol.dispose]();
    }
    had++;
  }
  return had;
}

/** The lock is a case beside a local one: whichever comes. */
function* change(mutex: SharedMutex, words: Int32Array, rounds: number): Goroutine<number> {
  const local = chan<number>();
  let sent = 0;
  const feeder = go(function* () {
    for (; sent < rounds; sent++) yield* local.send(sent);
  });
  let had = 0;
  let got = 0;
  for (let n = 0; n < rounds; n++) {
    const s = yield* select({ lock: mutex.lock(), again: mutex.lock(), local: local.recv() });
    if (s.case === "local") {
      if (s.value !== got++) Atomics.add(words, WORD.wrong, 1);
    } else {
      yield* inside(words);
      s.value[Symbol.dispose]();
      had++;
    }
  }
  while (got < rounds) if ((yield* local.recv()) !== got++) Atomics.add(words, WORD.wrong, 1);
  yield* feeder;
  return had;
}

/** Never more is held than there is. */
function* share(semaphore: SharedSemaphore, words: Int32Array, rounds: number, seed: number): Goroutine {
  const never = chan<void>();
  for (let n = 0; n < rounds; n++) {
    const weight = 1 + ((n * 7 + seed) % SIZE);
    const s = yield* select({ got: semaphore.acquire(weight), never: n % 2 === 0 && never.recv() });
    if (s.case === "never") return;
    const held = Atomics.add(words, WORD.held, weight) + weight;
    if (held > SIZE) Atomics.add(words, WORD.wrong, 1);
    if (n % 3 === 0) yield* gosched();
    Atomics.sub(words, WORD.held, weight);
    if (n % 5 === 0) semaphore.release(weight);
    else s.value[Symbol.dispose]();
  }
}
