// What a scheduler does, why a program is slow, and why it is stuck: six scenes to be watched on the live page.
//
//   npm run tour                                        with the page
//   gort run --ui examples/scheduler-tour.ts [SECONDS]  the same by hand; a scene lasts so many seconds (8)
//   gort run examples/scheduler-tour.ts 1               the scenes alone; `gort top` in another terminal shows them, too
//
// It ends in a deadlock, so its exit code is 2.
import { chan, type Goroutine, go, gosched, Mutex, now, portable, sleep, WaitGroup } from "gort";

const sceneMs = parse(process.argv.slice(2)) * 1000;

/** Computes for about `ms` milliseconds, and gives way now and then. Portable: it may run on any core. */
const compute = portable(import.meta, function* compute(ms: number) {
  const until = now() + ms;
  let rounds = 0;
  while (now() < until) {
    spin(0.5);
    rounds++;
    yield* gosched();
  }
  return rounds;
});

export function* main() {
  yield* scene("1  work for all cores: P0 is given all of it, the others steal theirs", stealing);
  yield* scene("2  a full channel: the producers wait for a consumer that is too slow", fullChannel);
  yield* scene("3  a long slice: one goroutine computes, and everybody behind it waits", longSlice);
  yield* scene("4  a mutex queue: twenty goroutines, and one of them at a time", mutexQueue);
  yield* scene("5  a leak: each request leaves a goroutine behind that nobody will ever wake", leak);
  yield* scene("6  a deadlock: three goroutines wait for each other, and the rest goes on for now", cycle);
}

function* scene(title: string, play: (until: number) => Goroutine): Goroutine {
  console.log(title);
  yield* play(now() + sceneMs);
}

function* stealing(until: number): Goroutine {
  while (now() < until) {
    // Unevenly long, so that a core is done before the others and has to look for more.
    const started = Array.from({ length: 24 }, (_, i) => go(compute, 2 + (i % 7) * 4));
    for (const one of started) yield* one;
    yield* sleep(60);
  }
}

function* fullChannel(until: number): Goroutine {
  const orders = chan<number>(64);
  const producers = new WaitGroup();
  for (let i = 0; i < 5; i++) {
    producers.go(function* producer() {
      while (now() < until) yield* orders.send(i);
    });
  }
  const consumer = go(function* consumer() {
    while ((yield* orders.recv()) !== undefined) if (now() < until) yield* sleep(2);
  });
  yield* producers.wait();
  orders.close();
  yield* consumer;
}

function* longSlice(until: number): Goroutine {
  const done = new WaitGroup();
  done.go(function* hog() {
    while (now() < until) {
      spin(250);
      yield* sleep(100);
    }
  });
  for (let i = 0; i < 4; i++) {
    done.go(function* polite() {
      while (now() < until) {
        spin(0.3);
        yield* sleep(5);
      }
    });
  }
  yield* done.wait();
}

function* mutexQueue(until: number): Goroutine {
  const cache = new Mutex();
  const done = new WaitGroup();
  for (let i = 0; i < 20; i++) {
    done.go(function* reader() {
      while (now() < until) {
        yield* cache.lock();
        yield* sleep(3); // What should not be done with a lock in hand.
        cache.unlock();
        spin(0.2);
      }
    });
  }
  yield* done.wait();
}

function* leak(until: number): Goroutine {
  while (now() < until) {
    const answer = chan<string>();
    go(function* request() {
      yield* sleep(5);
      yield* answer.send("too late"); // The one who asked has gone: nobody receives.
    });
    yield* sleep(20);
  }
}

function* cycle(until: number): Goroutine {
  const forks = [new Mutex(), new Mutex(), new Mutex()];
  const philosophers = forks.map((left, i) => {
    const right = forks[(i + 1) % forks.length] as Mutex;
    return go(function* philosopher() {
      yield* left.lock();
      yield* sleep(20); // Each takes the left fork, and then nobody gets the right one.
      yield* right.lock();
    });
  });
  while (now() < until) yield* sleep(50);
  console.log("and now that nobody else has anything to do:");
  for (const one of philosophers) yield* one;
}

function spin(ms: number): void {
  const until = now() + ms;
  while (now() < until);
}

function parse(args: readonly string[]): number {
  const [text = "8"] = args;
  const seconds = Number(text);
  if (args.length > 1 || !(seconds > 0)) {
    console.error("usage: gort run examples/scheduler-tour.ts [SECONDS]");
    process.exit(64);
  }
  return seconds;
}
