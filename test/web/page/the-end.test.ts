/**
 * What is left when the program has ended: everything that was known, how it ended, and files to keep it.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Browser, drawn, launch, noBrowser, open, shoot, until } from "./browser.ts";
import { observe } from "./mock-observer.ts";
import { DEADLOCK } from "./program.ts";

describe("the end of the program, on the live page", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("is told with the cycle of a deadlock first, and all is kept", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { scheme: "dark" });
    const { page, complaints } = opened;
    await drawn(page, 10);
    mock.end(DEADLOCK);
    await page.waitForSelector("#the-end [role=alert]");
    const text = (await page.textContent("#the-end")) ?? "";
    assert.match(text, /Deadlock.*exit code 2.*all goroutines are asleep/s);
    assert.match(text, /Cycle: G6 collect waits for mutex#4, held by G9 worker/);
    await page.waitForSelector("#stack");
    assert.match((await page.textContent("#title-detail")) ?? "", /^G6 collect/, "the cycle is selected");
    await until(page, `document.querySelector("#badge").textContent.includes("ended")`);
    // The program and its observer are gone now.
    await mock.die();
    const asked = mock.asked.length;
    await page.click("#grouped");
    await page.fill("#filter", "reason:sync");
    await until(page, `document.querySelectorAll("#goroutines tbody tr").length === 2`);
    await page.fill("#filter", "");
    const first = `[...document.querySelectorAll("#goroutines tbody tr")].slice(0, 3).map((row) => row.children[0].textContent).join()`;
    await until(page, `${first} === "G14,G9,G6"`);
    assert.ok(
      (await page.evaluate<number>(`document.querySelectorAll("#goroutines tr.is-dim").length`)) > 100,
    );
    await page.click('#the-end [data-g="14"]');
    await until(page, `document.getElementById("title-detail").textContent.startsWith("G14")`);
    await page.waitForSelector("ol#stack");
    await page.click('#panel-waits [data-g="20"]');
    await page.waitForSelector("pre#stack");
    assert.match((await page.textContent("#stack")) ?? "", /^goroutine 20 \[chan send\]:/);
    await page.keyboard.press("w");
    await page.keyboard.press("a");
    const frames = await page.evaluate<number>(`Number(document.getElementById("lanes").dataset.frames)`);
    await page.keyboard.press("a");
    await until(page, `Number(document.getElementById("lanes").dataset.frames) > ${frames}`);
    for (const [button, name] of [
      ["#save-dump", "gort-server.ts-4242.goroutines.txt"],
      ["#save-all", "gort-server.ts-4242.json"],
    ] as const) {
      const file = page.waitForEvent("download");
      await page.click(button);
      assert.equal((await file).suggestedFilename(), name);
    }
    await page.click("#dump summary");
    await page.evaluate("scrollTo(0, 0)");
    await shoot(page, "deadlock-dark");
    assert.equal(mock.asked.length, asked);
    assert.deepEqual(complaints, [], "nothing was asked for, so nothing failed");
  });

  it("is noticed when the connection is lost", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 10);
    await mock.die();
    await page.waitForSelector("#the-end");
    assert.match((await page.textContent("#the-end")) ?? "", /connection is lost/);
    assert.equal(await page.textContent("#total"), "1,000,000");
    assert.equal(await page.evaluate(`document.querySelector("#the-end [role=alert]")`), null);
  });

  it("is told without an alarm when it was an exit", async () => {
    await using mock = await observe();
    mock.calm = true;
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 5);
    mock.end({ kind: "exit", code: 0, message: "", dump: "" });
    await page.waitForSelector("#the-end");
    assert.match((await page.textContent("#title-end")) ?? "", /has ended \(exit code 0\)/);
    assert.equal(await page.evaluate(`document.querySelector("#save-dump")`), null);
  });
});
