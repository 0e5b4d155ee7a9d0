/** Models of the lock for a few instructions and of claims: one holder at a time, one decision. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("a lock", () => {
  holds("lock", "twoThreads");
  holds("lock", "threeThreads");
  holds("lock", "withNaps");
  finds("a lock that is taken by two operations", "lock", "twoThreads", /data race/);
  finds("an unlock that forgets", "lock", "twoThreads", /deadlock/);
});

describe("a claim", () => {
  holds("claim", "threeRivals");
  holds("claim", "twoSelectsMeet");
  holds("claim", "twoSelectsAndARival");
  finds("a claim that is decided twice", "claim", "threeRivals", /one winner/);
  finds("two that meet and both keep their own", "claim", "twoSelectsMeet", /deadlock/);
  finds(
    "a select that keeps its claim when the other one is over",
    "claim",
    "twoSelectsAndARival",
    /deadlock/,
  );
});
