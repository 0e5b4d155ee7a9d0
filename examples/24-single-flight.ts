/**
 * SingleFlight: many ask for the same thing at once, and it is fetched once.
 *
 * Unlike Once it keeps nothing: who comes when the answer is there starts anew. Put a cache in front if you want one; this keeps a crowd from
 * falling through it when an entry runs out.
 */
import { type Goroutine, go, SingleFlight, sleep } from "gort";

let requests = 0;
const flights = new SingleFlight<string, string>();

function* request(city: string): Goroutine<string> {
  requests++;
  yield* sleep(1); // stands for the network
  return `rain in ${city}`;
}

function* weather(city: string): Goroutine<string> {
  const { value, shared } = yield* flights.do(city, function* () {
    return yield* request(city);
  });
  return `${value}${shared ? " (shared)" : ""}`;
}

export function* main(): Goroutine {
  const asked = ["Oslo", "Oslo", "Bergen", "Oslo"].map((city) => go(weather, city));
  for (const answer of asked) console.log(yield* answer);
  console.log(`${asked.length} questions, ${requests} requests`);

  console.log(yield* weather("Oslo"));
  console.log(`${requests} requests`);
}

// Output:
// rain in Oslo (shared)
// rain in Oslo (shared)
// rain in Bergen
// rain in Oslo (shared)
// 4 questions, 2 requests
// rain in Oslo
// 3 requests
