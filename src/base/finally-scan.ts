/**
 * Finds out whether a position of JavaScript or TypeScript source lies in a finally block.
 *
 * A tokenizer that knows strings, templates, comments, regular expressions and braces, and nothing else of the grammar. A slash starts a
 * regular expression where an expression may start, judged by the token before it.
 *
 * A finally block around a whole function counts for positions in that function too: the answer errs towards "yes".
 */

/** After one of these words a slash starts a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new do else yield await instanceof".split(" "),
);

const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*|\s+|[^]/uy;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const TEMPLATE = /(?:\\[^]|\$(?!\{)|[^\\`$])*(`|\$\{)/y;

export function insideFinally(source: string, offset: number): boolean {
  const blocks: string[] = [];
  let previous = "";
  let at = 0;
  const template = (): void => {
    TEMPLATE.lastIndex = at;
    const match = TEMPLATE.exec(source);
    at = match === null ? source.length : TEMPLATE.lastIndex;
    if (match?.[1] === "${") blocks.push("template");
    else previous = ")";
  };
  while (at < offset && at < source.length) {
    REGEXP.lastIndex = at;
    if (source[at] === "/" && startsExpression(previous) && isRegExp(source, at)) {
      at = REGEXP.lastIndex;
      previous = ")";
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(source)?.[0] ?? source.charAt(at);
    at += token.length;
    if (/^(?:\s|\/\/|\/\*)/.test(token)) continue;
    if (token === "{") {
      blocks.push(previous === "finally" ? "finally" : "block");
    } else if (token === "}") {
      if (blocks.pop() === "template") {
        template();
        continue;
      }
    } else if (token === "`") {
      template();
      continue;
    }
    previous = token;
  }
  return blocks.includes("finally");
}

function startsExpression(previous: string): boolean {
  return BEFORE_EXPRESSION.has(previous) || !/[\w$)\]}"'`]$/.test(previous);
}

function isRegExp(source: string, at: number): boolean {
  const next = source[at + 1];
  return next !== "/" && next !== "*" && REGEXP.test(source);
}
