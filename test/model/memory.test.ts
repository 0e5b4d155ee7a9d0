/** Models of blocks, names and references: nothing is given out twice, and what is found is complete. */
import { describe } from "node:test";
import { finds, holds } from "./harness.ts";

describe("blocks", () => {
  holds("slab", "twoThreads");
  holds("slab", "threeThreads", { schedules: 10_000 });
  finds("a batch that is taken without the lock", "slab", "twoThreads", /data race/);
  finds("a page that is taken by two operations", "slab", "twoThreads", /data race/);
});

describe("names", () => {
  holds("names", "sameName");
  holds("names", "three");
  holds("names", "readWhileAdded");
  finds("a name that is added unlocked", "names", "sameName", /data race/);
  finds("a name that can be found before it is there", "names", "readWhileAdded", /data race/);
});

describe("references", () => {
  holds("object", "twoHolders");
  finds("a reference that is counted by two operations", "object", "twoHolders", /given back once/);
});
