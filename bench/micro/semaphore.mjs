/**
 * 10,000 tasks, 16 at once: by a semaphore that each task acquires for itself, and by a group with a limit.
 *
 * A task lets the others run three times (where there are only promises: it awaits three times), so that tasks really overlap.
 */
import { below } from "./spawn.mjs";

export const LIMIT = 16;
export const TURNS = 3;

/** Counts who is at work: more than the limit at once is a failure, and so is fewer than possible. */
export class Floor {
  working = 0;
  most = 0;
  total = 0;

  enter() {
    if (++this.working > this.most) this.most = this.working;
  }

  leave(i) {
    this.working--;
    this.total = (this.total + i) | 0;
  }

  result(n) {
    const want = Math.min(n, LIMIT);
    if (this.most !== want) throw new Error(`${this.most} tasks at once, expected ${want}`);
    return this.total;
  }
}

function* task(gosched, floor, i) {
  floor.enter();
  for (let turn = 0; turn < TURNS; turn++) yield* gosched();
  floor.leave(i);
}

function* acquiring(gosched, semaphore, floor, i) {
  yield* semaphore.acquire();
  try {
    yield* task(gosched, floor, i);
  } finally {
    semaphore.release();
  }
}

const semaphore = ({ Semaphore, WaitGroup, gosched, run }, n) =>
  run(function* main() {
    const sem = new Semaphore(LIMIT);
    const wg = new WaitGroup();
    const floor = new Floor();
    for (let i = 0; i < n; i++) wg.go(acquiring, gosched, sem, floor, i);
    yield* wg.wait();
    return floor.result(n);
  });

const group = ({ Group, gosched, run }, n) =>
  run(function* main() {
    const group = new Group();
    const floor = new Floor();
    group.setLimit(LIMIT);
    for (let i = 0; i < n; i++) group.go(task, gosched, floor, i);
    yield* group.wait();
    return floor.result(n);
  });

const shared = {
  fixed: 10_000,
  repeat: 20,
  unit: "ms",
  expected: below,
  targets: [
    { against: "p-limit", factor: 1 },
    { against: "p-queue", factor: 1 },
    { against: "effect", factor: 1 },
  ],
};

export const cases = [
  {
    ...shared,
    name: "semaphore",
    about:
      "10,000 tasks of three goscheds, each in a goroutine that acquires a semaphore of 16; until all have ended.",
    gort: semaphore,
  },
  {
    ...shared,
    name: "errgroup",
    about:
      "The same 10,000 tasks in a group that runs 16 at once and stops at the first error; there is none.",
    gort: group,
  },
];
