/**
 * A mutex nobody else wants, and one that several goroutines want all the time.
 *
 * Contended means contended: whoever has the lock lets the others run before it gives it back, so each lock() but the first finds the
 * mutex taken and waits in the queue.
 */
export const WANTING = 10;

function* alone({ Mutex }, n) {
  const mu = new Mutex();
  const state = { count: 0 };
  for (let i = 0; i < n; i++) {
    yield* mu.lock();
    state.count++;
    mu.unlock();
  }
  return state.count;
}

function* want(gosched, mu, state, n) {
  for (let i = 0; i < n; i++) {
    yield* mu.lock();
    const { count } = state; // if two were in here at a time, one of them would be lost
    yield* gosched();
    state.count = count + 1;
    mu.unlock();
  }
}

function* contended({ Mutex, WaitGroup, gosched }, n) {
  const mu = new Mutex();
  const wg = new WaitGroup();
  const state = { count: 0 };
  for (let g = 0; g < WANTING; g++) wg.go(want, gosched, mu, state, n / WANTING);
  yield* wg.wait();
  return state.count;
}

export const cases = [
  {
    name: "mutex-free",
    about: "One lock() and unlock() of a mutex that nobody else wants, around the increment of a counter.",
    expected: (n) => n,
    gort: (lib, n) => lib.run(() => alone(lib, n)),
    targets: [{ max: 30, unit: "ns" }],
  },
  {
    name: "mutex-contended",
    about:
      "One lock(), gosched() while holding the lock, and unlock() of 10 goroutines that want the same mutex.",
    step: WANTING,
    expected: (n) => n,
    gort: (lib, n) => lib.run(() => contended(lib, n)),
    targets: [
      { against: "go", factor: 0.55 },
      { max: 150, unit: "ns" },
    ],
  },
];
