/**
 * What the compiler says about select: its result is a union over the cases, and a switch over it can be exhaustive.
 * Nothing here is run, as in ops.test-d.ts.
 */
import {
  type Chan,
  chan,
  type Goroutine,
  go,
  type Op,
  type SendChan,
  select,
  sleep,
  trySelect,
  wait,
} from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const jobs = chan<{ id: number }>();
const words = chan<string>();

export function* union(out: SendChan<number> | undefined): Goroutine<number> {
  const s = yield* select({
    job: jobs.recv(),
    word: words.recvOk(),
    sent: out?.send(1),
    file: wait(Promise.resolve(new Uint8Array())),
    child: go(() => 1n),
    late: sleep(100),
  });
  same<(typeof s)["case"], "job" | "word" | "sent" | "file" | "child" | "late">(true);
  switch (s.case) {
    case "job":
      same<typeof s.value, { id: number } | undefined>(true);
      return 1;
    case "word":
      if (s.value[1]) same<(typeof s.value)[0], string>(true);
      return 2;
    case "sent":
      same<typeof s.value, void>(true);
      return 3;
    case "file":
      return s.value.length;
    case "child":
      same<typeof s.value, bigint>(true);
      return 4;
    case "late":
      return 5;
  }
}

export function* notExhaustive(): Goroutine<number> {
  const s = yield* select({ job: jobs.recv(), word: words.recv() });
  switch (s.case) {
    case "job":
      return 1;
    // @ts-expect-error there is no such case
    case "other":
      return 2;
    default:
      same<(typeof s)["case"], "word">(true);
      return 3;
  }
}

export function* bad(): Goroutine {
  // @ts-expect-error a case is an operation
  yield* select({ n: 1 });
  // @ts-expect-error a promise is made an operation with wait(promise)
  yield* select({ p: Promise.resolve(1) });
  // @ts-expect-error a channel is no operation: say what to do with it
  yield* select({ c: jobs });
}

export function never(disabled: boolean): void {
  const s = trySelect({ job: !disabled && jobs.recv(), word: null });
  if (s?.case === "job") same<typeof s.value, { id: number } | undefined>(true);
  // @ts-expect-error it may be that no case is ready
  s.case;
}

function unreachable(nothing: never): never {
  throw new Error(`not a case: ${nothing}`);
}

export function* exhaustive(): Goroutine<string> {
  const s = yield* select({ job: jobs.recv(), word: words.recv() });
  switch (s.case) {
    case "job":
      return `${s.value?.id}`;
    case "word":
      return s.value ?? "";
    default:
      return unreachable(s);
  }
}

export function* oneForgotten(): Goroutine<string> {
  const s = yield* select({ job: jobs.recv(), word: words.recv(), late: sleep(1) });
  switch (s.case) {
    case "job":
      return `${s.value?.id}`;
    case "word":
      return s.value ?? "";
    default:
      // @ts-expect-error the case "late" is left
      return unreachable(s);
  }
}

export function* eachValueIsItsOwn(): Goroutine {
  const s = yield* select({ job: jobs.recv(), word: words.recv() });
  // @ts-expect-error which of the two is not known yet
  s.value?.id;
  if (s.case === "word") {
    s.value?.toUpperCase();
    // @ts-expect-error a word has no id
    s.value?.id;
  }
}

/** A case is disabled by null, undefined or false, and by nothing else. */
export function* disabled(
  out: Chan<number> | null,
  on: boolean,
  op: Op<string> | undefined | false,
): Goroutine {
  const s = yield* select({ sent: out && out.send(1), got: on && words.recv(), maybe: op, off: null });
  if (s.case === "maybe") same<typeof s.value, string>(true);
  if (s.case === "got") same<typeof s.value, string | undefined>(true);
  if (s.case === "sent") same<typeof s.value, void>(true);

  // @ts-expect-error true is no operation
  yield* select({ a: true });
  // @ts-expect-error 0 does not disable a case
  yield* select({ a: 0 });
  // @ts-expect-error nor does the empty string
  yield* select({ a: "" });
  // @ts-expect-error a boolean may be true
  yield* select({ a: on });
}

export function* withoutCases(): Goroutine<never> {
  const s = yield* select({});
  return unreachable(s);
}

export function* dynamic(chans: readonly Chan<number>[]): Goroutine {
  const cases = Object.fromEntries(chans.map((c, i) => [`c${i}`, c.recv()]));
  const s = yield* select(cases);
  same<typeof s.case, string>(true);
  same<typeof s.value, number | undefined>(true);
}

/** A select is an operation, and so a case of another one. */
export function* nested(): Goroutine {
  const s = yield* select({ inner: select({ job: jobs.recv(), word: words.recv() }), late: sleep(1) });
  if (s.case === "inner") same<typeof s.value.case, "job" | "word">(true);
}

export async function awaited(): Promise<void> {
  const s = await select({ job: jobs.recv(), late: sleep(1) });
  same<(typeof s)["case"], "job" | "late">(true);
}

export function nonBlocking(): void {
  const s = trySelect({ job: jobs.recv(), word: words.recvOk() });
  if (s === undefined) return;
  same<(typeof s)["case"], "job" | "word">(true);
  if (s.case === "word" && s.value[1]) same<(typeof s.value)[0], string>(true);
}
