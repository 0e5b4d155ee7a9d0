/**
 * Builds dist/ from src/.
 *
 *   1. tsc compiles twice: one .js and one .js.map a source into build/esm/, without comments, and one .d.ts a source into build/types/, with them. Those that the package's doors lead to go to dist/.
 *   2. All modules but the command's are bundled into dist/gort.js (networking into dist/gort-net.js, which imports from it, and HTTP into dist/gort-http.js), and each
 *      dist/<module>.js hands on its exports from there.
 *
 * So `import "gort"` reads two files instead of thirty-five (28 ms against 7), and whoever imports a module by its own path, the command or
 * a test, still gets the same one: there is one instance of each. See docs/design/packaging.md.
 *
 *   3. The live page is built for browsers into dist/web/page/ (page.mjs).
 *
 * The bundler leaves `const` as it is. (esbuild makes it `var`, which V8 does not fold into compiled code: 10 % of a round trip.)
 *
 * tsc is incremental and leaves two things undone. An output that was deleted is not written again while its source stays the same, so the
 * compiler's memory is dropped when one is missing; and the output of a deleted source stays, so it is removed.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { rollup } from "@rollup/wasm-node";
import { execute, root, tsc, walk } from "./lib.mjs";
import { buildPage } from "./page.mjs";

const src = join(root, "src");
const esm = join(root, "build", "esm");
const types = join(root, "build", "types");
const dist = join(root, "dist");
const { exports: exported } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** The modules that a program imports. */
const doors = Object.values(exported)
  .flatMap(({ types: path }) => path ?? [])
  .map((path) => path.slice("./dist/".length, -".d.ts".length));
/** The bundles, by the folder of src/ that goes there, the last that fits; all other folders go to the first. A program that uses no sockets reads no networking. */
const BUNDLES = [
  { file: "gort.js", folder: "" },
  { file: "gort-net.js", folder: "net/" },
  { file: "gort-http.js", folder: "net/http/" },
  { file: "gort-testing.js", folder: "testing/" },
  { file: "gort-web.js", folder: "web/" },
  // trace/reader and trace/read/: for the command and the observer, not for programs.
  { file: "gort-reader.js", folder: "trace/read" },
];
/** What runs in a browser is built by itself (page.mjs). */
const PAGE = "web/page/";
/** The command is read file by file: it starts once, and its loader hooks run in a thread of their own. */
const UNBUNDLED = "cli/";

const modules = [...walk(src, (path) => path.endsWith(".ts"))]
  .map((path) => relative(src, path).replaceAll("\\", "/").slice(0, -".ts".length))
  .filter((name) => !name.startsWith(PAGE))
  .sort();

await compile();
await bundle();
await buildPage();

async function compile() {
  const compiled = modules.flatMap((name) => [join(esm, `${name}.js`), join(esm, `${name}.js.map`)]);
  const declared = modules.map((name) => join(types, `${name}.d.ts`));
  const handedOn = modules.map((name) => join(dist, `${name}.js`));
  remove(esm, compiled);
  const bundles = BUNDLES.flatMap(({ file }) => [join(dist, file), join(dist, `${file}.map`)]);
  remove(types, declared);
  remove(dist, [...doors.map((door) => join(dist, `${door}.d.ts`)), ...handedOn, ...bundles]);
  if ([...compiled, ...declared].some((path) => !existsSync(path))) {
    for (const kind of ["build", "types"])
      rmSync(join(root, "node_modules", ".cache", "gort", `${kind}.tsbuildinfo`), { force: true });
  }
  for (const project of ["tsconfig.types.json", "tsconfig.build.json"]) {
    const { code } = await execute(process.execPath, [tsc, "-p", project, "--pretty", "false"], {
      show: true,
    });
    if (code !== 0) process.exit(code);
  }
  for (const path of reached()) write(relative(types, path), declarations(path));
}

/** Without the imports of modules that are there for what they do: they declare nothing. */
function declarations(path) {
  return readFileSync(path, "utf8").replaceAll(/^import "\.[^"]*";\n/gm, "");
}

/** The declarations that the doors of the package lead to: nobody can ask for the others. */
function reached() {
  const found = new Set(doors.map((door) => join(types, `${door}.d.ts`)));
  for (const path of found) {
    for (const [, from] of declarations(path).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]*)\.[jt]s"/g)) {
      found.add(join(dirname(path), `${from}.d.ts`));
    }
  }
  return found;
}

async function bundle() {
  const inside = modules.filter((name) => !name.startsWith(UNBUNDLED));
  const exported = new Map();
  for (const name of inside) {
    // Importing gort starts nothing, so asking the modules themselves what they export is safe.
    const namespace = await import(pathToFileURL(join(esm, `${name}.js`)).href);
    exported.set(
      name,
      Object.entries(namespace).map(([symbol, value]) => [
        symbol,
        typeof value === "function" ? value.name : null,
      ]),
    );
  }
  // An entry for each bundle: it exports all of all its modules, and is never written.
  const entries = new Map(
    BUNDLES.map(({ file }) => [join(esm, `entry-${file}`), entryOf(file, inside, exported)]),
  );
  const built = await rollup({
    input: Object.fromEntries(BUNDLES.map(({ file }) => [file, join(esm, `entry-${file}`)])),
    external: /^node:/,
    // Everything stays: a module is there for what it does as well.
    treeshake: false,
    plugins: [
      {
        name: "entry-and-source-maps",
        resolveId: (id) => (entries.has(id) ? id : null),
        load: (id) =>
          entries.get(id) ?? { code: readFileSync(id, "utf8"), map: readFileSync(`${id}.map`, "utf8") },
      },
    ],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await built.write({
    dir: dist,
    format: "es",
    entryFileNames: "[name]",
    manualChunks: (id) => {
      const name = relative(esm, id).replaceAll("\\", "/");
      return BUNDLES.find(({ file }) => name === `entry-${file}`)?.file ?? bundleOf(name);
    },
    chunkFileNames: "[name]",
    minifyInternalExports: false,
    generatedCode: "es2015",
    // For whoever works on gort: the package has neither maps nor sources, and no comment that promises them.
    sourcemap: "hidden",
    sourcemapExcludeSources: true,
  });
  await built.close();
  for (const name of inside) {
    const up = "../".repeat(name.split("/").length - 1) || "./";
    const names = exported.get(name).map(([symbol]) => `${unique(name, symbol)} as ${symbol}`);
    write(
      `${name}.js`,
      names.length === 0
        ? `import "${up}${bundleOf(name)}";\n`
        : `export { ${names.join(", ")} } from "${up}${bundleOf(name)}";\n`,
    );
  }
  for (const name of modules.filter((name) => name.startsWith(UNBUNDLED))) {
    for (const ending of [".js", ".js.map"]) cpSync(join(esm, name + ending), place(name + ending));
  }
  await checkNames(exported);
}

function entryOf(file, inside, exported) {
  return inside
    .filter((name) => bundleOf(name) === file)
    .map((name) => {
      const names = exported.get(name).map(([symbol]) => `${symbol} as ${unique(name, symbol)}`);
      return names.length === 0
        ? `import "./${name}.js";`
        : `export { ${names.join(", ")} } from "./${name}.js";`;
    })
    .join("\n");
}

/** The bundle that a module goes to. */
function bundleOf(name) {
  return BUNDLES.findLast(({ folder }) => name.startsWith(folder)).file;
}

/** Stacks and messages show the names of functions and classes: a bundler that renames one on a clash must not go unseen. */
async function checkNames(exported) {
  const { pid } = process;
  const copy = join(root, "build", `names-${pid}.mjs`);
  const lines = [...exported].flatMap(([name, symbols]) =>
    symbols
      .filter(([, called]) => called !== null)
      .map(
        ([symbol, called]) =>
          `["${called}", b${BUNDLES.findIndex(({ file }) => file === bundleOf(name))}.${unique(name, symbol)}]`,
      ),
  );
  const imports = BUNDLES.map(
    ({ file }, i) => `import * as b${i} from ${JSON.stringify(pathToFileURL(join(dist, file)).href)};`,
  );
  writeFileSync(
    copy,
    `${imports.join("\n")}
const wrong = [${lines.join(",")}].filter(([name, value]) => value.name !== name);
if (wrong.length > 0) { console.error("renamed in the bundle: " + wrong.map(([n, v]) => n + " is " + v.name).join(", ")); process.exit(1); }
`,
  );
  const { code } = await execute(process.execPath, [copy], { show: true });
  rmSync(copy);
  if (code !== 0) process.exit(code);
}

function unique(name, symbol) {
  return `${name.replaceAll(/[^\w]/g, "_")}$${symbol}`;
}

function write(path, text) {
  writeFileSync(place(path), text);
}

function place(path) {
  const full = join(dist, path);
  mkdirSync(dirname(full), { recursive: true });
  return full;
}

/** Removes what is below `folder` and not among `wanted`. */
function remove(folder, wanted) {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  const keep = new Set(wanted);
  for (const path of walk(folder)) if (!keep.has(path)) rmSync(path);
}
