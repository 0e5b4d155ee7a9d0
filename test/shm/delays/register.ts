/**
 * Makes everything that is imported from here on in this thread use delayed atomic operations: for `node --import`, and for the execArgv of a worker.
 *
 * module.registerHooks where Node has it, else module.register (which Node 26 warns about).
 */
import module from "node:module";
import * as hooks from "./hooks.ts";

type Next = (subject: string, context: unknown) => { url: string };
const { registerHooks } = module as unknown as {
  registerHooks?: (hooks: {
    resolve: (specifier: string, context: unknown, next: Next) => unknown;
    load: (url: string, context: unknown, next: Next) => unknown;
  }) => void;
};

const exported = Object.keys((await import(hooks.REAL)) as object);
if (registerHooks) {
  hooks.initialize(exported);
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      return { ...found, url: hooks.redirect(found.url) };
    },
    load(url, context, next) {
      if (url !== hooks.ATOMIC) return next(url, context);
      return { format: "module", shortCircuit: true, source: hooks.source() };
    },
  });
} else {
  module.register("./hooks.js", import.meta.url, { data: exported });
}
