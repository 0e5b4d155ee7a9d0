/**
 * A program whose time is the test's: whenever all of it waits, the clock jumps to the next thing that is due.
 *
 * So `yield* sleep(1000)` in it takes no time, and "a little later" is exact. What is due at one time happens in the runtime's order; computing takes no time.
 */
import assert from "node:assert/strict";
import { type Goroutine, run } from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { p } from "#src/runtime/processor.ts";
import { turn } from "../go/support.ts";
import { FakeHost } from "../runtime/fake-host.ts";

/** More than any test needs. */
const MOST_JUMPS = 200_000;

/** A `node:test` body that runs `main` as the program's main goroutine, in virtual time; in the end no timer may be left. */
export function inTime(main: (host: FakeHost) => Goroutine): () => Promise<void> {
  return async () => {
    const host = new FakeHost();
    host.install();
    try {
      await drive(
        host,
        run(function* () {
          yield* main(host);
        }),
      );
      await settled();
      assert.equal(counts.waiting, 0, "a timer is left");
    } finally {
      letGo(host);
    }
  };
}

/** Jumps from one due time to the next until `program` is over. */
export async function drive<T>(host: FakeHost, program: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  program.then(end, end);
  for (let jumps = 0; ; jumps++) {
    await settled();
    if (over) return program;
    host.timers = host.armed;
    const next = Math.min(...host.timers.map(({ at }) => at));
    assert.ok(next < Number.POSITIVE_INFINITY, "nothing can happen any more");
    assert.ok(jumps < MOST_JUMPS, "it never ends");
    host.moveTo(next);
  }
}

/** Resolves when every goroutine waits or has ended, and async code that was woken has run. */
export async function settled(): Promise<void> {
  do await turn();
  while (p.runq.size > 0);
}

/** Lets what the runtime has armed ring in the fake world, so that the next test begins with nothing armed. */
export function letGo(host: FakeHost): void {
  try {
    host.moveTo(host.now + 2 ** 33);
  } finally {
    host.restore();
  }
}
