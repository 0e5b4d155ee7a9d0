/**
 * A parallel map that is the first thing of its process to run on other cores, with memory that is shared by reference.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parallelMap, runtime } from "gort";
import { GATE, gated, newGate } from "./map-functions.ts";

it("parallelMap may be what starts the other cores", async () => {
  runtime.gomaxprocs(2);
  const gate = newGate();
  Atomics.store(gate, GATE.open, 1);
  const given = Array.from({ length: 20 }, (_, n) => ({ gate, n }));
  assert.equal((await parallelMap(gated, given).toArray()).length, 20);
  assert.equal(gate[GATE.ended], 20);
});
