/** A Limiter under random load: never more than was allowed, in no stretch of time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Limiter, now, select, sleep, WaitGroup } from "gort";
import { random } from "../base/seed.ts";
import { inFakeTime } from "../go/x/fake-time.ts";

describe("Limiter under random load", () => {
  for (const [perSecond, burst, impatient] of [
    [10, 1, false],
    [10, 1, true],
    [100, 5, false],
    [7.3, 3, true],
    [1000, 40, false],
    [1000, 40, true],
  ] as const) {
    const who = impatient ? "those who give up" : "patient ones";
    it(`of ${perSecond} a second and ${burst} at once is never exceeded, with ${who}`, async (t) => {
      const { below } = random(t, "context/limiter-stress");
      await inFakeTime(function* () {
        const limiter = new Limiter(perSecond, burst);
        const spent: { at: number; n: number }[] = [];
        const asked: number[] = [];
        const served: number[] = [];
        let gaveUp = 0;
        const wg = new WaitGroup();
        const tokenMs = 1000 / perSecond;
        for (let i = 0; i < 300; i++) {
          if (below(3) === 0) yield* sleep(below(1000) * 0.004 * tokenMs);
          const n = 1 + below(burst);
          const patience =
            impatient && below(4) === 0 ? below(1000) * 0.02 * tokenMs : Number.POSITIVE_INFINITY;
          if (below(8) === 0) {
            if (limiter.allow(n)) spent.push({ at: now(), n });
            continue;
          }
          wg.go(function* () {
            asked.push(i);
            const wait = limiter.wait(n);
            const s = patience < Number.POSITIVE_INFINITY && { late: sleep(patience) };
            if ((yield* select({ turn: wait, ...(s || {}) })).case === "turn") {
              spent.push({ at: now(), n });
              served.push(i);
            } else {
              gaveUp++;
            }
          });
        }
        yield* wg.wait();
        assert.ok(served.length > 100, `${served.length} were served`);
        if (impatient) assert.ok(gaveUp > 0);
        // What comes free when somebody gives up goes to whoever asks next.
        else assert.deepEqual(served, asked, "first come, first served");
        // Between any two events no more was spent than the burst, and what the time between them earned: the first may be late by a timer's grain.
        for (let first = 0; first < spent.length; first++) {
          const from = spent[first]!.at - 1;
          let sum = 0;
          for (let last = first; last < spent.length; last++) {
            sum += spent[last]!.n;
            const earned = ((spent[last]!.at - from) / 1000) * perSecond;
            assert.ok(sum <= burst + earned + 1e-6, `${sum} spent where ${burst} + ${earned} were allowed`);
          }
        }
        // Go's rule: of those who give up one after another, some tokens are owed until they have been earned.
        if (!impatient) assert.ok(limiter.tokens() >= -1e-6, "nobody waits, so nothing is owed");
      })();
    });
  }
});
