/**
 * A worker pool: a fixed number of goroutines takes jobs from one channel. At most three of these "downloads" run at once.
 *
 * A goroutine has a result, so the pool needs no channel for them: each worker returns what it has done. An error inside a worker is thrown
 * where somebody waits for its handle.
 */
import { chan, type Goroutine, go, type RecvChan, range, sleep } from "gort";

const WORKERS = 3;
const state = { running: 0, most: 0 };

function* worker(jobs: RecvChan<string>): Goroutine<number> {
  let bytes = 0;
  for (const job = range(jobs); yield* job.next(); ) {
    state.most = Math.max(state.most, ++state.running);
    yield* sleep(1); // stands for work that waits
    bytes += job.value.length;
    state.running--;
  }
  return bytes;
}

export function* main(): Goroutine {
  const jobs = chan<string>();
  const workers = Array.from({ length: WORKERS }, () => go(worker, jobs));
  for (let n = 1; n <= 12; n++) yield* jobs.send("x".repeat(n));
  jobs.close();

  let bytes = 0;
  for (const one of workers) bytes += yield* one;
  console.log(`${bytes} bytes; at most ${state.most} at once`);
}

// Output:
// 78 bytes; at most 3 at once
