/**
 * What the threads of piscina.mjs run.
 */
export { sha256 as default } from "../micro/digests.mjs";
