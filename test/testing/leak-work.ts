/** Portable functions that leave goroutines behind. */
import { chan, go, portable } from "gort";

/** Never ends. */
export const stay = portable(function* stay() {
  yield* chan<number>().recv();
});

/** Ends, and leaves one behind where it ran. */
export const leave = portable(function* leave() {
  go(function* leftThere() {
    yield* chan<number>().recv();
  });
});
