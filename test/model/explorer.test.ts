/** The explorer of schedules (explorer.ts): it reaches all that trying every schedule reaches, and each class of schedules once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Exploration, explore, Failure, type Limits, type System } from "./explorer.ts";
import { Races } from "./races.ts";
import { Op, type Thread, Threads, type Value } from "./threads.ts";

/** An operation: its kind, the word, and what goes with it. */
type Step = readonly [kind: number, at: number, first?: Value, second?: Value];

/** Threads that make these steps, and remember what came of them. */
class Tiny implements System {
  readonly threads: Threads;
  readonly words = new Int32Array(4);
  readonly outcomes = new Map<string, number>();
  private readonly programs: readonly (readonly Step[])[];
  private readonly seen: Value[][];

  /** After how many steps the first thread dies. */
  private readonly diesAt: number;

  constructor(programs: readonly (readonly Step[])[]) {
    const hears = programs.flat().find(([kind]) => kind === Op.hear);
    this.diesAt = (hears?.[3] as number | undefined) ?? Number.POSITIVE_INFINITY;
    this.programs = programs;
    this.threads = new Threads(programs.length, null);
    this.seen = programs.map(() => []);
  }

  begin(): void {
    this.words.fill(0);
    this.threads.begin(
      this.programs.map((_, index) => this.body(index)),
      0,
      this.diesAt,
    );
  }

  end(unfinished: number): void {
    const outcome = JSON.stringify([[...this.words], this.seen, unfinished]);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  private *body(index: number): Generator<void, undefined, Value> {
    const seen = this.seen[index] as Value[];
    seen.length = 0;
    for (const [kind, at, first, second] of this.programs[index] as readonly Step[]) {
      const thread = this.threads.threads[index] as Thread;
      seen.push(yield thread.note(kind, kind === Op.pause ? undefined : this.words, at, first, second));
    }
  }
}

function outcomesOf(programs: readonly (readonly Step[])[], limits: Limits = {}): [string[], Exploration] {
  const tiny = new Tiny(programs);
  const found = explore(tiny, limits);
  return [[...tiny.outcomes.keys()].sort(), found];
}

/** Numbers that are the same in every run (xorshift). */
function numbers(seed: number): (below: number) => number {
  let x = seed * 2654435761 + 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

describe("the explorer", () => {
  const counted: [string, Step[][], number][] = [
    ["two threads that do not meet", [[[Op.store, 0, 1]], [[Op.store, 1, 1]]], 1],
    ["two that read", [[[Op.load, 0]], [[Op.load, 0]]], 1],
    ["two that write one word", [[[Op.store, 0, 1]], [[Op.store, 0, 2]]], 2],
    ["three writers of one word", [[[Op.store, 0, 1]], [[Op.store, 0, 2]], [[Op.store, 0, 3]]], 6],
    ["a writer and two readers", [[[Op.store, 0, 1]], [[Op.load, 0]], [[Op.load, 0]]], 4],
    [
      "two pairs that do not concern each other",
      [
        [
          [Op.store, 0, 1],
          [Op.store, 1, 1],
        ],
        [[Op.store, 0, 2]],
        [[Op.store, 1, 2]],
      ],
      4,
    ],
    [
      "store, then load, crosswise",
      [
        [
          [Op.store, 0, 1],
          [Op.load, 1],
        ],
        [
          [Op.store, 1, 1],
          [Op.load, 0],
        ],
      ],
      // Either load after the other's store, or before it; not both before.
      3,
    ],
    ["two locks by swap: a failed swap changes nothing", [[[Op.swap, 0, 0, 1]], [[Op.swap, 0, 0, 2]]], 2],
  ];
  for (const [what, programs, classes] of counted) {
    it(`sees ${classes} of ${what}`, () => {
      const [outcomes, found] = outcomesOf(programs);
      assert.deepEqual(outcomes, outcomesOf(programs, { brute: true })[0]);
      assert.equal(found.schedules, classes);
      assert.equal(found.redundant, 0);
      assert.equal(found.exhausted, true);
    });
  }

  const kinds: ((next: (below: number) => number) => Step)[] = [
    (next) => [Op.load, next(2)],
    (next) => [Op.store, next(2), next(3)],
    (next) => [Op.swap, next(2), next(2), next(3)],
    (next) => [Op.add, next(2), 1],
    (next) => [Op.exchange, next(2), next(3)],
  ];
  const waiting: typeof kinds = [
    ...kinds,
    (next) => [Op.wait, next(2), next(2)],
    (next) => [Op.wake, next(2)],
    (next) => [Op.wait, next(2), next(2), 1],
    () => [Op.pause, 0],
    (next) => [Op.wake, next(2)],
  ];
  const locking: typeof kinds = [
    ...waiting,
    (next) => [Op.acquire, next(2), 1],
    (next) => [Op.store, next(2), 0],
    (next) => [Op.wake, next(2), 1],
  ];
  for (const [what, table, rounds] of [
    ["that only read and write", kinds, 300],
    ["that sleep, wake and spin", waiting, 500],
    ["that lock", locking, 300],
    ["of which one dies", locking, 300],
  ] as const) {
    it(`reaches what every schedule of random programs reaches, ${what}`, () => {
      let all = 0;
      let tried = 0;
      for (let seed = 1; seed <= rounds; seed++) {
        const next = numbers(seed);
        const lengths = seed % 2 === 0 ? [4, 4] : [2, 3, 3];
        const programs: Step[][] = lengths.map((length) =>
          Array.from({ length }, () => (table[next(table.length)] as (typeof kinds)[0])(next)),
        );
        // The last thread hears of the first one's end.
        if (what.startsWith("of which"))
          programs.at(-1)?.splice(next(2), 1 + next(2), [Op.hear, 0, 0, next(4)]);
        const [wanted, every] = outcomesOf(programs, { brute: true });
        const [outcomes, found] = outcomesOf(programs);
        assert.deepEqual(outcomes, wanted, `seed ${seed}: ${JSON.stringify(programs)}`);
        all += every.schedules;
        tried += found.schedules;
      }
      assert.ok(tried * 4 < all, `${tried} of ${all}`);
    });
  }

  it("says the schedule that failed, and fails with it again", () => {
    const programs: Step[][] = [[[Op.add, 0, 1]], [[Op.store, 0, 5]]];
    const tiny = new Tiny(programs);
    tiny.end = () => {
      if (tiny.words[0] === 5) throw new Error("five");
    };
    assert.throws(
      () => explore(tiny),
      (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.message, "five");
        assert.deepEqual(error.schedule, [0, 1]);
        return true;
      },
    );
  });

  it("stops at its limits", () => {
    const spin: Step[] = Array.from({ length: 50 }, () => [Op.add, 0, 1]);
    const found = explore(new Tiny([spin, spin]), { schedules: 10 });
    assert.equal(found.schedules, 10);
    assert.equal(found.exhausted, false);
    assert.throws(() => explore(new Tiny([spin, spin]), { steps: 20 }), /seems not to end/);
  });
});

describe("data races", () => {
  it("are plain accesses that nothing puts in an order", () => {
    const races = new Races(4, 2);
    races.begin();
    assert.equal(races.plain(0, 1, true, 0), -1);
    assert.ok(races.plain(1, 1, false, 0) >= 0, "written and read");
    races.begin();
    assert.equal(races.plain(1, 1, true, 0), -1, "earlier schedules do not count");
    assert.ok(races.atomic(0, 1, true, false) >= 0, "written plainly and read atomically");
    races.begin();
    races.plain(0, 1, false, 0);
    assert.equal(races.plain(1, 1, false, 0), -1, "both read");
    assert.ok(races.atomic(1, 1, false, true) >= 0, "read plainly and written atomically");
  });

  it("are none when a store that was read is in between", () => {
    const races = new Races(4, 2);
    races.begin();
    races.plain(0, 1, true, 0);
    races.atomic(0, 0, false, true);
    races.atomic(1, 0, true, false);
    assert.equal(races.plain(1, 1, true, 0), -1);
    races.begin();
    races.plain(0, 1, true, 0);
    races.atomic(0, 0, true, false);
    races.atomic(1, 0, true, false);
    assert.ok(races.plain(1, 1, true, 0) >= 0, "two loads order nothing");
    races.begin();
    races.atomic(0, 0, false, true);
    races.plain(0, 1, true, 0);
    races.atomic(1, 0, true, false);
    assert.ok(races.plain(1, 1, true, 0) >= 0, "written after the store");
  });
});
