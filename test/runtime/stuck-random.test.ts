/**
 * Random programs of locks under random schedules: what runtime.stuck() says is what a model says that keeps books of its own, at every moment.
 *
 * The model is written in the program: each goroutine notes what it is about to wait for, what it has got and what it gives back. Who is stuck follows from that alone: nobody who does not wait; of those who wait, take away
 * everybody who can still get what he wants, until nobody is left to be taken away.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Goroutine,
  gosched,
  type Handle,
  Mutex,
  RWMutex,
  runtime,
  type Stuck,
  select,
  sleep,
  WaitGroup,
} from "gort";
import { explore } from "gort/testing";
import { type Random, random } from "../base/seed.ts";

const GOROUTINES = 4;
const MUTEXES = 3;
const STEPS = 7;
const PROGRAMS = 60;
const SCHEDULES = 12;

type Want =
  | { readonly kind: "mutex" | "write" | "read"; readonly lock: number }
  | { readonly kind: "join"; readonly other: number };
type Step =
  | { readonly kind: "want"; readonly any: readonly Want[]; readonly late: boolean }
  | { readonly kind: "give" | "try" | "pass"; readonly lock: number };

/** Locks below MUTEXES are mutexes; the one after them is an RWMutex. */
function anyWant(rand: Random, self: number): Want {
  const n = rand.below(10);
  if (n === 0 && self < GOROUTINES - 1)
    return { kind: "join", other: self + 1 + rand.below(GOROUTINES - 1 - self) };
  if (n <= 2) return { kind: "write", lock: MUTEXES };
  if (n <= 4) return { kind: "read", lock: MUTEXES };
  return { kind: "mutex", lock: rand.below(MUTEXES) };
}

function anyStep(rand: Random, self: number): Step {
  const n = rand.below(10);
  if (n <= 5) {
    const any = [anyWant(rand, self)];
    if (n === 0) any.push(anyWant(rand, self));
    return { kind: "want", any, late: rand.below(8) === 0 };
  }
  return { kind: n <= 7 ? "give" : n === 8 ? "try" : "pass", lock: rand.below(MUTEXES + 1) };
}

/** What each goroutine has, and wants: the books. */
class Model {
  readonly mutexes: Mutex[] = Array.from({ length: MUTEXES }, () => new Mutex());
  readonly rw: RWMutex = new RWMutex();
  readonly handles: Handle<void>[] = [];
  /** By lock, who has it: for the RWMutex each share once. */
  readonly holders: { who: number; reads: boolean }[][] = Array.from({ length: MUTEXES + 1 }, () => []);
  readonly wants: (readonly Want[] | null)[] = [];
  /** Who waits to write, in the order of coming. */
  writers: number[] = [];
  stopping = false;
  checks = 0;
  stuckSeen = 0;

  op(want: Want) {
    if (want.kind === "join") return this.handles[want.other] as Handle<void>;
    if (want.kind === "mutex") return (this.mutexes[want.lock] as Mutex).lock();
    return want.kind === "write" ? this.rw.lock() : this.rw.rLock();
  }

  got(who: number, want: Want): void {
    if (want.kind !== "join") this.holders[want.lock]?.push({ who, reads: want.kind === "read" });
  }

  *want(who: number, any: readonly Want[], late: boolean): Goroutine {
    this.wants[who] = late ? null : any;
    if (any.some(({ kind }) => kind === "write")) this.writers.push(who);
    let chosen: Want | undefined = any[0];
    if (any.length === 1 && !late) {
      yield* this.op(any[0] as Want);
    } else {
      const cases = Object.fromEntries(any.map((want, i) => [`${i}`, this.op(want)]));
      const s = yield* select({ ...cases, late: late ? sleep(1) : null });
      chosen = any[Number(s.case)];
    }
    this.wants[who] = null;
    this.writers = this.writers.filter((writer) => writer !== who);
    if (chosen !== undefined) this.got(who, chosen);
  }

  give(who: number, lock: number): void {
    const list = this.holders[lock] as { who: number; reads: boolean }[];
    const at = list.findIndex((holder) => holder.who === who);
    if (at < 0) return;
    const [{ reads }] = list.splice(at, 1) as unknown as [{ reads: boolean }];
    if (lock < MUTEXES) (this.mutexes[lock] as Mutex).unlock();
    else if (reads) this.rw.rUnlock();
    else this.rw.unlock();
  }

  tryGet(who: number, lock: number): void {
    if (lock === MUTEXES) {
      if (this.rw.tryRLock()) this.got(who, { kind: "read", lock });
    } else if (this.mutexes[lock]?.tryLock()) {
      this.got(who, { kind: "mutex", lock });
    }
  }

  /** One of these has to go on first. Somebody who has been given a lock and has not run since is not in the books: then nobody stands in the way. */
  blockers(want: Want): number[] {
    if (want.kind === "join") return [want.other];
    const holders = this.holders[want.lock] as { who: number; reads: boolean }[];
    const inTheWay = holders.filter(({ reads }) => want.kind !== "read" || !reads).map(({ who }) => who);
    if (want.kind === "read" && inTheWay.length === 0)
      return this.writers.filter((writer) => this.isParked(writer)).slice(0, 1);
    return inTheWay;
  }

  stuck(): number[] {
    let left = this.handles.map((_, i) => i).filter((i) => this.wants[i] != null && this.isParked(i));
    for (;;) {
      const still = left.filter((i) =>
        (this.wants[i] ?? []).every((want) => this.blockers(want).some((other) => left.includes(other))),
      );
      if (still.length === left.length) return still;
      left = still;
    }
  }

  private isParked(i: number): boolean {
    return this.handles[i]?.status === "waiting";
  }

  check(): void {
    const numbers = this.handles.map(({ id }) => id);
    const all: Stuck = runtime.stuck();
    const said = all.cycles.flatMap(({ goroutines, behind }) => [
      ...goroutines.map(({ id }) => id),
      ...behind,
    ]);
    const of = said.map((id) => numbers.indexOf(id)).filter((i) => i >= 0);
    const expected = this.stuck();
    assert.deepEqual(of.sort(), expected);
    assert.deepEqual(all.suspicions, []);
    for (const { goroutines } of all.cycles) this.checkRing(goroutines.map(({ id }) => numbers.indexOf(id)));
    this.checks++;
    this.stuckSeen += expected.length;
  }

  private checkRing(ring: number[]): void {
    ring.forEach((who, i) => {
      const next = ring[(i + 1) % ring.length] as number;
      const ways = (this.wants[who] ?? []).flatMap((want) => this.blockers(want));
      assert.ok(ways.includes(next), `${who} waits for ${ways}, not for ${next}`);
    });
  }

  /** Gives everything back by hand, so that nobody is left behind. */
  release(): void {
    const free = (unlock: () => void) => {
      try {
        unlock();
      } catch {} // It was free.
    };
    for (const mu of this.mutexes) free(() => mu.unlock());
    free(() => this.rw.unlock());
    free(() => this.rw.rUnlock());
  }
}

function* perform(model: Model, who: number, steps: readonly Step[]): Goroutine {
  for (const step of steps) {
    if (step.kind === "want") yield* model.want(who, step.any, step.late);
    else if (step.kind === "give") model.give(who, step.lock);
    else if (step.kind === "try") model.tryGet(who, step.lock);
    else yield* gosched();
    if (model.stopping) return;
    model.check();
  }
  for (let lock = 0; lock <= MUTEXES; lock++) while (has(model, who, lock)) model.give(who, lock);
  model.check();
}

function has(model: Model, who: number, lock: number): boolean {
  return (model.holders[lock] ?? []).some((holder) => holder.who === who);
}

describe("runtime.stuck, in random programs of locks under random schedules", () => {
  it("is what a model says", async (t) => {
    const rand = random(t, "test/runtime/stuck-random");
    let checks = 0;
    let stuckSeen = 0;
    for (let i = 0; i < PROGRAMS; i++) {
      const programs = Array.from({ length: GOROUTINES }, (_, self) =>
        Array.from({ length: STEPS }, () => anyStep(rand, self)),
      );
      await explore(
        function* main() {
          const model = new Model();
          const wg = new WaitGroup();
          programs.forEach((steps, who) => {
            model.handles[who] = wg.go(perform, model, who, steps);
          });
          for (let round = 0; round < 3 * STEPS; round++) {
            yield* gosched();
            model.check();
          }
          yield* sleep(10);
          model.check();
          checks += model.checks;
          stuckSeen += model.stuckSeen;
          model.stopping = true;
          while (model.handles.some(({ status }) => status !== "dead")) {
            model.release();
            yield* gosched();
          }
        },
        { strategy: "random", schedules: SCHEDULES, seed: rand.seed + i, shrink: 0, maxSteps: 5000 },
      );
    }
    t.diagnostic(`${checks} checks, ${stuckSeen} times somebody was stuck`);
    assert.ok(stuckSeen > 0);
  });
});
