/**
 * Reads TypeScript just closely enough for the policy tests: what is code, and what is comment or text.
 *
 * Invariants:
 *   I1  `code` is as long as the source and has its line breaks where they were, so that an index fits both.
 *   I2  Comments, the inside of strings, of templates and of regular expressions are blanks in `code`; quotes stay.
 *   I3  What stands in `${}` of a template is code.
 *
 * A regular expression is told from a division by what stands before the slash, the way every such scanner does it; the
 * one case this gets wrong (a regular expression right after the `)` of an `if` or `while`) reads as a division.
 */
export interface Scanned {
  readonly code: string;
  /** The text of every string literal, by the index of its opening quote. */
  readonly strings: ReadonlyMap<number, string>;
}

const BEFORE_REGEXP =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|yield|await))$/;

export function scan(source: string): Scanned {
  const out = source.split("");
  const strings = new Map<number, string>();
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to && i < out.length; i++) if (out[i] !== "\n") out[i] = " ";
  };
  /** The index just after the literal that opens at `start` and ends with `close`. */
  const skipText = (start: number, close: string): number => {
    let i = start + 1;
    while (i < source.length && source[i] !== close && source[i] !== "\n") i += source[i] === "\\" ? 2 : 1;
    strings.set(start, source.slice(start + 1, i));
    blank(start + 1, i);
    return i + 1;
  };
  const skipRegExp = (start: number): number => {
    let i = start + 1;
    let inClass = false;
    while (i < source.length && source[i] !== "\n" && (inClass || source[i] !== "/")) {
      if (source[i] === "[") inClass = true;
      else if (source[i] === "]") inClass = false;
      i += source[i] === "\\" ? 2 : 1;
    }
    blank(start + 1, i);
    return i + 1;
  };
  /** The text of a template from `start` to its end, or to the code of its next `${`. */
  const skipTemplate = (start: number): number => {
    let i = start;
    while (i < source.length && source[i] !== "`" && !source.startsWith("${", i))
      i += source[i] === "\\" ? 2 : 1;
    blank(start, i);
    return source[i] === "`" ? i + 1 : i + 2;
  };

  /** How many braces are open inside each `${` we are in. */
  const holes: number[] = [];
  const leaveText = (end: number): number => {
    if (source[end - 1] !== "`") holes.push(0);
    return end;
  };
  let i = source.startsWith("#!") ? source.indexOf("\n") : 0;
  if (i > 0) blank(0, i);
  while (i < source.length) {
    const c = source[i];
    if (source.startsWith("//", i)) {
      const end = source.indexOf("\n", i);
      blank(i, end < 0 ? source.length : end);
      i = end < 0 ? source.length : end;
    } else if (source.startsWith("/*", i)) {
      const end = source.indexOf("*/", i + 2);
      blank(i, end < 0 ? source.length : end + 2);
      i = end < 0 ? source.length : end + 2;
    } else if (c === '"' || c === "'") {
      i = skipText(i, c);
    } else if (c === "`") {
      const end = skipTemplate(i + 1);
      if (source[end - 1] === "`") strings.set(i, source.slice(i + 1, end - 1));
      i = leaveText(end);
    } else if (
      c === "/" &&
      BEFORE_REGEXP.test(
        out
          .slice(Math.max(0, i - 60), i)
          .join("")
          .trimEnd(),
      )
    ) {
      i = skipRegExp(i);
    } else if (c === "}" && holes.at(-1) === 0) {
      holes.pop();
      i = leaveText(skipTemplate(i + 1));
    } else {
      if (holes.length > 0 && c === "{") holes[holes.length - 1]! += 1;
      if (holes.length > 0 && c === "}") holes[holes.length - 1]! -= 1;
      i++;
    }
  }
  return { code: out.join(""), strings };
}

/** An import of any form: static, re-export, type-only, `import()`, `import type`, `require`, `new URL(…, import.meta.url)`. */
export interface Import {
  readonly specifier: string;
  /** What stands between the keyword and `from`; empty for the other forms. */
  readonly clause: string;
  readonly line: number;
}

const IMPORT =
  /\b(?:import|export)\b([^;"'`()]*?)\bfrom\s*(?=["'])|\bimport\s*(?=["'])|\b(?:import|require|import\.meta\.resolve|require\.resolve)\s*\(\s*(?=["'`])|\bnew\s+URL\s*\(\s*(?=["'`])/g;

export function importsOf({ code, strings }: Scanned): Import[] {
  const found: Import[] = [];
  for (const match of code.matchAll(IMPORT)) {
    const specifier = strings.get(match.index + match[0].length);
    const byName = /\bURL\s*\(/.test(match[0]);
    // `new URL("x")` names a source only when it says a relative path of one.
    if (specifier === undefined || (byName && !/^\..*\.[tj]s$/.test(specifier))) continue;
    found.push({ specifier, clause: (match[1] ?? "").trim(), line: lineOf(code, match.index) });
  }
  return found;
}

export function lineOf(code: string, index: number): number {
  return code.slice(0, index).split("\n").length;
}

const OPEN: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/**
 * The lines of `await`s that no async function surrounds. An `await` inside a function that is not async does not
 * compile, so it is enough to look for the word `async` in the header of anything around it: from the `await` backwards
 * to the bracket it stands in, from that bracket backwards to the next, and so on to the top of the file.
 */
export function topLevelAwaits({ code }: Scanned): number[] {
  const lines: number[] = [];
  for (const match of code.matchAll(/(?<![.\w$])await\b(?!\s*\??:)/g)) {
    if (!insideAsync(code, match.index)) lines.push(lineOf(code, match.index));
  }
  return lines;
}

function insideAsync(code: string, from: number): boolean {
  let header = true; // are we still in the header (the statement's own text) of this level?
  let after = "a"; // the first letter that is not blank behind position i
  for (let i = from - 1; i >= 0; i--) {
    const c = code[i]!;
    if (/\s/.test(c)) continue;
    const opener = OPEN[c];
    if (opener !== undefined) {
      // A block that ended and a statement that began: what is before it is no header of ours.
      if (c === "}" && /[\w$@#*({[]/.test(after)) header = false;
      let depth = 1;
      while (depth > 0 && --i >= 0) depth += code[i] === c ? 1 : code[i] === opener ? -1 : 0;
    } else if (c === ";") {
      header = false;
    } else if (c === "(" || c === "[" || c === "{") {
      header = true; // one level up: the text before this bracket is the header of what we are in
    } else if (
      header &&
      c === "c" &&
      /(?<![.\w$])async$/.test(code.slice(Math.max(0, i - 6), i + 1)) &&
      !/[\w$]/.test(code[i + 1] ?? " ")
    ) {
      return true;
    }
    after = c;
  }
  return false;
}
