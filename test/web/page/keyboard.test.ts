/**
 * The page without a mouse: from run to run, to who woke it, pins, panels, filter, help, files.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Browser, drawn, frames, launch, noBrowser, open, type Page, shoot, until } from "./browser.ts";
import { observe } from "./mock-observer.ts";

const said = (page: Page): Promise<string | null> => page.textContent(".said");
const badge = (page: Page, word: string): Promise<void> =>
  until(page, `document.getElementById("badge").textContent.includes(${JSON.stringify(word)})`);

describe("the live page by keyboard", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("walks from run to run, selects, pins, and goes to who woke it", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page, complaints } = opened;
    const press = (key: string): Promise<void> => page.keyboard.press(key);
    await drawn(page, 10);
    await press("Space");
    await badge(page, "paused");
    await press("f");
    await badge(page, "live");
    for (let i = 0; i < 6; i++) await press("w");
    await badge(page, "live");
    await press("ArrowDown");
    await badge(page, "paused");
    // The view has another scale now: its runs are asked for again.
    await frames(page, 40);
    await press("ArrowUp");
    await press(",");
    assert.match((await said(page)) ?? "", /^P0, G\d+/);
    const first = await said(page);
    await press(",");
    await until(page, `document.querySelector(".said").textContent !== ${JSON.stringify(first)}`);
    await press(".");
    await until(page, `document.querySelector(".said").textContent === ${JSON.stringify(first)}`);
    await press("ArrowDown");
    await until(page, `document.querySelector(".said").textContent.startsWith("P1, ")`);
    await press("Enter");
    await page.waitForSelector("#stack");
    const id = Number(/^G(\d+)/.exec((await page.textContent("#title-detail")) ?? "")?.[1]);
    assert.ok(id > 1);
    await press("p");
    await until(page, `document.querySelector(".star")?.getAttribute("aria-pressed") === "true"`);
    // Its lane has been asked for, and tells of its wakes.
    await until(
      page,
      `performance.getEntriesByType("resource").some((one) => one.name.includes("goroutines=${id}"))`,
    );
    for (let i = 0; i < 6; i++) await press("s");
    await drawn(page, 30);
    await press("u");
    const before = id > 2 ? `G${id - 1}` : "host";
    await until(page, `document.querySelector(".said").textContent.includes(${JSON.stringify(before)})`);
    if (id > 2) assert.match((await page.textContent("#title-detail")) ?? "", new RegExp(`^G${id - 1}\\b`));
    await press("Escape");
    await until(page, `document.getElementById("title-detail").textContent === "Detail"`);
    assert.deepEqual(complaints, []);
  });

  it("goes to panels, the filter, the table of lanes and the help", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    const press = (key: string): Promise<void> => page.keyboard.press(key);
    const focused = (): Promise<string> => page.evaluate("document.activeElement.id");
    await drawn(page, 10);
    const ids = ["lanes", "title-counters", "title-goroutines", "title-channels", "title-waits"];
    for (const [i, id] of ids.entries()) {
      await press(`${i + 1}`);
      assert.equal(await focused(), id);
    }
    await press("/");
    assert.equal(await focused(), "filter");
    await page.keyboard.type("fn:tps1");
    assert.equal(
      await page.evaluate(`document.getElementById("filter").value`),
      "fn:tps1",
      "a field has its keys",
    );
    await press("Escape");
    await press("t");
    await page.waitForSelector("#lanes-table tbody tr");
    assert.ok(
      (await page.evaluate<number>(`document.querySelectorAll("#lanes-table tbody tr").length`)) > 100,
    );
    // Single runs or few together: the table is as fine as the picture was.
    const most = `Math.max(...[...document.querySelectorAll("#lanes-table tbody tr")].map((row) => parseInt(row.children[2].textContent) || 1))`;
    await until(page, `${most} < 5`);
    await page.evaluate("scrollTo(0, 0)");
    await shoot(page, "lanes-table-light", false);
    await press("t");
    await drawn(page, 2);
    await press("?");
    await page.waitForSelector("#help[open]");
    await shoot(page, "help-light", false);
    await press("Escape");
    await until(page, `!document.getElementById("help").open`);
  });

  it("saves a dump, and lets the letters be switched off", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 5);
    const file = page.waitForEvent("download");
    await page.keyboard.press("Shift+D");
    assert.equal((await file).suggestedFilename(), "gort-4242.goroutines.txt");
    await page.keyboard.press("?");
    await page.click("#help input");
    await page.keyboard.press("Escape");
    await until(page, "document.activeElement === document.body");
    await page.keyboard.press("t");
    await page.keyboard.press("Space");
    await badge(page, "paused");
    assert.equal(await page.evaluate(`document.getElementById("lanes-table")`), null);
  });

  it("reaches everything by Tab", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 5);
    await page.keyboard.press("Space");
    const reached = new Set<string>();
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate<string>("document.activeElement.id || document.activeElement.textContent.trim()"),
      );
    }
    for (const one of [
      "pause",
      "window",
      "theme",
      "help-button",
      "lanes",
      "filter",
      "grouped",
      "G6",
      "chan#1",
    ])
      assert.ok(reached.has(one), `${one} is not in ${[...reached].join(", ")}`);
  });
});
