/** The stress of shared channels with random delays at every atomic step of the workers (test/shm/delays). */
import { describe, test } from "node:test";
import { stress } from "./shared-crew.ts";

describe("shared channels, with delays at every atomic step", () => {
  for (const capacity of [0, 1, 2]) {
    for (const kind of ["plain", "select", "exchange", "mixed"] as const) {
      test(`${kind}, capacity ${capacity}`, () =>
        stress({ kind, workers: 2, capacity, count: 120, delays: true }));
    }
  }
});
