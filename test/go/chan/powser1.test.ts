/**
 * Go: test/chan/powser1.go. Arithmetic on infinite power series: hundreds of goroutines, selects with disabled cases,
 * and channels handed from one to another, all of which must meet for the coefficients to come out right.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inMain } from "../support.ts";
import { powerSeries } from "./powser.ts";
import { facts } from "./powser-facts.ts";
import type { Rat } from "./rational.ts";

const same = (value: Rat): Rat => value;
const algebra = powerSeries<Rat>(same, same);

for (const { name, series, coefficients } of facts(algebra)) {
  test(
    `powser1.go: ${name}`,
    inMain(function* () {
      const u = series();
      for (const [i, c] of coefficients.entries())
        assert.deepEqual(yield* algebra.get(u), c, `coefficient ${i}`);
    }),
  );
}
