/** Asks axe-core what is wrong with the page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, as one line each. */
export async function findings(page: Page): Promise<string[]> {
  // By the debugger, not as a script of the page's: its policy allows none.
  await page.evaluate(`${axe};undefined`);
  return await page.evaluate<string[]>(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }).then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ": " + nodes.slice(0, 4).map((node) => node.html.slice(0, 140) + " " + (node.any[0]?.message ?? "")).join(" | ")))`);
}
