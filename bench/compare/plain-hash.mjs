/**
 * SHA-256 of many buffers, one after the other on one thread.
 */
import { buffers, right, sha256 } from "../micro/digests.mjs";

const parallelMap = (_lib, n, bytes) => {
  const inputs = buffers(n, bytes);
  return () => right(inputs.map(sha256), bytes);
};

export const bodies = { parallelMap };
