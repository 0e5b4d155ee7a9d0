/**
 * Once: whoever comes first does it, and the others wait until it is done.
 *
 * `onceValue` makes a function that computes its value when it is first waited for. Everybody gets the same value, or the same error.
 */
import { type Goroutine, Once, onceValue, sleep, WaitGroup } from "gort";

const setUp = new Once();
const loadSettings = onceValue(function* () {
  console.log("loading the settings");
  yield* sleep(1); // stands for a file, a request
  return { volume: 11 };
});

function* user(name: string, seen: Set<unknown>): Goroutine {
  yield* setUp.do(function* () {
    console.log(`${name} sets up, the others wait`);
    yield* sleep(1);
  });
  const settings = yield* loadSettings();
  seen.add(settings);
  console.log(`${name}: volume ${settings.volume}`);
}

export function* main(): Goroutine {
  const seen = new Set<unknown>();
  const users = new WaitGroup();
  for (const name of ["Ada", "Bob", "Cleo"]) users.go(user, name, seen);
  yield* users.wait();
  console.log(`${seen.size} object`);

  const broken = onceValue(() => {
    throw new Error("no such file");
  });
  for (let i = 0; i < 2; i++) {
    try {
      yield* broken();
    } catch (error) {
      console.log((error as Error).message);
    }
  }
}

// Output:
// Ada sets up, the others wait
// loading the settings
// Ada: volume 11
// Bob: volume 11
// Cleo: volume 11
// 1 object
// no such file
// no such file
