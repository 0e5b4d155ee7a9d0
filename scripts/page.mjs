/**
 * Builds the live page: src/web/page/ into dist/web/page/, by esbuild, minified; each file also compressed, as the observer sends it.
 *
 * esbuild's `const` to `var` (see build.mjs) costs a page nothing that counts, and JSX needs a compiler anyway.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./lib.mjs";

const from = join(root, "src", "web", "page");
const to = join(root, "dist", "web", "page");
/** Browsers of 2024 on: light-dark(), sorting into a new array. */
const TARGET = ["chrome123", "firefox128", "safari17.5"];
/** Neither compiled nor bundled. */
const AS_THEY_ARE = ["index.html", "icon.svg"];

export async function buildPage() {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const { outputFiles } = await build({
    entryPoints: { page: join(from, "main.tsx") },
    outdir: to,
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGET,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    tsconfigRaw: {},
    write: false,
    logLevel: "warning",
  });
  const files = [
    ...outputFiles.map(({ path, contents }) => [path, contents]),
    ...AS_THEY_ARE.map((name) => [join(to, name), readFileSync(join(from, name))]),
  ];
  for (const [path, contents] of files) {
    writeFileSync(path, contents);
    writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }));
  }
}
