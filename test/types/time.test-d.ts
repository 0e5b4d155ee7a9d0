/** Types of timers: compiled, not run. */
import { after, afterFunc, type RecvChan, range, select, sleep, Ticker, Timer, tick } from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_ extends true>(): void => {};

export function* receives(): Generator {
  const timer = new Timer(1);
  const ticker = new Ticker(1);
  is<Same<typeof timer.c, RecvChan<number>>>();
  is<Same<typeof ticker.c, RecvChan<number>>>();
  is<Same<ReturnType<typeof after>, RecvChan<number>>>();
  is<Same<ReturnType<typeof tick>, RecvChan<number>>>();
  const stopped = timer.stop();
  const reset = timer.reset(1);
  is<Same<typeof stopped, boolean>>();
  is<Same<typeof reset, boolean>>();
  const nothing = [ticker.stop(), ticker.reset(1)];
  is<Same<typeof nothing, void[]>>();
  const s = yield* select({ tick: ticker.c.recv(), late: after(1).recvOk(), at: sleep(1) });
  if (s.case === "tick") is<Same<typeof s.value, number | undefined>>();
  for (const ticks = range(tick(1)); yield* ticks.next(); ) is<Same<typeof ticks.value, number>>();
}

export function calls(): void {
  // A function that names the timer it is called by does not make the timer's type refer to itself.
  const again = afterFunc(1, () => again.reset(1));
  is<Same<typeof again, Timer>>();
  afterFunc(1, function* () {
    yield* sleep(1);
  });
  afterFunc(1, async () => 1);
  // @ts-expect-error: nobody gives it arguments.
  afterFunc(1, (n: number) => n);
  // @ts-expect-error: a function, not what it returns.
  afterFunc(1, Date.now());
}

export function wrong(): void {
  // @ts-expect-error: a number of milliseconds.
  new Timer("1s");
  // @ts-expect-error: the second way to make one is afterFunc.
  new Timer(1, () => {});
  // @ts-expect-error: always with an interval.
  new Ticker();
  // @ts-expect-error: nobody sends on it.
  after(1).send(1);
  // @ts-expect-error: nobody closes it.
  new Timer(1).c.close();
  // @ts-expect-error: it is the timer's own.
  new Ticker(1).c = after(1);
}
