/**
 * Portable goroutines from every kind of output that programs are run as: one program (fixtures/program.ts), which
 * checks itself and prints "all cores" when goroutines have met on two processors.
 *
 * The Node is the one that runs the tests; .ci/run runs them on the oldest and on the newest.
 */
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bin, isWell, missing, Project } from "./project.ts";

const project = new Project();
after(() => project.remove());

const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
const types = fileURLToPath(new URL("../../../node_modules/@types", import.meta.url));

describe("portable goroutines on two cores", () => {
  const strips = process.features.typescript === "strip";

  it("tsc output", async () => {
    const folder = project.sources("tsc");
    const options =
      "--target es2023 --module nodenext --rewriteRelativeImportExtensions --skipLibCheck --ignoreConfig";
    await project.build(
      [tsc, ...options.split(" "), "--types", "node", "--typeRoots", types, "--outDir", "out", "main.ts"],
      folder,
    );
    isWell(await project.node([join(folder, "out", "main.js")]));
    isWell(await project.node(["--enable-source-maps", join(folder, "out", "main.js")]));
  });

  it("native type stripping", { skip: !strips && "this Node does not strip types" }, async () => {
    const folder = project.sources("strip");
    isWell(await project.node(["main.ts"], folder));
  });

  it("gort run, of main and of run(main)", async () => {
    const folder = project.sources("command");
    for (const file of ["program.ts", "main.ts", "foot.ts"])
      isWell(await project.node([project.gort, "run", file], folder));
  });

  it("gort run of TypeScript that needs rewriting", async () => {
    const folder = project.sources("rewritten");
    project.write(
      "rewritten/enum.ts",
      'import { main as inner } from "./program.js";\nexport enum Level { low = 1 }\nexport function* main() { if (Level[1] !== "low") throw new Error("no"); yield* inner(); }\n',
    );
    isWell(await project.node([project.gort, "run", "enum.ts"], folder));
  });

  it("the command tsx", { skip: missing("tsx") }, async () => {
    const folder = project.sources("tsx");
    isWell(await project.node([bin("tsx"), "main.ts"], folder));
  });

  it("node --import tsx", { skip: missing("tsx") }, async () => {
    const folder = project.sources("import-tsx");
    isWell(await project.node(["--import", "tsx", "main.ts"], folder));
    isWell(await project.node(["main.ts"], folder, { NODE_OPTIONS: "--import=tsx" }));
  });

  it("require() in CommonJS", async () => {
    const folder = project.place("commonjs", ["whole.cjs"]);
    isWell(await project.node(["--no-warnings", "whole.cjs"], folder));
    isWell(await project.node([project.gort, "run", "whole.cjs"], folder));
  });
});
