/** Other states of the page are accessible as well; its theme, its patterns, and less motion. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findings } from "./axe.ts";
import { type Browser, drawn, launch, noBrowser, open, until } from "./browser.ts";
import { observe } from "./mock-observer.ts";
import { DEADLOCK } from "./program.ts";

describe("the live page as one likes it", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("is clean with the table of lanes, the help, single goroutines, and after the end", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { scheme: "dark" });
    const { page } = opened;
    await drawn(page, 5);
    await page.click("#grouped");
    await page.keyboard.press("t");
    await page.waitForSelector("#lanes-table tbody tr");
    await page.click("#pause");
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press("?");
    await page.waitForSelector("#help[open]");
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press("Escape");
    mock.end(DEADLOCK);
    await page.waitForSelector("#the-end");
    await page.click("#dump summary");
    assert.deepEqual(await findings(page), []);
  });

  it("lets the theme be chosen, and keeps the choice", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { scheme: "dark" });
    const { page } = opened;
    await drawn(page);
    const ground = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.querySelector('.header')).backgroundColor");
    const canvas = (): Promise<number> =>
      page.evaluate(`document.getElementById("lanes").getContext("2d").getImageData(2, 2, 1, 1).data[0]`);
    const dark = await ground();
    assert.ok((await canvas()) < 60);
    await page.selectOption("#theme", "light");
    await until(
      page,
      `document.getElementById("lanes").getContext("2d").getImageData(2, 2, 1, 1).data[0] > 200`,
    );
    assert.notEqual(await ground(), dark);
    await page.reload();
    await drawn(page);
    assert.ok((await canvas()) > 200);
  });

  it("tells states apart by pattern and letter", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page);
    const swatches = await page.evaluate<{ letter: string; fill: string }[]>(
      `[...document.querySelectorAll(".summary .swatch")].map((one) => ({
        letter: one.textContent,
        // Without its colours.
        fill: getComputedStyle(one).backgroundImage.replace(/(?:rgb|color)a?\\([^)]*\\)/g, "") + getComputedStyle(one).borderStyle,
      }))`,
    );
    assert.equal(swatches.length, 7);
    assert.equal(new Set(swatches.map(({ letter }) => letter)).size, 7);
    assert.equal(new Set(swatches.map(({ fill }) => fill)).size, 7);
  });

  it("moves once a second for who wants less motion", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { calm: true });
    const { page } = opened;
    await drawn(page, 3);
    const asked = (): number => mock.asked.filter((path) => path.startsWith("/api/lanes")).length;
    const [before, frames] = [
      asked(),
      await page.evaluate<number>(`Number(document.getElementById("lanes").dataset.frames)`),
    ];
    await drawn(page, frames + 2);
    assert.ok(asked() - before <= 3, `${asked() - before} questions in two frames`);
  });
});
