/**
 * Counters and locks: what needs none, and what does.
 *
 * Goroutines of one core take turns, and change only where one of them waits: at a `yield*`. What happens between two of them is never torn apart, so
 * `hits++` needs no lock and no atomic, however many goroutines do it.
 *
 * A change that reaches across a wait does need one: somebody else may run in between. That is what a Mutex is for. Whoever came first gets it first.
 *
 * `lock` gives a guard. Where there is `using` (a compiler that translates it, or Node 24), `using held = yield* lock.lock()` unlocks at the end of
 * the block; elsewhere a `finally` does.
 */
import { type Goroutine, gosched, Mutex, WaitGroup } from "gort";

let hits = 0;
let torn = 0;
let kept = 0;
const lock = new Mutex();

function* hit(): Goroutine {
  for (let i = 0; i < 100; i++) {
    hits++;
    if (i % 10 === 0) yield* gosched();
  }
}

function* tear(): Goroutine {
  const old = torn;
  yield* gosched(); // whatever waits: a query, a file
  torn = old + 1;
}

function* keep(): Goroutine {
  const held = yield* lock.lock();
  try {
    const old = kept;
    yield* gosched();
    kept = old + 1;
  } finally {
    held[Symbol.dispose](); // or lock.unlock()
  }
}

export function* main(): Goroutine {
  const all = new WaitGroup();
  for (let i = 0; i < 50; i++) for (const fn of [hit, tear, keep]) all.go(fn);
  yield* all.wait();
  console.log(`no wait inside: ${hits}`);
  console.log(`a wait inside: ${torn}`);
  console.log(`a wait inside, with the lock: ${kept}`);

  console.log(lock.tryLock(), lock.tryLock());
  lock.unlock();
  try {
    lock.unlock();
  } catch (error) {
    console.log((error as Error).message);
  }
}

// Output:
// no wait inside: 5000
// a wait inside: 1
// a wait inside, with the lock: 50
// true false
// sync: unlock of unlocked mutex
