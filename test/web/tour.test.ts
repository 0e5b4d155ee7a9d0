/**
 * The whole of it: a real program under `gort run --ui`, its page in a real browser. The pictures are build/screenshots/real-*.png; docs/images/live-page.png is real-channel.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { GORT, gort, ROOT } from "../prog/cli-gort.ts";
import { type Browser, drawn, launch, noBrowser, open, type Page, shoot, until } from "./page/browser.ts";

/** `gort run --ui` of the scenes, and where its page is. */
class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stderr = "";
  private said = "";
  private heard: (() => void)[] = [];

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [GORT, "run", "--procs", "2", "--ui", ...args], {
      cwd: ROOT,
      env: { ...process.env, GOMAXPROCS: undefined, NODE_OPTIONS: undefined },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
    void this.ended.then(() => this.hear());
    this.child.stdout?.on("data", (data) => {
      this.said += data;
      this.hear();
    });
    this.child.stderr?.on("data", (data) => {
      this.stderr += data;
      this.hear();
    });
  }

  async url(): Promise<string> {
    for (;;) {
      const found = /^gort: the scheduler is shown at (http:\S+)$/m.exec(this.stderr);
      if (found !== null) return found[1] as string;
      await this.more();
    }
  }

  /** Begins a scene, and waits until it goes on by itself. */
  async play(scene: string): Promise<void> {
    this.child.stdin?.write(`${scene}\n`);
    while (!this.said.includes(`${scene}\n`)) await this.more();
  }

  private async more(): Promise<void> {
    if (this.child.exitCode !== null) throw new Error(`the program has ended: ${this.stderr}`);
    await new Promise<void>((resolve) => this.heard.push(resolve));
  }

  private hear(): void {
    const { heard } = this;
    this.heard = [];
    for (const resolve of heard) resolve();
  }
}

const text = (id: string): string => `(document.getElementById("${id}")?.textContent ?? "")`;

describe("a real program on its page", { skip: noBrowser }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });

  after(() => browser.close());

  it("shows work that moves, steals, a full channel, a stack, a cycle while the rest goes on, and keeps the end", async () => {
    const program = new Program("test/web/fixtures/scenes.ts");
    try {
      await using opened = await open(browser, await program.url(), { scheme: "dark" });
      const { page, complaints } = opened;
      await drawn(page, 5);
      assert.equal(new URL(page.url()).hash.includes("token"), false, "the token is not left in the address");

      await program.play("steal");
      await moves(page);
      await until(
        page,
        `/compute/.test(${text("panel-goroutines")}) || /mill/.test(${text("panel-goroutines")})`,
      );

      await program.play("channel");
      await until(page, `/64\\/64/.test(${text("channels")})`);
      await until(page, `/producer/.test(${text("goroutines")})`);
      // The README's picture: npm run build && GORT_SHOTS=1 node scripts/test.mjs web/tour, with the lanes full.
      if (process.env["GORT_SHOTS"] !== undefined) await until(page, "performance.now() > 22_000");
      await shoot(page, "real-channel", false);

      await program.play("cycle");
      // By the keyboard alone: the filter, and what it finds.
      await page.keyboard.press("/");
      await page.keyboard.type("fn:philosopher");
      await until(
        page,
        `/philosopher/.test(${text("goroutines")}) && !/producer/.test(${text("goroutines")})`,
      );
      await page.keyboard.press("Escape");
      await page.click("#goroutines button.link");
      await until(page, `/scenes\\.ts/.test(${text("stack")})`);
      await until(page, `/circle/i.test(document.body.textContent)`);
      await moves(page);
      await shoot(page, "real-cycle", false);

      program.child.stdin?.write("end\n");
      await page.waitForSelector("#the-end");
      const end = (await page.textContent("#the-end")) ?? "";
      assert.match(end, /panic/i);
      assert.match(end, /the end of the tour/);
      assert.equal(await program.ended, 2);
      assert.match((await page.textContent("#goroutines")) ?? "", /philosopher/, "it keeps what it had");
      await shoot(page, "real-end", false);
      // The browser itself tells of requests to a program that has ended.
      assert.deepEqual(
        complaints.filter((complaint) => !complaint.includes("net::ERR_")),
        [],
      );
    } finally {
      program.child.kill("SIGKILL");
    }
  });

  it("finds the deadlock of the tour, which everybody waits in", async () => {
    const program = new Program("examples/scheduler-tour.ts", "0.2");
    try {
      await using opened = await open(browser, await program.url());
      const { page } = opened;
      await page.waitForSelector("#the-end");
      const end = (await page.textContent("#the-end")) ?? "";
      assert.match(end, /deadlock/i);
      assert.match(end, /all goroutines are asleep/);
      assert.match(end, /philosopher.*philosopher.*philosopher/s);
      assert.equal(await program.ended, 2);
      await shoot(page, "real-deadlock", false);
    } finally {
      program.child.kill("SIGKILL");
    }
  });
});

it("the tour plays its six scenes, and ends in a deadlock", async () => {
  const { code, stdout, stderr } = await gort(["run", "examples/scheduler-tour.ts", "0.1"], { cwd: ROOT });
  assert.deepEqual(
    stdout.split("\n").map((line) => line[0]),
    ["1", "2", "3", "4", "5", "6", "a", undefined],
  );
  assert.match(stderr, /^fatal error: all goroutines are asleep - deadlock!\n/);
  assert.match(stderr, /cycle: G\d+ -> mutex#\d+ -> G\d+ -> mutex#\d+ -> G\d+ -> mutex#\d+ -> G\d+\n/);
  assert.equal(code, 2);
});

/** The lanes of the page are drawn anew, with something else in them. */
async function moves(page: Page): Promise<void> {
  const picture = `(document.getElementById("lanes").toDataURL())`;
  await page.evaluate(`globalThis.pictureBefore = ${picture}; 0`);
  await until(page, `${picture} !== globalThis.pictureBefore`);
}
