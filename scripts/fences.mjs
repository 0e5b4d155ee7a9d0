/**
 * What a fence or an example promises, and whether a run of it kept the promise. docs.mjs says what the marks mean.
 */

/** What may stand behind ts in a fence's info string. */
export const KINDS = new Set(["", "run", "fails"]);

/** The ts fences of a document: [{ line, kind, code }], line being that of the first line of code. */
export function fences(text) {
  const found = [];
  let open;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const mark = /^( *)(`{3,}|~{3,})\s*(.*?)\s*$/.exec(line);
    if (open === undefined && mark) {
      const [language, ...kind] = mark[3].split(/\s+/);
      open = {
        mark: mark[2],
        indent: mark[1].length,
        ts: /^(?:ts|typescript)$/.test(language),
        kind: kind.join(" "),
      };
      open.line = index + 2;
      open.code = [];
    } else if (open !== undefined && mark && mark[3] === "" && mark[2].startsWith(open.mark)) {
      if (open.ts) found.push({ line: open.line, kind: open.kind, code: `${open.code.join("\n")}\n` });
      open = undefined;
    } else {
      open?.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  }
  if (open) throw new Error(`the fence that opens before line ${open.line} is not closed`);
  return found;
}

/** What a program promises: { output, unordered, error }, each undefined where it promises nothing. */
export function promises(code) {
  const error = /^\/\/ Error: *(.+?)\s*$/m.exec(code)?.[1];
  const block = /^\/\/ (Output|Unordered output):[ \t]*\n?((?:\/\/.*(?:\n|$))*)\s*(?![\s\S])/m.exec(code);
  if (!block) return { output: undefined, unordered: false, error };
  const lines = block[2].split("\n").filter((line) => line.startsWith("//") && !line.startsWith("// Error:"));
  const output = lines.map((line) => line.replace(/^\/\/ ?/, "")).join("\n");
  return { output: tidy(output), unordered: block[1] !== "Output", error };
}

function tidy(text) {
  return text.replace(/[ \t\r]+$/gm, "").trimEnd();
}

/** Why a run ({ code, stdout, stderr } of execute) is not what the program ({ kind, promise }) said. */
export function shortcomings({ kind, promise }, { code, stdout, stderr }) {
  const wrong = [];
  if (code === 124) wrong.push("it did not end in time");
  if (kind === "fails" && code === 0) wrong.push("it should have failed, and exited with 0");
  if (kind !== "fails" && code !== 0) wrong.push(`it exited with ${code}`);
  if (promise.error !== undefined && !stderr.includes(promise.error))
    wrong.push(`stderr does not say ${promise.error}`);
  if (kind === "fails" && promise.error === undefined) {
    wrong.push("it may fail for any reason at all: add a line `// Error: text` with what stderr must say");
  }
  if (promise.output !== undefined) {
    const order = (text) => (promise.unordered ? text.split("\n").sort().join("\n") : text);
    if (order(tidy(stdout)) !== order(promise.output)) {
      wrong.push(`the output differs; expected:\n${promise.output}\ngot:\n${tidy(stdout)}`);
    }
  }
  if (wrong.length > 0 && stderr) wrong.push(`stderr:\n${stderr.trimEnd()}`);
  return wrong;
}
