/**
 * Whether a position stands in a finally block: `base/finally-scan.ts` on sources that want to mislead it.
 *
 * In each source `@` marks a position inside a finally block, and `%` one outside; the marks are taken out before it is asked.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources are strings that hold templates.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insideFinally } from "#src/base/finally-scan.ts";

function check(marked: string): void {
  const source = marked.replace(/[@%]/g, "");
  let taken = 0;
  let found = 0;
  for (const { index, 0: mark } of marked.matchAll(/[@%]/g)) {
    const offset = index - taken++;
    found++;
    const around = `${source.slice(Math.max(0, offset - 30), offset)}<here>${source.slice(offset, offset + 30)}`;
    assert.equal(insideFinally(source, offset), mark === "@", around);
  }
  assert.ok(found > 0, "a source without a mark tests nothing");
}

const SOURCES: [what: string, source: string][] = [
  ["plain", "%try { %a(); } catch { %b(); } finally { @c(); } %d();"],
  ["blanks and comments between", "try {} finally /* { */ // {\n { @c(); } %d();"],
  ["nested blocks inside", "try {} finally { if (x) { @a(); } for (;;) { @b(); } @c(); } %d();"],
  ["nested trys", "try { try { %a(); } finally { @b(); } %c(); } finally { try { @d(); } catch { @e(); } }"],
  ["a function around which it stands", "try {} finally { const f = () => { @a(); }; } %b();"],
  ["braces in strings", `try {} finally { const a = "}"; @b('}', "\\"}", '\\'}'); } %c("finally {");`],
  ["braces in comments", "try {} finally { // }\n @a(); /* } */ @b(); } %c(); // finally {\n %d();"],
  ["a comment that has a quote", "// don't\n try {} finally { @a(); } /* it's */ %b();"],
  ["braces in a template", "try {} finally { const t = `}`; @a(`{`); } %b(`finally {`); %c();"],
  ["expressions in a template", "try {} finally { const t = `${ { a: 1 }.a }}`; @a(); } %b();"],
  ["templates in templates", "try {} finally { x = `${ `}${ f({ a: `}` }) }}` }`; @a(); } %b();"],
  ["a position in a template's expression", "try {} finally { x = `}${ @a() }}`; } y = `${ %b() }`;"],
  ["escapes in a template", "try {} finally { x = `\\`}\\${`; @a(); } %b();"],
  ["a dollar that opens nothing", "try {} finally { x = `$}$$`; @a(); } %b(); y = `$`; %c();"],
  [
    "braces in a regular expression",
    "try {} finally { const r = /}/; @a(/[}/]}/g, /\\/}/); } %b(/finally {/); %c();",
  ],
  [
    "a regular expression behind a word",
    "function f() { try {} finally { if (typeof /}/ === x) return /}/.test(y); @a(); } %b(); }",
  ],
  [
    "a regular expression behind an operator",
    "try {} finally { x = a && /}/.test(b) || !/}/.test(c) ? /}/ : /}/; @a(); } %b();",
  ],
  ["a regular expression with a quote", `try {} finally { x = /["'\`]/; @a(); } %b();`],
  ["division", "try {} finally { x = a / b; y = c / d; @a(); } %b(); z = e[0] / f / 2; %c();"],
  [
    "division behind a bracket or a number",
    "try {} finally { x = (a) / 2 / b; y = 4 / 2 / 1; z = q++ / 2; @a(); } %b();",
  ],
  [
    "an object with a property finally",
    "const o = { finally: { %a: 1 } }; p.finally(() => { %b(); }); %c();",
  ],
  ["a method called finally", "class A { finally() { %a(); } static finally = 1; } new A().finally(); %b();"],
  ["a private name", "class A { #finally = { a: 1 }; m() { %a(this.#finally); } }"],
  ["a word that begins with finally", "finallyDone({ %a: 1 }); const finally_ = { %b: 2 };"],
  [
    "words of other alphabets",
    "const größe = 1, 変数 = { a: größe / 2 }; try {} finally { @a(変数 / 2); } %b();",
  ],
  [
    "TypeScript: types, generics, casts",
    "function* f<T extends { a: 1 }>(x: T): Goroutine<void> { try { yield* x as { a: 1 }; } finally { @a<T>(x!); } %b(); }",
  ],
  [
    "TypeScript: an enum, a satisfies, an import type",
    "enum E { A, B } try {} finally { const x = { a: 1 } satisfies { a: number }; @a(); } %b();",
  ],
  ["a first line for the shell", "#!/usr/bin/env node\ntry {} finally { @a(); } %b();"],
  ["numbers of all kinds", "try {} finally { x = 0x1f / 1_000 / 1e3 / .5 / 10n; @a(); } %b();"],
  ["a line's end in CRLF", "try {}\r\nfinally // }\r\n{\r\n @a();\r\n}\r\n%b();"],
  ["an unfinished source", "try {} finally { @a(`"],
];

describe("a position is inside a finally block", () => {
  for (const [what, source] of SOURCES) it(what, () => check(source));

  it("at the end of a large source, in time", () => {
    const filler = "const a = { b: [1, 2, `x${ { c: 3 }.c }y`, /[}]/, 'z'] };\n".repeat(20_000);
    check(`${filler}try {} finally { @a(); } %b();`);
  });

  it("behind a template of megabytes", () => {
    check(`const t = \`${"x}y{".repeat(1_000_000)}\`; try {} finally { @a(); } %b();`);
  });
});
