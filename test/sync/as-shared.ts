/**
 * Loader: with `node --import …/as-shared.js` the test files' Mutex, WaitGroup and Semaphore are the shared ones, so that what holds of those of one core is asked of those that all cores share.
 */
import { register } from "node:module";

const shim = new URL("./as-shared-shim.js", import.meta.url).href;

register(
  `data:text/javascript,${encodeURIComponent(`
export async function resolve(specifier, context, next) {
  if (specifier === "gort" && context.parentURL !== ${JSON.stringify(shim)}) return { url: ${JSON.stringify(shim)}, shortCircuit: true };
  return next(specifier, context);
}`)}`,
);
