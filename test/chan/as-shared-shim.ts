/** `gort` with shared channels for `chan`: see as-shared.ts. */
export * from "gort";
export { sharedChan as chan } from "gort";
