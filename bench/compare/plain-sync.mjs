/**
 * A lock, sleeps and a cancellation as hand-written async code has them: a promise only where one must wait, no errors for misuse, and
 * nobody who waits can give up.
 */
import { WANTING } from "../micro/mutex.mjs";
import { Floor, LIMIT, TURNS } from "../micro/semaphore.mjs";
import { span } from "../micro/sleepers.mjs";
import { Queue } from "./plain-chan.mjs";

class Semaphore {
  waiting = new Queue();

  constructor(free) {
    this.free = free;
  }

  /** A promise when one must wait, else undefined. */
  acquire() {
    if (this.free > 0) {
      this.free--;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** First come, first served: the place goes to who waits longest, not to who comes next. */
  release() {
    if (this.waiting.length > 0) this.waiting.shift()();
    else this.free++;
  }
}

async function mutexFree(_lib, n) {
  const mutex = new Semaphore(1);
  let count = 0;
  for (let i = 0; i < n; i++) {
    await mutex.acquire();
    count++;
    mutex.release();
  }
  return count;
}

async function want(mutex, state, n) {
  for (let i = 0; i < n; i++) {
    await mutex.acquire();
    const { count } = state;
    await undefined;
    state.count = count + 1;
    mutex.release();
  }
}

async function mutexContended(_lib, n) {
  const mutex = new Semaphore(1);
  const state = { count: 0 };
  await Promise.all(Array.from({ length: WANTING }, () => want(mutex, state, n / WANTING)));
  return state.count;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function sleeper(state, i) {
  await sleep(span(i));
  state.total = (state.total + i) | 0;
  if (--state.left === 0) state.done(state.total);
}

const sleepers = (_lib, n) =>
  new Promise((done) => {
    const state = { total: 0, left: n, done };
    for (let i = 0; i < n; i++) sleeper(state, i);
  });

async function waiter(done, state) {
  await done;
  state.told++;
  if (--state.left === 0) state.done(state.told);
}

/** One promise for all: an AbortSignal looks through its listeners whenever one is added, which takes half a minute for so many. */
const cancel = async (_lib, n) => {
  const state = { told: 0, left: n, done: undefined };
  const all = new Promise((resolve) => (state.done = resolve));
  let end;
  const done = new Promise((resolve) => (end = resolve));
  for (let i = 0; i < n; i++) waiter(done, state);
  return () => {
    end();
    return all;
  };
};

export async function task(floor, i) {
  floor.enter();
  for (let turn = 0; turn < TURNS; turn++) await undefined;
  floor.leave(i);
}

async function acquiring(semaphore, floor, i) {
  await semaphore.acquire();
  try {
    await task(floor, i);
  } finally {
    semaphore.release();
  }
}

const semaphore = async (_lib, n) => {
  const sem = new Semaphore(LIMIT);
  const floor = new Floor();
  await Promise.all(Array.from({ length: n }, (_, i) => acquiring(sem, floor, i)));
  return floor.result(n);
};

export const bodies = {
  "mutex-free": mutexFree,
  "mutex-contended": mutexContended,
  sleepers,
  cancel,
  semaphore,
};
