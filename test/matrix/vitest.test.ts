/**
 * Portable goroutines in tests of vitest: they are to be in files of their own, which the test file imports.
 *
 * vitest rewrites modules for the test's own thread, and other threads cannot ask its server: they import the
 * files as they are.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { bin, missing, Project } from "./project.ts";

const project = new Project();
after(() => project.remove());

describe("portable goroutines and vitest", () => {
  it("files imported by a test of vitest", { skip: missing("vitest") }, async () => {
    const folder = project.sources("vitest", "some.test.ts");
    for (const pool of ["forks", "threads", "vmThreads"]) {
      const { code, stdout, stderr } = await project.node(
        [bin("vitest"), "run", "--globals", "--testTimeout=30000", "--root", folder, `--pool=${pool}`],
        folder,
      );
      assert.equal(code, 0, `${pool}\n${stdout}\n${stderr}`);
      assert.match(stdout, /1 passed/);
    }
  });

  it("vitest's test files themselves are refused loudly", { skip: missing("vitest") }, async () => {
    const folder = project.place("own", ["elsewhere.mjs", "own.test.ts"]);
    const { code, stdout, stderr } = await project.node(
      [bin("vitest"), "run", "--globals", "--testTimeout=30000", "--root", folder],
      folder,
    );
    assert.equal(code, 1);
    assert.match(stdout + stderr, /GORT_IMPORT_FAILED|another core cannot import/);
  });
});

describe("gort/testing and vitest", () => {
  it("bubbles, explorations and leak checks, also under its fake timers", {
    skip: missing("vitest"),
  }, async () => {
    const folder = project.place("controlled", ["controlled.test.ts"]);
    for (const pool of ["forks", "threads", "vmThreads"]) {
      const { code, stdout, stderr } = await project.node(
        [bin("vitest"), "run", "--globals", "--testTimeout=30000", "--root", folder, `--pool=${pool}`],
        folder,
      );
      assert.equal(code, 0, `${pool}\n${stdout}\n${stderr}`);
      assert.match(stdout, /4 passed/);
    }
  });
});
