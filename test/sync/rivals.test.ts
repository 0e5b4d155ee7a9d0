/**
 * Two claims on one lock in the same select: when a third case happens neither does, although withdrawing the first makes room for the second.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, type Goroutine, go, type Handle, type Op, RWMutex, Semaphore, select } from "gort";
import { inMain, mustBlock, mustFinish, rest } from "../go/support.ts";

type Claims = () => Record<string, Op<unknown>>;

/** A goroutine that waits in a select until one of its claims is granted, or until it is told to give up; then it waits for ever. */
class Claimant {
  readonly went: string[] = [];
  private readonly quit = chan<void>();
  private readonly h: Handle<unknown>;

  constructor(claims: Claims) {
    const { went, quit } = this;
    this.h = go(function* () {
      const s = yield* select({ ...claims(), quit: quit.recv() });
      went.push(s.case);
      yield* chan().recv();
    });
  }

  *wait(): Goroutine {
    yield* mustBlock(this.h, "select");
    assert.deepEqual(this.went, []);
  }

  giveUp(): void {
    assert.equal(this.quit.trySend(), true, "it does not wait");
  }

  *mustHaveGivenUp(): Goroutine {
    yield* rest(go(() => {}));
    yield* rest(this.h);
    assert.deepEqual([this.went, this.h.status], [["quit"], "waiting"]);
  }
}

/**
 * The lock is partly held, and `front` keeps the claims waiting; when that one has gone, what keeps the second claim waiting is the first
 * one alone. Then a third case happens, and `small` must be let in.
 *
 * Which claim stands before which is the select's choice. False when it was the other way round, and the second one was granted.
 */
function* scene(front: Claims, both: Claims, small: () => Op<Disposable>): Goroutine<boolean> {
  const first = new Claimant(front);
  yield* first.wait();
  const claimant = new Claimant(both);
  yield* claimant.wait();
  const behind = go(function* () {
    using _ = yield* small();
  });
  yield* mustBlock(behind, "the one behind");
  first.giveUp();
  yield* first.mustHaveGivenUp();
  if (claimant.went.length > 0) return false;
  yield* mustBlock(behind, "the one behind");
  claimant.giveUp();
  yield* claimant.mustHaveGivenUp();
  yield* mustFinish(behind, "the one behind");
  return true;
}

/** The two claims side by side, and the first one in a select of its own, which is withdrawn as one. */
function shapes(large: () => Op<Disposable>, small: () => Op<Disposable>): Record<string, Claims> {
  return {
    "side by side": () => ({ large: large(), small: small() }),
    nested: () => ({ inner: select({ large: large() }), small: small() }),
  };
}

// A select goes through its cases in a random order.
const ROUNDS = 50;

describe("two claims in one select, of which neither happens", () => {
  for (const shape of ["side by side", "nested"]) {
    it(
      `on an RWMutex, to write and to read, ${shape}`,
      inMain(function* () {
        for (let round = 0; round < ROUNDS; round++) {
          const mu = new RWMutex();
          const write = () => mu.lock();
          const read = () => mu.rLock();
          yield* read();
          const both = shapes(write, read)[shape] as Claims;
          assert.equal(yield* scene(() => ({ write: write() }), both, read), true);
          mu.rUnlock();
          assert.equal(mu.tryLock(), true, "something is still held");
        }
      }),
    );

    it(
      `on a Semaphore, for much and for little, ${shape}`,
      inMain(function* () {
        let played = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const sem = new Semaphore(2);
          const much = () => sem.acquire(2);
          const little = () => sem.acquire();
          yield* little();
          const both = shapes(much, little)[shape] as Claims;
          if (!(yield* scene(() => ({ much: much() }), both, little))) continue;
          played++;
          sem.release();
          assert.equal(sem.tryAcquire(2), true, "something is still held");
        }
        assert.ok(played > 0);
      }),
    );
  }
});
