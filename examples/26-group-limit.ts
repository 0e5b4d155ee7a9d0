/**
 * Group with a limit: a task for each item, so many of them at once, and no pool to write.
 *
 * `go` never waits: beyond the limit it queues the start. Where there may be very many items, wait for `ready()` first, and the loop is held up
 * instead of the queue growing.
 */
import { background, type Goroutine, Group, sleep } from "gort";

const state = { running: 0, most: 0 };

function* download(page: number): Goroutine<string> {
  state.most = Math.max(state.most, ++state.running);
  yield* sleep(1); // stands for the network
  state.running--;
  if (page === 7) throw new Error(`page ${page} is gone`);
  return "x".repeat(page);
}

export function* main(): Goroutine {
  const group = new Group(background());
  group.setLimit(3);
  const pages: string[] = [];
  for (let page = 1; page <= 6; page++) {
    yield* group.ready();
    group.go(function* () {
      pages[page - 1] = yield* download(page);
    });
  }
  yield* group.wait();
  console.log(pages.join(" "));
  console.log(`at most ${state.most} at once`);

  const second = new Group(background());
  second.go(download, 7);
  second.go(function* patient() {
    try {
      yield* second.ctx.wait(sleep(60_000));
    } catch (error) {
      console.log(`patient: ${(error as Error).message}`);
    }
  });
  try {
    yield* second.wait();
  } catch (error) {
    console.log(`wait: ${(error as Error).message}`);
  }
}

// Output:
// x xx xxx xxxx xxxxx xxxxxx
// at most 3 at once
// patient: context canceled
// wait: page 7 is gone
