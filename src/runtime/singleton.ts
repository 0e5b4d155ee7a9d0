/**
 * One runtime in a thread: a second copy of gort (another version, or bundled twice) would have a scheduler of its own, whose
 * goroutines and channels the first knows nothing of. It is refused when it is loaded.
 */
import { TwoRuntimesError } from "../base/errors.ts";

export const VERSION = "0.1.0";

const KEY = Symbol.for("gort.runtime");
const here = import.meta.url ?? "a bundle";
const slots = globalThis as { [KEY]?: { version: string; url: string } };
const first = slots[KEY];

if (first !== undefined) {
  throw new TwoRuntimesError(
    `two runtimes in one thread: gort ${first.version} is loaded from ${first.url}, and now gort ${VERSION} from ${here}; ` +
      "install one version (npm dedupe) and keep gort out of bundles that run beside it",
  );
}
Object.defineProperty(slots, KEY, { value: { version: VERSION, url: here } });
