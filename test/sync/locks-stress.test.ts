/**
 * Mutex and RWMutex under random sequences of coming, leaving and giving up, compared after each step with a model: who holds the lock,
 * and in which order they got it. So mutual exclusion holds, nobody is lost, nobody is overtaken.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  type Chan,
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  Mutex,
  type Op,
  RWMutex,
  run,
  select,
} from "gort";
import { type Random, random } from "../base/seed.ts";
import { rest } from "../go/support.ts";

type Kind = "read" | "write";

/** The rules on one screen. It writes down who has got the lock since it was last looked at. */
class Model {
  readonly got: number[] = [];
  private readonly holders = new Map<number, Kind>();
  private waiting: { id: number; kind: Kind }[] = [];

  /** The lock is there for this kind, at once. */
  isOpen(kind: Kind): boolean {
    if (kind === "write") return this.holders.size === 0;
    return this.count(this.holders.values(), "write") === 0 && !this.isWriterWaiting();
  }

  come(id: number, kind: Kind): void {
    if (this.isOpen(kind)) this.grant(id, kind);
    else this.waiting.push({ id, kind });
  }

  giveUp(id: number): void {
    this.waiting = this.waiting.filter((one) => one.id !== id);
    if (this.isOpen("read")) this.grantAll("read");
  }

  leave(id: number): void {
    const kind = this.holders.get(id);
    this.holders.delete(id);
    if (kind === "write") this.grantAll("read");
    const writer = this.waiting.find((one) => one.kind === "write");
    if (writer !== undefined && this.isOpen("write")) this.grantAll("write", writer.id);
  }

  get holding(): number[] {
    return [...this.holders.keys()];
  }

  get queue(): number[] {
    return this.waiting.map(({ id }) => id);
  }

  private isWriterWaiting(): boolean {
    return this.waiting.some((one) => one.kind === "write");
  }

  private grant(id: number, kind: Kind): void {
    this.holders.set(id, kind);
    this.got.push(id);
  }

  private grantAll(kind: Kind, only?: number): void {
    const going = this.waiting.filter((one) => one.kind === kind && (only === undefined || one.id === only));
    this.waiting = this.waiting.filter((one) => !going.includes(one));
    for (const one of going) this.grant(one.id, kind);
  }

  private count(kinds: Iterable<Kind>, kind: Kind): number {
    return [...kinds].filter((one) => one === kind).length;
  }
}

/** The two locks by one set of names. */
interface Door {
  enter(kind: Kind): Op<Disposable>;
  tryEnter(kind: Kind): boolean;
  leave(kind: Kind): void;
}

function mutexDoor(): Door {
  const mu = new Mutex();
  return { enter: () => mu.lock(), tryEnter: () => mu.tryLock(), leave: () => mu.unlock() };
}

function rwMutexDoor(): Door {
  const mu = new RWMutex();
  const rl = mu.rLocker();
  return {
    enter: (kind) => (kind === "write" ? mu.lock() : mu.rLock()),
    tryEnter: (kind) => (kind === "write" ? mu.tryLock() : mu.tryRLock()),
    leave: (kind) => (kind === "write" ? mu.unlock() : rl.unlock()),
  };
}

/** How somebody waits, and how the lock is given back. */
interface Actor {
  readonly kind: Kind;
  readonly handle: Handle<unknown>;
  /** Makes it give up; none for one that waits for the lock alone. */
  readonly quit: Chan<void> | null;
  /** Makes it leave. */
  readonly leave: Chan<"guard" | "hand" | "hand and guard">;
}

class Sequence {
  private readonly model = new Model();
  private readonly got: number[] = [];
  private readonly actors = new Map<number, Actor>();
  private readonly door: Door;
  private readonly random: Random;
  private readonly kinds: readonly Kind[];
  private ids = 0;

  constructor(door: Door, random: Random, kinds: readonly Kind[]) {
    this.door = door;
    this.random = random;
    this.kinds = kinds;
  }

  *step(): Goroutine {
    switch (this.random.below(8)) {
      case 0:
      case 1:
      case 2:
        this.come();
        break;
      case 3:
        this.comeTrying();
        break;
      case 4:
        this.giveUp();
        break;
      default:
        this.leave();
    }
    // Two steps may follow each other before anyone has run.
    if (this.random.below(3) > 0) yield* this.check();
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[this.random.below(from.length)];
  }

  private come(): void {
    const { door, got } = this;
    const id = ++this.ids;
    const kind = this.pick(this.kinds) as Kind;
    const quit = this.random.below(2) === 0 ? chan<void>(1) : null;
    const leave: Actor["leave"] = chan(1);
    const body = function* (): Goroutine {
      let guard: Disposable;
      if (quit === null) {
        guard = yield* door.enter(kind);
      } else {
        const s = yield* select({ lock: door.enter(kind), quit: quit.recv() });
        if (s.case === "quit") return;
        guard = s.value;
      }
      got.push(id);
      const how = yield* leave.recv();
      if (how !== "guard") door.leave(kind);
      if (how !== "hand") guard[Symbol.dispose]();
    };
    this.actors.set(id, { kind, handle: go(body), quit, leave });
    this.pending.push(() => this.model.come(id, kind));
  }

  /** What the model learns when the goroutines that have been started have run: they come in the order of their making. */
  private readonly pending: (() => void)[] = [];

  private *settle(): Goroutine {
    for (const tell of this.pending.splice(0)) tell();
    yield* gosched();
    yield* rest(...[...this.actors.values()].map(({ handle }) => handle));
  }

  private comeTrying(): void {
    if (this.pending.length > 0) return;
    const kind = this.pick(this.kinds) as Kind;
    const isOpen = this.model.isOpen(kind);
    assert.equal(this.door.tryEnter(kind), isOpen, `to try to ${kind}`);
    if (isOpen) this.door.leave(kind);
  }

  private giveUp(): void {
    if (this.pending.length > 0) return;
    const id = this.pick(this.model.queue.filter((one) => this.actors.get(one)?.quit !== null));
    if (id === undefined) return;
    assert.equal(this.actors.get(id)?.quit?.trySend(), true);
    this.model.giveUp(id);
  }

  private leave(): void {
    if (this.pending.length > 0) return;
    const id = this.pick(this.model.holding);
    if (id === undefined) return;
    const how = this.pick(["guard", "hand", "hand and guard"] as const);
    assert.equal(this.actors.get(id)?.leave.trySend(how as "guard"), true);
    this.pending.push(() => this.model.leave(id));
  }

  *check(): Goroutine {
    yield* this.settle();
    // Those who hold the lock at once may run again in another order: one whose slice is over gives way with the lock in its hand.
    const [got, expected] = [this.got, this.model.got].map((ids) => ids.splice(0).sort((x, y) => x - y));
    assert.deepEqual(got, expected);
    for (const [id, { handle }] of this.actors) {
      const isIn = this.model.holding.includes(id) || this.model.queue.includes(id);
      assert.equal(handle.status, isIn ? "waiting" : "dead", `goroutine of ${id}`);
      if (!isIn) this.actors.delete(id);
    }
  }

  /** Everybody inside leaves until nobody is there. */
  *finish(): Goroutine {
    yield* this.check();
    while (this.model.holding.length > 0) {
      this.leave();
      yield* this.check();
    }
    assert.equal(this.actors.size, 0, "somebody waits for a lock that nobody holds");
    assert.equal(this.door.tryEnter("write"), true);
  }
}

const LOCKS: { name: string; make: () => Door; kinds: Kind[] }[] = [
  { name: "a Mutex", make: mutexDoor, kinds: ["write"] },
  { name: "an RWMutex", make: rwMutexDoor, kinds: ["write", "read", "read"] },
];

describe("locks under random operations", () => {
  for (const { name, make, kinds } of LOCKS) {
    it(`${name} does as the model does`, async (t: TestContext) => {
      const source = random(t, "sync/locks-stress");
      await run(function* () {
        for (let round = 0; round < 150; round++) {
          const sequence = new Sequence(make(), source, kinds);
          for (let step = 0; step < 60; step++) yield* sequence.step();
          yield* sequence.finish();
        }
      });
    });
  }
});
