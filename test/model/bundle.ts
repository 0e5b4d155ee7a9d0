/**
 * The modules of src/shm and a model's program in one file, as they were compiled; atomic.ts alone is left out: its operations are names without a meaning.
 *
 * Sizes and planted defects are textual replacements; one whose text is not there, or is there twice, is an error, so none of them can go stale.
 */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "@rollup/wasm-node";
import { Op } from "./threads.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const compiled = join(root, "build", "esm");
const ATOMIC = join(compiled, "shm", "atomic.js");

/** A replacement in one compiled file, below src/ (or a program) without its ending. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** So small that every schedule can be looked at. */
export const CAPACITY = { runQueue: 4, injector: 2 };

/** As small as what the models put into it allows. */
const SIZES: readonly Patch[] = [
  { file: "shm/layout", from: "BUFFER_BYTES = 1 << 26", to: "BUFFER_BYTES = 1 << 16" },
  { file: "shm/layout", from: "PAGE_BYTES = 1 << 16", to: "PAGE_BYTES = 1 << 10" },
  { file: "shm/layout", from: "MOST_MACHINES = 256", to: "MOST_MACHINES = 32" },
  { file: "shm/lock", from: "SPINS = 100", to: "SPINS = 1" },
];

/**
 * To lock is one step, which waits: for models that are too large otherwise. That lock.ts comes to no less is shown by the models that leave it as it is.
 */
export const WHOLE_LOCKS: readonly Patch[] = [
  {
    file: "shm/lock",
    from: "if (swap(words, at, 0, mine) !== 0)\n        lockSlow(words, at, mine);",
    to: "acquire(words, at, mine);",
  },
];

/** The atomic operations, and what a description of one is made of: its kind, then which of its arguments. */
export const OPERATIONS: Readonly<Record<string, number>> = {
  load: Op.load,
  store: Op.store,
  add: Op.add,
  or: Op.or,
  and: Op.and,
  exchange: Op.exchange,
  swap: Op.swap,
  load64: Op.load,
  add64: Op.add,
  store64: Op.store,
  swap64: Op.swap,
  futexWake: Op.wake,
  futexWait: Op.wait,
  pause: Op.pause,
  acquire: Op.acquire,
  hear: Op.hear,
};

export function isOperation(name: string): boolean {
  return Object.hasOwn(OPERATIONS, name);
}

/** `program` and all that it imports. */
export async function bundled(program: string, mutation: readonly Patch[]): Promise<string> {
  const patches = [...SIZES, ...mutation];
  const unused = new Set(patches);
  const file = placeOf(`programs/${program}`);
  const built = await rollup({
    input: "entry",
    treeshake: false,
    plugins: [
      {
        name: "model",
        resolveId(id, from) {
          if (id === "entry") return id;
          if (id.startsWith("#src/")) return join(compiled, id.slice("#src/".length).replace(/\.ts$/, ".js"));
          return isAbsolute(id) || from === undefined ? id : join(dirname(from), id);
        },
        load(id) {
          if (id === "entry") {
            return `import * as program from ${JSON.stringify(file)};
import * as region from ${JSON.stringify(join(compiled, "shm", "region.js"))};
import { self } from ${JSON.stringify(join(compiled, "shm", "lock.js"))};
import { labels } from ${JSON.stringify(join(root, "build", "test", "model", "world.js"))};
import * as layout from ${JSON.stringify(join(compiled, "shm", "layout.js"))};
export { program, region, self, labels, layout };`;
          }
          if (id === ATOMIC) return atomicStub();
          let code = readFileSync(id, "utf8").replace(/\n\/\/# sourceMappingURL.*\n?$/, "\n");
          for (const patch of patches) {
            if (id !== placeOf(patch.file)) continue;
            const parts = code.split(patch.from);
            if (parts.length !== 2) {
              throw new Error(`${patch.file}: there are ${parts.length - 1} of the text ${patch.from}`);
            }
            code = parts.join(patch.to);
            unused.delete(patch);
          }
          return { code: missingImports(code) + code, map: null };
        },
      },
    ],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await built.generate({ format: "es", generatedCode: "es2015" });
  await built.close();
  for (const patch of unused) throw new Error(`no program imports ${patch.file}, which is to be changed`);
  return output[0].code;
}

/** The compiled form of a module of src/, or of a program. */
function placeOf(file: string): string {
  return join(file.startsWith("programs/") ? join(root, "build", "test", "model") : compiled, `${file}.js`);
}

/** Of atomic operations that a replacement has brought in. */
function missingImports(code: string): string {
  const missing = Object.keys(OPERATIONS).filter(
    (name) =>
      new RegExp(`(?<![.\\w$])${name}\\(`).test(code) &&
      // Neither imported nor defined there.
      !new RegExp(
        `import \\{[^}]*\\b${name}\\b|function\\*? ${name}\\(|^ +(?:static )?${name}\\(.*\\{$`,
        "m",
      ).test(code),
  );
  return missing.length === 0 ? "" : `import { ${missing.join(", ")} } from ${JSON.stringify(ATOMIC)};\n`;
}

function atomicStub(): string {
  const names = [...Object.keys(OPERATIONS)].map((name) => `export function ${name}() {}`);
  return `${names.join("\n")}\nexport const capacity = ${JSON.stringify(CAPACITY)};\n`;
}
