/**
 * The loader hooks of `gort run`: TypeScript is translated, imports that TypeScript writes in its own way are found, and
 * `gort` is the command's own copy.
 *
 * Every hook exists twice: `…Sync` for module.registerHooks (in the program's thread), and without for module.register (in a thread of the
 * loader's, which imports this very file). They share everything but the `await`.
 *
 * Why the command's own copy, even where the program has a gort of its own: a thread has one runtime, the command's is running already, and
 * a second one is refused. It also makes `import "gort"` work in a folder without node_modules.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { toJavaScript } from "./typescript.ts";

interface ResolveContext {
  readonly parentURL?: string | undefined;
}
interface Resolved {
  url: string;
  format?: string | null | undefined;
  shortCircuit?: boolean | undefined;
}
interface Loaded {
  format: string | null | undefined;
  source?: unknown;
  shortCircuit?: boolean | undefined;
}

/** How TypeScript names a file in an import: by what it will be compiled to, or without ending. */
const SOURCE_OF: Readonly<Record<string, string>> = { ".js": ".ts", ".mjs": ".mts", ".cjs": ".cts" };

/** Switches source maps on, before the first mapped file is compiled. Only in the program's thread. */
const maps: { use: () => void } = { use: () => {} };

export function beforeMapped(use: () => void): void {
  maps.use = use;
}

export function resolveSync<C extends ResolveContext>(
  specifier: string,
  context: C,
  next: (specifier: string, context: C) => Resolved,
): Resolved {
  // Some Nodes ask the hooks for require.resolve, too: the one below must get through.
  if (isGort(specifier) && context.parentURL !== import.meta.url) return ownGort(specifier);
  try {
    return next(specifier, context);
  } catch (error) {
    const source = sourceOf(specifier, context.parentURL);
    if (source === null) throw error;
    return next(source, context);
  }
}

export async function resolve<C extends ResolveContext>(
  specifier: string,
  context: C,
  next: (specifier: string, context: C) => Promise<Resolved>,
): Promise<Resolved> {
  if (isGort(specifier)) return ownGort(specifier);
  try {
    return await next(specifier, context);
  } catch (error) {
    const source = sourceOf(specifier, context.parentURL);
    if (source === null) throw error;
    return next(source, context);
  }
}

export function loadSync<C>(url: string, context: C, next: (url: string, context: C) => Loaded): Loaded {
  return isTypeScript(url) ? translated(url) : next(url, context);
}

export async function load<C>(
  url: string,
  context: C,
  next: (url: string, context: C) => Promise<Loaded>,
): Promise<Loaded> {
  return isTypeScript(url) ? translated(url) : next(url, context);
}

export function isGort(specifier: string): boolean {
  return specifier === "gort" || specifier.startsWith("gort/");
}

const require = createRequire(import.meta.url);

/** Through package.json `exports`, as a package finds itself by its own name. */
export function ownGortPath(specifier: string): string {
  return require.resolve(specifier);
}

function ownGort(specifier: string): Resolved {
  const path = ownGortPath(specifier);
  return {
    url: pathToFileURL(path).href,
    format: path.endsWith(".json") ? "json" : "module",
    shortCircuit: true,
  };
}

/** Not in node_modules: a package is published as JavaScript, and Node itself refuses to translate there, too. */
function isTypeScript(url: string): boolean {
  return url.startsWith("file:") && /^[^?#]*\.[mc]?ts(?:[?#]|$)/.test(url) && !url.includes("/node_modules/");
}

function translated(url: string): Loaded {
  const { code, mapped } = toJavaScript(readFileSync(fileURLToPath(url), "utf8"), url);
  if (mapped) maps.use();
  return { format: "module", source: code, shortCircuit: true };
}

/** The TypeScript file that a relative import means although it says something else; null when there is none. */
function sourceOf(specifier: string, parentURL: string | undefined): string | null {
  if (!/^\.{0,2}\/|^file:/.test(specifier) || parentURL === undefined || !parentURL.startsWith("file:"))
    return null;
  const [, stem = "", ending = ""] = /^(.*?)(\.[mc]?js)?$/.exec(specifier) ?? [];
  const source = `${stem}${SOURCE_OF[ending] ?? ".ts"}`;
  return existsSync(new URL(source, parentURL)) ? new URL(source, parentURL).href : null;
}
