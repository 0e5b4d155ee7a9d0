/**
 * The reader of fences finds what is there, and the judge of their runs does find fault: the check of the documents
 * would otherwise pass by reading nothing.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "./house.ts";

interface Promised {
  readonly output: string | undefined;
  readonly unordered: boolean;
  readonly error: string | undefined;
}
interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { fences, promises, shortcomings } = (await import(
  pathToFileURL(join(root, "scripts", "fences.mjs")).href
)) as {
  fences(text: string): { line: number; kind: string; code: string }[];
  promises(code: string): Promised;
  shortcomings(program: { kind: string; promise: Promised }, result: Result): string[];
};

describe("fences", () => {
  it("are found with their line and kind, and those of other languages are not", () => {
    const text =
      "a\n```ts\nb\n```\n```sh\nc\n```\n````ts run\nd\n```\ne\n````\n~~~ts fails\n~~~\n  ```ts\n  f\n    g\n  ```\n```tsx\n```";
    assert.deepEqual(fences(text), [
      { line: 3, kind: "", code: "b\n" },
      { line: 9, kind: "run", code: "d\n```\ne\n" },
      { line: 14, kind: "fails", code: "\n" },
      { line: 16, kind: "", code: "f\n  g\n" },
    ]);
  });

  it("must be closed", () => assert.throws(() => fences("```ts\na"), /not closed/));
});

describe("promises", () => {
  it("are the comment block at the end", () => {
    assert.deepEqual(promises("a();\n// Output:\n// 1\n//\n//  2\n"), {
      output: "1\n\n 2",
      unordered: false,
      error: undefined,
    });
    assert.equal(promises("// Unordered output:\n// 1\n").unordered, true);
    assert.equal(promises("// Output:\n").output, "");
  });

  it("are not read out of the middle", () => {
    assert.equal(promises("// Output:\n// 1\na();\n").output, undefined);
    assert.equal(promises('const s = "// Output:";\n').output, undefined);
  });

  it("may say how a program fails", () => {
    assert.deepEqual(promises("a();\n// Error: deadlock!\n"), {
      output: undefined,
      unordered: false,
      error: "deadlock!",
    });
    assert.equal(promises("// Output:\n// 1\n// Error: x\n").output, "1");
  });
});

describe("a run", () => {
  const judge = (kind: string, code: string, result: Partial<Result>): number =>
    shortcomings({ kind, promise: promises(code) }, { code: 0, stdout: "", stderr: "", ...result }).length;

  it("that does what was promised is right", () => {
    assert.equal(judge("run", "// Output:\n// 1\n// 2", { stdout: "1  \n2\n\n" }), 0);
    assert.equal(judge("run", "// Unordered output:\n// 1\n// 2", { stdout: "2\n1\n" }), 0);
    assert.equal(judge("run", "", { stdout: "anything" }), 0);
    assert.equal(judge("fails", "// Error: no", { code: 2, stderr: "oh no\n" }), 0);
  });

  it("that does not is wrong", () => {
    assert.equal(judge("run", "// Output:\n// 1\n// 2", { stdout: "2\n1\n" }), 1);
    assert.equal(judge("run", "// Output:", { stdout: "1\n" }), 1);
    assert.equal(judge("run", "// Unordered output:\n// 1", { stdout: "1\n1\n" }), 1);
    assert.equal(judge("run", "", { code: 1 }), 1);
    // Two lines each: the fault, and what stderr said.
    assert.equal(judge("fails", "// Error: no", { stderr: "no" }), 2);
    assert.equal(judge("fails", "// Error: no", { code: 2, stderr: "yes" }), 2);
    assert.equal(judge("fails", "", { code: 2 }), 1);
  });
});
