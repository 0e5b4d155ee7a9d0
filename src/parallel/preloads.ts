/**
 * What a machine imports before gort's own file: loaders that its thread does not get by itself.
 *
 *   gort run   its hooks are registered in code, which a worker does not inherit: run.ts adds a module (cli/preload.ts)
 *   tsx        is given by --import, which a worker inherits; but where Node has no hooks in the thread itself tsx
 *              registers on the main thread alone, and is told here to do it
 *   vitest     its modules come from a server that a worker cannot ask: files are read as they are, with gort's own
 *              hooks for TypeScript
 *
 * Any other loader that is given by --import reaches workers by itself.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Modules that whoever has registered loaders wants to be imported first, as URLs. */
export const preloads: string[] = [];

/** The modules for a new machine; `self` is gort's own file. */
export function allPreloads(self: string): readonly string[] {
  return [...preloads, ...tsxPreload(), ...vitestPreload(self)];
}

/** Since when tsx registers its hooks in every thread: in each line of Node from this version on. */
const TSX_IN_WORKERS: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [22, 22, 3],
  [24, 11, 1],
  [25, 1, 0],
];

/** Whether tsx reaches workers by itself on this version of Node. */
export function tsxReachesWorkers(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const since = TSX_IN_WORKERS.find(([line]) => line === major);
  if (since === undefined) return major > 25;
  return minor > since[1] || (minor === since[1] && patch >= since[2]);
}

function tsxPreload(): string[] {
  if (tsxReachesWorkers(process.versions.node)) return [];
  const api = tsxApi([...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)]);
  if (api === undefined) return [];
  return [
    `data:text/javascript,${encodeURIComponent(`import { register } from ${JSON.stringify(api)}; register();`)}`,
  ];
}

/** The module of tsx's that registers its hooks, when one of Node's options imports tsx. */
export function tsxApi(options: readonly string[]): string | undefined {
  for (const [i, option] of options.entries()) {
    const [, name, value] = /^(--import|--loader|--experimental-loader)(?:=(.*))?$/.exec(option) ?? [];
    const module = name === undefined ? undefined : (value ?? options[i + 1]);
    if (module === undefined) continue;
    if (/^tsx(?:\/esm)?$/.test(module)) return bareTsx();
    // As the command tsx starts Node.
    const [, folder] = /^(file:.*\/tsx\/dist\/)(?:loader|esm\/index)\.mjs$/.exec(module) ?? [];
    if (folder !== undefined) return `${folder}esm/api/index.mjs`;
  }
  return undefined;
}

/** Node resolves what is written in --import from the working directory. */
function bareTsx(): string | undefined {
  try {
    const manifest = createRequire(join(process.cwd(), "x.js")).resolve("tsx/package.json");
    return pathToFileURL(join(dirname(manifest), "dist", "esm", "api", "index.mjs")).href;
  } catch {
    return undefined;
  }
}

function vitestPreload(self: string): string[] {
  if (process.env["VITEST"] === undefined || !self.startsWith("file:")) return [];
  // A file of the package that this layer knows by its place only. It is not there when gort is in a bundle.
  const hooks = join(dirname(fileURLToPath(self)), "cli", "preload.js");
  return existsSync(hooks) ? [pathToFileURL(hooks).href] : [];
}
