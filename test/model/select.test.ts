/** Models of selects over shared channels: each is decided once, and no message is lost or received twice. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("a select over shared channels", () => {
  holds("select", "twoSelectsMeet");
  holds("select", "messageOrEnd", { schedules: 5_000 });
  holds("select", "twoSenders", { schedules: 5_000 });
  holds("select", "twoSenders", { locks: "whole" });
  holds("select", "twoSendersBuffered", { locks: "whole" });
  holds("select", "oneMessageForTwo", { schedules: 5_000 });
  holds("select", "oneMessageForTwo", { locks: "whole" });
  finds("a select that does not hold its own claim", "select", "twoSelectsMeet", /one message/);
});
