/**
 * The lanes in a browser: drawn, moving, selected from with the mouse; what a frame costs is told, not judged.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  type Browser,
  drawn,
  launch,
  noBrowser,
  open,
  type Page,
  shoot,
  frames as shown,
  until,
} from "./browser.ts";
import { observe } from "./mock-observer.ts";

/** The colours in a stripe of the canvas, and a sum over all its pixels. */
function stripe(page: Page, y: number, x = 0): Promise<{ colours: number; sum: number }> {
  return page.evaluate(`(() => {
    const canvas = document.getElementById("lanes");
    const { data } = canvas.getContext("2d").getImageData(${x}, ${y}, 800, 12);
    const words = new Uint32Array(data.buffer);
    let sum = 0;
    for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]) | 0;
    return { colours: new Set(words).size, sum };
  })()`);
}

const frames = (page: Page): Promise<number> =>
  page.evaluate(`Number(document.getElementById("lanes").dataset.frames)`);

describe("lanes of the live page", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("are drawn for each processor, and move", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { width: 1900, scheme: "dark" });
    const { page, complaints } = opened;
    await drawn(page, 10);
    for (const row of [0, 7, 15]) {
      const { colours } = await stripe(page, 24 + row * 28 + 8);
      assert.ok(colours > 4, `P${row} has ${colours} colours`);
    }
    assert.equal(
      (await stripe(page, 24 + 16 * 28 + 20)).colours,
      1,
      "below the last processor there is nothing",
    );
    const first = await stripe(page, 32);
    await drawn(page, (await frames(page)) + 10);
    assert.notEqual((await stripe(page, 32)).sum, first.sum);
    assert.deepEqual(complaints, []);
  });

  it("keep what was drawn while they move", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { scheme: "dark" });
    const { page } = opened;
    await drawn(page, 10);
    // The left end was drawn long ago, and has been moved since.
    const fewest = await page.evaluate<number>(`new Promise((done) => {
      const ctx = document.getElementById("lanes").getContext("2d");
      let [left, fewest] = [60, Infinity];
      const look = () => {
        const { data } = ctx.getImageData(0, 32, 100, 12);
        fewest = Math.min(fewest, new Set(new Uint32Array(data.buffer)).size);
        if (--left > 0) requestAnimationFrame(look);
        else done(fewest);
      };
      look();
    })`);
    assert.ok(fewest > 4, `${fewest} colours`);
  });

  it("stand still when paused, and only then ask for nothing new", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 10);
    await page.click("#pause");
    await until(page, `document.getElementById("badge").textContent.includes("paused")`);
    const badge = await page.textContent("#badge");
    assert.match(badge ?? "", /paused, .*behind/);
    const still = await stripe(page, 32);
    const asked = mock.asked.filter((path) => path.startsWith("/api/state")).length;
    await shown(page, 60);
    assert.ok(mock.asked.filter((path) => path.startsWith("/api/state")).length > asked, "states go on");
    assert.equal((await stripe(page, 32)).sum, still.sum);
    await page.click("#follow");
    await until(page, `document.getElementById("badge").textContent.includes("live")`);
    await drawn(page, (await frames(page)) + 5);
    assert.notEqual((await stripe(page, 32)).sum, still.sum);
  });

  it("ask while they follow only for the new part", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    await drawn(opened.page, 40);
    const spans = mock.asked
      .filter((path) => path.startsWith("/api/lanes"))
      .map((path) => new URLSearchParams(path.slice(path.indexOf("?"))))
      .map((query) => Number(query.get("to")) - Number(query.get("from")));
    assert.ok(spans.length > 4);
    assert.ok(spans.filter((ms) => ms > 5000).length < spans.length / 2, `${spans}`);
    assert.ok(spans.some((ms) => ms < 2000));
  });

  it("give a goroutine to a click, with its lane, its stack and a link", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { scheme: "dark" });
    const { page, complaints } = opened;
    await drawn(page, 10);
    await page.selectOption("#window", "1000");
    await page.click("#pause");
    await shown(page, 30);
    await page.click("#lanes", { position: { x: 500, y: 24 + 14 } });
    await page.waitForSelector("#stack");
    const title = await page.textContent("#title-detail");
    const [, id] = /^G(\d+) \w+$/.exec(title ?? "") ?? [];
    assert.ok(id !== undefined, `${title}`);
    assert.match(
      (await page.textContent("#stack")) ?? "",
      /src\/\w+\.ts:\d+:11.*loop.*main src\/main\.ts:14:3/,
    );
    await until(page, `location.hash.includes("g=${id}&t=") && location.hash.includes("w=1s")`);
    assert.match((await page.textContent(".said")) ?? "", /^P0, G\d+(?: \w+)?, ran .*, .*s$/);
    await until(page, `document.querySelectorAll(".lane-name").length === 17`);
    await page.click("#pin");
    await page.click('button[aria-label="Select nobody"]');
    await until(page, `document.querySelectorAll(".lane-name").length === 17`);
    await page.evaluate("scrollTo(0, 0)");
    await shoot(page, "zoomed-dark");
    assert.deepEqual(complaints, []);
  });

  it("zoom by wheel around the pointer, and pan by dragging", async () => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url);
    const { page } = opened;
    await drawn(page, 10);
    await page.click("#pause");
    await page.focus("#lanes");
    const box = await page.evaluate<{ x: number; y: number }>(
      `(() => { const { x, y } = document.getElementById("lanes").getBoundingClientRect(); return { x, y }; })()`,
    );
    await page.mouse.move(box.x + 400, box.y + 100);
    await page.mouse.wheel(0, -200);
    await until(page, `/w=\\d+(ms|s)/.test(location.hash) && !location.hash.includes("w=10s")`);
    const at = await page.evaluate<string>("location.hash");
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 100);
    await page.mouse.move(box.x + 600, box.y + 100);
    await page.mouse.up();
    const t = (hash: string): number => Number(new URLSearchParams(hash.slice(1)).get("t"));
    await until(page, `location.hash !== ${JSON.stringify(at)}`);
    assert.ok(t(await page.evaluate("location.hash")) < t(at), "dragged to the right, the past comes in");
    assert.equal(await page.textContent("#title-detail"), "Detail", "a drag selects nobody");
  });

  it("say what a frame costs: 16 lanes, 1600 pixels, following", async (test) => {
    await using mock = await observe();
    await using opened = await open(browser, mock.url, { width: 1900, scheme: "dark" });
    await drawn(opened.page, 100);
    const { frameMedianMs, frameMs } = await opened.page.evaluate<Record<string, string>>(
      `({ ...document.getElementById("lanes").dataset })`,
    );
    assert.ok(Number(frameMedianMs) > 0 && Number(frameMs) > 0);
    test.diagnostic(`a frame: median ${frameMedianMs} ms`);
  });
});
