/** Models of what is held and counted across cores: one holder at a time, no more permits than there are, and who waits is told. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("a shared mutex", () => {
  holds("mutex", "twoThreads", { schedules: 5_000 });
  holds("mutex", "twoThreads", { locks: "whole" });
  holds("mutex", "guards");
  holds("mutex", "threeThreads", { locks: "whole" });
  holds("mutex", "oneTries", { locks: "whole" });
  holds("mutex", "oneGivesUp", { locks: "whole" });
  finds("an unlock that does not see who waits", "mutex", "twoThreads", /deadlock/);
  finds("a lock that forgets the others when it is passed on", "mutex", "threeThreads", /deadlock/);
  finds("a waiter that does not say that it waits", "mutex", "twoThreads", /deadlock/);
  finds("a mutex that is taken by two operations", "mutex", "twoThreads", /data race/);
});

describe("shared permits", () => {
  holds("permits", "allOrNothing");
  holds("permits", "oneAndTwo", { locks: "whole" });
  finds("permits that come back unseen", "permits", "allOrNothing", /deadlock/);
});

describe("a shared count", () => {
  holds("count", "twoWorkers");
  holds("count", "twoWaiters", { schedules: 5_000 });
  holds("count", "twoWaiters", { locks: "whole" });
  finds("a count of zero that nobody hears of", "count", "twoWorkers", /deadlock/);
});
