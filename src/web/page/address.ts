/**
 * The fragment of the page's address: the token once, then what is looked at, as `#g=17&t=2500&w=10s`.
 *
 * Invariants:
 *   I1  the token leaves the address bar at once: it is in no history, no bookmark and no screenshot. It lives as long as the tab.
 *   I2  a link without a token opens in a tab that had one.
 */
import { effect } from "@preact/signals";
import { select, selected } from "./store.ts";
import { following, standsAt, windowMs } from "./view.ts";

const KEPT = "gort.token";
let token = "";

/** Takes the token and the link out of the address. */
export function openAddress(): void {
  const given = readFragment();
  token = given.get("token") ?? kept() ?? "";
  keep(token);
  window.addEventListener("hashchange", () => {
    const next = readFragment();
    const other = next.get("token");
    if (other !== null) keep((token = other));
  });
  effect(write);
}

export function theToken(): string {
  return token;
}

function readFragment(): URLSearchParams {
  const given = new URLSearchParams(location.hash.slice(1));
  const goroutine = Number(given.get("g"));
  if (Number.isSafeInteger(goroutine) && goroutine > 0) select(goroutine);
  const span = parseLength(given.get("w") ?? "");
  if (span > 0) windowMs.value = span;
  const at = Number(given.get("t"));
  if (given.has("t") && Number.isFinite(at)) {
    standsAt.value = at;
    following.value = false;
  }
  return given;
}

/** Panning writes many times a second, and browsers allow a hundred in ten seconds: the last one counts. */
let later: number | undefined;

function write(): void {
  const parts: string[] = [];
  if (selected.value > 0) parts.push(`g=${selected.value}`);
  if (!following.value) parts.push(`t=${Number(standsAt.value.toFixed(3))}`);
  if (windowMs.value !== 10_000 || !following.value) parts.push(`w=${writeLength(windowMs.value)}`);
  const put = (): void =>
    history.replaceState(null, "", parts.length > 0 ? `#${parts.join("&")}` : location.pathname);
  window.clearTimeout(later);
  if (location.hash.includes("token=")) put();
  else later = window.setTimeout(put, 200);
}

/** `10s`, `250ms`, `2m` in ms; 0 for anything else. */
function parseLength(text: string): number {
  const [, number = "", unit = ""] = /^([\d.]+)(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(number) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? 0);
  return Number.isFinite(ms) ? Math.min(ms, 120_000) : 0;
}

function writeLength(ms: number): string {
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : `${Number(ms.toPrecision(4))}ms`;
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(value: string): void {
  try {
    if (value !== "") sessionStorage.setItem(KEPT, value);
  } catch {
    // A browser that keeps nothing: then a reload needs the address again.
  }
}
