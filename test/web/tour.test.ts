/**
 * The whole of it: a real program under `gort run --ui`, its page in a real browser. The picture of the README is build/screenshots/tour-channel.png.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, drawn, launch, noBrowser, open, shoot, until } from "./page/browser.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const SCENE_SECONDS = "1.5";

describe("the tour of the scheduler on its page", { skip: noBrowser }, () => {
  let browser: Browser;
  let program: ChildProcess;
  let url: string;
  let exitCode: Promise<number | null>;

  before(async () => {
    browser = await launch();
    program = spawn(
      process.execPath,
      ["dist/cli/main.js", "run", "--procs", "2", "--ui", "examples/scheduler-tour.ts", SCENE_SECONDS],
      { cwd: root, stdio: ["ignore", "ignore", "pipe"] },
    );
    exitCode = new Promise((resolve) => program.once("exit", resolve));
    url = await new Promise((resolve, reject) => {
      let text = "";
      program.stderr?.on("data", (data) => {
        text += data;
        const found = /^gort: the scheduler is shown at (http:\S+)$/m.exec(text);
        if (found !== null) resolve(found[1] as string);
      });
      program.once("exit", () => reject(new Error(`the program has ended: ${text}`)));
    });
  });

  after(async () => {
    program.kill("SIGKILL");
    await browser.close();
  });

  it("shows lanes that move, a goroutine's stack, and how it ended", async () => {
    await using opened = await open(browser, url, { scheme: "dark" });
    const { page, complaints } = opened;
    await drawn(page, 5);
    assert.equal(new URL(page.url()).hash.includes("token"), false, "the token is not left in the address");

    const picture = "document.getElementById('lanes').toDataURL()";
    const first = await page.evaluate<string>(picture);
    await until(page, `${picture} !== ${JSON.stringify(first)}`);

    await until(page, "/producer/.test(document.getElementById('goroutines').textContent)");
    await until(page, "document.querySelectorAll('#channels tbody tr').length > 0");
    await shoot(page, "tour-channel", false);

    // By the keyboard alone: the filter, then the goroutine.
    await page.keyboard.press("/");
    await page.keyboard.type("fn:philosopher");
    await until(page, "/philosopher/.test(document.getElementById('goroutines').textContent)");
    await page.keyboard.press("Escape");
    await page.click("#goroutines button.link");
    await until(page, "/scheduler-tour\\.ts/.test(document.getElementById('stack')?.textContent ?? '')");
    // While everything else still runs.
    await until(page, "/circle|cycle/i.test(document.getElementById('panel-waits').textContent)");
    await shoot(page, "tour-cycle", false);

    await page.waitForSelector("#the-end");
    const end = (await page.textContent("#the-end")) ?? "";
    assert.match(end, /deadlock/i);
    assert.match(end, /all goroutines are asleep/);
    assert.match(end, /philosopher.*philosopher.*philosopher/s);
    assert.equal(await exitCode, 2);
    // It keeps what it has.
    assert.match((await page.textContent("#goroutines")) ?? "", /philosopher/);
    await shoot(page, "tour-end", false);
    assert.deepEqual(
      // The browser itself tells of requests to a program that has ended.
      complaints.filter((text) => !text.includes("net::ERR_")),
      [],
    );
  });
});
