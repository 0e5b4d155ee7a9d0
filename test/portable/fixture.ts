/** Portable functions for threads.test.ts: loaded by the test, and again by its worker. */
import { portable } from "#src/portable/registry.ts";

interface Point {
  x: number;
  y: number;
}

/** Moves the points it is given, in its own copy of them. */
export const shift = portable(function shift(points: Point[], by: Map<string, number>): Point[] {
  for (const point of points) {
    point.x += by.get("x") ?? 0;
    point.y += by.get("y") ?? 0;
  }
  return points;
});

/** Throws, on whatever thread it is. */
export const fail = portable(function fail(message: string): never {
  throw new RangeError(message);
});

/** Only where the test says so: on the other thread it is missing. */
export const onlyHere: unknown = (globalThis as { portableTest?: true }).portableTest
  ? portable(function onlyHere() {})
  : undefined;
