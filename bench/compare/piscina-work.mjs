/**
 * What the threads of piscina-parallel.mjs run, by name.
 */
export { clocked as task } from "../micro/parallel-loads.mjs";
export const unit = (i) => i;
