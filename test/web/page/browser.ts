/**
 * A browser for the page's tests: Debian's chromium without a window, or none, and then the tests are skipped by name.
 */
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CHROMIUM = process.env["GORT_CHROMIUM"] ?? "/usr/bin/chromium";
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

interface Message {
  type(): string;
  text(): string;
  location(): { url: string };
}

/** What is used of playwright-core: its own declarations ask for the DOM's, which no other test should see. */
export interface Page {
  on(event: "console", heard: (message: Message) => void): void;
  on(event: "pageerror", heard: (error: Error) => void): void;
  on(event: "request", heard: (request: { url(): string }) => void): void;
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  url(): string;
  click(selector: string, options?: { position?: { x: number; y: number } }): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  focus(selector: string): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForEvent(event: "download"): Promise<{ suggestedFilename(): string }>;
  evaluate<T>(expression: string): Promise<T>;
  addScriptTag(script: { content: string }): Promise<unknown>;
  screenshot(options: { path: string; fullPage: boolean }): Promise<unknown>;
  setDefaultTimeout(ms: number): void;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  readonly mouse: {
    move(x: number, y: number): Promise<void>;
    down(): Promise<void>;
    up(): Promise<void>;
    wheel(x: number, y: number): Promise<void>;
  };
}

interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
  setOffline(offline: boolean): Promise<void>;
}

export interface Browser {
  newContext(options: object): Promise<Context>;
  close(): Promise<void>;
}

interface Chromium {
  launch(options: { executablePath: string; args: string[] }): Promise<Browser>;
}

/** Why there is no browser; false when there is one. */
export const noBrowser: string | false = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

/** The folder of screenshots: build/screenshots. */
const shots = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "screenshots");

/** Each launch has a user data folder of its own. */
export async function launch(): Promise<Browser> {
  mkdirSync(shots, { recursive: true });
  const { chromium } = createRequire(import.meta.url)("playwright-core") as { chromium: Chromium };
  return await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}

export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What went wrong: errors in the console, exceptions, requests to anywhere but `url`'s origin. */
  readonly complaints: string[];
}

interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "dark" | "light";
  readonly calm?: boolean;
  readonly forced?: boolean;
  readonly ratio?: number;
}

/** Opens `url` in a context of its own. */
export async function open(browser: Browser, url: string, look: Look = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 1000 },
    colorScheme: look.scheme ?? "light",
    reducedMotion: look.calm ? "reduce" : "no-preference",
    forcedColors: look.forced ? "active" : "none",
    deviceScaleFactor: look.ratio ?? 1,
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    const text = message.text();
    // Only the tests read pixels back; and the icon is asked for again and again, whatever the page does.
    if (message.location().url.endsWith("/icon.svg")) return;
    if (/^(?:error|warning)$/.test(message.type()) && !text.includes("willReadFrequently"))
      complaints.push(`${text} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "blob:" && origin !== new URL(url).origin) complaints.push(`asked ${request.url()}`);
  });
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

const PATIENCE_MS = 40_000;

/** Waits until an expression is true in the page, looked at once a frame. (The page's policy forbids what playwright's own waiting does.) */
export async function until(page: Page, expression: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const is = `new Promise((done) => requestAnimationFrame(() => done(Boolean(${expression}))))`;
    if (await page.evaluate<boolean>(is)) return;
  }
  throw new Error(`it never was so: ${expression}`);
}

/** Waits until lanes have been drawn so many times, and something is drawn on the first. */
export async function drawn(page: Page, frames = 5): Promise<void> {
  await until(page, `Number(document.getElementById("lanes")?.dataset.frames ?? 0) >= ${frames}`);
  await until(
    page,
    `(() => {
      const canvas = document.getElementById("lanes");
      const ratio = devicePixelRatio;
      const { data } = canvas.getContext("2d").getImageData(0, 44 * ratio, 100 * ratio, 4);
      return new Set(new Uint32Array(data.buffer)).size > 3;
    })()`,
  );
}

/** Waits until so many more frames have been shown: for what is asked for in between. */
export async function frames(page: Page, n: number): Promise<void> {
  await page.evaluate(
    `new Promise((done) => { let left = ${n}; const turn = () => --left ? requestAnimationFrame(turn) : done(); turn(); })`,
  );
}

export async function shoot(page: Page, name: string, fullPage = true): Promise<void> {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}
