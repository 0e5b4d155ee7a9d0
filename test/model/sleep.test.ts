/** Models of sleeping and waking, of mail, and of work for those who sleep: nothing is lost, and nobody sleeps for ever. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("a note", () => {
  holds("note", "oneWaker");
  holds("note", "twoWakers");
  finds("a sleeper that does not look again", "note", "oneWaker", /deadlock/);
  finds("a sleeper that looks before it says that it sleeps", "note", "oneWaker", /deadlock/);
  finds("a waker that rings before it posts", "note", "oneWaker", /deadlock/);
  finds("a bell that changes after the wake", "note", "oneWaker", /deadlock/);
  finds("a waker that only looks whether somebody sleeps", "note", "twoWakers", /rung once a sleep/);
});

describe("mail", () => {
  holds("inbox", "onePoster");
  holds("inbox", "twoPosters");
  finds("a post without a swap", "inbox", "twoPosters", /each message once|deadlock/);
  finds("mail that is taken by two operations", "inbox", "onePoster", /deadlock/);
  finds("a link that is written after the post", "inbox", "onePoster", /data race/);
});

describe("idle machines", () => {
  holds("idle", "oneWorker");
  holds("idle", "twoWorkers", { schedules: 10_000 });
  holds("idle", "twoPublishers", { schedules: 10_000 });
  finds("a machine that is idle before it says that it sleeps", "idle", "twoWorkers", /deadlock/);
  finds("a machine that takes work and wakes nobody for the rest", "idle", "twoWorkers", /deadlock/);
  finds("a machine that is idle only when it has looked", "idle", "oneWorker", /deadlock/);
});
