/**
 * A buffered channel: a send waits only while the buffer is full.
 *
 * The capacity is how far the sender may run ahead. Here the cook gets two plates ahead, and waits with the third; then each plate that is taken
 * lets one more in. That is backpressure: a queue without a limit only hides that somebody is too slow.
 *
 * The cook is given the sending side alone: `counter.recv()` in there does not compile.
 */
import { chan, type Goroutine, go, gosched, range, type SendChan } from "gort";

function* cook(counter: SendChan<string>): Goroutine {
  for (const plate of ["soup", "fish", "cake", "tea"]) {
    console.log(`cook: ${plate} is ready, ${counter.length} of ${counter.capacity} places are taken`);
    yield* counter.send(plate);
  }
  counter.close();
}

export function* main(): Goroutine {
  const counter = chan<string>(2);
  go(cook, counter);
  yield* gosched(); // lets the cook run, until there is no place left
  for (const plate = range(counter); yield* plate.next(); ) console.log(`waiter: takes the ${plate.value}`);
}

// Output:
// cook: soup is ready, 0 of 2 places are taken
// cook: fish is ready, 1 of 2 places are taken
// cook: cake is ready, 2 of 2 places are taken
// waiter: takes the soup
// waiter: takes the fish
// waiter: takes the cake
// cook: tea is ready, 0 of 2 places are taken
// waiter: takes the tea
