import { it } from "node:test";
import { drawn, launch, open, shoot } from "./browser.ts";
import { observe } from "./mock-observer.ts";
import { DEADLOCK } from "./program.ts";

const pause = (ms: number) => new Promise((r) => setTimeout(r, ms));
it("try", async () => {
  const browser = await launch();
  try {
    await using mock = await observe();
    for (const [name, look] of [
      ["dark", { scheme: "dark", width: 1440 }],
      ["light", { scheme: "light", width: 1440 }],
      ["narrow", { scheme: "dark", width: 320, height: 700 }],
      ["wide", { scheme: "dark", width: 1900 }],
    ] as const) {
      await using opened = await open(browser, mock.url, look);
      const { page } = opened;
      await drawn(page, 20);
      if (name !== "narrow") await page.click("#goroutines button.link >> nth=2");
      await pause(name === "wide" ? 4000 : 2500);
      console.log(
        name,
        await page.evaluate(
          'JSON.stringify(document.getElementById("lanes").dataset)+ " " + document.documentElement.scrollWidth + " " + document.getElementById("lanes").width+" "+location.href',
        ),
      );
      await page.evaluate("scrollTo(0,0)");
      await pause(300);
      await shoot(page, `try-${name}`);
      console.log(opened.complaints, mock.refused);
    }
    await using opened = await open(browser, mock.url, { scheme: "dark" });
    await drawn(opened.page, 20);
    mock.end(DEADLOCK);
    await opened.page.waitForSelector("#the-end");
    await pause(1000);
    await shoot(opened.page, "try-end");
    console.log(opened.complaints, mock.refused);
  } finally {
    await browser.close();
  }
});
