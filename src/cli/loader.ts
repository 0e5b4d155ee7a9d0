/**
 * Puts the loader hooks in place, in the way that the running Node has.
 *
 * module.registerHooks (22.15 and later) runs them in this thread, for import and require alike. Before that there is module.register: the
 * hooks live in a thread of their own, which imports dist/cli/ts-hooks.js, and only `import` asks them.
 */
import module from "node:module";
import { fileURLToPath } from "node:url";
import { beforeMapped, isGort, loadSync, ownGortPath, resolveSync } from "./ts-hooks.ts";

/** Call it once, after gort itself has been imported: its own frames are told from the program's by where they are. */
export function installLoader(): void {
  const useMaps = (): void => process.setSourceMapsEnabled(true);
  if (typeof module.registerHooks === "function") {
    beforeMapped(useMaps);
    module.registerHooks({ resolve: resolveSync, load: loadSync } as Parameters<
      typeof module.registerHooks
    >[0]);
    return;
  }
  // The hooks' thread cannot tell this one in time that a file with a source map is coming.
  useMaps();
  module.register("./ts-hooks.js", import.meta.url);
  ownGortForRequire();
}

/** `require("gort")` where no hook is asked. The command's own require is left alone: it is how the path is found. */
function ownGortForRequire(): void {
  type Resolve = (request: string, parent?: { filename?: string } | null, ...rest: unknown[]) => string;
  const internals = module as unknown as { _resolveFilename: Resolve };
  const { _resolveFilename } = internals;
  const own = fileURLToPath(new URL("ts-hooks.js", import.meta.url));
  internals._resolveFilename = function (this: unknown, request, parent, ...rest) {
    if (isGort(request) && parent?.filename !== own) return ownGortPath(request);
    return _resolveFilename.call(this, request, parent, ...rest);
  };
}
