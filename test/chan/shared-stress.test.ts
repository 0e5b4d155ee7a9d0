/** Shared channels between threads: every value arrives once, in the order of its sender, and nothing is lost to a select that went another way. */
import { describe, test } from "node:test";
import { stress } from "./shared-crew.ts";

for (const workers of [1, 2, 3]) {
  describe(`shared channels between ${workers + 1} threads`, () => {
    for (const capacity of [0, 1, 2, 128]) {
      for (const kind of ["plain", "select", "exchange", "mixed"] as const) {
        test(`${kind}, capacity ${capacity}`, () =>
          stress({ kind, workers, capacity, count: kind === "plain" ? 1500 : 400 }));
      }
    }
  });
}
