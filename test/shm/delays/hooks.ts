/**
 * Loader hooks: gort is read file by file, from build/esm instead of the bundle, and `shm/atomic.js` is replaced by one that delays.
 *
 * `resolve` and `load` are for module.register (Node 20, in a thread of its own); register.ts wraps the same functions for module.registerHooks.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// Compiled to build/test/shm/delays.
const dist: string = new URL("../../../../dist/", import.meta.url).href;
const esm: string = new URL("../../../esm/", import.meta.url).href;
const delay: string = new URL("./delay.js", import.meta.url).href;

export const ATOMIC: string = `${esm}shm/atomic.js`;
/** The real one beside it. */
export const REAL: string = `${ATOMIC}?real`;

let names: readonly string[] = [];

/** What `shm/atomic.js` exports. Called once, before the first load. */
export function initialize(exported: readonly string[]): void {
  names = exported;
}

/** Where a module is read from instead. */
export function redirect(url: string): string {
  if (!url.startsWith(dist)) return url;
  const unbundled = esm + url.slice(dist.length);
  return existsSync(fileURLToPath(unbundled)) ? unbundled : url;
}

/** The source of the delaying module. */
export function source(): string {
  const exports = names.map((name) => `export const ${name} = delayed("${name}", real.${name});`);
  return `import * as real from "${REAL}";\nimport { delayed } from "${delay}";\n${exports.join("\n")}\n`;
}

interface Resolved {
  url: string;
}
type Next<T> = (subject: string, context: unknown) => Promise<T>;

export async function resolve(specifier: string, context: unknown, next: Next<Resolved>): Promise<Resolved> {
  const found = await next(specifier, context);
  return { ...found, url: redirect(found.url) };
}

export async function load(url: string, context: unknown, next: Next<unknown>): Promise<unknown> {
  if (url !== ATOMIC) return next(url, context);
  return { format: "module", shortCircuit: true, source: source() };
}
