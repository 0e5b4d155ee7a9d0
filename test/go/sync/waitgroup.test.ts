/**
 * Go: sync/waitgroup_test.go. A WaitGroup is a barrier that can be used again at once, and its counter is never negative.
 *
 * Differs: an error of `WaitGroup.go` can be waited for on its handle; one that nobody waits for is a panic, as in Go.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  goexit,
  gosched,
  type Handle,
  NegativeCounterError,
  WaitGroup,
} from "gort";
import { program } from "../../prog/program.ts";
import { inMain, mustFinish, panicOf, rest } from "../support.ts";

const SIZE = 16;

/** One round: all have to be counted down in `first`, and none goes on before `second` is. */
function* barrier(first: WaitGroup, second: WaitGroup): Goroutine {
  first.add(SIZE);
  second.add(SIZE);
  const exited = chan<void>(SIZE);
  const all: Handle<void>[] = [];
  for (let i = 0; i < SIZE; i++) {
    all.push(
      go(function* () {
        first.done();
        yield* second.wait();
        yield* exited.send();
      }),
    );
  }
  yield* first.wait();
  for (let i = 0; i < SIZE; i++) {
    yield* rest(...all);
    assert.equal(exited.length, 0, "released too soon");
    second.done();
  }
  for (const one of all) yield* one;
  assert.equal(exited.length, SIZE);
}

test(
  "waitgroup_test.go TestWaitGroup: a barrier holds everybody until the last one, eight times with the same two",
  inMain(function* () {
    const [a, b] = [new WaitGroup(), new WaitGroup()];
    for (let round = 0; round < 8; round++) yield* barrier(a, b);
  }),
);

test(
  "waitgroup_test.go TestWaitGroupMisuse: one done too many is a panic",
  inMain(function* () {
    const wg = new WaitGroup();
    wg.add(1);
    wg.done();
    const error = yield* panicOf(function* () {
      wg.done();
    });
    assert.ok(error instanceof NegativeCounterError);
    assert.equal(error.message, "sync: negative WaitGroup counter");
  }),
);

test(
  "waitgroup_test.go TestWaitGroupRace: wait ends when both are done and not before, whatever the order of their turns",
  inMain(function* () {
    for (let order = 0; order < 9; order++) {
      const wg = new WaitGroup();
      let count = 0;
      for (const turns of [order % 3, Math.floor(order / 3)]) {
        wg.add(1);
        go(function* () {
          for (let i = 0; i < turns; i++) yield* gosched();
          count++;
          wg.done();
        });
      }
      yield* wg.wait();
      assert.equal(count, 2);
    }
  }),
);

test(
  "waitgroup_test.go TestWaitGroupGo: wait waits for what go started",
  inMain(function* () {
    const wg = new WaitGroup();
    let i = 0;
    wg.go(() => {
      i++;
    });
    assert.equal(i, 0);
    yield* wg.wait();
    assert.equal(i, 1);
  }),
);

const FAILING = `import { run, WaitGroup } from "gort";
  export function* main() {
    const wg = new WaitGroup();
    wg.go(() => { throw new Error("test"); });
    yield* wg.wait();
  }`;

for (const command of [true, false]) {
  test(`waitgroup_test.go TestIssue76126: a panic of WaitGroup.go ends the process (${command ? "gort run" : "node"})`, async () => {
    const ended = await program(command ? FAILING : `${FAILING}\nawait run(main);`, { command });
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, /^panic: test\n\ngoroutine \d+ \[running\]:\n/);
  });
}

test("waitgroup_test.go TestIssue76126: what comes after wait is not reached when the panic ends the process", async () => {
  const ended = await program(
    `import { run, WaitGroup } from "gort";
    await run(function* () {
      const wg = new WaitGroup();
      wg.go(() => { throw new Error("test"); });
      yield* wg.wait();
      console.log("wait returned");
      process.exit(0);
    });`,
  );
  assert.deepEqual([ended.code, ended.stdout], [2, ""]);
});

test(
  "waitgroup.go Go: a goroutine that ends by goexit counts down",
  inMain(function* () {
    const wg = new WaitGroup();
    wg.go(() => goexit());
    yield* mustFinish(
      go(() => wg.wait()),
      "wait",
    );
  }),
);
