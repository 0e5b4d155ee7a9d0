/** Taking V8's stack texts apart: `runtime/frames.ts`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { captureStack, frameText, positionText, userFrames } from "#src/runtime/frames.ts";

const lines = (text: string): string[] =>
  userFrames(`Error: x\n${text}`).map(({ fn, file, line, column }) => `${fn} ${file} ${line}:${column}`);

describe("the frames of a stack", () => {
  const cases: [what: string, line: string, frame: string | undefined][] = [
    ["a function", "    at worker (file:///app/main.ts:6:3)", "worker file:///app/main.ts 6:3"],
    ["a path", "    at worker (/app/main.cjs:6:3)", "worker /app/main.cjs 6:3"],
    ["a path of Windows", "    at worker (C:\\app\\main.cjs:6:3)", "worker C:\\app\\main.cjs 6:3"],
    [
      "a folder with brackets and blanks",
      "    at f (file:///a b/(group)/x (1).js:1:2)",
      "f file:///a b/(group)/x (1).js 1:2",
    ],
    ["no name", "    at file:///app/main.ts:6:3", "<anonymous> file:///app/main.ts 6:3"],
    ["an async function", "    at async main (file:///a.js:1:2)", "main file:///a.js 1:2"],
    ["an async function without a name", "    at async file:///a.js:1:2", "<anonymous> file:///a.js 1:2"],
    ["a method", "    at Worker.run (file:///a.js:1:2)", "Worker.run file:///a.js 1:2"],
    [
      "a method by another name",
      "    at Worker.run [as go] (file:///a.js:1:2)",
      "Worker.run file:///a.js 1:2",
    ],
    ["a constructor", "    at new Worker (file:///a.js:1:2)", "new Worker file:///a.js 1:2"],
    ["a bundler's URL", "    at f (webpack://app/./src/a.ts:1:2)", "f webpack://app/./src/a.ts 1:2"],
    ["Node's own", "    at process.run (node:internal/task_queues:95:5)", undefined],
    ["V8's own", "    at Array.map (<anonymous>)", undefined],
    ["a generator's next", "    at worker.next (<anonymous>)", undefined],
    ["a promise's", "    at async Promise.all (index 0)", undefined],
    ["native code", "    at f (native)", undefined],
    ["evaluated code", "    at eval (eval at f (file:///a.js:1:2), <anonymous>:1:1)", undefined],
    ["text of a message", "at worker (file:///a.js:1:2)", undefined],
    [
      "gort's own",
      `    at f (${new URL("../../../dist/chan/hchan.js", import.meta.url).href}:1:2)`,
      undefined,
    ],
    [
      "gort's own source",
      `    at f (${new URL("../../../src/chan/hchan.ts", import.meta.url).href}:1:2)`,
      undefined,
    ],
    [
      "gort's own, as a path",
      `    at f (${new URL("../../../dist/chan/hchan.js", import.meta.url).pathname}:1:2)`,
      undefined,
    ],
  ];
  for (const [what, line, frame] of cases) {
    it(what, () => assert.deepEqual(lines(line), frame === undefined ? [] : [frame]));
  }

  it("come innermost first, and nothing comes of what is no stack", () => {
    assert.deepEqual(lines("    at a (/x.js:1:2)\n    at b (/y.js:3:4)"), ["a /x.js 1:2", "b /y.js 3:4"]);
    for (const wrong of [undefined, null, 7, {}, ""]) assert.deepEqual(userFrames(wrong), []);
  });

  it("are written in Go's form, files as paths", () => {
    const frame = { fn: "f", file: "file:///a%20b/c.js", line: 1, column: 2 };
    assert.equal(frameText(frame), "f(...)\n\t/a b/c.js:1:2\n");
    assert.equal(positionText({ ...frame, file: "file://elsewhere/c.js" }), "file://elsewhere/c.js:1:2");
    assert.equal(positionText({ ...frame, file: "/c.js" }), "/c.js:1:2");
  });
});

describe("capturing a stack", () => {
  it("goes deep, leaves out what is below, and leaves Error.stackTraceLimit as it was", () => {
    const before = Error.stackTraceLimit;
    function below(): string | undefined {
      return captureStack(below).stack;
    }
    function outer(): string | undefined {
      return below();
    }
    assert.equal(userFrames(outer())[0]?.fn, "outer");
    function all(n: number): string | undefined {
      return n === 0 ? captureStack().stack : all(n - 1);
    }
    assert.equal(userFrames(all(50)).filter(({ fn }) => fn === "all").length, 51);
    assert.equal(Error.stackTraceLimit, before);
  });
});
