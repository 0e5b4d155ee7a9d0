/**
 * The package is what package.json promises: every entry point is there, has types, and gives the same one module to
 * `import` and to `require`.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { entries, manifest, read, root } from "./house.ts";

const require = createRequire(import.meta.url);

describe("package.json", () => {
  it("names no dependencies", () => {
    assert.deepEqual(Object.keys(manifest.dependencies ?? {}), []);
    assert.deepEqual(Object.keys(manifest.optionalDependencies ?? {}), []);
    assert.equal(manifest.bundleDependencies ?? manifest.bundledDependencies, undefined);
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
      assert.equal(manifest.peerDependenciesMeta?.[peer]?.optional, true, `${peer} must be optional`);
    }
  });

  it("exports itself, and gort", () => {
    assert.equal(manifest.exports["./package.json"], "./package.json");
    assert.ok(entries().some(({ specifier }) => specifier === "gort"));
  });

  it("has a lock file that ties nobody to a registry", () => {
    assert.doesNotMatch(read("package-lock.json"), /"resolved": "http/);
  });

  it("has a lock file with every platform in it, without which npm ci refuses", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const wanted = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    assert.deepEqual(
      wanted.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))),
      [],
    );
  });

  for (const [name, target] of Object.entries(manifest.bin ?? {})) {
    it(`has the command ${name}, which starts node`, () => {
      assert.match(readFileSync(join(root, target), "utf8"), /^#!\/usr\/bin\/env (?:-S )?node\b/);
    });
  }
});

for (const { specifier, types, code } of entries()) {
  describe(`"${specifier}"`, () => {
    it("has code and types that exist", () => {
      assert.ok(code && existsSync(join(root, code)), `no ${code}`);
      assert.ok(types && existsSync(join(root, types)), `no ${types}`);
    });

    it("is one module for import and for require", async () => {
      const imported = (await import(specifier)) as Record<string, unknown>;
      const required = require(specifier) as Record<string, unknown>;
      const names = Object.keys(imported).sort();
      assert.ok(names.length > 0, "it exports nothing");
      assert.deepEqual(Object.keys(required).sort(), names);
      for (const name of names) assert.equal(required[name], imported[name], `${name} is there twice`);
    });
  });
}

it("a class is the same class either way", async () => {
  const { ChannelClosedError } = await import("gort");
  const again = (require("gort") as typeof import("gort")).ChannelClosedError;
  assert.equal(typeof ChannelClosedError, "function");
  assert.equal(again, ChannelClosedError);
});
