/**
 * The package stays small: what npm transfers, as npm counts it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";
import { root } from "./house.ts";

/** A third of it is the live page, which is there twice: as it is, and compressed. */
const LIMIT = 450_000;

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

async function pack(): Promise<Packed> {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const script = process.env["npm_execpath"];
  const run = promisify(execFile);
  const { stdout } = script?.endsWith(".js")
    ? await run(process.execPath, [script, ...args], { cwd: root })
    : await run("npm", args, { cwd: root, shell: process.platform === "win32" });
  // A list before npm 12, an object by package name from there on.
  return (
    (Object.values(JSON.parse(stdout) as Record<string, Packed>)[0] as Packed | undefined) ?? {
      size: 0,
      files: [],
    }
  );
}

it(`the package is below ${LIMIT / 1000} KB as npm packs it`, async () => {
  const { files, size } = await pack();
  const paths = files.map(({ path }) => path);
  for (const path of ["dist/index.js", "dist/index.d.ts", "LICENSE", "README.md"])
    assert.ok(paths.includes(path), `no ${path}`);
  const strange = paths.filter((path) => !/^dist\/|^[A-Z]+(?:\.md)?$|^package\.json$/.test(path));
  assert.deepEqual(strange, [], "these files do not belong in the package");
  assert.ok(size > 0 && size < LIMIT, `${size} bytes`);
});
