/**
 * What the compiler says about locks, conditions, groups and once. Nothing here is run, as in ops.test-d.ts.
 */
import {
  Cond,
  type Goroutine,
  type Guard,
  type Handle,
  Mutex,
  Once,
  type Op,
  onceValue,
  RWMutex,
  select,
  sleep,
  trySelect,
  WaitGroup,
} from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const mu = new Mutex();
const rw = new RWMutex();

export function operations(): void {
  same<ReturnType<typeof mu.lock>, Op<Guard>>(true);
  same<ReturnType<typeof mu.tryLock>, boolean>(true);
  same<ReturnType<typeof mu.unlock>, void>(true);
  same<ReturnType<typeof rw.lock>, Op<Guard>>(true);
  same<ReturnType<typeof rw.rLock>, Op<Guard>>(true);
  same<ReturnType<typeof rw.tryLock>, boolean>(true);
  same<ReturnType<typeof rw.tryRLock>, boolean>(true);
  same<ReturnType<typeof rw.unlock>, void>(true);
  same<ReturnType<typeof rw.rUnlock>, void>(true);
  same<ReturnType<ReturnType<typeof rw.rLocker>["lock"]>, Op<Guard>>(true);
  same<ReturnType<ReturnType<typeof rw.rLocker>["unlock"]>, void>(true);
  same<ReturnType<Cond["wait"]>, Op<void>>(true);
  same<ReturnType<Cond["signal"]>, void>(true);
  same<ReturnType<Cond["broadcast"]>, void>(true);
  same<ReturnType<WaitGroup["wait"]>, Op<void>>(true);
  same<ReturnType<WaitGroup["done"]>, void>(true);
  same<ReturnType<Once["do"]>, Op<void>>(true);
}

/** A guard is what `using` takes, and nothing has to be done with it. */
export function* guards(): Goroutine {
  using lock = yield* mu.lock();
  lock satisfies Disposable;
  using _read = yield* rw.rLock();
  yield* rw.rLocker().lock();
  // @ts-expect-error an operation is no guard before it has been waited for
  using _early = mu.lock();
  // @ts-expect-error a yield without the star gives no guard
  using _starless = (yield mu.lock()) as Guard;
  // @ts-expect-error a guard is disposed, not unlocked
  lock.unlock();
  // @ts-expect-error a try says yes or no
  using _tried = mu.tryLock();
}

export async function awaited(): Promise<void> {
  using guard = await mu.lock();
  same<typeof guard, Guard>(true);
  const nothing = await new WaitGroup().wait();
  same<typeof nothing, void>(true);
}

export function* selected(cond: Cond, wg: WaitGroup, once: Once): Goroutine {
  const s = yield* select({
    lock: mu.lock(),
    read: rw.rLock(),
    news: cond.wait(),
    done: wg.wait(),
    once: once.do(() => {}),
    late: sleep(1),
  });
  if (s.case === "lock" || s.case === "read") same<typeof s.value, Guard>(true);
  else same<typeof s.value, void>(true);
  const tried = trySelect({ lock: mu.lock() });
  if (tried !== undefined) same<typeof tried.value, Guard>(true);
}

export function conditions(): void {
  new Cond(mu);
  new Cond(rw);
  new Cond(rw.rLocker());
  // @ts-expect-error a condition has a lock
  new Cond();
  // @ts-expect-error which is one of gort's
  new Cond({ lock() {}, unlock() {} });
  // @ts-expect-error and not a wait group
  new Cond(new WaitGroup());
}

function* add(a: number, b: number): Goroutine<number> {
  yield* sleep(1);
  return a + b;
}

export function groups(wg: WaitGroup): void {
  same<ReturnType<typeof started>, Handle<number>>(true);
  const later = wg.go(async (text: string) => text.length, "abc");
  same<typeof later, Handle<number>>(true);
  const plain = wg.go((x: bigint) => x, 1n);
  same<typeof plain, Handle<bigint>>(true);
  const closure = wg.go(function* () {
    yield* sleep(1);
  });
  same<typeof closure, Handle<void>>(true);
  wg.add(1);
  wg.add(-1);

  // @ts-expect-error an argument is missing
  wg.go(add, 1);
  // @ts-expect-error an argument is of another type
  wg.go(add, 1, "2");
  // @ts-expect-error an argument is too many
  wg.go(add, 1, 2, 3);
  // @ts-expect-error a generator is not a function
  wg.go(add(1, 2));
  // @ts-expect-error a receive without the star is not a wait
  wg.go(function* () {
    yield sleep(1);
  });
  // @ts-expect-error how many is to be said
  wg.add();
  // @ts-expect-error a count is a number
  wg.add(1n);
  // @ts-expect-error done is always one
  wg.done(2);
}

function started(wg: WaitGroup) {
  return wg.go(add, 1, 2);
}

export function* once(): Goroutine {
  const once = new Once();
  once.do(() => {});
  once.do(async () => {});
  once.do(() => 1);
  once.do(function* () {
    yield* sleep(1);
  });
  // @ts-expect-error there is something to be done
  once.do();
  // @ts-expect-error the function gets no arguments
  once.do((n: number) => n);
  // @ts-expect-error a receive without the star is not a wait
  once.do(function* () {
    yield sleep(1);
  });
}

export function* values(): Goroutine {
  const made = onceValue(function* () {
    yield* sleep(1);
    return { id: 1 };
  });
  same<typeof made, () => Op<{ id: number }>>(true);
  const awaitedOne = onceValue(async () => "text");
  same<typeof awaitedOne, () => Op<string>>(true);
  const plain = onceValue(() => 1);
  same<typeof plain, () => Op<number>>(true);
  const id = (yield* made()).id;
  same<typeof id, number>(true);
  // @ts-expect-error the value is behind the operation
  made().id;
  // @ts-expect-error the function gets no arguments
  onceValue((n: number) => n);
  // @ts-expect-error nor does what it makes
  plain(1);
  // @ts-expect-error a value is not a function
  onceValue(1);
}
