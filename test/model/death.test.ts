/** Models of a thread that dies, at each of its steps: its lock is taken over, and a channel goes on with at most what it had in its hands lost. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("a thread that dies", () => {
  holds("death", "holderDies");
  holds("death", "senderDies", { schedules: 200, deepest: 100_000 });
  holds("death", "busySenderDies", { schedules: 30, deepest: 2_000 });
  holds("death", "receiverDies", { schedules: 200, deepest: 100_000 });
  holds("death", "busyReceiverDies", { schedules: 30, deepest: 2_000 });
  holds("death", "unbufferedSenderDies", { schedules: 200, deepest: 100_000 });
  holds("death", "unbufferedReceiverDies", { schedules: 200, deepest: 100_000 });
  finds("a dead thread's lock that nobody takes over", "death", "holderDies", /deadlock|seems not to end/);
  finds("a place that stays reserved for a dead thread", "death", "senderDies", /deadlock/);
  finds("a count that stays wrong", "death", "receiverDies", /stands in line/);
  finds(
    "a message that can be seen before its sender's wait is over",
    "death",
    "receiverDies",
    /whose send has failed/,
  );
  finds("a wait that a dead thread had decided and not told", "death", "receiverDies", /deadlock/);
});
