/** Models of a shared channel: each message once and in order, the end last, and nobody waits for what is there. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

// Those with a bound are seen to the end with GORT_MODEL=deep (docs/design/models.md).
describe("a buffered channel", () => {
  holds("channel", "oneToOne");
  holds("channel", "oneStays");
  holds("channel", "closedBetween", { schedules: 5_000 });
  holds("channel", "closedBetween", { locks: "whole" });
  holds("channel", "oneToOneAndClose", { locks: "whole" });
  holds("channel", "twoSenders", { locks: "whole", schedules: 5_000 });
  holds("channel", "twoReceivers", { locks: "whole", schedules: 5_000 });
  holds("channel", "twoSendersAndClose", { locks: "whole", schedules: 5_000 });
  finds("a message that is published before it is there", "channel", "oneToOne", /data race/);
  finds("a place that is free before its message is out", "channel", "oneToOne", /data race/);
  finds("a receiver that does not look again", "channel", "oneToOne", /deadlock/);
  finds("a sender that does not look again", "channel", "oneStays", /deadlock/);
  finds("a sender that looks for receivers before it publishes", "channel", "oneToOne", /deadlock/);
  finds("a receiver that wakes no sender", "channel", "oneStays", /deadlock/);
  finds("a close that tells nobody", "channel", "closedBetween", /deadlock/);
  finds("an end before the last message", "channel", "closedBetween", /the end comes last/);
});

describe("an unbuffered channel", () => {
  holds("channel", "unbuffered");
  holds("channel", "unbufferedTwoSenders", { schedules: 5_000 });
  holds("channel", "unbufferedTwoSenders", { locks: "whole" });
  holds("channel", "unbufferedClosed");
});
