/**
 * A semaphore: so much of something, of which everybody takes a part and gives it back.
 *
 * Here it is memory: four units, and jobs that need more or less of it. First come, first served: the last job would fit in beside the first two, but
 * does not overtake the large one that waits, or that one might wait for ever.
 */
import { type Goroutine, Semaphore, sleep, WaitGroup } from "gort";

const memory = new Semaphore(4);

function* job(name: string, units: number): Goroutine {
  const part = yield* memory.acquire(units);
  try {
    console.log(`${name} begins with ${units}`);
    yield* sleep(1);
    console.log(`${name} ends`);
  } finally {
    part[Symbol.dispose](); // or memory.release(units)
  }
}

export function* main(): Goroutine {
  const jobs = new WaitGroup();
  jobs.go(job, "mail", 1);
  jobs.go(job, "backup", 2);
  jobs.go(job, "video", 4);
  jobs.go(job, "chat", 1);
  yield* jobs.wait();

  console.log("tryAcquire:", memory.tryAcquire(3), memory.tryAcquire(2));
  memory.release(3);
}

// Output:
// mail begins with 1
// backup begins with 2
// mail ends
// backup ends
// video begins with 4
// video ends
// chat begins with 1
// chat ends
// tryAcquire: true false
