/**
 * The SHA-256 of many buffers, on all cores: small ones, where the way to another core costs more than the work, and larger ones.
 */
import { buffers, right } from "./digests.mjs";

const gort = async ({ parallelMap, run }, n, bytes) => {
  // Other cores import that file; only this case needs it.
  const { hash } = await import("./parallel-map-hash.mjs");
  const inputs = buffers(n, bytes);
  return () =>
    run(function* main() {
      return right(yield* parallelMap(hash, inputs).toArray(), bytes);
    });
};

const map = (name, count, bytes, factor, about) => ({
  name,
  body: "parallelMap",
  arg: bytes,
  prepared: true,
  fixed: count,
  repeat: 9,
  unit: "ms",
  about,
  expected: (n) => n,
  gort,
  targets: [{ against: "plain", factor }],
});

export const cases = [
  map("parallel-map", 20_000, 1024, 1, "SHA-256 of 20,000 buffers of 1 KiB: parallelMap; plain: one thread."),
  map(
    "parallel-map-64k",
    2000,
    65_536,
    0.59,
    "SHA-256 of 2,000 buffers of 64 KiB: parallelMap; plain: one thread.",
  ),
];
