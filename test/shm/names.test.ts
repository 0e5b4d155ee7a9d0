/** Names with a number (shm/names.ts): the same on all cores, whoever was first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOME } from "#src/shm/layout.ts";
import { internedName, numberOf } from "#src/shm/names.ts";
import { home } from "#src/shm/region.ts";
import { Crew } from "./crew.ts";

const STRANGE = [
  "",
  "__proto__",
  "constructor",
  "näme ✓ 名前",
  "\u{1f600}",
  "\ud800 alone",
  "\0",
  "a\u0000b",
  "e\u0301",
  "é",
  "x".repeat(100_000),
  "ü".repeat(40_000),
];

describe("names", () => {
  it("come back as they were given, whatever is in them", () => {
    const numbers = STRANGE.map((name) => numberOf(name));
    assert.equal(new Set(numbers).size, STRANGE.length);
    assert.deepEqual(numbers.map(internedName), STRANGE);
    assert.deepEqual(STRANGE.map(numberOf), numbers);
    assert.equal(internedName(1_000_000), undefined);
  });

  for (const delays of [false, true]) {
    it(`have one number on all cores, given by several at once${delays ? ", delayed" : ""}`, async () => {
      const prefix = delays ? "delayed " : "real ";
      const count = delays ? 100 : 400;
      const before = home().words[HOME.interned] as number;
      const crew = new Crew("names", { workers: 3, delays, data: { prefix, count, strange: STRANGE } });
      const told = await crew.finish<{ name: string; number: number }[]>();
      const numbers = new Map<string, number>();
      for (const { name, number } of told.flat()) {
        assert.equal(numbers.get(name) ?? number, number, name);
        numbers.set(name, number);
      }
      for (const [name, number] of numbers) {
        assert.equal(internedName(number), name);
        assert.equal(numberOf(name), number);
      }
      const fresh = [...numbers].filter(([name]) => name.startsWith(`${prefix}n`));
      assert.equal(fresh.length, count);
      assert.equal(home().words[HOME.interned], before + count, "no number without a name");
    });
  }
});
