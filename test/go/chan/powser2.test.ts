/**
 * Go: test/chan/powser2.go. The power series again, over channels whose element type is an interface: what arrives
 * must be the very object that was sent.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inMain } from "../support.ts";
import { powerSeries } from "./powser.ts";
import { facts } from "./powser-facts.ts";
import type { Rat } from "./rational.ts";

interface Item {
  equals(other: Item): boolean;
}

class Coefficient implements Item {
  readonly rat: Rat;

  constructor(rat: Rat) {
    this.rat = rat;
  }

  equals(other: Item): boolean {
    return other instanceof Coefficient && this.rat.num === other.rat.num && this.rat.den === other.rat.den;
  }
}

/** Every item sent; one that was not is a copy or a forgery. */
const sent = new WeakSet<Item>();

const algebra = powerSeries<Item>(
  (rat) => {
    const item = new Coefficient(rat);
    sent.add(item);
    return item;
  },
  (item) => {
    assert.ok(sent.has(item), "received the object that was sent");
    assert.ok(item instanceof Coefficient);
    return item.rat;
  },
);

for (const { name, series, coefficients } of facts(algebra)) {
  test(
    `powser2.go: ${name}`,
    inMain(function* () {
      const u = series();
      for (const [i, c] of coefficients.entries()) {
        const got = new Coefficient(yield* algebra.get(u));
        assert.ok(got.equals(new Coefficient(c)), `coefficient ${i}: ${got.rat.num}/${got.rat.den}`);
      }
    }),
  );
}
