/** now: the clock that all durations are counted on. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { now } from "gort";

/** Far more than it takes a clock that moves to move. */
const READINGS = 1e8;

it("now never goes back, and goes on while the wall clock stands still or is set back", () => {
  const wall = Date.now;
  try {
    for (const step of [0, -1000]) {
      let set = wall();
      Date.now = () => {
        set += step;
        return set;
      };
      const begun = now();
      let last = begun;
      for (let i = 0; i < READINGS && last === begun; i++) {
        const at = now();
        if (at < last) assert.fail(`${at} after ${last}`);
        last = at;
      }
      assert.ok(last > begun, "it stands still");
    }
  } finally {
    Date.now = wall;
  }
});
