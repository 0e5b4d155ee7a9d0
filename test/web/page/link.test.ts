/**
 * The page and its observer: the token, links, a hidden page, no network but its own.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Browser, drawn, frames, launch, noBrowser, open, until } from "./browser.ts";
import { observe, TOKEN } from "./mock-observer.ts";

describe("the live page and its observer", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("takes the token out of the address, and keeps it for the tab", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page, complaints } = opened;
    await drawn(page);
    assert.ok(!page.url().includes(TOKEN), page.url());
    assert.ok(!(await page.evaluate<string>("document.documentElement.outerHTML")).includes(TOKEN));
    await page.reload();
    await drawn(page);
    assert.deepEqual(mock.refused, []);
    assert.ok(!mock.asked.some((path) => path.includes(TOKEN)));
    assert.deepEqual(complaints, []);
  });

  it("says in words that a token was refused", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url.replace(TOKEN, "00"));
    await until(
      opened.page,
      `document.querySelector(".trouble")?.textContent.includes("token was not accepted")`,
    );
  });

  it("opens what a link says", async () => {
    await using mock = await observe();
    await using opened = await open(browser, `${mock.url}&g=17&t=58000&w=2s`);
    const { page } = opened;
    await page.waitForSelector("#stack");
    assert.match((await page.textContent("#title-detail")) ?? "", /^G17 /);
    assert.equal(await page.evaluate(`document.getElementById("window").value`), "2000");
    assert.match((await page.textContent("#badge")) ?? "", /paused/);
    await until(page, `location.hash === "#g=17&t=58000&w=2s"`);
    await until(
      page,
      `performance.getEntriesByType("resource").some((one) => /lanes\\?from=55000\\.\\d+&to=59000/.test(one.name))`,
    );
  });

  it("asks for nothing while it is hidden, and goes on when it is seen", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 5);
    const see = (state: string): Promise<void> =>
      page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"))`);
    await see("hidden");
    await frames(page, 30);
    const asked = mock.asked.length;
    await frames(page, 60);
    assert.equal(mock.asked.length, asked);
    await see("visible");
    await until(page, `Number(document.getElementById("lanes").dataset.frames) > 20`);
    assert.ok(mock.asked.length > asked);
  });

  it("loads its own files, and nothing from anywhere else", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    await drawn(opened.page, 5);
    const files = await opened.page.evaluate<string[]>(
      `performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname).filter((path) => !path.startsWith("/api/"))`,
    );
    // Not every browser asks for an icon.
    assert.deepEqual([...new Set(files)].filter((path) => path !== "/icon.svg").sort(), [
      "/page.css",
      "/page.js",
    ]);
    assert.deepEqual(opened.complaints, []);
  });
});
