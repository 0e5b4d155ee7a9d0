/**
 * The repository as the policy tests see it: its root, its package.json, its sources.
 *
 * The compiled tests are in build/test/policy, three folders below the root.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** The parts of package.json that the tests look at. */
export interface Manifest {
  readonly name: string;
  readonly bin?: Record<string, string>;
  readonly exports: Record<string, string | { readonly types?: string; readonly default?: string }>;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly bundleDependencies?: unknown;
  readonly bundledDependencies?: unknown;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
}

export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** What runs in a browser has rules of its own: page.test.ts. */
export const PAGE = "web/page/";

/** Every .ts file below src/ that runs in node, as a map from its path there to its text. */
export function sources(): Map<string, string> {
  const paths = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.startsWith(PAGE))
    .sort();
  return new Map(paths.map((path) => [path, read(`src/${path}`)]));
}

/** The entry points that hold code: [specifier, types file, code file]. */
export function entries(): { specifier: string; types: string | undefined; code: string | undefined }[] {
  return Object.entries(manifest.exports)
    .filter(([subpath]) => subpath !== "./package.json")
    .map(([subpath, target]) => ({
      specifier: manifest.name + subpath.slice(1),
      types: typeof target === "string" ? undefined : target.types,
      code: typeof target === "string" ? target : target.default,
    }));
}

/** The source (a path below src/) of a built file such as ./dist/net/index.js. */
export function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, "").replace(/(?:\.d\.ts|\.js)$/, ".ts");
}
