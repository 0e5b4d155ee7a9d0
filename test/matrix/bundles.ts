/**
 * Portable goroutines from single-file bundles: the same program as in toolchains.test.ts, built by two bundlers
 * in every way that changes where or under which name a function is found.
 *
 * A bundle runs in a folder where the sources are not, and with gort inside where no gort is found either.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { bin, isWell, missing, Project } from "./project.ts";

const project = new Project();
/** Where no gort is found. */
const outside = realpathSync(mkdtempSync(join(tmpdir(), "gort-matrix-")));
after(() => {
  project.remove();
  rmSync(outside, { recursive: true, force: true });
});

/** [name, tool, its arguments for a file and an output]. */
const BUNDLES: readonly (readonly [
  name: string,
  tool: string,
  args: (entry: string, out: string) => readonly string[],
  ending: "mjs" | "cjs",
])[] = (["mjs", "cjs"] as const).flatMap((ending) =>
  [false, true].flatMap((isMinified) =>
    [false, true].flatMap((isExternal) => {
      const format = ending === "mjs" ? "esm" : "cjs";
      const name = `${format}${isMinified ? ", minified" : ""}, gort ${isExternal ? "external" : "inside"}`;
      return [
        [
          `esbuild: ${name}`,
          "esbuild",
          (entry: string, out: string) => [
            entry,
            "--bundle",
            "--platform=node",
            "--log-level=warning",
            `--format=${format}`,
            `--outfile=${out}`,
            ...(isMinified ? ["--minify"] : []),
            ...(isExternal ? ["--external:gort"] : []),
          ],
          ending,
        ],
        [
          `rolldown: ${name}`,
          "rolldown",
          (entry: string, out: string) => [
            entry,
            "--platform=node",
            "--log-level=warn",
            `--format=${format}`,
            `--file=${out}`,
            ...(isMinified ? ["--minify"] : []),
            ...(isExternal ? ["--external=gort"] : []),
          ],
          ending,
        ],
      ] as const;
    }),
  ),
);

/** The tests of one bundler; each has a file, so that none of them takes long. */
export function bundlesOf(bundler: "esbuild" | "rolldown"): void {
  describe(`single-file bundles of ${bundler} on two cores`, () => {
    for (const [name, tool, args, ending] of BUNDLES.filter((bundle) => bundle[1] === bundler)) {
      it(name, { skip: missing(tool) }, async () => {
        const folder = project.sources(`bundled/${name.replace(/\W+/g, "-")}`);
        const place = name.includes("external") ? join(project.folder, "out") : outside;
        const out = join(place, `${name.replace(/\W+/g, "-")}.${ending}`);
        mkdirSync(dirname(out), { recursive: true });
        await project.build([bin(tool), ...args(ending === "mjs" ? "main.ts" : "foot.ts", out)], folder);
        isWell(await project.node(["--no-warnings", out], dirname(out)));
      });
    }
  });
}
