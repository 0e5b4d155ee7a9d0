/** What the compiler says about shared locks, groups and counters. Nothing here is run, as in ops.test-d.ts. */
import {
  Cond,
  type Goroutine,
  type Guard,
  type Handle,
  type Op,
  SharedCounter,
  SharedMutex,
  SharedSemaphore,
  SharedWaitGroup,
  select,
  sharedChan,
  sleep,
} from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const mu = new SharedMutex();
const sem = new SharedSemaphore(2);
const wg = new SharedWaitGroup();
const counter = new SharedCounter();

export function operations(): void {
  same<ReturnType<typeof mu.lock>, Op<Guard>>(true);
  same<ReturnType<typeof mu.tryLock>, boolean>(true);
  same<ReturnType<typeof mu.unlock>, void>(true);
  same<ReturnType<typeof sem.acquire>, Op<Guard>>(true);
  same<ReturnType<typeof sem.tryAcquire>, boolean>(true);
  same<ReturnType<typeof sem.release>, void>(true);
  same<ReturnType<typeof wg.wait>, Op<void>>(true);
  same<ReturnType<typeof counter.add>, bigint>(true);
  same<typeof counter.value, bigint>(true);
  counter.add(1);
  counter.add(1n);
  new SharedCounter(5n);

  // @ts-expect-error how much there is is to be said
  new SharedSemaphore();
  // @ts-expect-error a count is a number
  counter.add("1");
  // @ts-expect-error the value is counted, not set
  counter.value = 1n;
  new Cond(mu);
}

/** They can be sent. */
export function sent(): void {
  sharedChan<SharedMutex>();
  sharedChan<{ sem: SharedSemaphore; rest: [SharedWaitGroup, SharedCounter] }>(1);
}

export function* selected(): Goroutine {
  const s = yield* select({ lock: mu.lock(), share: sem.acquire(2), done: wg.wait(), late: sleep(1) });
  if (s.case === "lock" || s.case === "share") same<typeof s.value, Guard>(true);
  else same<typeof s.value, void>(true);
  using _ = yield* mu.lock();
}

export function groups(): void {
  const one = wg.go(function* (a: number): Goroutine<string> {
    yield* sleep(a);
    return String(a);
  }, 1);
  same<typeof one, Handle<string>>(true);
  // @ts-expect-error an argument is missing
  wg.go((a: number) => a);
}
