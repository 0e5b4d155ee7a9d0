/**
 * The function of parallel-map.mjs, in a file that other cores can import.
 */
import { portable } from "gort";
import { sha256 } from "./digests.mjs";

export const hash = portable("hash", (bytes) => sha256(bytes));
