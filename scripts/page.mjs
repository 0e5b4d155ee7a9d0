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
/** Bundled, so their licenses go along. */
const LIBRARIES = ["preact", "@preact/signals", "@preact/signals-core", "uplot"];
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
  writeFileSync(join(to, "licenses.txt"), licenses());
  for (const [path, contents] of files) {
    writeFileSync(path, contents);
    writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }));
  }
}

function licenses() {
  const texts = LIBRARIES.map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim();
    return `\n${name}\n\n${text}\n`;
  });
  return `The live page contains these libraries.\n${texts.join("\n")}`;
}
