/**
 * What the compiler says about channels and their directions. Nothing here is run, as in ops.test-d.ts.
 */
import {
  type Chan,
  chan,
  type Goroutine,
  go,
  type Handle,
  type Op,
  type RecvChan,
  range,
  type SendChan,
} from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

interface Animal {
  readonly name: string;
}
interface Cat extends Animal {
  readonly lives: number;
}

export function* directions(): Goroutine {
  const both: Chan<number> = chan<number>(1);
  const out: SendChan<number> = both;
  const into: RecvChan<number> = both;

  // @ts-expect-error a channel to send on cannot be received from
  out.recv();
  // @ts-expect-error a channel to receive from cannot be sent on
  into.send(1);
  // @ts-expect-error only the sending side closes
  into.close();
  // @ts-expect-error the element type is kept
  both.send("1");
  // @ts-expect-error a direction does not widen again
  out satisfies Chan<number>;
  // @ts-expect-error a capacity is a number
  chan<number>("1");
}

export function variance(animals: Chan<Animal>, cats: Chan<Cat>): void {
  cats satisfies RecvChan<Animal>;
  animals satisfies SendChan<Cat>;
  // @ts-expect-error not every animal is a cat
  animals satisfies RecvChan<Cat>;
  // @ts-expect-error a channel of cats takes no other animal
  cats as SendChan<Cat> satisfies SendChan<Animal>;
}

export function* elements(): Goroutine {
  const maybe = chan<string | undefined>();
  const [value, ok] = yield* maybe.recvOk();
  if (ok) same<typeof value, string | undefined>(true);

  const now = chan<number>(1).tryRecv();
  if (now?.[1]) same<(typeof now)[0], number>(true);

  for (const word = range(maybe); yield* word.next(); ) same<typeof word.value, string | undefined>(true);
}

export async function loops(): Promise<void> {
  for await (const n of chan<number>()) same<typeof n, number>(true);
}

export function operations(ch: Chan<string>): void {
  same<ReturnType<typeof ch.send>, Op<void>>(true);
  same<ReturnType<typeof ch.recv>, Op<string | undefined>>(true);
  same<ReturnType<typeof ch.recvOk>, Op<[value: string, ok: true] | [value: undefined, ok: false]>>(true);
  same<ReturnType<typeof ch.trySend>, boolean>(true);
  same<ReturnType<typeof ch.close>, void>(true);
  same<typeof ch.length, number>(true);
  same<typeof ch.capacity, number>(true);
  same<typeof ch.closed, boolean>(true);
  // @ts-expect-error the length is the channel's to change
  ch.length = 1;
  // @ts-expect-error close is how a channel is closed
  ch.closed = true;
  same<typeof untyped, Chan<unknown>>(true);
}

const untyped = chan();

export function* narrowing(ch: RecvChan<{ id: number }>): Goroutine {
  const received = yield* ch.recvOk();
  if (received[1]) same<(typeof received)[0], { id: number }>(true);
  else same<(typeof received)[0], undefined>(true);

  const [value, ok] = yield* ch.recvOk();
  if (!ok) {
    same<typeof value, undefined>(true);
    return;
  }
  value.id satisfies number;

  const unchecked = yield* ch.recv();
  // @ts-expect-error it may be that the channel is closed
  unchecked.id;

  const now = ch.tryRecv();
  // @ts-expect-error it may be that nothing is ready
  now[0];
}

export function nothings(signals: Chan<void>, nobody: Chan<never>): void {
  signals.send();
  signals.trySend();
  // @ts-expect-error a channel of numbers needs the number
  chan<number>().send();
  nobody satisfies RecvChan<string>;
}

export function nested(): void {
  const replies = chan<SendChan<string>>();
  replies.send(chan<string>());
  // @ts-expect-error a place that takes strings is not one that takes numbers
  replies.send(chan<number>());
  // @ts-expect-error a channel that only gives cannot be answered on
  replies.send(chan<string>() as RecvChan<string>);
}

function* produce<T>(out: SendChan<T>, values: Iterable<T>): Goroutine<number> {
  let n = 0;
  for (const value of values) {
    yield* out.send(value);
    n++;
  }
  return n;
}

function* mapped<T, U>(from: RecvChan<T>, to: SendChan<U>, f: (value: T) => U): Goroutine<U[]> {
  const all: U[] = [];
  for (const v = range(from); yield* v.next(); ) yield* to.send(f(v.value));
  return all;
}

/** `go` checks arguments against a generic goroutine, and the handle has its result. */
export function* generics(numbers: Chan<number>, words: Chan<string>): Goroutine {
  same<ReturnType<typeof produceWords>, Handle<number>>(true);
  const all = yield* go(mapped<number, string>, numbers, words, String);
  same<typeof all, string[]>(true);
  const inferred = yield* go(mapped, numbers, words, (n: number) => n.toFixed(1));
  same<typeof inferred, string[]>(true);
  // @ts-expect-error words on a channel of numbers
  go(produce<number>, numbers, ["a"]);
  // @ts-expect-error the same, with the type parameter inferred
  go(produce, numbers, ["a"]);
  // @ts-expect-error a channel that only gives
  go(produce<number>, numbers as RecvChan<number>, [1]);

  const receiver = go(async () => await numbers.recv());
  same<typeof receiver, Handle<number | undefined>>(true);
  const nothing = go(() => {
    words.close();
  });
  same<typeof nothing, Handle<void>>(true);
  const closure = go(function* () {
    return yield* words.recvOk();
  });
  same<Awaited<typeof closure>, [value: string, ok: true] | [value: undefined, ok: false]>(true);
}

function produceWords(words: Chan<string>) {
  return go(produce<string>, words, ["a", "b"]);
}

export function starless(numbers: Chan<number>): void {
  // @ts-expect-error a receive without the star is not a wait
  go(function* () {
    return (yield numbers.recv()) as number;
  });
  // @ts-expect-error nor is a send
  go(function* (to: SendChan<number>) {
    yield to.send(1);
  }, numbers);
  // @ts-expect-error one missing star among right ones
  go(function* () {
    yield* numbers.send(1);
    yield numbers.recv();
  });
}

export function* rangeOnly(both: Chan<number>): Goroutine {
  const cursor = range(both);
  same<typeof cursor.value, number>(true);
  const more = yield* cursor.next();
  same<typeof more, boolean>(true);
  // @ts-expect-error a cursor is moved by next
  cursor.value = 1;
  // @ts-expect-error a channel is no iterable of plain code
  for (const n of both) void n;
  // @ts-expect-error an array is no channel
  range([1, 2]);
}
