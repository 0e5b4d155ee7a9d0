/**
 * Fan-out with progress: a goroutine for each job, on all cores, and one shared channel of news.
 *
 * Every job is started at once, and the cores take those that nobody has begun: no job is given to a core in advance. What each finds, and how far it is, comes
 * over one channel while it works, so the receiver knows at any time. News is a union, which a `switch` takes apart. A context is sent as an argument, and its end
 * reaches every core: here there is a time limit for all of it.
 */
import {
  background,
  type Context,
  type Goroutine,
  Group,
  go,
  portable,
  range,
  type SharedChan,
  sharedChan,
  withTimeout,
} from "gort";

const JOBS = 40;
const SIZE = 5_000;

type News =
  | { readonly kind: "progress"; readonly tried: number }
  | { readonly kind: "found"; readonly n: number; readonly steps: number }
  | { readonly kind: "done"; readonly job: number };

/** Looks for numbers that take more than 300 steps of Collatz's to get to 1. */
export const search = portable(function* search(
  job: number,
  news: SharedChan<News>,
  ctx: Context,
): Goroutine {
  const first = 1 + job * SIZE;
  for (let n = first; n < first + SIZE; n++) {
    let steps = 0;
    for (let i = n; i !== 1; steps++) i = i % 2 === 0 ? i / 2 : 3 * i + 1;
    if (steps > 300) yield* ctx.wait(news.send({ kind: "found", n, steps }));
    if (n % 1000 === 0) yield* ctx.wait(news.send({ kind: "progress", tried: 1000 }));
  }
  yield* ctx.wait(news.send({ kind: "done", job }));
});

export function* main(): Goroutine {
  const [ctx, cancel] = withTimeout(background(), 60_000);
  const news = sharedChan<News>(64);
  const searching = new Group(ctx);
  for (let job = 0; job < JOBS; job++) searching.go(search, job, news, ctx);
  go(function* () {
    try {
      yield* searching.wait();
    } finally {
      news.close();
    }
  });

  let tried = 0;
  let longest = { n: 0, steps: 0 };
  const done = new Set<number>();
  for (const r = range(news); yield* r.next(); ) {
    const one = r.value;
    switch (one.kind) {
      case "progress":
        tried += one.tried;
        if (tried % 50_000 === 0) console.log(`${(100 * tried) / (JOBS * SIZE)} % tried`);
        break;
      case "found":
        if (one.steps > longest.steps) longest = one;
        break;
      case "done":
        done.add(one.job);
    }
  }
  cancel();
  console.log(`${done.size} jobs: ${longest.n} takes ${longest.steps} steps`);
}

// Output:
// 25 % tried
// 50 % tried
// 75 % tried
// 100 % tried
// 40 jobs: 156159 takes 382 steps
