/**
 * A WaitGroup counts what is still going on, and waits until nothing is.
 *
 * Here three workers send on one channel. None of them knows whether it is the last, so none may close it; whoever waits for all of them does.
 * `wg.go` starts a goroutine and counts it: up now, down when it ends, in whatever way. `add` and `done` are there for what is not a goroutine.
 *
 * Where each worker has one result, its handle is simpler (06-worker-pool.ts).
 */
import { chan, type Goroutine, go, type RecvChan, range, type SendChan, sleep, WaitGroup } from "gort";

function* worker(jobs: RecvChan<string>, out: SendChan<string>): Goroutine {
  for (const job = range(jobs); yield* job.next(); ) {
    yield* sleep(1); // stands for work that waits
    yield* out.send(job.value.toUpperCase());
  }
}

export function* main(): Goroutine {
  const jobs = chan<string>();
  const out = chan<string>();

  const workers = new WaitGroup();
  for (let i = 0; i < 3; i++) workers.go(worker, jobs, out);
  go(function* closeOut() {
    yield* workers.wait();
    out.close();
  });
  go(function* produce() {
    for (const word of "so many words for so few workers".split(" ")) yield* jobs.send(word);
    jobs.close();
  });

  const words: string[] = [];
  for (const word = range(out); yield* word.next(); ) words.push(word.value);
  console.log(words.sort().join(" ")); // they come in the order in which they were done

  try {
    workers.done(); // one too many
  } catch (error) {
    console.log((error as Error).message);
  }
}

// Output:
// FEW FOR MANY SO SO WORDS WORKERS
// sync: negative WaitGroup counter
