/**
 * What parallel-map.mjs and its rivals do: SHA-256 of buffers, and the check.
 */
import { createHash } from "node:crypto";

const DIFFERENT = 256;

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** `n` buffers, of 256 kinds. */
export const buffers = (n, bytes) => Array.from({ length: n }, (_, i) => Buffer.alloc(bytes, i));

/** How many digests are what they have to be, and where. */
export const right = (digests, bytes) => {
  const table = buffers(DIFFERENT, bytes).map(sha256);
  return digests.reduce((sum, digest, i) => sum + Number(digest === table[i % DIFFERENT]), 0);
};
