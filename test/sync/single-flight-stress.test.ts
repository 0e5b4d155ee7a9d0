/** SingleFlight under random load. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Goroutine, go, type Handle, now, SingleFlight, select, sleep } from "gort";
import { random } from "../base/seed.ts";
import { inFakeTime } from "../go/x/fake-time.ts";

interface Trip {
  readonly key: number;
  readonly from: number;
  to: number;
}

class Failed extends Error {
  readonly trip: Trip;

  constructor(trip: Trip) {
    super("failed");
    this.trip = trip;
  }
}

describe("SingleFlight under random load", () => {
  it("has one call a key on its way, and everybody gets one that was on its way while he waited", async (t) => {
    const { below } = random(t, "sync/single-flight-stress");
    for (let round = 0; round < 10; round++) {
      await inFakeTime(function* () {
        const flights = new SingleFlight<number, Trip>();
        const flying = new Map<number, Trip>();
        const callers: Handle<unknown>[] = [];
        const got = new Map<Trip, boolean[]>();
        let failed = 0;
        for (let i = 0; i < 200; i++) {
          yield* sleep(below(3));
          const key = below(4);
          const [flightMs, fails] = [below(12), below(6) === 0];
          const patience = below(3) === 0 ? below(10) : 1e6;
          const fly = function* (): Goroutine<Trip> {
            const trip: Trip = { key, from: now(), to: Number.POSITIVE_INFINITY };
            assert.ok(!flying.has(key), `two calls for ${key}`);
            flying.set(key, trip);
            yield* sleep(flightMs);
            trip.to = now();
            flying.delete(key);
            if (fails) throw new Failed(trip);
            return trip;
          };
          callers.push(
            go(function* () {
              const asked = now();
              let trip: Trip;
              try {
                const s = yield* select({ done: flights.do(key, fly), late: sleep(patience) });
                if (s.case === "late") return;
                trip = s.value.value;
                got.set(trip, [...(got.get(trip) ?? []), s.value.shared]);
              } catch (error) {
                assert.ok(error instanceof Failed, String(error));
                ({ trip } = error);
                failed++;
              }
              assert.equal(trip.key, key);
              assert.ok(trip.to >= asked && trip.to <= now(), "it was over before it was asked for");
            }),
          );
        }
        for (const caller of callers) yield* caller;
        // What all have given up on ends, too.
        yield* sleep(20);
        assert.equal(flying.size, 0);
        assert.ok(failed > 0 && got.size > 10);
        for (const shared of got.values()) {
          assert.equal(new Set(shared).size, 1, "shared for all or for none");
          if (shared.length > 1) assert.ok(shared[0], "several had it");
        }
      })();
    }
  });
});
