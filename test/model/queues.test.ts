/** Models of the run queue and the global queue: each task goes to one thread, in order. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("the run queue", () => {
  holds("runq", "oneThief", { schedules: 20_000 });
  holds("runq", "twoThieves");
  finds("a steal that is off by one", "runq", "oneThief", /each task once/);
  finds("a tail that is stored before its slot", "runq", "twoThieves", /each task once/);
  finds("an owner that takes without a swap", "runq", "oneThief", /each task once/);
  finds("room for one too many", "runq", "oneThief", /seems not to end|each task once/);
});

describe("the global queue", () => {
  holds("injector", "twoPutters", { schedules: 20_000 });
  holds("injector", "twoTakers");
  finds("a tail that nobody else moves", "injector", "twoPutters", /seems not to end/);
  finds("a task that is stored, not swapped", "injector", "twoPutters", /each once/);
  finds("a head that is stored, not swapped", "injector", "twoTakers", /each once/);
});
