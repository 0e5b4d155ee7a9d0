/** GORT_DEBUG's list: `runtime/debug.ts`. What the switches do is tested by whole programs (test/prog/ops.test.ts). */
import assert from "node:assert/strict";
import { it } from "node:test";
import { debugSwitch, parseSwitches } from "#src/runtime/debug.ts";

it("a list of words and name=value is taken apart; blanks and empty parts do not count; the last of a name wins", () => {
  const parse = (text: string): Record<string, string> => Object.fromEntries(parseSwitches(text));
  assert.deepEqual(parse(""), {});
  assert.deepEqual(parse("ops"), { ops: "" });
  assert.deepEqual(parse(" ops , a=1,,b = 2 ,=x, c=d=e,"), { ops: "", a: "1", b: "2", c: "d=e" });
  assert.deepEqual(parse("a=1,a=2,ops=0,ops"), { a: "2", ops: "" });
});

it("the environment is read once, when the first switch is asked for", () => {
  // Importing gort asks for "ops": what is set from here on comes too late.
  const before = process.env["GORT_DEBUG"];
  debugSwitch("ops");
  process.env["GORT_DEBUG"] = "later=1";
  assert.equal(debugSwitch("later"), undefined);
  if (before === undefined) delete process.env["GORT_DEBUG"];
  else process.env["GORT_DEBUG"] = before;
});
