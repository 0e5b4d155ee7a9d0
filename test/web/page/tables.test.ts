/**
 * The panels with words: goroutines filtered, sorted and grouped, channels, who waits for whom, warnings, 1e6 goroutines.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Browser, drawn, launch, noBrowser, open, type Page, until } from "./browser.ts";
import { observe } from "./mock-observer.ts";

const cells = (page: Page, table: string, column: number): Promise<string[]> =>
  page.evaluate(
    `[...document.querySelectorAll("#${table} tbody tr")].map((row) => row.children[${column}].textContent.trim())`,
  );

describe("tables of the live page", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("group goroutines, and show them one by one, filtered and sorted", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page, complaints } = opened;
    await drawn(page);
    assert.deepEqual((await cells(page, "goroutines", 0)).slice(0, 2), ["979,000", "12,000"]);
    await page.fill("#filter", "fn:parse reason:send");
    await until(page, `document.querySelectorAll("#goroutines tbody tr").length === 1`);
    await page.fill("#filter", "");
    await page.click("#grouped");
    await until(page, `document.querySelectorAll("#goroutines tbody tr").length === 200`);
    assert.match((await page.textContent("#goroutines caption")) ?? "", /^200 of 1,000,000 that fit$/);
    const waits = (await cells(page, "goroutines", 3)).slice(0, 3);
    assert.match(waits[0] ?? "", /^2 m \d+ s$/, "the longest wait comes first");
    await page.click("#goroutines th button");
    await until(page, `document.querySelector("#goroutines tbody td").textContent === "G1"`);
    await page.fill("#filter", "state:runnable");
    await until(
      page,
      `[...document.querySelectorAll("#goroutines tbody tr")].every((row) => row.children[2].textContent.endsWith("runnable"))`,
    );
    assert.ok((await cells(page, "goroutines", 0)).length > 10);
    assert.deepEqual(complaints, []);
  });

  it("show channels with who waits, and lead from there to them", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page);
    assert.deepEqual(await cells(page, "channels", 2), ["64/64", "0/64", "5/16", "0/0"]);
    assert.match((await cells(page, "channels", 3))[1] ?? "", /^979,000 G15 G35 G45 G55 …$/);
    assert.match((await cells(page, "channels", 0))[3] ?? "", /closed/);
    await page.click("#channels tbody button");
    await until(page, `document.getElementById("filter").value === "chan:chan#2"`);
    await until(page, `document.querySelectorAll("#goroutines tbody tr").length === 2`);
  });

  it("find the cycle first, and tell known edges from guesses", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page);
    const lines = await page.evaluate<string[]>(
      `[...document.querySelectorAll("#chains li")].map((line) => line.textContent)`,
    );
    assert.deepEqual(lines, [
      "G6 collect",
      "═▶ waits for mutex#4, held by G9 worker",
      "═▶ waits for mutex#7, held by G14 retry",
      "═▶ waits for G6 collect ⟲ back to it: a cycle",
      "G20 parse",
      "┄▶ waits for chan#2, used before by (a guess) G6 collect ⟲ back to it: a cycle",
      "G21 parse",
      "┄▶ waits for chan#2, which many can end",
    ]);
    assert.equal(await page.evaluate(`document.querySelectorAll(".drawing .node").length`), 5);
    assert.equal(await page.evaluate(`document.querySelectorAll(".drawing .node.in-cycle").length`), 3);
    assert.match(
      (await page.textContent("#alert")) ?? "",
      /certain: goroutines 6, 9 and 14 wait for each other/,
    );
    assert.doesNotMatch((await page.textContent("#warnings")) ?? "", /certain/);
    await page.click("#alert .link");
    await page.waitForSelector("#stack");
    assert.match((await page.textContent("#panel-detail")) ?? "", /holdsmutex#6/);
  });

  it("say that nothing is wrong when nothing is", async () => {
    await using mock = await observe();
    mock.calm = true;
    await using opened = await open(browser, mock.url);
    await drawn(opened.page);
    assert.match((await opened.page.textContent("#warnings")) ?? "", /no deadlock is known/);
    assert.equal(await opened.page.evaluate(`document.querySelector(".is-alarm")`), null);
    assert.equal(await opened.page.textContent("#total"), "1,000,000");
  });
});
