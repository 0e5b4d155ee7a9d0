/** The page for everybody: axe-core finds nothing in both themes, at 320 px, zoomed, with forced colours, and nothing sticks out. The screenshots are looked at by people. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findings } from "./axe.ts";
import { type Browser, drawn, launch, noBrowser, open, shoot } from "./browser.ts";
import { observe } from "./mock-observer.ts";

const LOOKS = [
  ["dark", { scheme: "dark" }],
  ["light", { scheme: "light" }],
  ["narrow-dark", { scheme: "dark", width: 320, height: 1400 }],
  ["narrow-light", { scheme: "light", width: 320, height: 1400 }],
  // 1280 x 800 at 200 %.
  ["zoom200", { scheme: "light", width: 640, height: 400, ratio: 2 }],
  ["forced-colors", { forced: true, scheme: "dark" }],
] as const;

describe("the live page for everybody", { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  for (const [name, look] of LOOKS) {
    it(`is clean and fits: ${name}`, async () => {
      await using mock = await observe();
      await using opened = await open(browser, mock.url, look);
      const { page, complaints } = opened;
      await drawn(page, 15);
      await page.click("#goroutines .link");
      await page.waitForSelector("#stack");
      await page.evaluate("scrollTo(0, 0)");
      assert.deepEqual(await findings(page), []);
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(wide <= 0, `it is ${wide} px too wide`);
      await shoot(page, name);
      assert.deepEqual(complaints, []);
    });
  }
});
